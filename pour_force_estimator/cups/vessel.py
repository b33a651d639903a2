# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A vessel of any shape: its capacity and the area of its surface, as tables over the tilt."""

from dataclasses import dataclass
import math

import numpy as np

from ..errors import SimulationError
from .cup import MAX_TILT
from .profile import profile_capacity
from .validation import check_range

POINTS = 1024
"""Points of a table that is made here; 256 leave 0.5 % of the volume as a cylinder runs empty."""

_MIN_TABLE_TILT = 1e-3


@dataclass(frozen=True, eq=False)
class Vessel:
    """
    A vessel that `outflow.advance` can pour from, as from a `Cup`.

    Parameters
    ----------
    name : str
        What it is called; not empty.
    radius, lip_radius : float
        Inner radius of the body where it is widest, and of the lip [m].
    tilts : ndarray of shape (n,)
        Tilts of the vessel, rising [rad]; beyond them the ends of the tables hold.
    capacities : ndarray of shape (n,)
        Capacity there [m^3], at least 0; never rises.
    areas : ndarray of shape (n,)
        Area of the surface through the lip there [m^2], at least 0.
    discharge, choke, angle_offset : float
        As in `Cup`.

    Raises
    ------
    SimulationError
        If a value is out of its range or the capacity rises with the tilt.

    """

    name: str
    radius: float
    lip_radius: float
    tilts: np.ndarray
    capacities: np.ndarray
    areas: np.ndarray
    discharge: float = 0.6
    choke: float = math.inf
    angle_offset: float = 0.0

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.strip():
            raise SimulationError(f'vessel: expected a name, received {self.name!r}')
        for field in ('tilts', 'capacities', 'areas'):
            values = np.array(getattr(self, field), np.float64)
            values.flags.writeable = False
            object.__setattr__(self, field, values)
        if (
            self.tilts.ndim != 1
            or len(self.tilts) < 2
            or not self.tilts.shape == self.capacities.shape == self.areas.shape
        ):
            raise SimulationError(
                f'{self.name}: expected tables of one length, at least 2, received '
                f'{self.tilts.shape}, {self.capacities.shape} and {self.areas.shape}'
            )
        check_range(f'{self.name}: tilts', self.tilts, 0.0, MAX_TILT, 'rad')
        check_range(f'{self.name}: capacities', self.capacities, 0.0, 1.0, 'm^3')
        check_range(f'{self.name}: areas', self.areas, 0.0, 10.0, 'm^2')
        check_range(f'{self.name}: radius', self.radius, 0.001, 1.0, 'm')
        check_range(f'{self.name}: lip_radius', self.lip_radius, 0.001, 1.0, 'm')
        check_range(f'{self.name}: discharge', self.discharge, 0.01, 2.0)
        check_range(f'{self.name}: choke', self.choke, 0.001, math.inf)
        check_range(f'{self.name}: angle_offset', self.angle_offset, -0.5, 0.5, 'rad')
        if np.any(np.diff(self.tilts) <= 0.0):
            raise SimulationError(f'{self.name}: expected tilts that rise')
        rises = np.flatnonzero(np.diff(self.capacities) > 0.0)
        if len(rises):
            raise SimulationError(
                f'{self.name}: expected a capacity that falls with the tilt, received one that '
                f'rises after {self.tilts[rises[0]]:g} rad'
            )

    @classmethod
    def of_profile(cls, name, height_m, radius_m, **parameters):
        """Return the body of revolution with this profile; see `profile_capacity`."""
        tilts = np.linspace(_MIN_TABLE_TILT, MAX_TILT, POINTS)
        capacity, area = profile_capacity(height_m, radius_m, tilts)
        radii = np.asarray(radius_m, np.float64)
        return cls(
            name,
            float(radii.max()),
            float(radii[-1]),
            tilts,
            np.minimum.accumulate(capacity),
            area,
            **parameters,
        )

    def capacity_and_surface_area(self, tilt):
        """Return capacity [m^3] and area [m^2] at the measured `tilt` [rad]."""
        angle = tilt + self.angle_offset
        return (
            np.interp(angle, self.tilts, self.capacities),
            np.interp(angle, self.tilts, self.areas),
        )
