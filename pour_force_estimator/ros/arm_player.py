"""A node that moves like an arm that pours: joint states, and the true weight beside them."""

from dataclasses import dataclass, replace
import json
import math
import time

from geometry_msgs.msg import WrenchStamped
import numpy as np
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from ..atomic import write_text
from ..context import PourContext
from ..errors import PourForceEstimatorError
from .conversions import to_stamp, weight_wrench
from .estimator_client import EstimatorClient
from .lifecycle import RosProcess
from .parameters import PARAMETER_ERRORS

ARM_JOINTS = (
    'shoulder_pan_joint', 'shoulder_lift_joint', 'elbow_joint',
    'wrist_1_joint', 'wrist_2_joint', 'wrist_3_joint')
"""Joints of a common six-axis arm; the last one turns the cup."""

ARM_POSTURE = (0.0, -1.2, 1.6, -0.4, 1.57)
"""Positions of the other joints while the arm pours [rad]."""

POLL_PERIOD_S = 0.05

TIMER_PERIOD_S = 0.001
"""How often it is checked which samples are due [s]: the period of the fastest arms."""

BURST = 4
"""Most samples to publish at once when late or as fast as possible; queues are not endless."""

QUEUE_DEPTH = 1000
"""Messages kept for slow subscribers: a second at the rate of a fast arm."""


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


def with_rest(pour, rest_s):
    """Return a `PlayedPour` that rests at its first and its last sample for `rest_s` [s] each."""
    period_ns = int(np.median(np.diff(pour.elapsed_ns)))
    count = round(rest_s * 1e9 / period_ns)
    if not count:
        return pour
    before_ns = np.arange(count) * period_ns
    own_ns = pour.elapsed_ns + count * period_ns
    return replace(
        pour, elapsed_ns=np.concatenate([
            before_ns, own_ns, own_ns[-1] + period_ns + before_ns]),
        tilt=np.pad(pour.tilt, count, mode='edge'),
        poured_weight=np.pad(pour.poured_weight, count, mode='edge'))


def context_text(pours):
    """Return what is known of a list of `PlayedPour`, as YAML for `training.rosbag`."""
    names = ('cup_height', 'cup_diameter', 'initial_weight', 'target_weight', 'relative_density')
    known = {name: [getattr(pour.context, name) for pour in pours] for name in names}
    return json.dumps({name: values for name, values in known.items() if None not in values},
                      indent=1) + '\n'  # JSON is YAML


class ArmPlayer(Node):
    """
    Plays pours as an arm would: tells the estimator of each pour, then moves.

    Parameters
    ----------
    name : str
        Name of the node.
    **kwargs
        Passed to `rclpy.node.Node`.

    """

    def __init__(self, name, **kwargs):
        super().__init__(name, **kwargs)
        for parameter, default, description in (
                ('estimator', 'estimator',
                 'Estimator node to tell of each pour; empty to tell none.'),
                ('joints', list(ARM_JOINTS), 'Names of the joints; the last one turns the cup.'),
                ('context', '',
                 'YAML to write what is known of the pours to, for training.rosbag; none if '
                 'empty.')):
            self.declare_parameter(
                parameter, default, ParameterDescriptor(description=description))
        self.declare_parameter('speed', 1.0, ParameterDescriptor(
            description='How many times faster than real time, 0 for as fast as possible; the '
                        'stamps stay those of the pour.',
            floating_point_range=[FloatingPointRange(from_value=0.0, to_value=100.0)]))
        self.declare_parameter('pause', 0.6, ParameterDescriptor(
            description='Time after each pour, in real time and between the stamps [s].',
            floating_point_range=[FloatingPointRange(from_value=0.0, to_value=3600.0)]))
        self.declare_parameter('rest', 0.0, ParameterDescriptor(
            description='Time that the arm rests, and says so, before and after each pour [s].',
            floating_point_range=[FloatingPointRange(from_value=0.0, to_value=60.0)]))
        self.declare_parameter('wait_for_subscribers', 1, ParameterDescriptor(
            description='Number of subscribers of joint_states to wait for.',
            integer_range=[IntegerRange(from_value=0, to_value=100)]))
        self._joint_publisher = self.create_publisher(JointState, 'joint_states', QUEUE_DEPTH)
        self._weight_publisher = self.create_publisher(Float64, '~/true_weight', QUEUE_DEPTH)
        self._wrench_publisher = self.create_publisher(
            WrenchStamped, '~/true_wrench', QUEUE_DEPTH)
        joints = self.get_parameter('joints').value
        self._joint_state = JointState(name=joints)
        self._posture = [*ARM_POSTURE, *[0.0] * len(joints)][:len(joints) - 1]
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._next_start_ns = 0

    async def play(self, pours):
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
        name = self.get_parameter('estimator').value
        estimator = EstimatorClient(self, name) if name else None
        pours = list(pours)
        if self.get_parameter('context').value:
            write_text(self.get_parameter('context').value, context_text(pours))
        await self._until(lambda: self._is_heard(estimator))
        rest_s = self.get_parameter('rest').value
        for position, pour in enumerate(pours):
            pour = with_rest(pour, rest_s)
            if position:
                # A robot waits too: a reset must not overtake the last joint states of a pour.
                await self._pause()
            if estimator:
                await estimator.start_pour(pour.context)
            self.get_logger().info(
                f'{pour.label}: {len(pour.tilt)} samples, up to '
                f'{math.degrees(max(pour.tilt)):.0f} degree')
            await self._move(pour)
        # Until the last messages have arrived everywhere.
        self._wrench_publisher.wait_for_all_acked(Duration(seconds=1))

    def _is_heard(self, estimator):
        count = self._joint_publisher.get_subscription_count()
        return (count >= self.get_parameter('wait_for_subscribers').value
                and (estimator is None or estimator.is_ready()))

    async def _until(self, condition):
        """Wait until `condition()` is true; the graph has no event for every one."""
        done = Future()

        def check():
            if not done.done() and condition():
                done.set_result(None)

        timer = self.create_timer(POLL_PERIOD_S, check, clock=self._steady)
        await done
        self.destroy_timer(timer)

    async def _pause(self):
        end_s = time.monotonic() + self.get_parameter('pause').value
        await self._until(lambda: time.monotonic() >= end_s)

    async def _move(self, pour):
        """Publish the samples of a pour when they are due."""
        speed = self.get_parameter('speed').value
        start_ns = max(self.get_clock().now().nanoseconds, self._next_start_ns)
        pause_ns = round(self.get_parameter('pause').value * 1e9)
        self._next_start_ns = start_ns + int(pour.elapsed_ns[-1]) + pause_ns
        samples = list(zip(
            pour.elapsed_ns.tolist(), pour.tilt.tolist(), pour.poured_weight.tolist()))
        done = Future()
        began_ns = time.monotonic_ns()
        position = 0

        def publish_due():
            nonlocal position
            elapsed_ns = (time.monotonic_ns() - began_ns) * speed if speed else math.inf
            last = min(position + BURST, len(samples))
            while position < last and samples[position][0] <= elapsed_ns:
                sample_ns, tilt, weight = samples[position]
                self._publish(start_ns + sample_ns, tilt, weight)
                position += 1
            if position == len(samples) and not done.done():
                done.set_result(None)

        timer = self.create_timer(TIMER_PERIOD_S, publish_due, clock=self._steady)
        await done
        self.destroy_timer(timer)

    def _publish(self, stamp_ns, tilt, weight):
        # The truth first, so that an observer has it when the estimate arrives.
        self._weight_publisher.publish(Float64(data=weight))
        self._wrench_publisher.publish(weight_wrench(stamp_ns, weight, 'world'))
        self._joint_state.header.stamp = to_stamp(stamp_ns)
        self._joint_state.position = [*self._posture, tilt]
        self._joint_publisher.publish(self._joint_state)


def play_pours(name, load_pours, args=None):
    """
    Run an `ArmPlayer` until its pours are played.

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
    with RosProcess(args) as ros:
        try:
            node = ArmPlayer(name)
            executor = ros.executor_of(node)
            task = executor.create_task(node.play(load_pours(node)))
            executor.spin_until_future_complete(task)
            task.result()
        except (PourForceEstimatorError, OSError, *PARAMETER_ERRORS) as error:
            get_logger(name).fatal(str(error))
            return 1
    return 0
