# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a slow pour tells of a cup."""

from dataclasses import dataclass

import numpy as np

from pour_force_estimator.cups.spec import CupSpec


@dataclass(frozen=True)
class SlowPourFit:
    """
    A cup, and how it was found.

    Attributes
    ----------
    shape : CupSpec
        The cup; its tilts are as measured, so that the mounting is a part of it.
    seen : tuple of float
        Tilt of the first drop, and largest tilt [rad]; the capacity beyond is a bound.
    delay_s : float
        Time from the lip to the reading of the scale [s].
    is_delay_told, is_discharge_told : bool
        Whether the pours told the value; otherwise it is the typical one.
    rmse : float
        Of the volume left in the cup in the slow pour, against the fit [m^3].
    head : float
        Volume above the lip that was corrected for, mean while it flowed [m^3].
    tilt_speed : float
        Mean speed of the slow pour while it flowed [rad/s].
    left : float
        Volume left in the cup at the largest tilt [m^3].
    time_s, tilt, measured, poured_again : ndarray of shape (n,)
        The slow pour [s, rad], and what is left in the cup by the scale and by the fit [m^3].
    notes : tuple of str
        What a user should know.
    is_discharge_given : bool
        Whether the caller told the discharge.

    """

    shape: CupSpec
    seen: tuple[float, float]
    delay_s: float
    is_delay_told: bool
    is_discharge_told: bool
    rmse: float
    head: float
    tilt_speed: float
    left: float
    time_s: np.ndarray
    tilt: np.ndarray
    measured: np.ndarray
    poured_again: np.ndarray
    notes: tuple[str, ...]
    is_discharge_given: bool = False
