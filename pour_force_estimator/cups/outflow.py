# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Outflow over the lip of a tilted cup, after Kennedy et al.

What is in the cup above its capacity stands over the lip as a head h = (V - V_c) / A_s and flows
over it as over a weir of the lip's width b (Kennedy et al., "Autonomous precision pouring from
unknown containers": Bernoulli's law integrated over the head); a neck that runs full limits that
(Froude number of the opening)::

    q = min(c 2/3 b sqrt(2 g) h^1.5, c_f sqrt(g b^5)),    dV/dt = -q
"""

import math
from typing import overload

import numpy as np

from ..units import Number, STANDARD_GRAVITY
from .pouring_cup import PouringCup

SUBSTEPS = 4
"""
Steps of the integration between two samples at 60 Hz.

On the tilts of the robot trials four are within 0.002 % of the limit, and even one within 0.04 %.
"""

_MIN_AREA = 0.05
"""
Smallest area of the surface, relative to the body's cross-section.

The surface *through* the lip shrinks to nothing as a plain cylinder nears 90 degrees, but that of
the liquid which stands *above* the lip does not.
"""


def choked_flow(cup: PouringCup) -> Number:
    """Return the largest outflow of `cup` [m^3/s]: that of a lip which runs full."""
    choke = math.inf if cup.choke is None else cup.choke
    return choke * np.sqrt(STANDARD_GRAVITY * cup.opening**5)


@overload
def capacity_and_rate(cup: PouringCup, tilt: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...


@overload
def capacity_and_rate(cup: PouringCup, tilt: Number) -> tuple[Number, Number]: ...


def capacity_and_rate(cup: PouringCup, tilt: Number) -> tuple[Number, Number]:
    """
    Return how much a tilted cup holds, and how fast what is more than that leaves it.

    Parameters
    ----------
    cup : PouringCup
        One cup, or several.
    tilt : float or ndarray
        Tilt [rad]; broadcasts with the cup's parameters.

    Returns
    -------
    capacity : float or ndarray
        Capacity V_c [m^3].
    rate : float or ndarray
        k of the weir's de/dt = -k e^1.5 for the volume above the lip, e = V - V_c [m^-1.5/s].

    """
    capacity, area = cup.capacity_and_surface_area(tilt)
    min_area = _MIN_AREA * np.pi * cup.radius**2
    return capacity, _weir_constant(cup, tilt) * np.maximum(area, min_area) ** -1.5


def volume_out(above_lip: Number, rate: Number, limit: Number, step_s: float) -> Number:
    """
    Return what leaves a cup at rest within a step: the closed solution for the weir, or less.

    Parameters
    ----------
    above_lip : float or ndarray
        Volume above the capacity [m^3]; where it is negative nothing leaves.
    rate : float or ndarray
        See `capacity_and_rate`.
    limit : float or ndarray
        Most that leaves within the step [m^3]; see `choked_flow`.
    step_s : float
        Duration of the step [s].

    Returns
    -------
    float or ndarray
        Volume [m^3].

    """
    above_lip = np.maximum(above_lip, 0.0)
    left = above_lip / (1.0 + 0.5 * rate * np.sqrt(above_lip) * step_s) ** 2
    return np.minimum(above_lip - left, limit)


def advance(
    cup: PouringCup,
    volume: Number,
    tilt: Number,
    next_tilt: Number,
    duration_s: float,
    substeps: int = SUBSTEPS,
) -> Number:
    """
    Let liquid flow out while the cup turns from one tilt to the next at a constant rate.

    Within a substep the tilt is that of its middle. At a constant tilt the volume above the
    lip, e = V - V_c, follows the weir's de/dt = -k e^1.5. Its closed solution is used here; so no
    step is too long to be stable, and the cup never loses more than what stands above its lip.

    Parameters
    ----------
    cup : PouringCup
        One cup, or n of them.
    volume : float or ndarray of shape (n,)
        Volume in the cup [m^3].
    tilt, next_tilt : float or ndarray of shape (n,)
        Tilt at the begin and at the end [rad].
    duration_s : float
        Time between the two [s].
    substeps : int
        Steps of the integration.

    Returns
    -------
    float or ndarray of shape (n,)
        Volume left in the cup [m^3].

    """
    step_s = duration_s / substeps
    limit = choked_flow(cup) * step_s
    for substep in range(substeps):
        middle = tilt + (next_tilt - tilt) * ((substep + 0.5) / substeps)
        capacity, rate = capacity_and_rate(cup, middle)
        volume = volume - volume_out(volume - capacity, rate, limit, step_s)
    return volume


def _weir_constant(cup: PouringCup, tilt: Number) -> Number:
    """Return q / h^1.5 of an unchoked lip [m^1.5/s]."""
    factor = cup.discharge * (2.0 / 3.0)
    constant: Number = factor * cup.lip_width(tilt) * np.sqrt(2.0 * STANDARD_GRAVITY)
    return constant
