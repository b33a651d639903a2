# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Liquids: weight to volume and back."""

from dataclasses import dataclass
from typing import overload

import numpy as np

from ..context import CONTEXT_FIELDS
from ..units import ml_to_newton, newton_to_ml, Number
from .validation import check_range

_M3_PER_ML = 1e-6


@dataclass(frozen=True)
class Liquid:
    """
    What is poured.

    Parameters
    ----------
    relative_density : float or ndarray
        Density relative to water [-], 0.3 to 5; an array describes as many liquids.

    Raises
    ------
    SimulationError
        If the density is out of its range.

    Examples
    --------
    >>> round(Liquid(relative_density=1.0).weight(1e-3), 5)
    9.80665

    """

    relative_density: Number = 1.0

    def __post_init__(self) -> None:
        field = CONTEXT_FIELDS['relative_density']
        check_range('relative_density', self.relative_density, field.low, field.high)

    @overload
    def volume(self, weight: np.ndarray) -> np.ndarray: ...

    @overload
    def volume(self, weight: Number) -> Number: ...

    def volume(self, weight: Number) -> Number:
        """Return the volume [m^3] of what weighs `weight` [N]."""
        return newton_to_ml(weight, self.relative_density) * _M3_PER_ML

    @overload
    def weight(self, volume: np.ndarray) -> np.ndarray: ...

    @overload
    def weight(self, volume: Number) -> Number: ...

    def weight(self, volume: Number) -> Number:
        """Return the weight [N] of `volume` [m^3]."""
        return ml_to_newton(volume / _M3_PER_ML, self.relative_density)
