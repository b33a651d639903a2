# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What was learned of one mounting of one cup, from pours that were weighed: a posterior.

The session's offset m and the cup's shape j have a distribution p(m, j). The offset o of one pour
is normal about m. A pour that was weighed as f says which offsets can have been::

    p(m, j) <- p(m, j) sum_o p(o | m) p(f | o, j)

with p(f | o, j) normal about what the physics has poured under that hypothesis.
"""

from collections.abc import Mapping, Sequence
import math
from typing import Any

import numpy as np

from ..errors import MountingError
from ..text import one_line, quoted
from ..units import degree_to_rad
from .grid import Hypotheses, normal, OFFSET_STEPS, POUR_SPREAD_DEG

_FINE = 4
"""Offsets of the posterior per offset of the hypotheses."""

_FINE_STEPS = np.arange(_FINE * OFFSET_STEPS[0], _FINE * OFFSET_STEPS[-1] + 1) / _FINE
"""Offsets of the posterior, in multiples of `Hypotheses.step_deg`; M of them."""

_INTERPOLATION = np.maximum(1.0 - np.abs(_FINE_STEPS[:, np.newaxis] - np.array(OFFSET_STEPS)), 0.0)
"""From the K offsets of the hypotheses to those of the posterior: ndarray of shape (M, K)."""

WEIGHING_SPREAD_N = 0.02
"""Standard deviation of a weighed pour about what the physics says [N]."""

WEIGHING_SPREAD = 0.03
"""The same in parts of what was weighed, to be added [-]."""

_OUTLIERS = 0.01
"""Part of the pours that no hypothesis explains: their weight can be any."""


class Mounting:
    """
    What is known of how a cup sits, and for a new cup of how it flows.

    Parameters
    ----------
    hypotheses : Hypotheses
        The hypotheses about the cup.

    Attributes
    ----------
    hypotheses : Hypotheses
        As given.
    pours_weighed : int
        How many pours it was learned from.

    """

    def __init__(self, hypotheses: Hypotheses) -> None:
        self.hypotheses = hypotheses
        step_deg = hypotheses.step_deg
        of_pour = normal(step_deg * (_FINE_STEPS[:, np.newaxis] - _FINE_STEPS), POUR_SPREAD_DEG)
        self._of_pour = of_pour / of_pour.sum(axis=1, keepdims=True)  # p(o | m)
        self.forget()

    def forget(self) -> None:
        """Forget what was weighed: the cup was mounted anew."""
        offsets = normal(self.hypotheses.step_deg * _FINE_STEPS, self.hypotheses.spread_deg)
        self._posterior = np.outer(self.hypotheses.cup_prior, offsets)
        self._posterior /= self._posterior.sum()
        self.pours_weighed = 0

    @property
    def offset(self) -> float:
        """How much further tilted than fitted the cup sits: mean of the posterior [rad]."""
        return float(
            degree_to_rad(self.hypotheses.step_deg) * (self._posterior.sum(axis=0) @ _FINE_STEPS)
        )

    @property
    def spread(self) -> float:
        """Standard deviation of the offset [rad]."""
        steps = self._posterior.sum(axis=0)
        variance = steps @ np.square(_FINE_STEPS) - np.square(steps @ _FINE_STEPS)
        return float(degree_to_rad(self.hypotheses.step_deg) * np.sqrt(max(variance, 0.0)))

    def offset_distribution(self) -> tuple[np.ndarray, np.ndarray]:
        """Return offsets [degree] and how probable each is [-], two ndarray of shape (M,)."""
        return self.hypotheses.step_deg * _FINE_STEPS, self._posterior.sum(axis=0)

    def pour_prior(self) -> np.ndarray:
        """Return the probability of each hypothesis for the next pour, ndarray (J, K)."""
        return self._posterior @ self._of_pour @ _INTERPOLATION

    def weigh(
        self, final_weights: np.ndarray, poured_weight: float, initial_weight: float
    ) -> None:
        """
        Learn from a pour that was weighed.

        Parameters
        ----------
        final_weights : ndarray of shape (J, K)
            What the pour has poured under each hypothesis [N].
        poured_weight : float
            What it really poured [N].
        initial_weight : float
            What was in the cup before [N].

        """
        spread = WEIGHING_SPREAD_N + WEIGHING_SPREAD * poured_weight
        expected = final_weights @ _INTERPOLATION.T
        likelihood = (1.0 - _OUTLIERS) * normal(
            expected - poured_weight, spread
        ) + _OUTLIERS / initial_weight
        self._posterior = self._posterior * (likelihood @ self._of_pour.T)
        self._posterior /= self._posterior.sum()
        self.pours_weighed += 1

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` takes, of numbers, lists and texts alone."""
        return {
            'cups': [cup.identity() for cup in self.hypotheses.cups],
            'step_deg': self.hypotheses.step_deg,
            'pours_weighed': self.pours_weighed,
            'posterior': self._posterior.tolist(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], hypotheses: Hypotheses) -> 'Mounting':
        """
        Return the mounting that `to_dict` described.

        Raises
        ------
        MountingError
            If `values` is no such description, or one of another cup or physics.

        """
        mounting = cls(hypotheses)
        expected = mounting.to_dict()
        if not isinstance(values, Mapping) or set(values) != set(expected):
            received = (
                one_line(sorted(map(str, values)), 100)
                if isinstance(values, Mapping)
                else quoted(values)
            )
            raise MountingError(f'mounting: expected {", ".join(expected)}, received {received}')
        for name in ('cups', 'step_deg'):
            if values[name] != expected[name]:
                raise MountingError(
                    'mounting: expected one of this cup as the model knows it, received one of '
                    f'another cup or another fit of it ({_sizes(values["cups"])})'
                )
        pours = values['pours_weighed']
        if isinstance(pours, bool) or not isinstance(pours, int) or not 0 <= pours < 10**9:
            raise MountingError(
                f'mounting pours_weighed: expected a whole number, received {quoted(pours)}'
            )
        mounting._posterior = _read_posterior(values['posterior'], mounting._posterior.shape)
        mounting.pours_weighed = pours
        return mounting


def _read_posterior(rows: Sequence[Sequence[float]], shape: tuple[int, int]) -> np.ndarray:
    expected = f'{shape[0]} x {shape[1]} probabilities whose sum is 1'
    try:
        posterior = np.array(rows, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise MountingError(f'mounting posterior: expected {expected}, received others') from error
    if posterior.shape != shape:
        raise MountingError(
            f'mounting posterior: expected {expected}, received shape {posterior.shape}'
        )
    total = float(posterior.sum()) if np.isfinite(posterior).all() else math.nan
    if not ((posterior >= 0.0).all() and abs(total - 1.0) < 1e-6):  # catches NaN
        raise MountingError(
            f'mounting posterior: expected {expected}, received others or a sum of {total:g}'
        )
    return posterior


def _sizes(cups: Any) -> str:
    try:
        cup = cups[0]
        return f'{quoted(cup["name"])}, {cup["height"]:g} x {cup["diameter"]:g} m'
    except (TypeError, KeyError, IndexError, ValueError, OverflowError):
        return 'no sizes'
