# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""YAML of unknown origin, read in bounded time and memory."""

from pathlib import Path
from typing import Any

import yaml

from .bounded_file import read_bounded
from .errors import PourForceEstimatorError
from .text import one_line


class YamlError(PourForceEstimatorError, ValueError):
    """A file is missing, or no YAML that anybody would write."""


_MAX_BYTES = 1 << 20
_MAX_DEPTH = 20
_MAX_SIZE = 4 << 20
"""Characters of all values, each alias counted as all that it stands for."""

_MAX_PLAIN = 1000
"""Characters of a value that may be a number or a date."""


def load_yaml(path: Path, expected: str = 'a YAML file') -> Any:
    """
    Load a YAML file.

    Parameters
    ----------
    path : Path
        The file.
    expected : str
        What was expected, for the message.

    Returns
    -------
    object
        Its content, of Python's own types.

    Raises
    ------
    YamlError
        If it is missing, no YAML, or more than anybody writes: one line.

    """
    try:
        text = read_bounded(path, _MAX_BYTES).decode('utf-8')
        _check_size(text)
        return yaml.safe_load(text)
    # The constructors of yaml raise what int, float and datetime raise.
    except (
        OSError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        OverflowError,
        RecursionError,
        MemoryError,
        yaml.YAMLError,
    ) as error:
        raise YamlError(
            f'{path}: expected {expected}, received {one_line(_named(error), 250)}'
        ) from error


def _named(error: BaseException) -> str:
    name = type(error).__name__
    return f'{name}: {error}' if str(error) else name


def _check_size(text: str) -> None:
    """Raise ValueError if the text is nested too deeply, or too large with its aliases."""
    sizes: list[int] = [0]
    anchors: list[str | None] = []
    named: dict[str, int] = {}
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            sizes.append(1)
            anchors.append(event.anchor)
            if len(sizes) > _MAX_DEPTH:
                raise ValueError(f'values nested more than {_MAX_DEPTH} deep')
            continue
        if isinstance(event, yaml.AliasEvent):
            size = named.get(event.anchor or '', 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            size = sizes.pop()
            named[anchors.pop() or ''] = size
        elif isinstance(event, yaml.ScalarEvent):
            size = 1 + len(event.value)
            named[event.anchor or ''] = size
            if size > _MAX_PLAIN and (event.implicit[0] or event.tag):
                raise ValueError(f'a value of {size - 1} characters')
        else:
            continue
        sizes[-1] += size
        if sizes[-1] > _MAX_SIZE:
            raise ValueError(f'more than {_MAX_SIZE} characters of values')
