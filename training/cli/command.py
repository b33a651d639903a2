# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What all commands share: an error or Ctrl-C ends them in a line and an exit code."""

from collections.abc import Callable
import functools
import sys

from pour_force_estimator.errors import PourForceEstimatorError

from .ending import ended_by_signals

FAILED = 2
"""Exit code after an error."""


def command(interrupted: str = '') -> Callable[[Callable[..., int]], Callable[..., int]]:
    """
    Decorate the ``main`` of a command, which returns its exit code.

    Parameters
    ----------
    interrupted : str
        What Ctrl-C leaves, for the line that it ends in, unless the interruption says so itself.

    """

    def decorate(main: Callable[..., int]) -> Callable[..., int]:
        @ended_by_signals
        @functools.wraps(main)
        def wrapper(*arguments: object, **options: object) -> int:
            try:
                return main(*arguments, **options)
            except (PourForceEstimatorError, OSError) as error:
                print(f'error: {_line(error)}', file=sys.stderr)
                return FAILED
            except KeyboardInterrupt as error:
                raise KeyboardInterrupt(str(error) or interrupted) from error

        return wrapper

    return decorate


def _line(error: Exception) -> str:
    """Return an error as a line: of one of the system the file and the reason, no number."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f'{error.filename}: {error.strerror}'
    return str(error)
