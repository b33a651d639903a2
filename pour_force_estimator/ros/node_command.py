# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""How the ``main`` of a node ends: an error is one line and an exit code."""

from collections.abc import Callable
import functools
import sys

from ..errors import PourForceEstimatorError
from ..text import one_line
from .lifecycle import RCLError
from .parameters import PARAMETER_ERRORS


def node_command(name: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """
    Decorate the ``main`` of a node, which returns its exit code.

    What rclpy says may have several lines, such as that of a security plugin; here it has one.

    Parameters
    ----------
    name : str
        What the line begins with.

    """

    def decorate(main: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(main)
        def wrapper(args: list[str] | None = None) -> int:
            try:
                return main(args)
            except PourForceEstimatorError as error:
                text = str(error)
            except (OSError, RCLError, *PARAMETER_ERRORS) as error:
                text = one_line(error)
            print(f'{name}: {text}', file=sys.stderr)
            return 1

        return wrapper

    return decorate
