# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Files of cups: YAML with the sizes and the table over the tilt, in SI units."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pour_force_estimator.cups.cup import MAX_TILT
from pour_force_estimator.cups.shape import CupShape, MAX_POINTS
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.files import write_text

from ..errors import BagError, ShapeError
from ..rosbag.bounded_yaml import load_yaml
from ..rosbag.problems import shortened

FORMAT = 'pour_force_estimator cup, version 1'

_NUMBERS = ('height', 'diameter', 'discharge')
_TABLES = {
    'tilts': 'tilt_rad',
    'capacities': 'capacity_m3',
    'areas': 'surface_area_m2',
    'lip_widths': 'lip_width_m',
}
_KEYS = {'format', 'name', 'volume', *_NUMBERS, *_TABLES.values()}
_SEEN = 'seen_tilt_rad'
"""Optional: least and largest tilt that a slow pour has seen; capacities beyond are bounds."""

_MAX_NAME = 60
_SAME_VOLUME = 0.001


def save_cup(path: Path, cup: CupShape, seen: tuple[float, float] | None = None) -> None:
    """
    Write a cup to a YAML file, whole or not at all.

    Parameters
    ----------
    path : Path
        The file.
    cup : CupShape
        The cup.
    seen : tuple of float, optional
        Least and largest tilt that a slow pour has seen [rad]; None for a shape, which tells all.

    """
    _check_name(path, cup.name)
    content: dict[str, Any] = {'format': FORMAT, 'name': cup.name}
    for key in (*_NUMBERS[:2], 'volume', _NUMBERS[2]):
        content[key] = _rounded(getattr(cup, key))
    if seen is not None:
        content[_SEEN] = [_rounded(tilt) for tilt in seen]
    for field, key in _TABLES.items():
        content[key] = [_rounded(value) for value in getattr(cup, field)]
    write_text(
        path,
        '# height, diameter [m], volume [m^3]; `python -m training.cup` made it\n'
        + yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=99),
    )


def load_cup(path: Path) -> CupShape:
    """
    Load a cup.

    Parameters
    ----------
    path : Path
        A file from `save_cup`.

    Returns
    -------
    CupShape
        The cup.

    Raises
    ------
    ShapeError
        If the file is missing, broken or of no cup: one line.

    """
    try:
        content = load_yaml(Path(path), 'the YAML file of a cup')
    except BagError as error:
        raise ShapeError(str(error)) from error
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        raise ShapeError(f'{path}: expected `format: {FORMAT}`, received another file')
    seen = content.pop(_SEEN, None)
    if seen is not None:
        _check_seen(path, seen)
    if set(content) != _KEYS:
        wrong = sorted(map(str, set(content) ^ _KEYS))
        raise ShapeError(
            f'{path}: expected the keys {", ".join(sorted(_KEYS))}, missing or not '
            f'among them: {shortened(", ".join(wrong), 80)}'
        )
    name = _check_name(path, content['name'])
    numbers = {key: _number(path, key, content[key]) for key in (*_NUMBERS, 'volume')}
    volume = numbers.pop('volume')
    try:
        tables = {field: _table(path, key, content[key]) for field, key in _TABLES.items()}
        cup = CupShape(
            name,
            numbers['height'],
            numbers['diameter'],
            tables['tilts'],
            tables['capacities'],
            tables['areas'],
            tables['lip_widths'],
            numbers['discharge'],
        )
    except SimulationError as error:
        raise ShapeError(f'{path}: {shortened(error, 200)}') from error
    if abs(volume - cup.volume) > _SAME_VOLUME * cup.volume:
        raise ShapeError(
            f'{path}: volume: expected the capacity at tilt 0, {cup.volume:g} m^3, '
            f'received {volume:g}'
        )
    return cup


def _check_name(path: Path, name: object) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME or not name.isprintable():
        raise ShapeError(
            f'{path}: name: expected 1 to {_MAX_NAME} printable characters, received '
            f'{shortened(repr(name), 40)}'
        )
    return name


def _number(path: Path, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ShapeError(
            f'{path}: {key}: expected a number, received {shortened(repr(value), 40)}'
        )
    try:
        return float(value)
    except OverflowError as error:
        raise ShapeError(f'{path}: {key}: expected a number, received one too large') from error


def _table(path: Path, key: str, values: object) -> np.ndarray:
    if not isinstance(values, list) or not 2 <= len(values) <= MAX_POINTS:
        raise ShapeError(
            f'{path}: {key}: expected a list of 2 to {MAX_POINTS} numbers, received '
            f'{shortened(repr(type(values).__name__), 40)}'
        )
    return np.array([_number(path, f'{key} [{row}]', value) for row, value in enumerate(values)])


def _rounded(value: float) -> float:
    return float(f'{value:.10g}')  # 170 degree stays below the largest tilt


def _check_seen(path: Path, seen: Any) -> None:
    if not isinstance(seen, list) or len(seen) != 2:
        raise ShapeError(
            f'{path}: {_SEEN}: expected two tilts, received {shortened(repr(seen), 60)}'
        )
    low, high = (_number(path, _SEEN, tilt) for tilt in seen)
    if not 0.0 <= low < high <= MAX_TILT:
        raise ShapeError(
            f'{path}: {_SEEN}: expected two tilts that rise, 0 to {MAX_TILT:.2f} rad, received '
            f'{low:g} and {high:g}'
        )
