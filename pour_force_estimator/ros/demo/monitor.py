# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the monitors of the demo share: they run until the last pour, and complain of silence."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
import sys
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rclpy.task import Future

from ...pours.scoring import ScoredPour
from ..lifecycle import RosProcess


class Monitor(Node, ABC):
    """
    A node that collects pours, and shows them when it has seen all.

    Attributes
    ----------
    done : rclpy.task.Future
        Done when all was seen.

    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.declare_parameter(
            'figure', '', ParameterDescriptor(description='PNG to write; none if empty.')
        )
        self.done = Future()

    @abstractmethod
    def pours(self) -> Sequence[ScoredPour]:
        """Return the pours that were seen."""

    @abstractmethod
    def print_errors(self) -> None:
        """Print how far the estimates were off."""

    @abstractmethod
    def plot(self, figure: str) -> None:
        """Write a picture of them to the path `figure`."""


def watch(make_node: Callable[[], Monitor], args: list[str] | None) -> int:
    """
    Run a monitor until it has seen all, then print and draw what it saw.

    Returns
    -------
    int
        Exit code: 0 if there were estimates of each pour, otherwise 1; 130 if a signal came.

    """
    node = None
    with RosProcess(args) as ros:
        node = make_node()
        ros.executor_of(node).spin_until_future_complete(node.done)
    if node is None or not node.done.done():
        return 130  # as a shell says of what Ctrl-C ended
    complaint = _complaint_of(node.pours())
    if complaint:
        print(f'error: {complaint}', file=sys.stderr)
        return 1
    node.print_errors()
    figure = node.get_parameter('figure').value
    if figure:
        node.plot(figure)
        print(f'picture: {Path(figure).resolve()}')
    return 0


def _complaint_of(pours: Sequence[ScoredPour]) -> str | None:
    """Return what is missing of what a monitor should have seen; None if nothing is."""
    if not pours:
        return 'no pour was seen'
    silent = [number for number, pour in enumerate(pours, start=1) if not len(pour.estimate_s)]
    return f'no estimate came for pour {silent} of {len(pours)}' if silent else None
