# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The file that keeps what was learned of cups and mountings, so that a restart loses nothing.

JSON::

    {"format": "pour_force_estimator mounting", "version": 2, "mountings": [
        {"cup": {"name": null, "height": 0.12, "diameter": 0.121}, "mounting": {...}}]}

The first is that of the cup in the gripper, if anything was learned of it. ``cup`` has the name
that the cup was asked for by, or null, and its sizes [m]; ``mounting`` is what `Mounting.to_dict`
says. Nothing in a file is trusted: it is read up to `MAX_BYTES`, and
whatever is wrong with it is one `MountingError`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import json
import os
from pathlib import Path
import stat

from ..context import check_context_value, PourContext
from ..cups.size import CupSize
from ..errors import ContextError, MountingError
from ..text import is_plain_name

FORMAT = 'pour_force_estimator mounting'
"""What a file says of itself."""

VERSION = 2
"""Version of the format; a file of another version is refused."""

MAX_BYTES = 2_000_000
"""Size of the largest file that is read; a cup that is new takes about 30,000 bytes."""

MAX_MOUNTINGS = 40
"""Cups of a file."""

_MAX_QUOTED = 60
"""Characters that an error quotes of what it received."""


@dataclass(frozen=True)
class StoredMounting:
    """
    What a file holds of one cup.

    Parameters
    ----------
    size : CupSize
        Size of the cup.
    mounting : dict
        What `Mounting.to_dict` says.
    cup : str, optional
        Name that the cup was asked for by.

    """

    size: CupSize
    mounting: Mapping[str, object]
    cup: str | None = None

    def is_of(self, context: PourContext) -> bool:
        """Return whether the cup of `context` was asked for in the same way."""
        if self.cup is not None or context.cup is not None:
            return self.cup == context.cup
        return self.size.is_same(CupSize.of(context))

    def __str__(self) -> str:
        name = '' if self.cup is None else f'{self.cup}, '
        return f'{name}{self.size}'


def read_mountings(path: str | os.PathLike[str]) -> list[StoredMounting] | None:
    """
    Read what `write_mountings` wrote.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of StoredMounting or None
        None if there is no such file. No ``mounting`` has been checked: that is for
        `PourEstimator.restore`.

    Raises
    ------
    MountingError
        If the file cannot be read or holds something else; the message is one line, which names
        the file.

    """
    try:
        content = _read_bounded(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # a ValueError is about the path
        raise MountingError(
            f'{path}: cannot be read, {getattr(error, "strerror", None) or error}; expected a '
            'file that keeps a mounting'
        ) from error
    try:
        return _parse(content)
    except MountingError as error:
        raise MountingError(f'{path}: {error}') from error


def write_mountings(path: str | os.PathLike[str], stored: Sequence[StoredMounting]) -> None:
    """
    Write a file, whole or not at all; it is on the disk when this returns.

    Parameters
    ----------
    path : path-like
        The file; its folder is made if it does not exist.
    stored : sequence of StoredMounting
        What to keep, that of the cup in the gripper first.

    Raises
    ------
    MountingError
        If it cannot be written; the old file stays as it is.

    """
    from ..files import atomic_path  # nine modules that a start can do without

    try:
        text = json.dumps(
            {
                'format': FORMAT,
                'version': VERSION,
                'mountings': [
                    {
                        'cup': {
                            'name': of_cup.cup,
                            'height': of_cup.size.height,
                            'diameter': of_cup.size.diameter,
                        },
                        'mounting': of_cup.mounting,
                    }
                    for of_cup in stored
                ],
            },
            allow_nan=False,
        )
        with atomic_path(path) as temporary, open(temporary, 'w', encoding='utf-8') as file:
            file.write(text + '\n')
            file.flush()
            os.fsync(file.fileno())  # or a robot that loses power finds an empty file
    except (OSError, TypeError, ValueError, RecursionError) as error:
        raise MountingError(
            f'{path}: cannot be written, {getattr(error, "strerror", None) or error}'
        ) from error


def _read_bounded(path: str | os.PathLike[str]) -> bytes:
    """Return what is in a file, one byte more than `MAX_BYTES` at most."""
    mode = Path(path).stat().st_mode
    if not stat.S_ISREG(mode):  # a pipe would be waited for
        raise ValueError('it is a folder' if stat.S_ISDIR(mode) else 'it is no regular file')
    with open(path, 'rb') as file:
        return file.read(MAX_BYTES + 1)


def _parse(content: bytes) -> list[StoredMounting]:
    if len(content) > MAX_BYTES:
        raise MountingError(f'expected at most {MAX_BYTES} bytes, received more')
    try:
        values = json.loads(content.decode('utf-8'), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MountingError(f'expected JSON, received {_quoted(content)}') from error
    if not isinstance(values, dict) or values.get('format') != FORMAT:
        raise MountingError(f'expected "format": "{FORMAT}", received {_quoted(content)}')
    if type(values.get('version')) is not int or values['version'] != VERSION:
        raise MountingError(
            f'version: expected {VERSION}, received {_quoted(values.get("version"))}'
        )
    mountings = values.get('mountings')
    if not isinstance(mountings, list) or len(mountings) > MAX_MOUNTINGS:
        raise MountingError(
            f'mountings: expected a list of at most {MAX_MOUNTINGS}, received {_quoted(mountings)}'
        )
    return [_parse_mounting(of_cup) for of_cup in mountings]


def _parse_mounting(values: object) -> StoredMounting:
    if not isinstance(values, dict):
        raise MountingError(f'mountings: expected JSON objects, received {_quoted(values)}')
    sizes = values.get('cup')
    if not isinstance(sizes, dict):
        raise MountingError(f'cup: expected height and diameter, received {_quoted(sizes)}')
    mounting = values.get('mounting')
    if not isinstance(mounting, dict):
        raise MountingError(f'mounting: expected a JSON object, received {_quoted(mounting)}')
    height, diameter = (_size(f'cup_{name}', sizes.get(name)) for name in ('height', 'diameter'))
    name = sizes.get('name')
    if name is not None and not is_plain_name(name):
        raise MountingError(f'cup name: expected the name of a cup, received {_quoted(name)}')
    return StoredMounting(CupSize(height, diameter), mounting, name)


def _size(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MountingError(f'{name}: expected a number [m], received {_quoted(value)}')
    try:
        check_context_value(name, value)
    except (ContextError, OverflowError) as error:
        raise MountingError(
            f'{name}: expected the size of a cup [m], received {_quoted(value)}'
        ) from error
    return float(value)


def _refuse_constant(name: str) -> None:
    raise ValueError(f'{name} is no JSON')


def _quoted(value: object) -> str:
    """Return the begin of a value, in one line of ASCII."""
    if isinstance(value, dict | list):
        return 'an object' if isinstance(value, dict) else 'a list'
    if isinstance(value, int) and not -(10**_MAX_QUOTED) < value < 10**_MAX_QUOTED:
        return 'a huge number'  # Python would refuse to spell it
    text = ascii(value[:_MAX_QUOTED] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= _MAX_QUOTED else f'{text[:_MAX_QUOTED]}...'
