# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Values of options that several commands share."""

import argparse
from collections.abc import Callable
import math
from typing import TypeVar

MAX_SEED = 2**32 - 1
"""The largest seed that numpy, scikit-learn and TensorFlow all take."""


_Number = TypeVar('_Number', int, float)


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
