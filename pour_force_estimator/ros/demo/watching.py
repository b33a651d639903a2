# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the monitors of the demo share: they run until the last pour, and complain of silence."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from rclpy.node import Node
from rclpy.task import Future

from ...pours.scoring import ScoredPour
from ..lifecycle import RosProcess


class Monitor(Protocol):
    """A node that knows when it has seen all."""

    done: Future


AnyMonitor = TypeVar('AnyMonitor', bound=Monitor)


def run_until_done(
    make_node: Callable[[], AnyMonitor], args: list[str] | None
) -> AnyMonitor | None:
    """Run a monitor; return it once it has seen all, or None if a signal has ended it before."""
    node = None
    with RosProcess(args) as ros:
        node = make_node()
        assert isinstance(node, Node)
        ros.executor_of(node).spin_until_future_complete(node.done)
    return node if node is not None and node.done.done() else None


def complaint_of(pours: Sequence[ScoredPour]) -> str | None:
    """Return what is missing of what a monitor should have seen; None if nothing is."""
    if not pours:
        return 'no pour was seen'
    silent = [number for number, pour in enumerate(pours, start=1) if not len(pour.estimate_s)]
    return f'no estimate came for pour {silent} of {len(pours)}' if silent else None
