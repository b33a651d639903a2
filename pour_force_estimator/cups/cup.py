# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Geometry of a tilted cup: how much it holds, and how wide the liquid's surface is.

In the cup's frame z is its axis and y points away from the lip, so that the point over which the
liquid leaves is at y = -lip_radius, z = height. A cup that is tilted by theta and full to the lip
holds the part of the cylinder below the level plane through that point::

    x^2 + y^2 <= R^2,  0 <= z <= H,  z cos(theta) + y sin(theta) <= H cos(theta) - r sin(theta)

A slice at height z is a circular segment that ends at y(z), which is linear in z: from
y = H cot(theta) - r at the base to y = -r at the top. The capacity is therefore H times the mean
of the segment's area G over that interval, and G has a closed antiderivative: no quadrature, and
no special case for a base that is half covered or for an angle past 90 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import overload

import numpy as np

from ..context import CONTEXT_FIELDS
from ..units import Number
from .validation import check_range

MAX_TILT = math.radians(170.0)
"""Largest tilt that the geometry is used for [rad]; no recorded pour goes past 131 degrees."""

MIN_TILT = -math.pi / 2.0
"""Smallest tilt [rad]; a cup that leans back holds as much as an upright one."""

MIN_LIP_RATIO = 0.05
"""Smallest diameter of a lip relative to that of the body [-]."""

_MIN_ANGLE = 1e-6
"""Tilt that stands for an upright cup [rad], where cot(theta) is still finite."""

_MIN_INTERVAL = 1e-5
"""Interval of y, relative to the radius, below which the mean of G is its value at the middle."""

_BISECTIONS = 40


@dataclass(frozen=True)
class Cup:
    """
    A cylindrical cup or, where its lip is narrower than its body, a bottle.

    Each parameter is a number, or an array for as many cups; arrays must broadcast together.

    Parameters
    ----------
    height : float or ndarray
        Height inside [m].
    diameter : float or ndarray
        Diameter inside [m].
    lip_ratio : float or ndarray
        Diameter of the lip relative to that of the body [-]: 1 for a plain cylinder, less for a
        bottle.
    discharge : float or ndarray
        Discharge coefficient of the lip as a weir [-]; see `outflow`.
    choke : float or ndarray
        Froude number at which the lip, running full, limits the flow [-]; infinite for a lip that
        never does; see `outflow`.
    angle_offset : float or ndarray
        What is added to the measured tilt to get that of the cup [rad]: how the cup sits in the
        gripper.

    Raises
    ------
    SimulationError
        If a parameter is out of its range; the message names it, its value and the range.

    Examples
    --------
    >>> cup = Cup(height=0.12, diameter=0.121)
    >>> round(cup.volume * 1e6), round(float(cup.capacity(1.0)) * 1e6)
    (1380, 404)
    >>> Cup(height=0.12, diameter=0.121, lip_ratio=1.2)
    Traceback (most recent call last):
        ...
    pour_force_estimator.errors.SimulationError: lip_ratio: expected 0.05 to 1, received 1.2

    """

    height: Number
    diameter: Number
    lip_ratio: Number = 1.0
    discharge: Number = 0.6
    choke: Number = math.inf
    angle_offset: Number = 0.0

    def __post_init__(self) -> None:
        for name in ('height', 'diameter'):
            field = CONTEXT_FIELDS[f'cup_{name}']
            check_range(name, getattr(self, name), field.low, field.high, field.unit)
        check_range('lip_ratio', self.lip_ratio, MIN_LIP_RATIO, 1.0)
        check_range('discharge', self.discharge, 0.01, 2.0)
        check_range('choke', self.choke, 0.001, math.inf)
        check_range('angle_offset', self.angle_offset, -0.5, 0.5, 'rad')

    @property
    def radius(self) -> Number:
        """Radius inside [m]."""
        return self.diameter / 2.0

    @property
    def lip_radius(self) -> Number:
        """Radius of the lip [m]."""
        return self.lip_ratio * self.radius

    @property
    def opening(self) -> Number:
        """Diameter of the opening [m]."""
        return 2.0 * self.lip_radius

    def lip_width(self, tilt: Number) -> Number:
        """Return the width of the lip [m], which is that of the opening at any tilt."""
        return self.opening

    def take(self, index: np.ndarray) -> Cup:
        """Return the cups at `index`, an ndarray of int; all parameters are arrays."""
        return Cup(**{name: values[index] for name, values in vars(self).items()})

    def single(self, index: int) -> Cup:
        """Return one of the cups; all parameters are arrays."""
        return Cup(**{name: float(values[index]) for name, values in vars(self).items()})

    @property
    def volume(self) -> Number:
        """Volume inside [m^3]: what the upright cup holds."""
        return math.pi * self.radius**2 * self.height

    @overload
    def capacity(self, tilt: np.ndarray) -> np.ndarray: ...

    @overload
    def capacity(self, tilt: Number) -> Number: ...

    def capacity(self, tilt: Number) -> Number:
        """
        Return how much the tilted cup holds.

        Parameters
        ----------
        tilt : float or ndarray
            Tilt [rad], `MIN_TILT` to `MAX_TILT`; broadcasts with the cup's parameters.

        Returns
        -------
        float or ndarray
            Capacity V_c [m^3]; falls as the tilt grows.

        """
        return self.capacity_and_surface_area(tilt)[0]

    def capacity_and_surface_area(self, tilt: Number) -> tuple[Number, Number]:
        """
        Return `capacity` and the area of the level surface through the lip.

        Parameters
        ----------
        tilt : float or ndarray
            As for `capacity`.

        Returns
        -------
        capacity, area : float or ndarray
            V_c [m^3] and A_s [m^2]; both cost hardly more than one.

        """
        radius = self.radius
        angle = np.clip(tilt + self.angle_offset, _MIN_ANGLE, math.pi - _MIN_ANGLE)
        top = -self.lip_ratio
        interval = self.height / (radius * np.tan(angle))
        base = top + interval
        short = np.abs(interval) < _MIN_INTERVAL
        divisor = np.where(short, 1.0, interval)
        middle = top + interval / 2.0
        mean_area = np.where(
            short,
            _segment_area(middle),
            (_segment_integral(base) - _segment_integral(top)) / divisor,
        )
        mean_chord = np.where(
            short,
            2.0 * np.sqrt(np.maximum(1.0 - middle**2, 0.0)),
            (_segment_area(base) - _segment_area(top)) / divisor,
        )
        capacity = self.height * radius**2 * mean_area
        area = self.height * radius * mean_chord / np.sin(angle)
        return capacity, area

    def onset_angle(self, volume: Number) -> np.ndarray:
        """
        Return the tilt at which the outflow begins.

        Parameters
        ----------
        volume : float or ndarray
            Volume in the cup [m^3].

        Returns
        -------
        ndarray
            Tilt [rad] at which the capacity has fallen to `volume`; `MAX_TILT` where it never
            falls that low.

        """
        shape = np.broadcast(volume, *vars(self).values()).shape
        low, high = np.zeros(shape), np.full(shape, MAX_TILT)
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2.0
            holds = self.capacity(middle) >= volume
            low, high = np.where(holds, middle, low), np.where(holds, high, middle)
        return high


def _segment_area(y: Number) -> Number:
    """
    Return the area of the part of the unit disc to the left of `y`.

    The derivative of the result is the chord 2 sqrt(1 - y^2); 0 for y < -1 and pi for y > 1.
    """
    y = np.clip(y, -1.0, 1.0)
    area: Number = math.pi / 2.0 + np.arcsin(y) + y * np.sqrt(1.0 - y**2)
    return area


def _segment_integral(y: Number) -> Number:
    """Return the integral of `_segment_area` from -1 to `y`; 0 for y < -1 and pi y for y > 1."""
    inside = np.clip(y, -1.0, 1.0)
    root = np.sqrt(1.0 - inside**2)
    within = inside * (math.pi / 2.0 + np.arcsin(inside)) + root - root**3 / 3.0
    integral: Number = within + math.pi * np.maximum(y - 1.0, 0.0)
    return integral
