# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Profiles of cups as CSV: height and inner radius, from the base to the lip."""

import csv
import math
from pathlib import Path
import re

import numpy as np

from pour_force_estimator.cups.shape import cup_of_profile
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.tilt_table import MIN_OPENING_M
from pour_force_estimator.text import shortened

from ..errors import ShapeError
from .sizes import check_size, METRES

MAX_BYTES = 1 << 20
MAX_ROWS = 1000

_HEIGHTS, _RADII, _DIAMETERS = {'height', 'h', 'z'}, {'radius', 'r'}, {'diameter', 'd', 'width'}
"""Words of a head line."""


def load_profile(path: Path, unit: str, name: str, discharge: float) -> tuple[CupSpec, np.ndarray]:
    """
    Load a cup from its profile.

    Parameters
    ----------
    path : Path
        CSV with two columns, height and inner radius. A head line may name them and their unit;
        lines from `#` are skipped.
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
    heights, radii = np.array(load_points(path, unit)).T * METRES[unit]
    half = np.stack([radii, heights], axis=1)
    outline = np.concatenate([half[::-1] * [-1.0, 1.0], half])
    return cup_of_profile(name, heights, radii, discharge), outline


def load_points(path: Path, unit: str = 'mm') -> list[tuple[float, float]]:
    """Return heights and radii of a profile [unit]; see `load_profile`."""
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
    place = str(path)
    for number, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row) or row[0].lstrip().startswith('#'):
            continue
        while not row[-1].strip():  # spreadsheets end rows with commas
            row.pop()
        place = f'{path}: row {number}'
        is_head, is_first = is_first and not any(map(_is_number, _cells(row))), False
        if is_head:
            _check_head(place, row, unit)
        else:
            points.append(_point(place, row, points))
    if not 2 <= len(points) <= MAX_ROWS:
        raise ShapeError(
            f'{path}: expected 2 to {MAX_ROWS} rows of height and radius, received {len(points)}'
        )
    check_size(path, 'height', points[-1][0], unit, 'cup_height')
    check_size(path, 'diameter', 2.0 * max(radius for _, radius in points), unit, 'cup_diameter')
    least = MIN_OPENING_M / 2.0 / METRES[unit]
    if points[-1][1] < least:
        raise ShapeError(
            f'{place}: expected a lip with a radius of at least {least:g} {unit}, '
            f'received {points[-1][1]:g}'
        )
    return points


def _cells(row: list[str]) -> list[str]:
    """Return the cells of a row, whatever separates them."""
    return re.split(r'[,;\t]', ','.join(row))


def _check_head(place: str, row: list[str], unit: str) -> None:
    """Raise `ShapeError` if a head line names other columns or another unit."""
    words = [set(re.findall(r'[a-z]+', cell.lower())) for cell in _cells(row)]
    received = f'received {shortened(",".join(row), 60)!r}'
    if any(cell & _DIAMETERS for cell in words):
        raise ShapeError(f'{place}: expected height and inner radius, {received}; halve diameters')
    if words[0] & _RADII or any(cell & _HEIGHTS for cell in words[1:]):
        raise ShapeError(f'{place}: expected height, then inner radius, {received}; swap them')
    units = set().union(*words) & set(METRES)
    if units - {unit}:
        raise ShapeError(f'{place}: expected columns in {unit}, as --unit says, {received}')


def _point(place: str, row: list[str], before: list[tuple[float, float]]) -> tuple[float, float]:
    if len(row) != 2 or not all(_is_number(cell) for cell in row):
        raise ShapeError(
            f'{place}: expected two numbers, height and inner radius, with a comma in between '
            f'and points for decimals, received {shortened(",".join(row), 60)!r}'
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
