# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a study trains: a list of runs, each with a key that stays the same from day to day."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ..networks.architectures import ARCHITECTURES
from .baselines import MLP, UNTRAINED

ARCHITECTURE_QUESTION = 'architectures'
"""Which network is best: the study's inputs, the split of the study."""

FINAL_WEIGHT_QUESTION = 'f_final'
"""What the final weight is worth: it is taken from the inputs, or added, where it is not one."""

CUP_QUESTION = 'cups'
"""How well a cup does that was never seen: its pours are kept from the training."""

TRAINED = {**ARCHITECTURES, MLP.name: MLP}
"""All networks by name: the paper's four, and the one without memory."""


@dataclass(frozen=True)
class Run:
    """
    One training run, or one baseline that needs none.

    Attributes
    ----------
    question : str
        One of the questions of this module.
    model : str
        A key of `TRAINED`, or one of `training.study.baselines.UNTRAINED`.
    seed : int
        Of weights, dropout and batches; 0 where nothing is trained.
    cup : str
        With `CUP_QUESTION`, the group of cups that is kept from the training; else empty.

    """

    question: str
    model: str
    seed: int = 0
    cup: str = ''

    @property
    def key(self) -> str:
        """Name of the run, which is good for a file."""
        parts = [self.question, self.cup, self.model]
        if self.model not in UNTRAINED:
            parts.append(f'seed{self.seed}')
        return '-'.join(filter(None, parts)).replace(' ', '_')

    def to_json(self) -> dict[str, Any]:
        """Return the run as a dict of JSON values."""
        return asdict(self)


def make_plan(
    architectures: Iterable[str],
    seeds: int,
    *,
    final_weight: bool = True,
    cups: Iterable[str] = (),
    cup_seeds: int = 1,
) -> tuple[Run, ...]:
    """
    Return everything that a study trains.

    Parameters
    ----------
    architectures : sequence of str
        Names of the networks to compare.
    seeds : int
        Number of seeds.
    final_weight : bool
        Whether to ask what the final weight is worth.
    cups : sequence of str
        Names of the groups of cups that are kept from the training in turn.
    cup_seeds : int
        Number of seeds for each group of cups.

    Returns
    -------
    tuple of Run
        Seed by seed, so that an early end leaves whole comparisons.

    """
    trained = (*architectures, MLP.name)
    runs = [Run(ARCHITECTURE_QUESTION, model) for model in UNTRAINED]
    runs += [Run(CUP_QUESTION, model, cup=cup) for cup in cups for model in UNTRAINED]
    for seed in range(seeds):
        runs += [Run(ARCHITECTURE_QUESTION, model, seed) for model in trained]
    for seed in range(seeds if final_weight else 0):
        runs += [Run(FINAL_WEIGHT_QUESTION, model, seed) for model in trained]
    for seed in range(cup_seeds):
        runs += [Run(CUP_QUESTION, model, seed, cup) for cup in cups for model in trained]
    return tuple(runs)
