# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Progress displays: a live bar on a terminal, a line now and then elsewhere."""

from collections.abc import Iterator, Sequence
import sys
import time
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_LINE_INTERVAL_S = 10.0


_Item = TypeVar('_Item')


class ProgressDisplay:
    """
    Shows how far a long work is; used as a context manager.

    Parameters
    ----------
    description : str
        What is being done.
    total : int
        Number of steps.

    """

    def __init__(self, description: str, total: int) -> None:
        self._description = description
        self._total = total
        self._done = 0
        self._last_line = time.monotonic()
        self._live: Progress | None = None
        if sys.stderr.isatty():
            self._live = Progress(
                TextColumn('{task.description}'),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                TextColumn('{task.fields[note]}'),
                console=Console(stderr=True),
            )
            self._task = self._live.add_task(description, total=total, note='')

    def __enter__(self) -> 'ProgressDisplay':
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._live:
            self._live.stop()

    def advance(self, note: str = '') -> None:
        """Say that one more step is done, with a short note to show beside it."""
        self._done += 1
        if self._live:
            self._live.update(self._task, advance=1, note=note)
        elif self._done == self._total or time.monotonic() - self._last_line >= _LINE_INTERVAL_S:
            self._last_line = time.monotonic()
            print(
                f'{self._description} {self._done}/{self._total} {note}'.rstrip(),
                file=sys.stderr,
                flush=True,
            )


def track(items: Sequence[_Item], description: str) -> Iterator[_Item]:
    """Yield `items` one by one and show how far it is."""
    with ProgressDisplay(description, len(items)) as display:
        for item in items:
            yield item
            display.advance()
