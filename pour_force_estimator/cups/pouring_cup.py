# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What can be poured from: one cup, or several at once."""

from typing import overload, Protocol

import numpy as np

from ..units import Number


class PouringCup(Protocol):
    """
    A cup or n of them: a `Cup`, a `CupSpec`, a `CupStack`.

    Attributes
    ----------
    radius : float or ndarray
        Radius of the body [m].
    opening : float or ndarray
        Width of the opening where it is widest [m].
    lip_ratio : float or ndarray
        Width of the opening relative to the diameter of the body [-].
    volume : float or ndarray
        Volume inside [m^3]: what the upright cup holds.
    discharge : float or ndarray
        Discharge coefficient of the lip as a weir [-].
    choke : float, ndarray or None
        Froude number at which the lip, running full, limits the flow [-]; None or infinite for
        one that never does.

    """

    @property
    def radius(self) -> Number: ...  # noqa: D102

    @property
    def opening(self) -> Number: ...  # noqa: D102

    @property
    def lip_ratio(self) -> Number: ...  # noqa: D102

    @property
    def volume(self) -> Number: ...  # noqa: D102

    @property
    def discharge(self) -> Number: ...  # noqa: D102

    @property
    def choke(self) -> Number | None: ...  # noqa: D102

    @overload
    def capacity(self, tilt: np.ndarray) -> np.ndarray: ...

    @overload
    def capacity(self, tilt: Number) -> Number: ...

    def capacity(self, tilt: Number) -> Number:
        """Return the capacity [m^3] at the measured tilt [rad]."""
        ...

    def capacity_and_surface_area(self, tilt: Number) -> tuple[Number, Number]:
        """Return capacity [m^3] and area of the surface [m^2] at the measured tilt [rad]."""
        ...

    def lip_width(self, tilt: Number) -> Number:
        """Return the width of the lip [m] at the measured tilt [rad]."""
        ...

    def onset_angle(self, volume: Number) -> np.ndarray:
        """Return the measured tilt [rad] at which the outflow of a volume [m^3] begins."""
        ...
