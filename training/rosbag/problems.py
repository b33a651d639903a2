# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a bag: one line that names bag, topic and time."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from pour_force_estimator.text import MAX_TEXT, shortened

MAX_LINE, MAX_LINES = 390, 30
"""Characters of a line, and lines, that a message shows at most."""


class Problem(NamedTuple):
    """
    What is wrong with a bag.

    Attributes
    ----------
    bag : str
        Name of the bag.
    topic : str
        The topic, or '' where it concerns the whole bag.
    time_s : float or None
        Time since the begin of the bag [s]; None where it concerns all of it.
    text : str
        What is wrong.

    """

    bag: str
    topic: str
    time_s: float | None
    text: str

    def __str__(self) -> str:
        where = [
            shortened(self.bag, 100),
            shortened(self.topic, 100),
            '' if self.time_s is None else f'at {self.time_s:.2f} s',
        ]
        return f'{", ".join(part for part in where if part)}: {self.text}'


def listed(names: Iterable[Any], length: int = MAX_TEXT) -> str:
    """
    Return names as one line of bounded length, which says how many are left out.

    Parameters
    ----------
    names : iterable
        The names.
    length : int
        Characters at most, about.

    """
    short = [shortened(name, 100) for name in names]
    shown: list[str] = []
    for name in short:
        if shown and sum(map(len, shown)) + 2 * len(shown) + len(name) > length:
            return f'{", ".join(shown)} and {len(short) - len(shown)} more'
        shown.append(name)
    return ', '.join(shown)


def in_lines(reasons: Iterable[Any]) -> str:
    """
    Return reasons as lines below a message: the first ones, and how many there are besides.

    Parameters
    ----------
    reasons : iterable
        What is said, each in a line of its own.

    """
    lines = [f'\n  {shortened(reason, MAX_LINE)}' for reason in reasons]
    left = len(lines) - MAX_LINES
    return ''.join(lines[:MAX_LINES]) + (f'\n  and {left} more' if left > 0 else '')
