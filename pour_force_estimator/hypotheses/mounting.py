# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What was learned of a cup and of its mounting, from pours that were weighed: a posterior.

A cup has an offset c of its own and one of J shapes j; a mounting's offset m is normal about c,
and the offset o of one pour is normal about m. A pour that was weighed as f says which offsets can
have been, with p(f | o, j) normal about what the physics has poured under that hypothesis::

    l(m, j) <- l(m, j) sum_o p(o | m) p(f | o, j)
    p(m, j) ~ l(m, j) sum_c p(m | c) p(c, j)

When the cup is mounted anew, a new m is drawn, but what the mounting has told of the cup stays::

    p(c, j) <- p(c, j) sum_m p(m | c) l(m, j),    l(m, j) <- 1

`training.cups.posterior` finds the p(c, j) to begin with from recorded pours, and `learned_cup`
gives back what was learned online in the same terms.
"""

from collections.abc import Callable, Mapping, Sequence
import math
from typing import Any

import numpy as np

from ..cups.size import CupSize
from ..errors import MountingError
from ..text import one_line, quoted
from ..units import degree_to_rad
from .grid import Hypotheses, normal, OFFSET_STEPS, POUR_SPREAD_DEG, SESSION_SPREAD_DEG

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

_MIN_PROBABILITY = 1e-300
"""Stands for smaller ones, so that what contradicts all that was learned before leaves numbers."""


class Mounting:
    """
    What is known of a cup and of how it sits.

    Parameters
    ----------
    hypotheses : Hypotheses
        The hypotheses about the cup.

    Attributes
    ----------
    hypotheses : Hypotheses
        As given.
    pours_weighed : int
        How many pours of this mounting it was learned from.
    pours_before : int
        How many of earlier mountings.

    """

    def __init__(self, hypotheses: Hypotheses) -> None:
        self.hypotheses = hypotheses
        self._of_pour = self._scattered(POUR_SPREAD_DEG)  # p(o | m)
        self._of_mounting = self._scattered(SESSION_SPREAD_DEG)  # p(m | c)
        offsets = self._scattered(hypotheses.cup_spread_deg)[len(_FINE_STEPS) // 2]
        self._cup = np.outer(hypotheses.cup_prior, offsets)  # p(c, j)
        self._cup /= self._cup.sum()
        self.pours_before = 0
        self._start()

    def _scattered(self, spread_deg: float) -> np.ndarray:
        """Return normal distributions about each of the offsets, one a row: (M, M)."""
        if spread_deg <= 0.0:
            return np.eye(len(_FINE_STEPS))
        distances_deg = self.hypotheses.step_deg * (_FINE_STEPS[:, np.newaxis] - _FINE_STEPS)
        densities = normal(distances_deg, spread_deg)
        rows: np.ndarray = densities / densities.sum(axis=1, keepdims=True)
        return rows

    def _start(self) -> None:
        """Begin with a mounting of which no pour was weighed."""
        self._likelihood = np.ones_like(self._cup)  # l(m, j)
        self.pours_weighed = 0
        self._update()

    def _update(self) -> None:
        """Bring the distribution p(m, j) up to date."""
        prior = np.maximum(self._cup @ self._of_mounting, _MIN_PROBABILITY)
        self._posterior = self._likelihood * prior
        self._posterior /= self._posterior.sum()

    @property
    def has_learned(self) -> bool:
        """Whether a pour was weighed, of this mounting or of an earlier one."""
        return self.pours_weighed + self.pours_before > 0

    def remount(self) -> None:
        """Begin anew with how the cup sits, with what was learned of the cup: it was taken out."""
        self._cup = self.cup_distribution()[1]
        self.pours_before += self.pours_weighed
        self._start()

    def cup_distribution(self) -> tuple[np.ndarray, np.ndarray]:
        """
        Return what is believed of the cup itself.

        Returns
        -------
        offsets_deg : ndarray of shape (M,)
            Offsets, means over mountings, beside those of the hypotheses' cups [degree].
        probabilities : ndarray of shape (J, M)
            How probable each is with each of the cups [-].

        """
        of_mounting = np.maximum(self._likelihood @ self._of_mounting.T, _MIN_PROBABILITY)
        posterior = self._cup * of_mounting
        return self.hypotheses.step_deg * _FINE_STEPS, posterior / posterior.sum()

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
        prior: np.ndarray = self._posterior @ self._of_pour @ _INTERPOLATION
        return prior

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
        self._likelihood = self._likelihood * (likelihood @ self._of_pour.T)
        self._likelihood /= self._likelihood.max()
        self.pours_weighed += 1
        self._update()

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` takes, of numbers, lists and texts alone."""
        return {
            'cups': [cup.identity() for cup in self.hypotheses.cups],
            'step_deg': self.hypotheses.step_deg,
            'pours_weighed': self.pours_weighed,
            'pours_before': self.pours_before,
            'cup': self._cup.tolist(),
            'likelihood': self._likelihood.tolist(),
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
        for name in ('pours_weighed', 'pours_before'):
            setattr(mounting, name, _read_count(name, values[name]))
        shape = mounting._cup.shape
        mounting._cup = _read_grid('cup', values['cup'], shape, np.sum, 'whose sum is 1')
        mounting._likelihood = _read_grid(
            'likelihood', values['likelihood'], shape, np.max, 'of which the largest is 1'
        )
        mounting._update()
        return mounting


def _read_count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise MountingError(f'mounting {name}: expected a whole number, received {quoted(value)}')
    return value


def _read_grid(
    name: str,
    rows: Sequence[Sequence[float]],
    shape: tuple[int, int],
    norm: Callable[[np.ndarray], float],
    normalized: str,
) -> np.ndarray:
    """Return the probabilities `rows`, ndarray of `shape`, whose `norm` must be 1."""
    expected = f'mounting {name}: expected {shape[0]} x {shape[1]} probabilities {normalized}'
    try:
        grid = np.array(rows, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise MountingError(f'{expected}, received others') from error
    if grid.shape != shape:
        raise MountingError(f'{expected}, received shape {grid.shape}')
    total = float(norm(grid)) if np.isfinite(grid).all() else math.nan
    if not ((grid >= 0.0).all() and abs(total - 1.0) < 1e-6):  # catches NaN
        raise MountingError(f'{expected}, received others or {total:g}')
    return grid


def _sizes(cups: Any) -> str:
    try:
        cup = cups[0]
        return f'{quoted(cup["name"])}, {CupSize(cup["height"], cup["diameter"])}'
    except (TypeError, KeyError, IndexError, ValueError, OverflowError):
        return 'no sizes'
