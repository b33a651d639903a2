# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""From the shape of a cup to the cup: its capacity, surface and lip over the tilt."""

from __future__ import annotations

import numpy as np

from ..errors import SimulationError
from .spec import CupSpec
from .surface import opening_width, revolved, surface_capacity, unit_circle
from .tilt_table import TABLE_TILTS, TiltTable


def cup_of_profile(
    name: str, height_m: np.ndarray, radius_m: np.ndarray, discharge: float = 0.6
) -> CupSpec:
    """
    Return a body of revolution; nothing but its shape is known.

    Parameters
    ----------
    name : str
        What it is called.
    height_m : array_like of shape (n,)
        Heights above the base inside [m], from 0 and rising; the last is that of the lip.
    radius_m : array_like of shape (n,)
        Inner radius at these heights [m], linear in between.
    discharge : float
        Discharge coefficient of the lip [-].

    Raises
    ------
    SimulationError
        If the profile is none, or of no cup.

    """
    heights, radii = np.asarray(height_m, np.float64), np.asarray(radius_m, np.float64)
    _check_profile(heights, radii)
    circle = unit_circle()
    rim = radii[-1] * circle
    return cup_of_surface(
        name,
        revolved(heights, radii),
        np.stack([rim[:-1], rim[1:]], axis=1),
        np.stack([radii * circle[:, 1].min(), heights], axis=1),
        2.0 * float(radii.max()),
        discharge,
    )


def cup_of_surface(
    name: str,
    faces_m: np.ndarray,
    rim_m: np.ndarray,
    front_m: np.ndarray,
    diameter: float,
    discharge: float = 0.6,
) -> CupSpec:
    """
    Return the cup with this inner surface; nothing but its shape is known.

    Parameters
    ----------
    name : str
        What it is called.
    faces_m : ndarray of shape (n, 3, 3)
        Triangles [m]; see `surface_capacity`.
    rim_m : ndarray of shape (k, 2, 2)
        x and y of the edges of the level opening [m]; the cup pours over their least y.
    front_m : ndarray of shape (m, 2)
        y and z of the outline from the base to that point of the lip [m]; see `surface_capacity`.
    diameter : float
        Inside [m].
    discharge : float
        Discharge coefficient of the lip [-].

    Raises
    ------
    SimulationError
        If the surface is none, or of no cup.

    """
    top, bottom = float(faces_m[..., 2].max()), float(faces_m[..., 2].min())
    capacity, area = surface_capacity(faces_m, front_m, TABLE_TILTS)
    try:
        table = TiltTable(
            TABLE_TILTS,
            np.minimum.accumulate(capacity),
            area,
            opening_width(rim_m, TABLE_TILTS),
        )
        return CupSpec(name, top - bottom, diameter, table, discharge, pours=0)
    except SimulationError as error:
        raise SimulationError(f'{name}: {error}') from error


def _check_profile(heights: np.ndarray, radii: np.ndarray) -> None:
    """Raise `SimulationError` unless these arrays are a profile [m]."""
    if heights.ndim != 1 or heights.shape != radii.shape or len(heights) < 2:
        raise SimulationError(
            f'profile: expected two or more heights with a radius each, received '
            f'{heights.shape} and {radii.shape}'
        )
    if not (np.all(np.isfinite(heights)) and heights[0] == 0.0 and np.all(np.diff(heights) > 0)):
        raise SimulationError('profile: expected heights [m] that rise from 0')
    if not (np.all(np.isfinite(radii)) and np.all(radii >= 0.0) and radii[-1] > 0.0):
        raise SimulationError('profile: expected radii [m] of at least 0, at the lip above 0')
