# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Profiles of cups as CSV: height and inner radius, from the base to the lip."""

import csv
import math
from pathlib import Path

import numpy as np

from pour_force_estimator.cups.shape import cup_of_profile
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.text import shortened

from ..errors import ShapeError
from .sizes import check_size, METRES

MAX_BYTES = 1 << 20
MAX_ROWS = 1000


def load_profile(path: Path, unit: str, name: str, discharge: float) -> tuple[CupSpec, np.ndarray]:
    """
    Load a cup from its profile.

    Parameters
    ----------
    path : Path
        CSV with two columns, height and inner radius; a head line and lines from `#` are skipped.
    unit : str
        Key of `METRES`.
    name : str
        What the cup is called.
    discharge : float
        Discharge coefficient of the lip [-].

    Returns
    -------
    cup : CupSpec
        The cup.
    outline : ndarray of shape (n, 2)
        Its cut along the pour [m]; see `picture.draw_cup`.

    Raises
    ------
    ShapeError
        If the file is no profile; the message names the row, its value and what was expected.

    """
    points = load_points(path)
    heights, radii = np.array(points).T
    check_size(path, 'height', float(heights[-1]), unit, 'cup_height')
    check_size(path, 'diameter', 2.0 * float(radii.max()), unit, 'cup_diameter')
    heights, radii = heights * METRES[unit], radii * METRES[unit]
    half = np.stack([radii, heights], axis=1)
    outline = np.concatenate([half[::-1] * [-1.0, 1.0], half])
    return cup_of_profile(name, heights, radii, discharge), outline


def load_points(path: Path) -> list[tuple[float, float]]:
    """Return heights and radii of a profile in the unit of its file; see `load_profile`."""
    with path.open('rb') as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ShapeError(f'{path}: expected at most {MAX_BYTES} bytes, received more')
    try:
        rows = list(csv.reader(content.decode('utf-8-sig').splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ShapeError(
            f'{path}: expected a CSV of heights and radii, received {shortened(error)}'
        ) from error
    points: list[tuple[float, float]] = []
    is_first = True
    for number, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row) or row[0].lstrip().startswith('#'):
            continue
        is_head, is_first = is_first and not any(_is_number(cell) for cell in row), False
        if not is_head:
            points.append(_point(f'{path}: row {number}', row, points))
    if not 2 <= len(points) <= MAX_ROWS:
        raise ShapeError(
            f'{path}: expected 2 to {MAX_ROWS} rows of height and radius, received {len(points)}'
        )
    if not points[-1][1] > 0.0:
        raise ShapeError(
            f'{path}: row {len(rows)}: expected a lip with a radius above 0, '
            f'received {points[-1][1]:g}'
        )
    return points


def _point(place: str, row: list[str], before: list[tuple[float, float]]) -> tuple[float, float]:
    if len(row) != 2 or not all(_is_number(cell) for cell in row):
        raise ShapeError(
            f'{place}: expected two numbers, height and inner radius, received '
            f'{shortened(",".join(row), 60)!r}'
        )
    height, radius = map(float, row)
    if not before and height != 0.0:
        raise ShapeError(
            f'{place}: expected the base inside at height 0, received {height:g}; '
            'subtract it from all heights'
        )
    if before and not height > before[-1][0]:
        raise ShapeError(
            f'{place}: expected a height above {before[-1][0]:g} (heights rise from base to lip; '
            f'for a level step add a little), received {height:g}'
        )
    if radius < 0.0:
        raise ShapeError(f'{place}: expected a radius of at least 0, received {radius:g}')
    return height, radius


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
