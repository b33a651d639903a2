# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The node that estimates the poured weight from the joints of an arm.

::

    ros2 run pour_force_estimator estimator --ros-args --params-file estimator.yaml

A lifecycle node. It loads and verifies its model when it is configured, listens while it is
active, and forgets the model when it is cleaned up. With the parameter ``autostart`` it configures
and activates itself.
"""

import sys
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.subscription import Subscription
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger

from ..cups.cup_file import load_cup
from ..errors import ModelContractError, PourForceEstimatorError
from ..estimator import PourEstimator
from ..model.shipped import find_model
from ..model.step_model import StepModel
from ..mounting_keeper import MountingKeeper
from ..tilt.stamp_check import StampCheck
from ..tilt.tilt_reader import TiltReader
from .conversions import SEQUENCE_NUMBER, to_ns
from .diagnostics import EstimatorDiagnostics
from .estimate_publishers import EstimatePublishers
from .lifecycle import (
    all_or_nothing,
    logged_transition,
    RobustLifecycleNode,
    spin_until_shutdown,
)
from .node_command import node_command
from .parameters import declare_parameters, read_config, read_context
from .robot_description import listen_for_robot_description
from .weighings import Weighings

JOINT_STATES_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Best effort takes from any publisher; 50 messages are 50 ms at 1000 Hz."""

DIAGNOSTICS_PERIOD_S = 1.0

MAX_PUBLISHERS_NAMED = 8
"""More publishers of the joint states are not named in a line."""


class EstimatorNode(RobustLifecycleNode):
    """
    Publishes the estimated poured weight; see ``docs/node.md`` for topics and parameters.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.lifecycle.LifecycleNode`, for example ``parameter_overrides``.

    """

    # There from on_configure to on_cleanup, between which all callbacks come; None outside.
    _model: StepModel
    _estimator: PourEstimator
    _reader: TiltReader
    _diagnostics: EstimatorDiagnostics
    _weighings: Weighings
    _publishers_of_estimates: EstimatePublishers

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('estimator', **kwargs)
        declare_parameters(self)
        self._forget()
        self._subscription: Subscription | None = None
        self._description_subscription: Subscription | None = None
        if self.get_parameter('autostart').value and not self._start():
            if self.get_parameter('cup_frame').value and (
                not self.get_parameter('robot_description').value
            ):
                self._description_subscription = listen_for_robot_description(
                    self, self._on_robot_description
                )

    def _start(self) -> bool:
        """Configure and activate; return whether the node is configured."""
        if self.trigger_configure() != TransitionCallbackReturn.SUCCESS:
            return False
        self.trigger_activate()
        return True

    def _on_robot_description(self, message: String) -> None:
        """Try again with a URDF that has come late, unless someone else has configured."""
        subscription = self._description_subscription
        if subscription is not None and (self._estimator is not None or self._start()):
            self.destroy_subscription(subscription)
            self._description_subscription = None

    @logged_transition
    def on_configure(self, state: LifecycleState) -> None:
        """Read the parameters, load and verify the model, offer topics and services."""
        config = read_config(self)
        model = StepModel.load(find_model(config.model))
        if model.spec.leaking_features:
            raise ModelContractError(
                f'{config.model}: expected a model of what a robot knows while it pours, received '
                f'one that needs the outcome: {", ".join(model.spec.leaking_features)}'
            )
        estimator = PourEstimator(
            model,
            read_context(self),
            max_interpolated_gap_s=config.max_interpolated_gap_s,
            time_jump_threshold_s=config.time_jump_threshold_s,
            reset_on_gap=config.reset_on_gap,
            return_speed=config.return_speed,
            return_acceleration=config.return_acceleration,
            cups=[load_cup(config.cup_file)] if config.cup_file else (),
        )
        keeper = MountingKeeper(config.mounting_file, estimator)
        restored = keeper.restore()
        self._model, self._estimator = model, estimator
        self._reader = TiltReader(config.tilt, config.max_joint_velocity)
        self._stamps = StampCheck()
        self._warned_of_zero_stamps = False
        self._irregularities = 0
        try:
            with all_or_nothing(self):
                self._create_interfaces(config.frame_id, keeper)
        except BaseException:
            self._forget()
            raise
        unchecked = '' if model.has_digest else ', without a digest of itself'
        self.get_logger().info(
            f'model {model.spec.name} ({model.digest[:12]}{unchecked}), '
            f'{model.spec.sample_rate_hz:g} Hz, '
            f'joints {list(config.tilt.joints)}'
        )
        if restored:
            self.get_logger().info(restored)

    @logged_transition
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start a pour and listen to the joints."""
        self._start_pour()
        # Subscriptions are not managed by the lifecycle, so that an inactive node must have none.
        with all_or_nothing(self):
            subscription = self.create_subscription(
                JointState,
                'joint_states',
                self._on_joint_state,  # type: ignore[arg-type]
                JOINT_STATES_QOS,
                qos_overriding_options=QoSOverridingOptions.with_default_policies(),
            )
            result = super().on_activate(state)
        self._subscription = subscription
        return result

    @logged_transition
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop listening."""
        result = super().on_deactivate(state)
        self._destroy_subscription()
        self._publish_diagnostics()
        return result

    @logged_transition
    def on_cleanup(self, state: LifecycleState) -> None:
        """Forget the model and withdraw topics and services."""
        self._release()

    @logged_transition
    def on_shutdown(self, state: LifecycleState) -> None:
        """Release everything, in whatever state the node is."""
        self._release()

    def _create_interfaces(self, frame_id: str, keeper: MountingKeeper) -> None:
        self._publishers_of_estimates = EstimatePublishers(
            self,
            frame_id,
            has_interval=self._model.spec.interval is not None,
            predicts=self._estimator.mounting is not None,
        )
        self._weighings = Weighings(
            self,
            self._estimator,
            keeper,
            lambda: self._subscription is not None,
            self._publish_diagnostics,
        )
        self._diagnostics = EstimatorDiagnostics(
            self._model, self._estimator, self._reader.joints, self._weighings, self._stamps
        )
        self._diagnostics_publisher = self.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._reset_service = self.create_service(Trigger, '~/reset', self._on_reset)
        # A steady clock, since the ROS clock may stand still or jump.
        self._diagnostics_timer = self.create_timer(
            DIAGNOSTICS_PERIOD_S, self._on_period, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )

    def _release(self) -> None:
        if self._estimator is None:
            return
        self._destroy_subscription()
        self.destroy_timer(self._diagnostics_timer)
        self.destroy_service(self._reset_service)
        self._weighings.destroy()
        self._publishers_of_estimates.destroy()
        self.destroy_publisher(self._diagnostics_publisher)
        self._forget()

    def _forget(self) -> None:
        self._model = self._estimator = None  # type: ignore[assignment]
        self._reader = self._diagnostics = None  # type: ignore[assignment]
        self._weighings = self._publishers_of_estimates = None  # type: ignore[assignment]

    def _destroy_subscription(self) -> None:
        if self._subscription is not None:
            self.destroy_subscription(self._subscription)
            self._subscription = None

    def _on_joint_state(self, message: JointState, info: dict[str, int | None]) -> None:
        began_ns = time.perf_counter_ns()
        stamp_ns = to_ns(message.header.stamp)
        has_stamp = stamp_ns != 0
        if not has_stamp:
            stamp_ns = self._stamp_of_arrival()
            if stamp_ns == 0:  # the ROS clock before the first /clock: no time at all
                self._diagnostics.add_timeless()
                return
        if self._reader.joints.concerns(message) and not self._stamps.take(has_stamp):
            self._diagnostics.add_joint_state(stamp_ns, has_stamp)
            return
        had_conflict = self._reader.joints.sources.conflict is not None
        tilt = self._reader.read(stamp_ns, message, info.get(SEQUENCE_NUMBER))
        estimates = [] if tilt is None else self._estimator.update(stamp_ns, tilt)
        for estimate in estimates:
            self._publishers_of_estimates.publish(estimate)
        # Publish first; bookkeeping afterwards.
        self._diagnostics.add_joint_state(stamp_ns, has_stamp)
        if estimates:
            self._diagnostics.add_estimates(estimates, time.perf_counter_ns() - began_ns)
        if self._estimator.status.interruptions != self._irregularities:
            self._on_interruption()
        if self._reader.joints.sources.conflict is not None and not had_conflict:
            self._on_two_sources()

    def _stamp_of_arrival(self) -> int:
        """Return the node's time [ns] for a message without a stamp; say so the first time."""
        if not self._warned_of_zero_stamps:
            self._warned_of_zero_stamps = True
            self.get_logger().warning(
                'joint states without a stamp: using the time of their arrival, which is less '
                'exact'
            )
        return self.get_clock().now().nanoseconds

    def _on_interruption(self) -> None:
        """Say what has ended the pour."""
        status = self._estimator.status
        self._irregularities = status.interruptions
        self._reader.forget_positions()
        cause = status.last_interruption
        if status.interruption:  # once until ~/reset, so that no throttle may keep it
            self.get_logger().error(f'{cause}: no estimate until ~/reset')
            self._publish_diagnostics()
        else:
            self.get_logger().warning(f'{cause}: a new pour starts', throttle_duration_sec=1.0)

    def _on_two_sources(self) -> None:
        """Say that a joint has two sources, and who publishes; the pour is lost."""
        topic = self.resolve_topic_name('joint_states')
        publishers = self.get_publishers_info_by_topic(topic)
        names = sorted(
            {f'{info.node_namespace.rstrip("/")}/{info.node_name}' for info in publishers}
        )
        self._diagnostics.publishers = names[:MAX_PUBLISHERS_NAMED]
        self.get_logger().error(
            f'{self._reader.joints.sources.conflict}: no estimate until ~/reset; publishers of '
            f'{topic}: {", ".join(self._diagnostics.publishers)}'
        )
        self._publish_diagnostics()

    def _start_pour(self) -> str:
        """Start a pour with the context that the parameters hold now; return it as text."""
        self._estimator.reset(read_context(self))
        context = self._estimator.context
        self._weighings.keep()  # another cup has made it forget
        self._reader.reset()
        self._stamps.reset()
        self._diagnostics.forget_pour()
        values = [f'{name} {getattr(context, name):g}' for name in self._model.spec.needed_context]
        return ', '.join(values if context.cup is None else [f'cup {context.cup}', *values])

    def _on_reset(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            response.message = f'new pour: {self._start_pour()}'
            response.success = True
            self.get_logger().info(response.message)
        except PourForceEstimatorError as error:
            response.message = str(error)
            self.get_logger().warning(f'reset refused: {error}')
        self._publish_diagnostics()
        return response

    def _on_period(self) -> None:
        self._diagnostics.end_period()
        self._publish_diagnostics()

    def _publish_diagnostics(self) -> None:
        topic = self._subscription.topic_name if self._subscription is not None else None
        self._diagnostics_publisher.publish(
            self._diagnostics.array(
                self.get_clock().now().to_msg(), self.get_fully_qualified_name(), topic
            )
        )


@node_command('estimator')
def main(args: list[str] | None = None) -> int:
    """Run the node; return its exit code."""
    spin_until_shutdown(EstimatorNode, args)
    return 0


if __name__ == '__main__':
    sys.exit(main())
