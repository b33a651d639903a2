# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""An arm that plays pours which are known beforehand."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
import json
import math
import time

from geometry_msgs.msg import WrenchStamped
import numpy as np
from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.task import Future

from ...context import PourContext
from ...files import write_text
from ..conversions import to_ns
from ..waiting import until
from .arm_node import ArmNode, MAX_LAG_NS, run_arm

TIMER_PERIOD_S = 0.001
"""How often it is checked which samples are due [s]: the period of the fastest arms."""

MAX_WAIT_S = 10.0
"""How long an estimator is waited for that has given no estimate of the end of a pour [s]."""

BURST = 4
"""Most samples to publish at once when late or as fast as possible; queues are not endless."""


@dataclass(frozen=True)
class PlayedPour:
    """
    A pour to be played.

    Attributes
    ----------
    label : str
        What log lines call it.
    elapsed_ns : ndarray of shape (n_samples,), int64
        Times of the samples since the first [ns], increasing.
    tilt : ndarray of shape (n_samples,)
        Tilt of the cup [rad].
    poured_weight : ndarray of shape (n_samples,)
        True poured weight [N].
    context : PourContext
        What the robot knows of the pour.

    """

    label: str
    elapsed_ns: np.ndarray
    tilt: np.ndarray
    poured_weight: np.ndarray
    context: PourContext


def with_rest(pour: PlayedPour, rest_s: float) -> PlayedPour:
    """Return a `PlayedPour` that rests at its first and its last sample for `rest_s` [s] each."""
    period_ns = int(np.median(np.diff(pour.elapsed_ns)))
    count = round(rest_s * 1e9 / period_ns)
    if not count:
        return pour
    before_ns = np.arange(count) * period_ns
    own_ns = pour.elapsed_ns + count * period_ns
    return replace(
        pour,
        elapsed_ns=np.concatenate([before_ns, own_ns, own_ns[-1] + period_ns + before_ns]),
        tilt=np.pad(pour.tilt, count, mode='edge'),
        poured_weight=np.pad(pour.poured_weight, count, mode='edge'),
    )


def context_text(pours: list[PlayedPour]) -> str:
    """Return what is known of a list of `PlayedPour`, as YAML for `training.rosbag`."""
    names = ('cup_height', 'cup_diameter', 'initial_weight', 'target_weight', 'relative_density')
    columns = {name: [getattr(pour.context, name) for pour in pours] for name in names}
    return (
        json.dumps(
            {name: values for name, values in columns.items() if None not in values}, indent=1
        )
        + '\n'
    )  # JSON is YAML


class ArmPlayer:
    """
    Plays pours as an arm would: tells the estimator of each pour, then moves.

    Parameters
    ----------
    node : ArmNode
        The arm.

    """

    def __init__(self, node: ArmNode) -> None:
        self._node = node
        node.declare_parameter(
            'context',
            '',
            ParameterDescriptor(
                description='YAML to write what is known of the pours to, for '
                'training.rosbag; none '
                'if empty.'
            ),
        )
        node.declare_parameter(
            'rest',
            0.0,
            ParameterDescriptor(
                description='Time that the arm rests, and says so, before and after '
                'each pour [s].',
                floating_point_range=[FloatingPointRange(from_value=0.0, to_value=60.0)],
            ),
        )
        self._next_start_ns = self._last_ns = self._estimate_ns = 0
        if node.estimator:
            node.create_subscription(
                WrenchStamped,
                f'{node.get_parameter("estimator").value}/wrench',
                self._on_estimate,
                10,
            )

    async def play(self, pours: Iterable[PlayedPour]) -> None:
        """
        Play pours one after the other.

        Parameters
        ----------
        pours : iterable of PlayedPour
            The pours.

        Raises
        ------
        PourForceEstimatorError
            If the estimator refuses a pour.

        """
        node = self._node
        pours = list(pours)
        context = node.get_parameter('context').value
        if context:
            write_text(context, context_text(pours))
        await until(node, node.is_heard)
        rest_s = node.get_parameter('rest').value
        for position, pour in enumerate(pours):
            pour = with_rest(pour, rest_s)
            if position:
                await node.pause()
            if node.estimator:
                # A service overtakes joint states that wait: those of the last pour must be over.
                await until(node, self._is_followed, MAX_WAIT_S)
                await node.estimator.start_pour(pour.context)
            node.get_logger().info(
                f'{pour.label}: {len(pour.tilt)} samples, up to '
                f'{math.degrees(max(pour.tilt)):.0f} degree'
            )
            await self._move(pour)
        if node.estimator:  # who watches both needs the last estimates, too
            await until(node, self._is_followed, MAX_WAIT_S)
        node.wait_until_delivered()

    def _on_estimate(self, message: WrenchStamped) -> None:
        self._estimate_ns = max(self._estimate_ns, to_ns(message.header.stamp))

    def _is_followed(self) -> bool:
        """Return whether the estimator has taken what was played."""
        return self._estimate_ns >= self._last_ns - MAX_LAG_NS

    async def _move(self, pour: PlayedPour) -> None:
        """Publish the samples of a pour when they are due."""
        node = self._node
        start_ns = max(node.get_clock().now().nanoseconds, self._next_start_ns)
        pause_ns = round(node.pause_s * 1e9)
        self._last_ns = start_ns + int(pour.elapsed_ns[-1])
        self._next_start_ns = self._last_ns + pause_ns
        samples = list(
            zip(pour.elapsed_ns.tolist(), pour.tilt.tolist(), pour.poured_weight.tolist())
        )
        done = Future()
        began_ns = time.monotonic_ns()
        position = 0

        def publish_due() -> None:
            nonlocal position
            elapsed_ns = (time.monotonic_ns() - began_ns) * node.speed if node.speed else math.inf
            last = min(position + BURST, len(samples))
            while position < last and samples[position][0] <= elapsed_ns:
                sample_ns, tilt, weight = samples[position]
                node.publish(start_ns + sample_ns, tilt, weight)
                position += 1
            if position == len(samples) and not done.done():
                done.set_result(None)

        timer = node.create_timer(TIMER_PERIOD_S, publish_due, clock=node.steady)
        await done
        node.destroy_timer(timer)


def play_pours(
    name: str, load_pours: Callable[[ArmNode], Iterable[PlayedPour]], args: list[str] | None = None
) -> int:
    """
    Run an arm until its pours are played.

    Parameters
    ----------
    name : str
        Name of the node.
    load_pours : callable
        Called as ``load_pours(node)``; declares its parameters and returns the pours.
    args : list of str, optional
        Command line.

    Returns
    -------
    int
        Exit code: 0, or 1 when a pour cannot be played.

    """
    return run_arm(name, lambda node: ArmPlayer(node).play(load_pours(node)), args)
