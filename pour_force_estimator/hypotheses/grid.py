# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Which hypotheses there are for a cup: a grid of offsets and, for a new cup, of shapes.

How a cup sits in the gripper is unknown by some two degrees after each mounting, and by 0.6 degree
more from pour to pour (that is how the offsets spread that explain the robot trials). Of a cup
that was never fitted the lip is unknown as well: how narrow it is, and how much it lets pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
import itertools
import math

import numpy as np

from ..cups.table import CupSpec, CupTable

OFFSET_STEPS = tuple(range(-7, 8))
"""Offsets of the hypotheses, in multiples of `Hypotheses.step_deg`."""

SESSION_SPREAD_DEG = 2.2
"""Standard deviation of the offset from one mounting to the next [degree]."""

POUR_SPREAD_DEG = 0.6
"""Standard deviation of the offset from pour to pour of one mounting [degree]."""

_KNOWN_STEP_DEG = 1.0
_NEW_STEP_DEG = 1.8

_NEW_SPREAD_DEG = 4.2
"""
Standard deviation of the offset of a cup that nobody fitted [degree].

The mounting's, and that of what the fits of the robot trials add for the cups themselves: they
find -2 to +5 degree, since no real cup is a cylinder with a sharp lip.
"""

_NEW_OFFSET_SHARE = 0.5
"""Part of a typical fitted offset that is expected of a cup that nobody fitted [-]."""

_LIPS = {
    False: ((1.0, 0.7), (0.85, 0.2), (0.65, 0.1)),
    True: ((0.3, 0.25), (0.45, 0.35), (0.65, 0.25), (0.95, 0.15)),
}
"""Ratio of lip to body of a new cup and its probability, by whether the cup is slender."""

_FLOWS = ((0.4, 0.25), (1.0, 0.5), (2.5, 0.25))
"""Factor of a typical cup's outflow for a new cup and its probability."""

_DISCHARGES = 0.01, 2.0
_MIN_CHOKE = 0.001


@dataclass(frozen=True)
class Hypotheses:
    """
    The hypotheses about one cup: each of J cups at each of K = ``len(OFFSET_STEPS)`` offsets.

    Parameters
    ----------
    cups : tuple of CupSpec
        J ways in which liquid may leave it; one if the cup was fitted.
    cup_prior : tuple of float
        Probability of each before anything was weighed [-].
    step_deg : float
        Distance of two neighbouring offsets [degree].
    spread_deg : float
        Standard deviation of the offset of a new mounting [degree].

    """

    cups: tuple[CupSpec, ...]
    cup_prior: tuple[float, ...]
    step_deg: float
    spread_deg: float

    @property
    def offsets_deg(self) -> np.ndarray:
        """How much further tilted than fitted the cup sits [degree], ndarray of shape (K,)."""
        return self.step_deg * np.array(OFFSET_STEPS, float)

    @property
    def typical(self) -> CupSpec:
        """The most probable of the cups."""
        return self.cups[int(np.argmax(self.cup_prior))]


def hypotheses_of(
    cups: CupTable | Iterable[CupSpec], height: float, diameter: float
) -> Hypotheses:
    """
    Return the hypotheses about a cup `height` tall and `diameter` wide [m].

    Parameters
    ----------
    cups : CupTable or iterable of CupSpec
        The cups whose outflow was fitted.
    height, diameter : float
        Inside [m].

    Returns
    -------
    Hypotheses

    Raises
    ------
    SimulationError
        If no cup is of such a size.

    """
    table = CupTable.of(cups)
    cup = table.find(height, diameter)
    lips: tuple[tuple[float, float], ...]
    if table.knows(height, diameter):
        return Hypotheses((cup,), (1.0,), _KNOWN_STEP_DEG, SESSION_SPREAD_DEG)
    if any(guess.is_size(height, diameter) for guess in table):  # fitted, but to too few pours
        lips, offset_share = ((cup.lip_ratio, 1.0),), 1.0
    else:
        lips, offset_share = _LIPS[cup.is_slender], _NEW_OFFSET_SHARE
    grid = list(itertools.product(lips, _FLOWS))
    return Hypotheses(
        tuple(_variant(cup, lip_ratio, flow, offset_share) for (lip_ratio, _), (flow, _) in grid),
        tuple(of_lip * of_flow for (_, of_lip), (_, of_flow) in grid),
        _NEW_STEP_DEG,
        _NEW_SPREAD_DEG,
    )


def _variant(cup: CupSpec, lip_ratio: float, flow: float, offset_share: float) -> CupSpec:
    """Return what `cup`, a typical one of its kind, may be like."""
    choke = None if cup.choke is None else max(cup.choke * flow, _MIN_CHOKE)
    discharge = min(max(cup.discharge * flow, _DISCHARGES[0]), _DISCHARGES[1])
    return replace(
        cup,
        lip_ratio=lip_ratio,
        discharge=discharge,
        choke=choke,
        angle_offset=offset_share * cup.angle_offset,
    )


def normal(distance: np.ndarray, spread: float) -> np.ndarray:
    """Return the density of a normal distribution at a `distance` from its mean, both alike."""
    return np.exp(-0.5 * np.square(distance / spread)) / (spread * math.sqrt(2.0 * math.pi))
