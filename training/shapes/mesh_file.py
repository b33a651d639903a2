# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Meshes of cups, of their inside or of the vessel, through trimesh."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np

from pour_force_estimator.cups.shape import cup_of_surface
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.text import shortened

from ..errors import ShapeError
from .sizes import check_size, METRES

MAX_BYTES = 100 << 20
MAX_FACES = 300_000
MIN_FACES = 10
"""Faces of a box without its lid."""

FORMATS = ('stl', 'ply', 'off')

_AZIMUTHS = {'x': 0.0, 'y': 90.0, '-x': 180.0, '-y': 270.0}

_MAX_LEVELS = 200
"""Most heights of an outline."""

_LEVEL = 1e-3
"""How far from the highest point the opening may be, relative to the height."""


def azimuth_of(spout: str) -> float:
    """Return the azimuth of a spout [degree, from x towards y]: x, -x, y, -y or a number."""
    if spout.lower() in _AZIMUTHS:
        return _AZIMUTHS[spout.lower()]
    try:
        azimuth = float(spout)
    except ValueError:
        azimuth = math.nan
    if not -360.0 <= azimuth <= 360.0:
        raise ShapeError(
            f'spout: expected x, -x, y, -y or -360 to 360 degree from x towards y, '
            f'received {shortened(spout, 40)!r}'
        )
    return azimuth


def load_mesh(
    path: Path, unit: str, name: str, azimuth_deg: float, is_inside: bool, discharge: float
) -> tuple[CupSpec, np.ndarray]:
    """
    Load a cup from a mesh, z up.

    Parameters
    ----------
    path : Path
        A watertight .stl, .ply or .off.
    unit : str
        Key of `METRES`.
    name : str
        What the cup is called.
    azimuth_deg : float
        Where it pours to [degree, from x towards y].
    is_inside : bool
        Whether the mesh is what the cup holds, with a level top; else it is the vessel's wall.
    discharge : float
        Discharge coefficient of the lip [-].

    Returns
    -------
    cup : CupSpec
        The cup.
    outline : ndarray of shape (n, 2)
        Its outline as seen across the pour [m]; see `picture.draw_cup`.

    Raises
    ------
    ShapeError
        If the mesh is none, leaks, is inside out, or of no cup; the message says what to do.

    """
    mesh = _read(path)
    height = float(np.ptp(mesh.vertices[:, 2]))
    check_size(path, 'height (along z)', height, unit, 'cup_height')
    if not mesh.is_watertight:
        edges = np.sort(mesh.edges, axis=1)
        _, counts = np.unique(edges, axis=0, return_counts=True)
        raise ShapeError(
            f'{path}: expected a watertight mesh, received one with {np.sum(counts != 2)} edges '
            'that have no face on one of their sides; fill the holes (Blender: 3D-Print Toolbox, '
            'MeshLab: Close Holes), the opening of --inside too'
        )
    if not mesh.is_winding_consistent:
        raise ShapeError(
            f'{path}: expected normals that point out of the solid, received some faces that are '
            'flipped against those beside them; recalculate the normals'
        )
    if mesh.volume <= 0.0:
        raise ShapeError(
            f'{path}: expected normals that point out of the solid, received a mesh that is '
            f'inside out (volume {mesh.volume:g} {unit}^3); flip its normals'
        )
    faces, rim = _inner_surface(mesh, path, is_inside, height)
    turned = math.radians(azimuth_deg)
    away = np.array([-math.cos(turned), -math.sin(turned)])
    axes = np.array([[away[1], -away[0]], away])  # x across the pour, y away from the lip
    triangles = mesh.vertices[faces]
    if not is_inside:
        triangles = triangles[:, ::-1]
    triangles = np.concatenate([triangles[..., :2] @ axes.T, triangles[..., 2:]], axis=2)
    width = float(np.ptp(triangles[..., 0]))
    check_size(path, 'diameter (across the pour)', width, unit, 'cup_diameter')
    scale = METRES[unit]
    triangles, edges = triangles * scale, mesh.vertices[rim][..., :2] @ axes.T * scale
    front, back = _outline(triangles, mesh.vertices[rim][..., 2].min() * scale)
    lip = [edges[..., 1].min(), triangles[..., 2].max()]
    try:
        cup = cup_of_surface(
            name, triangles, edges, np.concatenate([front, [lip]]), width * scale, discharge
        )
    except SimulationError as error:
        raise ShapeError(f'{path}: {error}') from error
    return cup, np.concatenate([front[::-1], back])


def _outline(faces: np.ndarray, top: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the silhouette of the inside up to `top`: least and greatest y, each with z."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])[..., 1:]
    corners = np.unique(ends[..., 1].clip(max=top))
    if len(corners) > _MAX_LEVELS:
        corners = corners[np.linspace(0, len(corners) - 1, _MAX_LEVELS).astype(int)]
    # Just above and just below each corner, since the wall may have level steps.
    step = 1e-6 * np.ptp(corners)
    levels = np.stack([corners - step, corners + step], axis=1).ravel()[1:-1]
    ends = np.take_along_axis(ends, np.argsort(ends[..., 1:], axis=1), axis=1)
    sides = []
    for level in levels:
        crossing = ends[(ends[:, 0, 1] < level) & (ends[:, 1, 1] >= level)]
        start, end = crossing[:, 0], crossing[:, 1]
        y = start[:, 0] + (level - start[:, 1]) / (end[:, 1] - start[:, 1]) * (
            end[:, 0] - start[:, 0]
        )
        sides.append((y.min(), y.max()))
    front, back = np.array(sides).T
    return np.stack([front, levels], axis=1), np.stack([back, levels], axis=1)


def _read(path: Path) -> Any:
    import trimesh

    kind = path.suffix.lower().lstrip('.')
    if kind not in FORMATS:
        raise ShapeError(
            f'{path}: expected a file in {", ".join(FORMATS)}, received '
            f'{shortened(f".{kind}", 20)!r}; export the mesh as one of these'
        )
    with path.open('rb') as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ShapeError(
            f'{path}: expected at most {MAX_BYTES >> 20} MiB, received more; simplify the mesh'
        )
    try:
        mesh = trimesh.load_mesh(io.BytesIO(content), file_type=kind)
        mesh.merge_vertices()
        count = len(mesh.faces)
        is_finite = bool(np.all(np.isfinite(mesh.vertices)))
    except Exception as error:  # whatever the readers of trimesh raise at what they do not expect
        raise ShapeError(f'{path}: expected a mesh, received {shortened(error, 150)}') from error
    if not MIN_FACES <= count <= MAX_FACES or not is_finite:
        advice = 'simplify the mesh' if count > MAX_FACES else 'is the file cut off?'
        raise ShapeError(
            f'{path}: expected {MIN_FACES} to {MAX_FACES} faces of finite points, '
            f'received {count}' + (f'; {advice}' if is_finite else ', some not finite')
        )
    return mesh


def _inner_surface(
    mesh: Any, path: Path, is_inside: bool, height: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return faces of the inner surface without the opening, and the edges of the opening."""
    from trimesh.graph import connected_component_labels

    top = mesh.vertices[:, 2] >= mesh.vertices[:, 2].max() - _LEVEL * height
    on_top = top[mesh.faces].all(axis=1)
    joined = ~top[mesh.face_adjacency_edges].all(axis=1)
    pairs = mesh.face_adjacency[joined & ~on_top[mesh.face_adjacency].any(axis=1)]
    labels = connected_component_labels(pairs, node_count=len(mesh.faces))
    # A body without a part of the rim, such as a handle, is none of the cup.
    at_rim = np.unique(labels[top[mesh.faces].any(axis=1) & ~on_top])
    parts = [np.flatnonzero((labels == label) & ~on_top) for label in at_rim]
    if is_inside and len(parts) == 1 and on_top.any():
        inner = parts[0]
    elif is_inside and not on_top.any():
        raise ShapeError(
            f'{path}: expected a level face on top, the closed opening, received '
            'none; is z up, or is it a vessel (--vessel)?'
        )
    elif not is_inside and len(parts) == 2:
        inner = max(parts, key=lambda part: mesh.vertices[mesh.faces[part], 2].min())
    else:
        raise ShapeError(
            f'{path}: expected {"one surface" if is_inside else "an outer and an inner surface"} '
            f'below a level rim, received {len(parts)}; is z up and the rim level, is it one '
            f'body, or is it {"a vessel (--vessel)" if is_inside else "the inside (--inside)"}?'
        )
    faces = mesh.faces[inner]
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, counts = np.unique(edges, axis=0, return_counts=True)
    return faces, unique[counts == 1]
