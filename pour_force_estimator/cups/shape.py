# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the shape of a cup says of its pours: capacity, surface and lip over the tilt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..context import CONTEXT_FIELDS
from ..errors import SimulationError
from .cup import MAX_TILT
from .profile import check_profile
from .surface import opening_width, revolved, surface_capacity, unit_circle
from .validation import check_range
from .vessel import Vessel

TABLE_TILTS = np.radians(
    np.concatenate(
        [np.arange(0.0, 70.0, 0.5), np.arange(70.0, 110.0, 0.25), np.arange(110.0, 170.5, 0.5)]
    )
)
"""Tilts of a table that is made here [rad]; denser where a cylinder runs empty."""

MAX_POINTS = 10_000
"""Most points of a table."""


@dataclass(frozen=True, eq=False)
class CupShape:
    """
    A cup as its capacity over the tilt.

    Parameters
    ----------
    name : str
        What it is called.
    height, diameter : float
        Inside, where it is tallest and widest [m].
    tilts : ndarray of shape (n,)
        Tilts, rising from 0 [rad].
    capacities : ndarray of shape (n,)
        Capacity there [m^3]; never rises.
    areas : ndarray of shape (n,)
        Area of the surface through the lip there [m^2].
    lip_widths : ndarray of shape (n,)
        Width of the lip there [m], `surface.REFERENCE_HEAD_M` above its lowest point.
    discharge : float
        Discharge coefficient of the lip [-].

    Raises
    ------
    SimulationError
        If a value is out of its range or the capacity rises with the tilt.

    """

    name: str
    height: float
    diameter: float
    tilts: np.ndarray
    capacities: np.ndarray
    areas: np.ndarray
    lip_widths: np.ndarray
    discharge: float = 0.6

    def __post_init__(self) -> None:
        for side in ('height', 'diameter'):
            field = CONTEXT_FIELDS[f'cup_{side}']
            check_range(
                f'{self.name}: {side}', getattr(self, side), field.low, field.high, field.unit
            )
        self.vessel()  # checks the tables
        widths = np.asarray(self.lip_widths, np.float64)
        if widths.shape != np.shape(self.tilts) or len(widths) > MAX_POINTS:
            raise SimulationError(
                f'{self.name}: expected a width of the lip for each of at most {MAX_POINTS} '
                f'tilts, received {widths.shape} for {np.shape(self.tilts)}'
            )
        check_range(f'{self.name}: lip_widths', widths, 0.0, 1.0, 'm')
        if self.tilts[0] != 0.0 or not self.capacities[0] > 0.0:
            raise SimulationError(
                f'{self.name}: expected a table from 0 rad and above 0 m^3, received '
                f'{self.tilts[0]:g} rad and {self.capacities[0]:g} m^3'
            )

    @property
    def volume(self) -> float:
        """Volume inside [m^3]: what the upright cup holds."""
        return float(self.capacities[0])

    @classmethod
    def of_profile(
        cls, name: str, height_m: np.ndarray, radius_m: np.ndarray, discharge: float = 0.6
    ) -> CupShape:
        """Return the body of revolution with this profile; see `profile_capacity`."""
        heights, radii = np.asarray(height_m, np.float64), np.asarray(radius_m, np.float64)
        check_profile(heights, radii)
        rim = radii[-1] * unit_circle()
        return cls.of_surface(
            name,
            revolved(heights, radii),
            np.stack([rim[:-1], rim[1:]], axis=1),
            2.0 * float(radii.max()),
            discharge,
        )

    @classmethod
    def of_surface(
        cls,
        name: str,
        faces_m: np.ndarray,
        rim_m: np.ndarray,
        diameter: float,
        discharge: float = 0.6,
    ) -> CupShape:
        """
        Return the cup with this inner surface.

        Parameters
        ----------
        name : str
            What it is called.
        faces_m : ndarray of shape (n, 3, 3)
            Triangles [m]; see `surface_capacity`.
        rim_m : ndarray of shape (k, 2, 2)
            x and y of the edges of the level opening [m]; the cup pours over their least y.
        diameter : float
            Inside [m].
        discharge : float
            Discharge coefficient of the lip [-].

        """
        top, bottom = float(faces_m[..., 2].max()), float(faces_m[..., 2].min())
        capacity, area = surface_capacity(faces_m, (float(rim_m[..., 1].min()), top), TABLE_TILTS)
        return cls(
            name,
            top - bottom,
            diameter,
            TABLE_TILTS,
            np.minimum.accumulate(capacity),
            area,
            opening_width(rim_m, TABLE_TILTS),
            discharge,
        )

    def vessel(self) -> Vessel:
        """Return the `Vessel` that `outflow.advance` pours from."""
        lip = float(np.max(self.lip_widths, initial=0.0)) / 2.0
        return Vessel(
            self.name,
            self.diameter / 2.0,
            max(lip, 0.001),
            self.tilts,
            self.capacities,
            self.areas,
            self.discharge,
        )

    def capacity(self, tilt: np.ndarray | float) -> np.ndarray:
        """Return the capacity [m^3] at `tilt` [rad]."""
        return np.interp(tilt, self.tilts, self.capacities)

    def onset_angle(self, fill: float) -> float:
        """Return the tilt [rad] at which a cup filled to the share `fill` begins to pour."""
        check_range('fill', fill, 0.0, 1.0)
        if not fill * self.volume >= self.capacities[-1]:
            return MAX_TILT
        return float(np.interp(-fill * self.volume, -self.capacities, self.tilts))
