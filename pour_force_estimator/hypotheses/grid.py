# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Which hypotheses there are for a cup: a grid of offsets and, for a new cup, of shapes.

How a cup sits in the gripper is unknown by some two degrees after each mounting, and by 0.6 degree
more from pour to pour (that is how the offsets spread that explain the robot trials). Of the cup
itself, what its pours have left unknown is unknown here too: its own offset, which is the mean
over mountings, and how much the lip lets pass. Of a cup that was never poured from, that is all
that differs between cups and, where not even its shape is known, how narrow its lip is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
import itertools
import math

import numpy as np

from ..cups.spec import CupSpec
from ..cups.table import CupTable
from ..units import rad_to_degree

OFFSET_STEPS = tuple(range(-7, 8))
"""Offsets of the hypotheses, in multiples of `Hypotheses.step_deg`."""

SESSION_SPREAD_DEG = 2.2
"""Standard deviation of the offset from one mounting to the next [degree]."""

POUR_SPREAD_DEG = 0.6
"""Standard deviation of the offset from pour to pour of one mounting [degree]."""

CUP_SPREAD_DEG = 3.58
"""
Standard deviation of the offset from one cup to the next, the mean over its mountings [degree].

The fits of the robot trials find -2 to +5 degree, since no real cup is a cylinder with a sharp
lip.
"""

FLOW_SPREAD = 0.648
"""Standard deviation of the logarithm of the outflow from one cup to the next [-]."""

_MIN_STEP_DEG = 1.0

_REACH = 3.0
"""How far the offsets of the hypotheses reach, in standard deviations [-]."""

_NEW_OFFSET_SHARE = 0.5
"""Part of a typical fitted offset that is expected of a cup that nobody fitted [-]."""

_LIPS = {
    False: ((1.0, 0.7), (0.85, 0.2), (0.65, 0.1)),
    True: ((0.3, 0.25), (0.45, 0.35), (0.65, 0.25), (0.95, 0.15)),
}
"""Ratio of lip to body of a new cup and its probability, by whether the cup is slender."""

_FLOW_POINTS = ((-math.sqrt(2.0), 0.25), (0.0, 0.5), (math.sqrt(2.0), 0.25))
"""Flows of the hypotheses, as standard deviations of the logarithm, and their probabilities: mean
and variance are those of the normal distribution."""

MIN_FLOW_SPREAD = 0.05
"""Below, one flow stands for all: a cup pours no more alike than that [-]."""

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
    cup_spread_deg : float
        Standard deviation of the cup's own offset, the mean over its mountings [degree].

    """

    cups: tuple[CupSpec, ...]
    cup_prior: tuple[float, ...]
    step_deg: float
    cup_spread_deg: float

    @property
    def spread_deg(self) -> float:
        """Standard deviation of the offset of a new mounting [degree]."""
        return math.hypot(self.cup_spread_deg, SESSION_SPREAD_DEG)

    @property
    def offsets_deg(self) -> np.ndarray:
        """How much further tilted than fitted the cup sits [degree], ndarray of shape (K,)."""
        return self.step_deg * np.array(OFFSET_STEPS, float)

    @property
    def is_flow_certain(self) -> bool:
        """Whether all that is unknown is how the cup sits."""
        return len(self.cups) == 1

    @property
    def typical(self) -> CupSpec:
        """The most probable of the cups."""
        return self.cups[int(np.argmax(self.cup_prior))]


def hypotheses_of(
    cups: CupTable | Iterable[CupSpec], height: float, diameter: float, name: str | None = None
) -> Hypotheses:
    """
    Return the hypotheses about a cup of a name, or `height` tall and `diameter` wide [m].

    Parameters
    ----------
    cups : CupTable or iterable of CupSpec
        The cups that are known.
    height, diameter : float
        Inside [m].
    name : str, optional
        Name of the cup.

    Returns
    -------
    Hypotheses

    Raises
    ------
    ContextError
        If no cup has that name.
    SimulationError
        If no cup is of such a size.

    """
    return _hypotheses_of(CupTable.of(cups), height, diameter, name)


@lru_cache(maxsize=64)  # each pour asks, most often about the same cup
def _hypotheses_of(
    table: CupTable, height: float, diameter: float, name: str | None
) -> Hypotheses:
    cup = table.of_size(height, diameter) if name is None else table.named(name)
    offset_spread_deg, flow_spread = CUP_SPREAD_DEG, FLOW_SPREAD
    if cup is None:
        shapes = _new_shapes(table.typical_of(height, diameter))
    elif cup.is_shape_alone:
        shapes = [(with_typical_outflow(cup, table), 1.0)]
    else:
        shapes = [(cup, 1.0)]
        offset_spread_deg, flow_spread = rad_to_degree(cup.offset_spread), cup.flow_spread
    grid = list(itertools.product(shapes, _flows(flow_spread)))
    spread_deg = math.hypot(offset_spread_deg, SESSION_SPREAD_DEG)
    return Hypotheses(
        tuple(with_flow(shape, flow) for (shape, _), (flow, _) in grid),
        tuple(of_shape * of_flow for (_, of_shape), (_, of_flow) in grid),
        max(_MIN_STEP_DEG, round(_REACH * spread_deg / OFFSET_STEPS[-1], 1)),
        offset_spread_deg,
    )


def _flows(spread: float) -> list[tuple[float, float]]:
    """Return factors of the outflow, whose logarithm has a `spread`, and their probabilities."""
    if spread < MIN_FLOW_SPREAD:
        return [(1.0, 1.0)]
    return [(math.exp(spread * point), probability) for point, probability in _FLOW_POINTS]


def _new_shapes(typical: CupSpec) -> list[tuple[CupSpec, float]]:
    """Return the shapes that a cup of this size may have, and their probabilities."""
    return [
        (
            CupSpec.of_size(
                typical.height,
                typical.diameter,
                lip_ratio,
                typical.discharge,
                typical.choke,
                _NEW_OFFSET_SHARE * typical.angle_offset,
                typical.delay_s,
                typical.pours,
                name=typical.name,
            ),
            probability,
        )
        for lip_ratio, probability in _LIPS[typical.is_slender]
    ]


def with_typical_outflow(cup: CupSpec, table: CupTable) -> CupSpec:
    """Return a cup whose shape alone is known, with what is typical where that does not tell."""
    typical = table.typical_of(cup.height, cup.diameter)
    return replace(
        cup,
        choke=typical.choke if cup.choke is None else cup.choke,
        angle_offset=cup.angle_offset + _NEW_OFFSET_SHARE * typical.angle_offset,
        delay_s=cup.delay_s or typical.delay_s,
    )


def with_flow(cup: CupSpec, flow: float) -> CupSpec:
    """Return `cup` with an outflow that is larger by a factor, and what goes with it."""
    if flow == 1.0:
        return cup
    choke = None if cup.choke is None else max(cup.choke * flow, _MIN_CHOKE)
    discharge = min(max(cup.discharge * flow, _DISCHARGES[0]), _DISCHARGES[1])
    angle_offset = cup.angle_offset + cup.offset_per_flow * math.log(flow)
    return replace(cup, discharge=discharge, choke=choke, angle_offset=angle_offset)


def normal(distance: np.ndarray, spread: float) -> np.ndarray:
    """Return the density of a normal distribution at a `distance` from its mean, both alike."""
    return np.exp(-0.5 * np.square(distance / spread)) / (spread * math.sqrt(2.0 * math.pi))
