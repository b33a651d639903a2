# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Volume and surface of the liquid that a closed surface of triangles holds under a plane."""

import math

import numpy as np

from ..errors import SimulationError

SECTORS = 720
"""Sectors of a whole body of revolution; a cylinder is within 0.01 % of its closed form."""

REFERENCE_HEAD_M = 0.005
"""Head above the lip at which the width of the lip is taken [m]."""


def surface_capacity(
    faces_m: np.ndarray, front_m: np.ndarray, tilts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return how much a vessel of any shape holds over the tilt, and the area of its surface.

    The liquid stands as high as the sill, the highest point on its way out. That is the lip, or
    the ridge where a flare, a spout or a neck begins once the lip has sunk below it.

    Parameters
    ----------
    faces_m : ndarray of shape (n, 3, 3)
        Triangles of the inner surface [m], their normals out of the liquid. z is the vessel's
        axis, y points away from the lip. The opening, which is level, may be left out.
    front_m : ndarray of shape (m, 2)
        y and z of the outline that is lowest as the vessel tilts [m]: the least y over z, with
        all its corners. z never falls; the last point is the lip, and no triangle is above it.
    tilts : ndarray of shape (k,)
        Tilt [rad], 0 to below pi.

    Returns
    -------
    capacity : ndarray of shape (k,)
        Volume behind the sill and below it [m^3].
    area : ndarray of shape (k,)
        Area of the level surface there [m^2].

    Raises
    ------
    SimulationError
        If the triangles are none.

    Notes
    -----
    With h the height above the plane and n its normal, the field h n has divergence 1 and is 0 on
    the plane. The volume is therefore the integral of h (n . N) over the wetted surface alone:
    exact for triangles, and nothing is cut or capped.

    Liquid at z has to pass each greater z, and passes it lowest at the front. It stays below the
    highest front point of greater z, its sill. No liquid is at the z of a sill, for the sill is
    the lowest point there. So what is wet of a triangle is behind one sill: that of its lowest
    corner.

    """
    faces = np.asarray(faces_m, np.float64)
    if faces.ndim != 3 or faces.shape[1:] != (3, 3) or not np.all(np.isfinite(faces)):
        raise SimulationError(f'surface: expected finite triangles, received shape {faces.shape}')
    front = np.asarray(front_m, np.float64)
    faces, front = faces - np.array([0.0, *front[-1]]), front - front[-1]
    above = np.searchsorted(front[:, 1], faces[..., 2], side='right').clip(max=len(front) - 1)
    # Twice the area is the length of this vector.
    normals = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0]) / 2.0
    capacity, area = np.empty(len(tilts)), np.empty(len(tilts))
    for index, tilt in enumerate(np.asarray(tilts, np.float64).tolist()):
        cosine, sine = math.cos(tilt), math.sin(tilt)
        heights = faces[..., 2] * cosine + faces[..., 1] * sine
        rise = front[:, 1] * cosine + front[:, 0] * sine
        sills = np.maximum.accumulate(rise[::-1])[::-1]  # above the lip
        lowest = np.argmin(heights, axis=1, keepdims=True)
        heights = np.sort(heights - sills[np.take_along_axis(above, lowest, axis=1)], axis=1)
        projected = normals[:, 2] * cosine + normals[:, 1] * sine
        wetted, moment = _below(heights)
        capacity[index] = projected @ moment
        area[index] = -(projected @ wetted)
    return np.maximum(capacity, 0.0), np.maximum(area, 0.0)


def _below(heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the part of each triangle's area below 0, and its height integrated there."""
    low, middle, high = heights.T
    wetted = (high <= 0.0).astype(np.float64)
    moment = np.where(high <= 0.0, heights.sum(axis=1) / 3.0, 0.0)
    one_low = (low < 0.0) & (middle >= 0.0) & (high > 0.0)
    part = low[one_low] ** 2 / ((low[one_low] - middle[one_low]) * (low[one_low] - high[one_low]))
    wetted[one_low], moment[one_low] = part, part * low[one_low] / 3.0
    two_low = (middle < 0.0) & (high > 0.0)
    part = high[two_low] ** 2 / (
        (high[two_low] - low[two_low]) * (high[two_low] - middle[two_low])
    )
    wetted[two_low] = 1.0 - part
    moment[two_low] = (heights[two_low].sum(axis=1) - part * high[two_low]) / 3.0
    return wetted, moment


def unit_circle() -> np.ndarray:
    """Return the closed polygon (SECTORS + 1, 2) that has the area of the unit circle."""
    angle = 2.0 * math.pi / SECTORS
    azimuth = angle * np.arange(SECTORS + 1)
    return np.stack([np.cos(azimuth), np.sin(azimuth)], 1) * math.sqrt(angle / math.sin(angle))


def revolved(height_m: np.ndarray, radius_m: np.ndarray) -> np.ndarray:
    """
    Return the triangles of a body of revolution, base and wall, without its opening.

    Parameters
    ----------
    height_m, radius_m : ndarray of shape (n,)
        Inner radius over the height [m]; see `shape.cup_of_profile`.

    Returns
    -------
    ndarray of shape (m, 3, 3)
        Triangles [m]. The polygon of a slice has the area of its circle.

    """
    circle = unit_circle().T
    heights = np.concatenate([height_m[:1], height_m])
    radii = np.concatenate([[0.0], radius_m])
    points = np.empty((len(radii), SECTORS + 1, 3))
    points[..., 0], points[..., 1] = (radii[:, None] * part for part in circle)
    points[..., 2] = heights[:, None]
    corners = [points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]]
    faces = np.concatenate(
        [
            np.stack([corners[index] for index in triangle], axis=2).reshape(-1, 3, 3)
            for triangle in ((0, 1, 2), (0, 2, 3))
        ]
    )
    doubled = np.linalg.norm(
        np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0]), axis=1
    )
    triangles: np.ndarray = faces[doubled > 0.0]
    return triangles


def opening_width(edges_m: np.ndarray, tilts: np.ndarray) -> np.ndarray:
    """
    Return how wide the lip is at the surface, `REFERENCE_HEAD_M` above its lowest point.

    Parameters
    ----------
    edges_m : ndarray of shape (n, 2, 2)
        Edges of the level opening [m]: x and y of both ends, y away from the lip.
    tilts : ndarray of shape (k,)
        Tilt [rad].

    Returns
    -------
    ndarray of shape (k,)
        Width across the pour [m].

    """
    edges = np.asarray(edges_m, np.float64)
    start, end = edges[:, 0], edges[:, 1]
    rise = end[:, 1] - start[:, 1]
    widths = []
    for sine in np.maximum(np.sin(tilts), 1e-9).tolist():
        limit = edges[..., 1].min() + REFERENCE_HEAD_M / sine
        crossing = (start[:, 1] - limit) * (end[:, 1] - limit) < 0.0
        share = (limit - start[crossing, 1]) / rise[crossing]
        cut = start[crossing, 0] + share * (end[crossing, 0] - start[crossing, 0])
        across = np.concatenate([edges[..., 0][edges[..., 1] <= limit], cut])
        widths.append(np.ptp(across))
    return np.array(widths)
