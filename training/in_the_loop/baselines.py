# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What estimators are judged beside: the plain physics, and an oracle.

The plain physics is the cup as the model knows it, or a typical one, mounted as fitted. The oracle
knows the cup and the mounting's offset, and misses what no session tells: how each pour differs
and how much the discharge does. Neither has a network.
"""

from collections.abc import Sequence

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.units import Number

from .estimators import Readings
from .open_loop import SAMPLE_RATE_HZ
from .plan import SessionPlan
from .sessions import SimulatedPour
from .steered import LOOKS_AHEAD
from .truth import as_read, flow_out, TrueOutflow

PHYSICS, ORACLE = 'physics', 'oracle'
BASELINES = (PHYSICS, ORACLE)

_WATER = Liquid()

_LOOK_AHEAD_STEP_S = 0.05
"""Step of the integration of a way back [s]."""

_LOOK_AHEAD_BLOCK = 20
"""Steps that are computed at once; if nothing flows in a block, nothing does any more."""

_MAX_LOOK_AHEAD_STEPS = 80
"""Steps after which nothing flows on a way back."""

_VELOCITY_STEPS = 6
"""
Steps over which the velocity is derived.

Over one step a quantum of the encoder is 5 degree/s, as much as the speed of pouring.
"""


class PhysicsEstimators:
    """
    The physics as n estimators in one array, an `EstimatorBatch`.

    Parameters
    ----------
    cups : sequence of CupSpec
        What each cup is taken for.
    offset : float or ndarray of shape (n,)
        How much further tilted than that it is taken to sit [rad].
    looks_ahead : ndarray of shape (n,), bool, optional
        Which of them predict, since it costs more than the rest; by default none.

    """

    def __init__(
        self,
        cups: Sequence[CupSpec],
        offset: Number = 0.0,
        looks_ahead: np.ndarray | None = None,
    ) -> None:
        self._cup = CupStack(cups, offset)
        self._delay_steps = np.array([cup.delay_s for cup in cups]) * SAMPLE_RATE_HZ
        self._looks_ahead = np.zeros(len(cups), bool) if looks_ahead is None else looks_ahead
        self._places = np.arange(len(cups))

    def begin(
        self, contexts: Sequence[PourContext], return_speed: np.ndarray, return_acceleration: float
    ) -> None:
        """See `EstimatorBatch`."""
        self._initial = _WATER.volume(np.array([context.initial_weight for context in contexts]))
        self._outflow = TrueOutflow(self._cup, self._initial)
        self._return_speed = return_speed
        self._return_acceleration = return_acceleration
        self._poured: list[np.ndarray] = []
        self._tilts: list[np.ndarray] = []

    def step(self, stamp_ns: int, tilt: np.ndarray, running: np.ndarray) -> Readings:
        """See `EstimatorBatch`; there is no interval."""
        poured = self._outflow.step(tilt, running)
        self._poured.append(poured)
        self._tilts.append(tilt)
        absent = np.full(len(tilt), np.nan)
        return Readings(self._arrived(), absent, absent, self._predict(tilt, poured, running))

    def weigh(self, weights: Sequence[float]) -> None:
        """Learn nothing."""

    def _arrived(self) -> np.ndarray:
        """Return what a scale reads by now [N], an ndarray of shape (n,)."""
        position = np.maximum(len(self._poured) - 1 - self._delay_steps, 0.0)
        first = int(position.min())
        recent = np.stack(self._poured[first:])
        low = position.astype(int) - first
        high = np.minimum(low + 1, len(recent) - 1)
        part = position - first - low
        return (1.0 - part) * recent[low, self._places] + part * recent[high, self._places]

    def _predict(self, tilt: np.ndarray, poured: np.ndarray, running: np.ndarray) -> np.ndarray:
        """Return what will have left in the end if the arms turn back now [N]."""
        predicted = np.full(len(tilt), np.nan)
        chosen = running[self._looks_ahead[running]]
        if len(chosen):
            past = self._tilts[-1 - _VELOCITY_STEPS :][0]
            velocity = (tilt - past)[chosen] * (SAMPLE_RATE_HZ / _VELOCITY_STEPS)
            cup = self._cup.take(chosen)
            volume = self._initial[chosen] - _WATER.volume(poured[chosen])
            left = volume_after_return(
                cup,
                volume,
                tilt[chosen],
                velocity,
                self._return_speed[chosen],
                self._return_acceleration,
            )
            predicted[chosen] = _WATER.weight(self._initial[chosen] - left)
        return predicted


def volume_after_return(
    cup: CupStack,
    volume: np.ndarray,
    tilt: np.ndarray,
    velocity: np.ndarray,
    return_speed: np.ndarray,
    return_acceleration: float,
) -> np.ndarray:
    """
    Return what is left in n cups in the end if they turn back now.

    Parameters
    ----------
    cup : CupStack
        n cups.
    volume : ndarray of shape (n,)
        Volume in each now [m^3].
    tilt, velocity : ndarray of shape (n,)
        Tilt [rad] and its rate [rad/s] now.
    return_speed : ndarray of shape (n,)
        Speed of the way back [rad/s].
    return_acceleration : float
        Acceleration to it [rad/s^2].

    Returns
    -------
    ndarray of shape (n,)
        Volume [m^3].

    """
    for begin in range(0, _MAX_LOOK_AHEAD_STEPS, _LOOK_AHEAD_BLOCK):
        time_s = np.arange(begin, begin + _LOOK_AHEAD_BLOCK + 1)[:, None] * _LOOK_AHEAD_STEP_S
        next_velocity = np.maximum(velocity - return_acceleration * time_s, -return_speed)
        steps = (next_velocity[1:] + next_velocity[:-1]) / 2.0 * _LOOK_AHEAD_STEP_S
        tilts = np.maximum(tilt + np.concatenate((0.0 * steps[:1], np.cumsum(steps, axis=0))), 0.0)
        left = flow_out(cup, volume, (tilts[1:] + tilts[:-1]) / 2.0, _LOOK_AHEAD_STEP_S)
        flows = left < volume
        volume, tilt = left, tilts[-1]
        if not flows.any():
            break
    return volume


def taken_for(name: str, pour: SimulatedPour, table: CupTable) -> CupSpec:
    """Return what a baseline of `BASELINES` takes the cup of a pour for."""
    nominal = pour.truth.nominal
    return nominal if name == ORACLE else table.find(nominal.height, nominal.diameter)


def integrate(name: str, pours: Sequence[SimulatedPour], table: CupTable) -> list[np.ndarray]:
    """
    Return what a baseline makes of recorded tilts.

    Parameters
    ----------
    name : str
        Of `BASELINES`.
    pours : sequence of SimulatedPour
        n pours.
    table : CupTable
        The cups that the model knows.

    Returns
    -------
    list of n ndarray of shape (n_steps,)
        Poured weight as a scale reads it [N].

    """
    cups = [taken_for(name, pour, table) for pour in pours]
    offset = np.array([pour.session_offset * (name == ORACLE) for pour in pours])
    volume = _WATER.volume(np.array([pour.context.initial_weight for pour in pours]))
    outflow = TrueOutflow(CupStack(cups, offset), volume)
    lengths = np.array([len(pour.tilt) for pour in pours])
    tilts = np.zeros((lengths.max(), len(pours)))
    for index, pour in enumerate(pours):
        tilts[: lengths[index], index] = pour.tilt
    poured = np.stack(
        [outflow.step(tilt, np.flatnonzero(step < lengths)) for step, tilt in enumerate(tilts)]
    )
    return [
        as_read(poured[:length, index], cup.delay_s)
        for index, (length, cup) in enumerate(zip(lengths, cups))
    ]


def as_estimators(name: str, plan: SessionPlan, table: CupTable) -> PhysicsEstimators:
    """Return a baseline of `BASELINES` as what steers the sessions of a plan."""
    nominals = [truth.nominal for truth in plan.truths]
    looks_ahead = np.array([kind == LOOKS_AHEAD for kind in plan.stages[0].motions.kinds])
    if name == ORACLE:
        return PhysicsEstimators(nominals, plan.offset, looks_ahead)
    return PhysicsEstimators(
        [table.find(nominal.height, nominal.diameter) for nominal in nominals], 0.0, looks_ahead
    )
