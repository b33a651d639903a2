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

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from ..errors import ContextError, ModelContractError
from ..estimator import PourEstimator
from ..joint_guard import JointGuard
from ..joint_reader import JointReader
from ..models import find_model
from ..step_model import StepModel
from .conversions import set_stamp, to_ns, weight_wrench
from .diagnostics import EstimatorDiagnostics
from .lifecycle import (
    logged_transition, RCLError, RobustLifecycleNode, spin_until_shutdown)
from .parameters import declare_parameters, PARAMETER_ERRORS, read_config, read_context

JOINT_STATES_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Best effort takes from any publisher; 50 messages are 50 ms at 1000 Hz."""

OUTPUT_DEPTH = 100
"""Estimates kept for slow reliable subscribers: over a second at the models' 60 Hz."""

DIAGNOSTICS_PERIOD_S = 1.0


class EstimatorNode(RobustLifecycleNode):
    """
    Publishes the estimated poured weight; see ``docs/node.md`` for topics and parameters.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.lifecycle.LifecycleNode`, for example ``parameter_overrides``.

    """

    def __init__(self, **kwargs):
        super().__init__('estimator', **kwargs)
        declare_parameters(self)
        self._model = self._estimator = self._subscription = None
        if self.get_parameter('autostart').value:
            if self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
                self.trigger_activate()

    @logged_transition
    def on_configure(self, state):
        """Read the parameters, load and verify the model, offer topics and services."""
        config = read_config(self)
        model = StepModel.load(find_model(config.model))
        if model.spec.outcome_features:
            raise ModelContractError(
                f'{config.model}: expected a model of what a robot knows while it pours, received '
                f'one that needs the outcome: {", ".join(model.spec.outcome_features)}')
        self._estimator = PourEstimator(
            model, read_context(self),
            max_interpolated_gap_s=config.max_interpolated_gap_s,
            time_jump_threshold_s=config.time_jump_threshold_s,
            reset_on_gap=config.reset_on_gap)
        self._model = model
        self._tilt = config.tilt
        # Filled anew for each estimate, since a message takes longer to make than to send.
        self._number, self._wrench = Float64(), weight_wrench(0, 0.0, config.frame_id)
        self._guard = JointGuard(config.max_joint_velocity)
        self._reader = JointReader(config.tilt.joints, self._guard)
        self._diagnostics = EstimatorDiagnostics(model, self._estimator, self._reader)
        self._warned_of_zero_stamps = False
        self._irregularities = 0
        self._create_interfaces()
        self.get_logger().info(
            f'model {model.spec.name} ({model.digest[:12]}), {model.spec.sample_rate_hz:g} Hz, '
            f'joints {list(config.tilt.joints)}')

    @logged_transition
    def on_activate(self, state):
        """Start a pour and listen to the joints."""
        self._start_pour()
        # Subscriptions are not managed by the lifecycle, so that an inactive node must have none.
        self._subscription = self.create_subscription(
            JointState, 'joint_states', self._on_joint_state, JOINT_STATES_QOS,
            qos_overriding_options=QoSOverridingOptions.with_default_policies())
        super().on_activate(state)

    @logged_transition
    def on_deactivate(self, state):
        """Stop listening."""
        self._destroy_subscription()
        self._publish_diagnostics()
        super().on_deactivate(state)

    @logged_transition
    def on_cleanup(self, state):
        """Forget the model and withdraw topics and services."""
        self._release()

    @logged_transition
    def on_shutdown(self, state):
        """Release everything, in whatever state the node is."""
        self._release()

    def _create_interfaces(self):
        self._weight_publisher = self.create_lifecycle_publisher(
            Float64, '~/poured_weight', OUTPUT_DEPTH)
        self._bound_publishers = [] if self._model.spec.interval is None else [
            self.create_lifecycle_publisher(Float64, f'~/poured_weight/{bound}', OUTPUT_DEPTH)
            for bound in ('lower', 'upper')]
        self._wrench_publisher = self.create_lifecycle_publisher(
            WrenchStamped, '~/wrench', OUTPUT_DEPTH)
        self._diagnostics_publisher = self.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._reset_service = self.create_service(Trigger, '~/reset', self._on_reset)
        # A steady clock, since the ROS clock may stand still or jump.
        self._diagnostics_timer = self.create_timer(
            DIAGNOSTICS_PERIOD_S, self._on_period, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _release(self):
        if self._estimator is None:
            return
        self._destroy_subscription()
        self.destroy_timer(self._diagnostics_timer)
        self.destroy_service(self._reset_service)
        for publisher in (
                self._weight_publisher, *self._bound_publishers, self._wrench_publisher):
            self.destroy_lifecycle_publisher(publisher)
        self.destroy_publisher(self._diagnostics_publisher)
        self._model = self._estimator = self._reader = self._diagnostics = None

    def _destroy_subscription(self):
        if self._subscription is not None:
            self.destroy_subscription(self._subscription)
            self._subscription = None

    def _on_joint_state(self, message):
        began_ns = time.perf_counter_ns()
        stamp_ns = to_ns(message.header.stamp)
        has_stamp = stamp_ns != 0
        if not has_stamp:
            stamp_ns = self._stamp_of_arrival()
            if stamp_ns == 0:  # the ROS clock before the first /clock: no time at all
                return
        positions = self._reader.read(stamp_ns, message)
        estimates = [] if positions is None else self._estimator.update(
            stamp_ns, self._tilt(positions))
        for estimate in estimates:
            self._publish(estimate)
        # What nobody waits for comes after what somebody does.
        self._diagnostics.add_joint_state(stamp_ns, has_stamp)
        if estimates:
            self._diagnostics.add_estimates(estimates, time.perf_counter_ns() - began_ns)
        if self._estimator.interruptions != self._irregularities:
            self._on_interruption()

    @property
    def rehearsal(self):
        """What makes ready for the next joint state; None if that will hardly complete a tick."""
        estimator = self._estimator
        return estimator.rehearse if estimator is not None and estimator.is_tick_next else None

    def _publish(self, estimate):
        # The order is part of the interface: it tells which messages without a stamp belong to a
        # wrench, since their source timestamps lie between those of the wrench before and its own.
        number, wrench = self._number, self._wrench
        number.data = estimate.poured_weight
        self._weight_publisher.publish(number)
        for publisher, bound in zip(self._bound_publishers, (estimate.lower, estimate.upper)):
            number.data = bound
            publisher.publish(number)
        set_stamp(wrench.header.stamp, estimate.stamp_ns)
        wrench.wrench.force.z = -estimate.poured_weight
        self._wrench_publisher.publish(wrench)

    def _stamp_of_arrival(self):
        """Return the node's time [ns] for a message without a stamp; say so the first time."""
        if not self._warned_of_zero_stamps:
            self._warned_of_zero_stamps = True
            self.get_logger().warning(
                'joint states without a stamp: using the time of their arrival, which is less '
                'exact')
        return self.get_clock().now().nanoseconds

    def _on_interruption(self):
        """Say what has ended the pour."""
        self._irregularities = self._estimator.interruptions
        self._guard.reset()
        consequence = (
            'no estimate until ~/reset' if self._estimator.interruption else 'a new pour starts')
        self.get_logger().warning(
            f'{self._estimator.last_interruption}: {consequence}', throttle_duration_sec=1.0)
        self._publish_diagnostics()

    def _start_pour(self):
        """Start a pour with the context that the parameters hold now; return it as text."""
        context = read_context(self)
        self._estimator.reset(context)
        self._guard.reset()
        self._diagnostics.forget_pour()
        return ', '.join(
            f'{name} {getattr(context, name):g}' for name in self._model.spec.needed_context)

    def _on_reset(self, request, response):
        try:
            response.message = f'new pour: {self._start_pour()}'
            response.success = True
            self.get_logger().info(response.message)
        except ContextError as error:
            response.message = str(error)
            self.get_logger().warning(f'reset refused: {error}')
        self._publish_diagnostics()
        return response

    def _on_period(self):
        self._diagnostics.end_period()
        self._publish_diagnostics()

    def _publish_diagnostics(self):
        topic = self._subscription.topic_name if self._subscription is not None else None
        self._diagnostics_publisher.publish(self._diagnostics.array(
            self.get_clock().now().to_msg(), self.get_fully_qualified_name(), topic))


def main(args=None):
    """Run the node; return its exit code."""
    try:
        spin_until_shutdown(EstimatorNode, args)
    except (RCLError, *PARAMETER_ERRORS) as error:
        print(f'estimator: {error}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
