# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Named conversions between the units of recorded data and SI units.

The files of recorded pours hold lbf, and some scales read it; everything else speaks N. People
read ml and g. Each function takes a scalar or an array and does the same arithmetic on both, so
that a value converted alone and one converted within an array are equal bit for bit.
"""

import math
from typing import TypeVar

import numpy as np

Number = float | np.ndarray
"""A scalar or an array."""

Quantity = TypeVar('Quantity', float, np.ndarray, Number)
"""A scalar or an array, and what comes of it is the same."""

NEWTON_PER_LBF = 4.4482216152605
"""One pound-force [N], exact by definition (0.45359237 kg x 9.80665 m/s^2)."""

ML_WATER_PER_LBF = 453.59237
"""Volume of water of 1 g/ml that weighs one pound-force [ml]."""

STANDARD_GRAVITY = 9.80665
"""Standard acceleration of gravity [m/s^2]."""

_DEGREE_PER_RAD = 180.0 / math.pi
_RAD_PER_DEGREE = math.pi / 180.0


def lbf_to_newton(weight: Quantity) -> Quantity:
    """Convert a weight from lbf to N."""
    return weight * NEWTON_PER_LBF


def newton_to_lbf(weight: Quantity) -> Quantity:
    """Convert a weight from N to lbf."""
    return weight / NEWTON_PER_LBF


def newton2_to_lbf2(square: Quantity) -> Quantity:
    """Convert a mean squared error from N^2 to lbf^2, the unit of published ones."""
    return square / NEWTON_PER_LBF**2


def newton_to_ml(weight: Quantity, relative_density: Quantity | float = 1.0) -> Quantity:
    """Convert the weight of a liquid [N] to its volume [ml]; water has relative density 1."""
    # Both ways go by lbf: another order of rounding would change what seeds and models say.
    return newton_to_lbf(weight) * ML_WATER_PER_LBF / relative_density


def ml_to_newton(volume: Quantity, relative_density: Quantity | float = 1.0) -> Quantity:
    """Convert the volume of a liquid [ml] to its weight [N]; water has relative density 1."""
    return lbf_to_newton(volume * relative_density / ML_WATER_PER_LBF)


def rad_to_degree(angle: Quantity) -> Quantity:
    """Convert an angle from rad to degree."""
    return angle * _DEGREE_PER_RAD


def degree_to_rad(angle: Quantity) -> Quantity:
    """Convert an angle from degree to rad."""
    return angle * _RAD_PER_DEGREE


def mm_to_m(length: Quantity) -> Quantity:
    """Convert a length from mm to m."""
    return length / 1000.0


def m_to_mm(length: Quantity) -> Quantity:
    """Convert a length from m to mm."""
    return length * 1000.0


def m3_to_ml(volume: Quantity) -> Quantity:
    """Convert a volume from m^3 to ml."""
    return volume * 1e6


def gram_to_newton(mass: Quantity) -> Quantity:
    """Convert a mass [g] to its weight [N]."""
    return mass * (1e-3 * STANDARD_GRAVITY)


def newton_to_gram(weight: Quantity) -> Quantity:
    """Convert a weight [N] to the mass [g] that has it."""
    return weight / (1e-3 * STANDARD_GRAVITY)
