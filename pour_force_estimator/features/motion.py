# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The features that follow from the tilt of the cup, its past and the size of the cup.

Each class computes one feature step by step: `start` begins a pour, `step` takes the tilt of the
next tick. Training calls them in the same way as the node, so that a network meets the same
numbers, bit for bit, in both places.
"""

from collections import deque
from typing import Protocol

import numpy as np

from ..context import PourContext
from ..cups.cup import Cup, MAX_TILT, MIN_TILT
from ..units import m3_to_ml, ml_to_newton, rad_to_degree

VELOCITY_SPAN_S = 0.1
"""
Time over which the velocity is derived [s].

Joint encoders are quantized (0.088 degree in the robot trials); over one step of 1/60 s a quantum
is 0.09 rad/s, a tenth of a typical pour's peak, over this span it is 0.015 rad/s.
"""

_TABLE_SIZE = 1025


class MotionFeature(Protocol):
    """A feature of this module, step by step."""

    unit: str
    needs: tuple[str, ...]

    def __init__(self, sample_rate_hz: float, tilt_sign: int) -> None: ...

    def start(self, context: PourContext) -> None:
        """Begin a pour."""

    def step(self, tilt: float) -> float:
        """Return the feature at the next tick, where the tilt is `tilt` [rad]."""
        ...


class Theta:
    """Rotation of the cup, with the sign of the recordings [degree]."""

    unit = 'degree'
    needs: tuple[str, ...] = ()

    def __init__(self, sample_rate_hz: float, tilt_sign: int) -> None:
        self._sign = tilt_sign

    def start(self, context: PourContext) -> None:
        """Begin a pour."""

    def step(self, tilt: float) -> float:
        """Return the feature at the next tick, where the tilt is `tilt` [rad]."""
        return rad_to_degree(self._sign * tilt)


class ThetaVelocity:
    """Mean angular velocity of the last `VELOCITY_SPAN_S`, with the sign of theta [rad/s]."""

    unit = 'rad/s'
    needs: tuple[str, ...] = ()

    def __init__(self, sample_rate_hz: float, tilt_sign: int) -> None:
        steps = max(1, round(VELOCITY_SPAN_S * sample_rate_hz))
        self._rate = tilt_sign * sample_rate_hz / steps
        self._history: deque[float] = deque(maxlen=steps)

    def start(self, context: PourContext) -> None:
        """Begin a pour with a cup at rest."""
        self._history.clear()

    def step(self, tilt: float) -> float:
        """Return the feature at the next tick, where the tilt is `tilt` [rad]."""
        history = self._history
        velocity = (tilt - history[0]) * self._rate if history else 0.0
        history.append(tilt)
        return velocity


class Capacity:
    """
    What a plain cylinder of the cup's size holds at this tilt [N].

    Kennedy et al., "Autonomous precision pouring from unknown containers"; see
    `pour_force_estimator.cups.cup`. The closed form is tabulated once per pour, since it
    costs more than a step of a network.
    """

    unit = 'N'
    needs: tuple[str, ...] = ('cup_height', 'cup_diameter')

    def __init__(self, sample_rate_hz: float, tilt_sign: int) -> None:
        self._per_rad = (_TABLE_SIZE - 1) / (MAX_TILT - MIN_TILT)
        self._table: list[float] = []

    def start(self, context: PourContext) -> None:
        """Begin a pour from the cup of `context`."""
        cup = Cup(context.required('cup_height'), context.required('cup_diameter'))
        tilts = np.linspace(MIN_TILT, MAX_TILT, _TABLE_SIZE)
        self._table = ml_to_newton(
            m3_to_ml(cup.capacity(tilts)), context.relative_density or 1.0
        ).tolist()

    def step(self, tilt: float) -> float:
        """Return the feature at the next tick, where the tilt is `tilt` [rad]."""
        position = (tilt - MIN_TILT) * self._per_rad
        index = min(max(int(position), 0), _TABLE_SIZE - 2)
        low, high = self._table[index], self._table[index + 1]
        return low + (high - low) * min(max(position - index, 0.0), 1.0)


class Excess(Capacity):
    """By how much the liquid before the pour is more than the `Capacity` at this tilt [N]."""

    needs = (*Capacity.needs, 'initial_weight')

    def start(self, context: PourContext) -> None:
        """Begin a pour from the cup of `context`."""
        super().start(context)
        self._initial = context.required('initial_weight')

    def step(self, tilt: float) -> float:
        """Return the feature at the next tick, where the tilt is `tilt` [rad]."""
        return max(self._initial - super().step(tilt), 0.0)


class LargestExcess(Excess):
    """Largest `Excess` so far [N]: what has left a cylinder that is tilted very slowly."""

    def start(self, context: PourContext) -> None:
        """Begin a pour from the cup of `context`."""
        super().start(context)
        self._largest = 0.0

    def step(self, tilt: float) -> float:
        """Return the feature at the next tick, where the tilt is `tilt` [rad]."""
        self._largest = max(self._largest, super().step(tilt))
        return self._largest


MOTION_FEATURES: dict[str, type[MotionFeature]] = {
    'theta': Theta,
    'theta_velocity': ThetaVelocity,
    'capacity': Capacity,
    'excess': Excess,
    'largest_excess': LargestExcess,
}
"""The features of this module by name."""
