# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Pour what was asked for, by what an estimator predicts alone: a node to copy.

::

    ros2 run pour_force_estimator pour_to_target --ros-args --params-file estimator.yaml
    ros2 param set /pour_to_target target 150.0
    ros2 service call /pour_to_target/pour std_srvs/srv/Trigger

It commands the velocity of the joint that turns the cup, as ros2_control's
forward_command_controller takes it. `docs/pour_to_target.md` says what it does when, and what it
does not protect from.
"""

import math
import sys
import time
from typing import Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray, String
from std_srvs.srv import Trigger

from ...context import PourContext
from ...errors import PourError, PourForceEstimatorError
from ...pouring.approach import APPROACH_CONTEXT, find_approach_tilt
from ...pouring.controller import FAILED, IDLE, Observation, RETURNING, TargetPour
from ...tilt.tilt_reader import TiltReader
from ...units import gram_to_newton, newton_to_gram
from ..conversions import SEQUENCE_NUMBER, to_ns
from ..estimator_client import EstimatorClient
from ..lifecycle import RosProcess
from ..node_command import node_command
from ..tilt_parameters import read_joint_tilt
from ..waiting import until
from .estimator_watch import EstimatorWatch
from .pour_to_target_parameters import declare_parameters, read_command, read_settings

JOINT_STATES_QOS = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
"""As that of the estimator: best effort takes from any publisher."""

STATE_QOS = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""Who comes late gets the last state."""

READY_TIMEOUT_S = 10.0
"""How long an estimator may take to say something after it was reset [s]."""

LAST_ZEROS = 10
"""How often 0 is commanded after a pour, since a best-effort controller may miss one."""

SHUTDOWN_WAIT = Duration(seconds=0.5)
"""How long to wait at the end until the controller has the last command."""


class PourToTargetNode(Node):
    """
    Pours to targets; see ``docs/pour_to_target.md`` for topics and parameters.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.node.Node`, for example ``parameter_overrides``.

    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('pour_to_target', **kwargs)
        declare_parameters(self)
        self._command = read_command(self)
        self._reader = TiltReader(
            read_joint_tilt(self), self.get_parameter('max_joint_velocity').value
        )
        # A steady clock, since the system's may jump; but one that is simulated is what counts.
        self._control_clock: Clock = (
            self.get_clock()
            if self.get_parameter('use_sim_time').value
            else Clock(clock_type=ClockType.STEADY_TIME)
        )
        self._pour: TargetPour | None = None
        self._is_preparing = self._is_cancelled = False
        self._zeros_left = 0
        self._tilt, self._tilt_s = math.nan, -math.inf
        self._state = ''
        name = self.get_parameter('estimator').value
        self._estimator = EstimatorClient(self, name)
        self._watch = EstimatorWatch(self, name, self._now_s)
        self._commands = self.create_publisher(Float64MultiArray, self._command.topic, 1)
        self._states = self.create_publisher(String, '~/state', STATE_QOS)
        self._joints = self.create_subscription(
            JointState,
            'joint_states',
            self._on_joint_state,  # type: ignore[arg-type]
            JOINT_STATES_QOS,
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
        # Of its own group, so that everything else goes on while it waits for the estimator.
        self.create_service(
            Trigger, '~/pour', self._on_pour, callback_group=ReentrantCallbackGroup()
        )
        self.create_service(Trigger, '~/cancel', self._on_cancel)
        self.create_timer(
            1.0 / self.get_parameter('rate').value, self._on_period, clock=self._control_clock
        )
        self._tell(IDLE)

    def stop(self, reason: str) -> None:
        """End a pour where the cup is, with a commanded velocity of 0."""
        if self._pour is None:
            return
        self._pour.stop(reason)
        self._finish(self._pour)
        self._commands.wait_for_all_acked(SHUTDOWN_WAIT)

    def _now_s(self) -> float:
        return self._control_clock.now().nanoseconds * 1e-9

    def _on_joint_state(self, message: JointState, info: dict[str, int | None]) -> None:
        stamp_ns = to_ns(message.header.stamp) or time.monotonic_ns()
        tilt = self._reader.read(stamp_ns, message, info.get(SEQUENCE_NUMBER))
        if tilt is not None:
            self._tilt, self._tilt_s = tilt, self._now_s()

    def _on_period(self) -> None:
        """Command the next velocity."""
        if self._pour is None:
            if self._zeros_left:
                self._zeros_left -= 1
                self._send(0.0)
            return
        try:
            now_s = self._now_s()
            self._send(
                self._pour.step(
                    now_s,
                    Observation(
                        self._tilt,
                        now_s - self._tilt_s,
                        self._watch.predicted_weight,
                        self._watch.age_s,
                        self._watch.fault,
                    ),
                )
            )
        except Exception:
            self.stop('an error of this node')
            raise
        if self._pour.is_over:
            self._finish(self._pour)
        else:
            self._tell(self._pour.phase)

    def _finish(self, pour: TargetPour) -> None:
        """Command 0, now and for a while, and say how the pour has ended."""
        self._send(0.0)
        self._zeros_left = LAST_ZEROS
        self._tell(pour.phase, pour.reason)
        self._pour = None

    def _send(self, velocity: float) -> None:
        self._commands.publish(Float64MultiArray(data=self._command.data(velocity)))

    def _tell(self, phase: str, reason: str = '') -> None:
        """Publish a phase when it begins."""
        state = f'{phase}: {reason}' if reason else phase
        if state == self._state:
            return
        self._state = state
        self._states.publish(String(data=state))
        if phase == FAILED:
            self.get_logger().error(f'the pour has failed: {reason}')
        elif phase == RETURNING and self._pour is not None:
            why = self._pour.reason or (
                f'{newton_to_gram(self._watch.predicted_weight):.1f} g are predicted'
            )
            self.get_logger().info(f'turning back: {why}')

    def _on_cancel(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self._is_preparing or self._pour is not None
        if self._is_preparing:
            self._is_cancelled = True
            response.message = 'the pour does not begin'
        elif self._pour is None:
            response.message = 'no pour is in progress'
        elif self._pour.turn_back('cancelled'):
            response.message = 'turning back'
        else:
            response.message = 'turning back already'
        return response

    async def _on_pour(
        self, request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        if self._is_preparing or self._pour is not None:
            response.message = 'a pour is in progress'
            return response
        self._is_preparing, self._is_cancelled = True, False
        try:
            self._pour = await self._prepare()
            response.success = True
            response.message = f'pouring {self.get_parameter("target").value:g} g'
            self._tell(self._pour.phase)
            self.get_logger().info(response.message)
        except PourForceEstimatorError as error:
            response.message = str(error)
            self.get_logger().warning(f'no pour: {error}')
        finally:
            self._is_preparing = False
        return response

    async def _prepare(self) -> TargetPour:
        """
        Make ready for a pour: tell the estimator of it, and see that all is as it has to be.

        Raises
        ------
        PourForceEstimatorError
            If something is not; the message says what.

        """
        settings = read_settings(self)
        target_weight = gram_to_newton(self.get_parameter('target').value)
        self._check_arm()
        if not self._estimator.is_ready():
            raise PourError(
                f'no services of {self.get_parameter("estimator").value}: is it configured?'
            )
        context = await self._estimator.get_context(*APPROACH_CONTEXT)
        if context.initial_weight is not None and target_weight >= context.initial_weight:
            raise PourError(
                f'target: expected less than the {newton_to_gram(context.initial_weight):.0f} g '
                f'in the cup, received {newton_to_gram(target_weight):g} g'
            )
        await self._estimator.set_context(PourContext(target_weight=target_weight))
        await self._start_estimate(target_weight)
        self._check_arm()  # time has passed
        if self._is_cancelled:
            raise PourError('cancelled')
        return TargetPour(
            settings,
            target_weight,
            self._tilt,
            self._now_s(),
            find_approach_tilt(context, self.get_parameter('approach_margin').value),
        )

    def _check_arm(self) -> None:
        """Refuse a pour whose cup is not seen to be upright, or that nobody would carry out."""
        if (conflict := self._reader.conflict) is not None:
            self._reader.forget_conflict()  # the next goal sees whether one is left
            raise PourError(str(conflict))
        if self._now_s() - self._tilt_s > self.get_parameter('max_joint_state_age').value:
            joints = self._reader.joints
            raise PourError(
                f'joints {joints.missing()} never seen on {self._joints.topic_name}; seen: '
                f'{sorted(joints.seen)}'
                if joints.seen and joints.missing()
                else f'no joint states on {self._joints.topic_name}'
            )
        upright_tilt = self.get_parameter('upright_tilt').value
        if abs(self._tilt) > upright_tilt:
            raise PourError(
                f'the cup is not upright: expected a tilt of at most {upright_tilt:g} rad, '
                f'received {self._tilt:.3f} rad'
            )
        if not self._commands.get_subscription_count():
            raise PourError(
                f'nobody listens to {self._commands.topic_name}: is the controller active?'
            )

    async def _start_estimate(self, target_weight: float) -> None:
        """
        Start a pour at the estimator, and wait for what it says of it.

        What it said of the pour before may still be on its way here when it has answered; the
        first prediction that is near 0 is of the new one, and those after it are too.
        """
        watch = self._watch
        statuses, predictions = watch.statuses, watch.predictions
        await self._estimator.reset()
        await until(
            self,
            lambda: (
                watch.statuses > statuses
                and watch.predictions > predictions
                and watch.fault is None
                and watch.predicted_weight < target_weight / 2.0
            ),
            READY_TIMEOUT_S,
        )
        if watch.predictions == predictions:
            raise PourError(f'no estimates on {watch.topic}')
        if watch.statuses == statuses:
            raise PourError('no diagnostics of the estimator')
        if watch.fault is not None:
            raise PourError(watch.fault)
        if not watch.predicted_weight < target_weight / 2.0:
            raise PourError(
                f'{newton_to_gram(watch.predicted_weight):.1f} g are predicted before anything '
                'was poured'
            )


@node_command('pour_to_target')
def main(args: list[str] | None = None) -> int:
    """Run the node; return its exit code."""
    with RosProcess(args) as ros:
        node = PourToTargetNode()
        try:
            ros.spin_until_signal(node)
        finally:
            node.stop('the node was shut down')
    return 0


if __name__ == '__main__':
    sys.exit(main())
