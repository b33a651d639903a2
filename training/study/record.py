# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a run leaves: its errors after each length of training, its losses, its weights."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

import numpy as np

from .plan import Run

ALIVE, DEAD, DIVERGED, UNAVAILABLE = 'alive', 'dead', 'diverged', 'unavailable'
"""
How a run can end.

A dead network predicts the same at every step, for good; the loss of a diverged one is NaN; the
physics is unavailable for a pour that its cup could not hold. Only those alive are counted.
"""

ANY_LENGTH = 0
"""In place of the epochs of a run that needs no training."""


Arrays: TypeAlias = dict[str, np.ndarray]
"""Weights and responses of a run by the names below."""


@dataclass(frozen=True)
class Outcome:
    """
    A run after one length of training.

    Attributes
    ----------
    status : str
        `ALIVE`, `DEAD`, `DIVERGED` or `UNAVAILABLE`.
    seconds : float or None
        Wall-clock time of the training until then [s].
    errors : dict of str to dict
        By part, as of `training.evaluation.metrics.weight_errors`; empty unless alive.

    """

    status: str
    seconds: float | None = None
    errors: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """
    What a run leaves.

    Attributes
    ----------
    run : Run
        What was trained.
    outcomes : dict of int to Outcome
        By number of epochs; `ANY_LENGTH` for a run that needs no training.
    history : dict of str to list of float
        'loss' and 'val_loss' of each epoch [N^2].
    message : str
        Why it is not alive, if so.

    """

    run: Run
    outcomes: dict[int, Outcome]
    history: dict[str, list[float]] = field(default_factory=lambda: {'loss': [], 'val_loss': []})
    message: str = ''

    def at(self, epochs: int) -> Outcome:
        """Return the `Outcome` after a number of epochs."""
        return self.outcomes[ANY_LENGTH if ANY_LENGTH in self.outcomes else epochs]

    def to_json(self) -> dict[str, Any]:
        """Return the record as a dict of JSON values."""
        return {
            'run': self.run.to_json(),
            'outcomes': {
                str(epochs): asdict(outcome) for epochs, outcome in self.outcomes.items()
            },
            'history': self.history,
            'message': self.message,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> 'Record':
        """Return the record that `to_json` returned; any other dict raises some exception."""
        return cls(
            Run(**values['run']),
            {int(epochs): Outcome(**outcome) for epochs, outcome in values['outcomes'].items()},
            {name: list(values['history'][name]) for name in ('loss', 'val_loss')},
            values['message'],
        )


def weights_name(epochs: int, index: int) -> str:
    """Return the name of one array of weights after a number of epochs."""
    return f'weights_{epochs}_{index:02d}'


def responses_name(epochs: int) -> str:
    """Return the name of the responses for test 1, one pour after the other [N]."""
    return f'test_1_{epochs}'
