# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the nodes that are an arm share: joint states, and the true weight beside them."""

from collections.abc import Callable, Coroutine
from typing import Any

from geometry_msgs.msg import WrenchStamped
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.logging import get_logger
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from ...errors import PourForceEstimatorError
from ..conversions import to_stamp, weight_wrench
from ..estimator_client import EstimatorClient
from ..lifecycle import RosProcess
from ..parameters import PARAMETER_ERRORS
from ..waiting import sleep

ARM_JOINTS = (
    'shoulder_pan_joint',
    'shoulder_lift_joint',
    'elbow_joint',
    'wrist_1_joint',
    'wrist_2_joint',
    'wrist_3_joint',
)
"""Joints of a common six-axis arm; the last one turns the cup."""

ARM_POSTURE = (0.0, -1.2, 1.6, -0.4, 1.57)
"""Positions of the other joints while the arm pours [rad]."""

MAX_LAG_NS = 50_000_000
"""How far an estimate may lag behind the arm before it is waited for [ns]: a slow model's tick."""

QUEUE_DEPTH = 1000
"""Messages kept for slow subscribers: a second at the rate of a fast arm."""


class ArmNode(Node):
    """
    An arm that holds a cup.

    Parameters
    ----------
    name : str
        Name of the node.
    **kwargs
        Passed to `rclpy.node.Node`.

    Attributes
    ----------
    estimator : EstimatorClient or None
        The estimator to tell of each pour; None to tell none.
    speed : float
        How many times faster than real time it moves; 0 for as fast as possible.
    pause_s : float
        Time after each pour [s].
    steady : rclpy.clock.Clock
        A steady clock for timers.

    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        for parameter, default, description in (
            ('estimator', 'estimator', 'Estimator node to tell of each pour; empty to tell none.'),
            ('joints', list(ARM_JOINTS), 'Names of the joints; the last one turns the cup.'),
        ):
            self.declare_parameter(
                parameter, default, ParameterDescriptor(description=description)
            )
        self.declare_parameter(
            'speed',
            1.0,
            ParameterDescriptor(
                description='How many times faster than real time, 0 for as fast as possible; the '
                'stamps stay those of the pour.',
                floating_point_range=[FloatingPointRange(from_value=0.0, to_value=100.0)],
            ),
        )
        self.declare_parameter(
            'pause',
            0.6,
            ParameterDescriptor(
                description='Time after each pour, in real time and between the stamps [s].',
                floating_point_range=[FloatingPointRange(from_value=0.0, to_value=3600.0)],
            ),
        )
        self.declare_parameter(
            'wait_for_subscribers',
            1,
            ParameterDescriptor(
                description='Number of subscribers of joint_states to wait for.',
                integer_range=[IntegerRange(from_value=0, to_value=100)],
            ),
        )
        self._joint_publisher = self.create_publisher(JointState, 'joint_states', QUEUE_DEPTH)
        self._weight_publisher = self.create_publisher(Float64, '~/true_weight', QUEUE_DEPTH)
        self._wrench_publisher = self.create_publisher(WrenchStamped, '~/true_wrench', QUEUE_DEPTH)
        joints = self.get_parameter('joints').value
        self._joint_state = JointState(name=joints)
        self._posture = [*ARM_POSTURE, *[0.0] * len(joints)][: len(joints) - 1]
        estimator = self.get_parameter('estimator').value
        self.estimator = EstimatorClient(self, estimator) if estimator else None
        self.speed: float = self.get_parameter('speed').value
        self.pause_s: float = self.get_parameter('pause').value
        self.steady = Clock(clock_type=ClockType.STEADY_TIME)

    def is_heard(self) -> bool:
        """Return whether all who should listen do, and the estimator is ready."""
        count = self._joint_publisher.get_subscription_count()
        return count >= self.get_parameter('wait_for_subscribers').value and (
            self.estimator is None or self.estimator.is_ready()
        )

    async def pause(self) -> None:
        """
        Wait between two pours.

        A robot waits too: a reset must not overtake the last joint states of a pour.
        """
        await sleep(self, self.pause_s)

    def publish(self, stamp_ns: int, tilt: float, weight: float) -> None:
        """
        Publish where the cup is, and what has been poured.

        Parameters
        ----------
        stamp_ns : int
            Time [ns].
        tilt : float
            Tilt of the cup [rad].
        weight : float
            True poured weight [N].

        """
        # The truth first, so that an observer has it when the estimate arrives.
        self._weight_publisher.publish(Float64(data=weight))
        self._wrench_publisher.publish(weight_wrench(stamp_ns, weight, 'world'))
        self._joint_state.header.stamp = to_stamp(stamp_ns)
        self._joint_state.position = [*self._posture, tilt]
        self._joint_publisher.publish(self._joint_state)

    def wait_until_delivered(self) -> None:
        """Wait until the last messages have arrived, a second for each topic at most."""
        for publisher in (self._weight_publisher, self._wrench_publisher, self._joint_publisher):
            publisher.wait_for_all_acked(Duration(seconds=1))


def run_arm(
    name: str,
    run: Callable[[ArmNode], Coroutine[Any, Any, None]],
    args: list[str] | None = None,
) -> int:
    """
    Run an arm until it has poured.

    Parameters
    ----------
    name : str
        Name of the node.
    run : callable
        Called as ``run(node)``; returns a coroutine that ends when the arm has poured.
    args : list of str, optional
        Command line.

    Returns
    -------
    int
        Exit code: 0, or 1 when something cannot be poured.

    """
    with RosProcess(args) as ros:
        try:
            node = ArmNode(name)
            executor = ros.executor_of(node)
            task = executor.create_task(run(node))
            executor.spin_until_future_complete(task)
            task.result()
        except (PourForceEstimatorError, OSError, *PARAMETER_ERRORS) as error:
            get_logger(name).fatal(str(error))
            return 1
    return 0
