# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Files of cups: YAML with the sizes, how it flows, and the table over the tilt, in SI units.

`python -m training.cup` writes them, and the node takes them (``cup_file``). Nothing in a file is
trusted: it is read up to 1 MiB, no tag is followed, and whatever is wrong is one line.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ShapeError, SimulationError
from ..text import one_line, quoted
from .cup import MAX_TILT
from .spec import CupSpec
from .tilt_table import MAX_POINTS, TiltTable

FORMAT = 'pour_force_estimator cup, version 1'

_NUMBERS = ('height', 'diameter', 'volume', 'discharge')
_TABLES = {
    'tilts': 'tilt_rad',
    'capacities': 'capacity_m3',
    'areas': 'surface_area_m2',
    'lip_widths': 'lip_width_m',
}
_OPTIONAL = {
    'choke': None,
    'angle_offset': 0.0,
    'delay_s': 0.0,
    'pours': 0,
    'flow_spread': 0.0,
    'offset_per_flow': 0.0,
    'offset_spread': 0.0,
}
"""What a file need not say, and what is taken then: nothing is known but the shape."""

_SEEN = 'seen_tilt_rad'
"""Optional: first and last tilt that a slow pour has seen; the capacity beyond is a bound."""

_KEYS = ('format', 'name', *_NUMBERS, *_TABLES.values())
_SAME_VOLUME = 0.001


def save_cup(
    path: str | os.PathLike[str], cup: CupSpec, seen: tuple[float, float] | None = None
) -> None:
    """
    Write a cup to a YAML file, whole or not at all.

    Parameters
    ----------
    path : path-like
        The file.
    cup : CupSpec
        The cup.
    seen : tuple of float, optional
        First and last tilt that a slow pour has seen [rad]; None for a shape, which tells all.

    """
    import yaml

    from ..files import write_text

    content: dict[str, Any] = {'format': FORMAT, 'name': cup.name}
    for key in _NUMBERS:
        content[key] = float(f'{getattr(cup, key):.10g}')
    for key in _OPTIONAL:
        content[key] = getattr(cup, key)
    if seen is not None:
        content[_SEEN] = [round(tilt, 6) for tilt in seen]
    for field, key in _TABLES.items():
        content[key] = getattr(cup.table, field).tolist()
    write_text(
        path,
        '# height, diameter [m], volume [m^3], angle_offset [rad]; fitted to so many pours: 0 if\n'
        '# nothing but the shape is known, null if all of it is certain; flow_spread [-],\n'
        '# offset_per_flow and offset_spread [rad]: what the pours left unknown\n'
        + yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=99),
    )


def load_cup(path: str | os.PathLike[str]) -> CupSpec:
    """
    Load a cup.

    Parameters
    ----------
    path : path-like
        A file from `save_cup`.

    Returns
    -------
    CupSpec
        The cup.

    Raises
    ------
    ShapeError
        If the file is missing, broken or of no cup: one line.

    """
    try:
        from ..bounded_yaml import load_yaml, YamlError  # a start without such a file is sooner
    except ModuleNotFoundError as error:
        raise ShapeError(f'{path}: expected PyYAML to read it, which is not installed') from error
    try:
        content = load_yaml(Path(path), 'the YAML file of a cup')
    except YamlError as error:
        raise ShapeError(str(error)) from error
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        raise ShapeError(f'{path}: expected `format: {FORMAT}`, received another file')
    seen = content.pop(_SEEN, None)
    if seen is not None:
        _check_seen(path, seen)
    missing = [key for key in _KEYS if key not in content]
    if missing:
        raise ShapeError(f'{path}: expected the keys {", ".join(_KEYS)}, {missing[0]} is missing')
    unknown = [key for key in content if key not in (*_KEYS, *_OPTIONAL)]
    if unknown:
        raise ShapeError(
            f'{path}: expected keys among {", ".join((*_KEYS, *_OPTIONAL, _SEEN))}, received '
            f'{quoted(unknown[0])}'
        )
    values: dict[str, Any] = {key: _number(path, key, content[key]) for key in _NUMBERS}
    volume = values.pop('volume')
    for key, default in _OPTIONAL.items():
        value = content.get(key, default)
        is_none = value is None and key in ('choke', 'pours')
        values[key] = value if is_none or key == 'pours' else _number(path, key, value)
    try:
        table = TiltTable(
            **{field: _column(path, key, content[key]) for field, key in _TABLES.items()}
        )
        cup = CupSpec(name=content['name'], table=table, **values)
    except SimulationError as error:
        field, colon, message = str(error).partition(':')
        in_file = f'{_TABLES.get(field, field)}{colon}{message}'
        raise ShapeError(f'{path}: {one_line(in_file, 200)}') from error
    if not abs(volume - cup.volume) <= _SAME_VOLUME * cup.volume:
        raise ShapeError(
            f'{path}: volume: expected the capacity at tilt 0, {cup.volume:g} m^3, '
            f'received {volume:g}'
        )
    return cup


def _number(path: str | os.PathLike[str], key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ShapeError(f'{path}: {key}: expected a number, received {quoted(value)}')
    try:
        return float(value)
    except OverflowError as error:
        raise ShapeError(f'{path}: {key}: expected a number, received one too large') from error


def _column(path: str | os.PathLike[str], key: str, values: object) -> np.ndarray:
    if not isinstance(values, list) or not 2 <= len(values) <= MAX_POINTS:
        raise ShapeError(
            f'{path}: {key}: expected a list of 2 to {MAX_POINTS} numbers, received '
            f'{quoted(values)}'
        )
    return np.array([_number(path, f'{key} [{row}]', value) for row, value in enumerate(values)])


def _check_seen(path: str | os.PathLike[str], seen: object) -> None:
    if not isinstance(seen, list) or len(seen) != 2:
        raise ShapeError(f'{path}: {_SEEN}: expected two tilts, received {quoted(seen)}')
    low, high = (_number(path, _SEEN, tilt) for tilt in seen)
    if not 0.0 <= low < high <= MAX_TILT:
        raise ShapeError(
            f'{path}: {_SEEN}: expected two tilts that rise, 0 to {MAX_TILT:.2f} rad, received '
            f'{low:g} and {high:g}'
        )
