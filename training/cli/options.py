# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Values of options that several commands share."""

import argparse
from collections.abc import Callable
import math
from pathlib import Path
from typing import TypeVar

from pour_force_estimator.text import is_plain_name, MAX_NAME, quoted

MAX_SEED = 2**32 - 1
"""The largest seed that numpy, scikit-learn and TensorFlow all take."""

PICTURES = ('.png', '.pdf', '.svg')
"""Suffixes of a picture, for `file_to_write`, where the suffix chooses the format."""


_Number = TypeVar('_Number', int, float)


def file_to_write(*suffixes: str) -> Callable[[str], Path]:
    """Return a function that returns an option's value as a path with one of these suffixes."""

    def parse(text: str) -> Path:
        path = Path(text)
        if path.suffix not in suffixes:
            raise argparse.ArgumentTypeError(
                f'expected the name of a {" or ".join(suffixes)} file, received {text}'
            )
        return path

    return parse


def plain_name(text: str) -> str:
    """Return an option's value as a name that fits a line, for `argparse`."""
    if not is_plain_name(text):
        raise argparse.ArgumentTypeError(
            f'expected plain text of 1 to {MAX_NAME} printable characters, received {quoted(text)}'
        )
    return text


def whole_number(text: str) -> int:
    """Return an option's value as a whole number from 0, for `argparse`."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f'expected a whole number from 0, received {text}')
    return int(text)


def positive(kind: Callable[[str], _Number]) -> Callable[[str], _Number]:
    """Return a function that returns an option's value as a positive `kind`, for `argparse`."""

    def parse(text: str) -> _Number:
        value = kind(text)
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f'expected a positive number, received {text}')
        return value

    parse.__name__ = kind.__name__
    return parse


def seed(text: str) -> int:
    """Return an option's value as a seed, for `argparse`."""
    value = whole_number(text[:20])
    if value > MAX_SEED:
        raise argparse.ArgumentTypeError(
            f'expected a seed of 0 to {MAX_SEED}, received {text[:20]}'
        )
    return value


def not_negative(text: str) -> float:
    """Return an option's value as a finite number from 0, for `argparse`."""
    value = float(text)
    if not 0.0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f'expected a number from 0, received {text}')
    return value
