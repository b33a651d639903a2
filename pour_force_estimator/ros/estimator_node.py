"""
The node that estimates the poured weight from the joints of an arm.

::

    ros2 run pour_force_estimator estimator --ros-args --params-file estimator.yaml

A lifecycle node. It loads and verifies its model when it is configured, listens while it is
active, and forgets the model when it is cleaned up. With the parameter ``autostart`` it configures
and activates itself.
"""

import sys

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import WrenchStamped
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from ..errors import ContextError, ModelContractError
from ..estimator import PourEstimator
from ..models import find_model
from ..step_model import StepModel
from .conversions import JointReader, to_ns, weight_wrench
from .diagnostics import diagnostic_array
from .lifecycle import logged_transition, spin_until_shutdown
from .parameters import declare_parameters, PARAMETER_ERRORS, read_config, read_context

JOINT_STATES_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Best effort takes from any publisher; 50 messages are 50 ms at 1000 Hz."""

OUTPUT_DEPTH = 100
"""Estimates kept for slow reliable subscribers: over a second at the models' 60 Hz."""

DIAGNOSTICS_PERIOD_S = 1.0


class EstimatorNode(LifecycleNode):
    """
    Publishes the estimated poured weight; see the package's README for topics and parameters.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.lifecycle.LifecycleNode`, for example ``parameter_overrides``.

    """

    def __init__(self, **kwargs):
        super().__init__('estimator', **kwargs)
        declare_parameters(self)
        self._config = self._model = self._estimator = self._joints = None
        self._subscription = None
        if self.get_parameter('autostart').value:
            if self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
                self.trigger_activate()

    @logged_transition
    def on_configure(self, state):
        """Read the parameters, load and verify the model, offer topics and services."""
        self._config = config = read_config(self)
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
        self._joints = JointReader(config.tilt.joints)
        self._messages = self._messages_before = self._estimates = self._zero_stamps = 0
        self._create_publishers()
        self.get_logger().info(
            f'model {model.spec.name} ({model.digest[:12]}), {model.spec.sample_rate_hz:g} Hz, '
            f'joints {list(config.tilt.joints)}')

    @logged_transition
    def on_activate(self, state):
        """Start a pour and listen to the joints."""
        self._estimator.reset(read_context(self))
        # Subscriptions are not managed by the lifecycle, so that an inactive node must have none.
        self._subscription = self.create_subscription(
            JointState, 'joint_states', self._on_joint_state, JOINT_STATES_QOS,
            qos_overriding_options=QoSOverridingOptions.with_default_policies())
        super().on_activate(state)

    @logged_transition
    def on_deactivate(self, state):
        """Stop listening."""
        self._destroy_subscription()
        super().on_deactivate(state)

    @logged_transition
    def on_cleanup(self, state):
        """Forget the model and withdraw topics and services."""
        self._release()

    @logged_transition
    def on_shutdown(self, state):
        """Release everything, in whatever state the node is."""
        self._release()

    def _create_publishers(self):
        self._weight_publisher = self.create_lifecycle_publisher(
            Float64, '~/poured_weight', OUTPUT_DEPTH)
        self._wrench_publisher = self.create_lifecycle_publisher(
            WrenchStamped, '~/wrench', OUTPUT_DEPTH)
        self._diagnostics_publisher = self.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._reset_service = self.create_service(Trigger, '~/reset', self._on_reset)
        # A steady clock, since the ROS clock may stand still or jump.
        self._diagnostics_timer = self.create_timer(
            DIAGNOSTICS_PERIOD_S, self._publish_diagnostics,
            clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _release(self):
        if self._estimator is None:
            return
        self._destroy_subscription()
        self.destroy_timer(self._diagnostics_timer)
        self.destroy_service(self._reset_service)
        self.destroy_lifecycle_publisher(self._weight_publisher)
        self.destroy_lifecycle_publisher(self._wrench_publisher)
        self.destroy_publisher(self._diagnostics_publisher)
        self._estimator = self._model = None

    def _destroy_subscription(self):
        if self._subscription is not None:
            self.destroy_subscription(self._subscription)
            self._subscription = None

    def _on_joint_state(self, message):
        self._messages += 1
        positions = self._joints.positions(message)
        if positions is None:
            return
        stamp_ns = to_ns(message.header.stamp) or self._stamp_of_arrival()
        for estimate in self._estimator.update(stamp_ns, self._config.tilt(positions)):
            self._publish(estimate)

    def _publish(self, estimate):
        self._estimates += 1
        self._weight_publisher.publish(Float64(data=estimate.poured_weight))
        self._wrench_publisher.publish(weight_wrench(
            estimate.stamp_ns, estimate.poured_weight, self._config.frame_id))

    def _stamp_of_arrival(self):
        """Return the node's time [ns] for a message without a stamp; say so the first time."""
        if not self._zero_stamps:
            self.get_logger().warning(
                'joint states without a stamp: using the time of their arrival, which is less '
                'exact')
        self._zero_stamps += 1
        return self.get_clock().now().nanoseconds

    def _on_reset(self, request, response):
        """Start a new pour with the context that the parameters hold now."""
        context = read_context(self)
        try:
            self._estimator.reset(context)
        except ContextError as error:
            response.message = str(error)
            return response
        response.success = True
        response.message = 'new pour: ' + ', '.join(
            f'{name} {getattr(context, name):g}' for name in self._model.spec.needed_context)
        self.get_logger().info(response.message)
        return response

    def _publish_diagnostics(self):
        rate = (self._messages - self._messages_before) / DIAGNOSTICS_PERIOD_S
        self._messages_before = self._messages
        level, text = self._health(rate)
        spec = self._model.spec
        self._diagnostics_publisher.publish(diagnostic_array(
            self.get_clock().now().to_msg(), self.get_fully_qualified_name(), spec.name,
            level, text, {
                'model': spec.name,
                'model digest': self._model.digest,
                'input rate [Hz]': f'{rate:.1f}',
                'joint states': self._messages,
                'estimates': self._estimates,
                'joint states without a stamp': self._zero_stamps,
                **{f'samples {case}': count for case, count in self._estimator.counters.items()},
            }))

    def _health(self, rate):
        """Return level and message of the diagnostics."""
        if self._subscription is None:
            return DiagnosticStatus.OK, 'inactive'
        if self._estimator.interruption:
            return DiagnosticStatus.ERROR, (
                f'no estimate after {self._estimator.interruption}: call ~/reset to start anew')
        if rate == 0.0:
            return DiagnosticStatus.WARN, (
                f'no joint states on {self._subscription.topic_name}')
        missing = self._joints.missing()
        if missing:
            return DiagnosticStatus.WARN, (
                f'joints {missing} never seen; seen: {sorted(self._joints.seen)}')
        return DiagnosticStatus.OK, 'estimating'


def main(args=None):
    """Run the node; return its exit code."""
    try:
        spin_until_shutdown(EstimatorNode, args)
    except PARAMETER_ERRORS as error:
        print(f'estimator: {error}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
