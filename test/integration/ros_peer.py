# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a robot program sends and receives, for tests of the nodes."""

from collections.abc import Coroutine
import time

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import SetParametersAtomically
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64, String
from std_srvs.srv import Trigger

from pour_force_estimator.ros.conversions import to_ns, to_stamp

TIMEOUT_S = 120.0
RELIABLE = QoSProfile(depth=1000, reliability=ReliabilityPolicy.RELIABLE)


class Spinner:
    """A node of its own context that takes messages while a test waits for something."""

    def __init__(self, name):
        self._context = Context()
        rclpy.init(context=self._context)
        self._node = rclpy.create_node(name, context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)

    @property
    def node(self) -> Node:
        """The node."""
        return self._node

    def run(self, coroutine: Coroutine) -> None:
        """Spin until a coroutine of this node has ended; raise what it has raised."""
        task = self._executor.create_task(coroutine)
        self.wait_until(task.done, 'the end of a coroutine')
        task.result()

    def wait_until(self, condition, what, timeout_s=TIMEOUT_S):
        """Spin until `condition()` is true; fail after a time, naming `what` did not come."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f'{what} did not come within {timeout_s} s'
            self._executor.spin_once(timeout_sec=0.05)


class ArmPeer(Spinner):
    """
    Keeps what an arm publishes.

    Attributes
    ----------
    joint_states : list of (int, list of str, list of float)
        Stamps [ns], names and positions [rad].
    true_weights : list of float
        Messages of ~/true_weight [N].
    true_wrenches : list of (int, float)
        Stamps [ns] and forces along z [N] of ~/true_wrench.

    """

    def __init__(self):
        super().__init__('arm_peer')
        self.joint_states, self.true_weights, self.true_wrenches = [], [], []
        subscribe = self._node.create_subscription
        subscribe(
            JointState,
            '/joint_states',
            lambda message: self.joint_states.append(
                (to_ns(message.header.stamp), list(message.name), list(message.position))
            ),
            RELIABLE,
        )
        subscribe(
            Float64,
            '/arm/true_weight',
            lambda message: self.true_weights.append(message.data),
            RELIABLE,
        )
        subscribe(
            WrenchStamped,
            '/arm/true_wrench',
            lambda message: self.true_wrenches.append(
                (to_ns(message.header.stamp), message.wrench.force.z)
            ),
            RELIABLE,
        )

    def spin_until_quiet(self):
        """Take all that has arrived already."""
        count = -1
        while count != len(self.joint_states) + len(self.true_wrenches) + len(self.true_weights):
            count = len(self.joint_states) + len(self.true_wrenches) + len(self.true_weights)
            for _ in range(10):
                self._executor.spin_once(timeout_sec=0.01)


class Peer(Spinner):
    """
    Publishes joint states, calls services, and keeps what the estimator publishes.

    Attributes
    ----------
    weights : list of float
        Messages of ~/poured_weight [N].
    wrenches : list of (int, float)
        Stamps [ns] and forces along z [N] of ~/wrench.
    bounds : list of (str, int, float)
        Which one ('lower', 'upper', 'predicted'), stamps [ns] and forces along z [N] of
        ~/wrench/lower, ~/wrench/upper and ~/wrench/predicted.
    lower, upper, predicted : list of float
        Messages of ~/poured_weight/lower, ~/poured_weight/upper and ~/predicted_weight [N].
    statuses : list of diagnostic_msgs.msg.DiagnosticStatus
        Statuses of /diagnostics.

    """

    def __init__(self, estimator='/estimator', joint_states='/joint_states'):
        self.weights, self.wrenches, self.statuses = [], [], []
        self.lower, self.upper, self.predicted, self.bounds = [], [], [], []
        self._clock = None
        super().__init__('peer')
        self._joints = self._node.create_publisher(JointState, joint_states, RELIABLE)
        subscribe = self._node.create_subscription
        self._heard = [
            subscribe(
                Float64,
                f'{estimator}/poured_weight',
                lambda message: self.weights.append(message.data),
                RELIABLE,
            ),
            subscribe(
                WrenchStamped,
                f'{estimator}/wrench',
                lambda message: self.wrenches.append(
                    (to_ns(message.header.stamp), message.wrench.force.z)
                ),
                RELIABLE,
            ),
            subscribe(
                DiagnosticArray,
                '/diagnostics',
                lambda message: self.statuses.extend(message.status),
                RELIABLE,
            ),
        ]
        self._bounds = [
            subscribe(
                Float64,
                f'{estimator}/poured_weight/lower',
                lambda message: self.lower.append(message.data),
                RELIABLE,
            ),
            subscribe(
                Float64,
                f'{estimator}/poured_weight/upper',
                lambda message: self.upper.append(message.data),
                RELIABLE,
            ),
        ]
        self._prediction = subscribe(
            Float64,
            f'{estimator}/predicted_weight',
            lambda message: self.predicted.append(message.data),
            RELIABLE,
        )
        self._stamped_bounds = [
            subscribe(
                WrenchStamped,
                f'{estimator}/wrench/{name}',
                lambda message, name=name: self.bounds.append(
                    (name, to_ns(message.header.stamp), message.wrench.force.z)
                ),
                RELIABLE,
            )
            for name in ('lower', 'upper', 'predicted')
        ]
        self._weighed = self._node.create_publisher(Float64, f'{estimator}/weighed', RELIABLE)
        self._clients = {
            name: self._node.create_client(kind, f'{estimator}/{name}')
            for kind, name in (
                (ChangeState, 'change_state'),
                (SetParametersAtomically, 'set_parameters_atomically'),
                (Trigger, 'reset'),
                (Trigger, 'remount'),
                (GetState, 'get_state'),
            )
        }
        self._has_met = False

    def meet(self):
        """
        Ask for the state until an answer comes.

        A service that has just been found may not know its client yet, and its response is lost
        then. The client of this one is announced last: the others are known when it is.
        """
        client, futures, next_s = self._clients['get_state'], [], 0.0

        def is_answered():
            nonlocal next_s
            if client.service_is_ready() and time.monotonic() >= next_s:
                futures.append(client.call_async(GetState.Request()))
                next_s = time.monotonic() + 1.0
            return any(future.done() for future in futures)

        self.wait_until(is_answered, f'response of {client.srv_name}')
        self._has_met = True

    def call(self, name, request):
        """Call a service of the estimator and return its response."""
        if not self._has_met:
            self.meet()
        client = self._clients[name]
        self.wait_until(client.service_is_ready, f'service {client.srv_name}')
        future = client.call_async(request)
        self.wait_until(future.done, f'response of {client.srv_name}')
        return future.result()

    def change_state(self, transition):
        """Ask for a transition ('configure', 'activate' ...); return whether it succeeded."""
        transition_id = getattr(Transition, f'TRANSITION_{transition.upper()}')
        return self.call(
            'change_state', ChangeState.Request(transition=Transition(id=transition_id))
        ).success

    def state(self):
        """Return the label of the estimator's state."""
        return self.call('get_state', GetState.Request()).current_state.label

    def wait_for_state(self, label):
        """Wait until the estimator is in state `label`."""
        self.wait_until(lambda: self.state() == label, f'state {label}')

    def reset(self):
        """Start a new pour; return the response."""
        return self.call('reset', Trigger.Request())

    def remount(self) -> Trigger.Response:
        """Say that the cup was mounted anew; return the response."""
        return self.call('remount', Trigger.Request())

    def weigh(self, poured_weight: float) -> None:
        """Say what a pour weighed [N], to an estimator that is there."""
        self.wait_until(
            lambda: self._weighed.get_subscription_count() > 0, 'a subscriber of ~/weighed'
        )
        self._weighed.publish(Float64(data=poured_weight))

    def set_parameters(self, **values):
        """Set parameters of the estimator at once ('__' stands for '.'); return the result."""
        return self.call(
            'set_parameters_atomically',
            SetParametersAtomically.Request(
                parameters=[
                    Parameter(name.replace('__', '.'), value=value).to_parameter_msg()
                    for name, value in values.items()
                ]
            ),
        ).result

    def wait_for_subscriber(self):
        """Wait until the estimator listens to the joint states."""
        self.wait_until(
            lambda: self._joints.get_subscription_count() > 0, 'a subscriber of joint_states'
        )

    def wait_for_estimator(self):
        """Wait until the estimator listens and what it publishes is heard."""
        self.wait_for_subscriber()
        self.wait_until(
            lambda: all(subscription.get_publisher_count() for subscription in self._heard),
            'publishers of estimates and diagnostics',
        )

    def wait_for_bounds(self, count=1):
        """Wait until each topic of a bound has `count` publishers."""
        self.wait_until(
            lambda: all(bound.get_publisher_count() == count for bound in self._bounds),
            f'{count} publisher(s) of bounds',
        )

    def wait_for_prediction(self, count: int = 1) -> None:
        """Wait until ~/predicted_weight has `count` publishers."""
        self.wait_until(
            lambda: self._prediction.get_publisher_count() == count,
            f'{count} publisher(s) of a prediction',
        )

    def spin_until(self, end_s):
        """Take messages until `time.monotonic()` reaches `end_s`."""
        while (left_s := end_s - time.monotonic()) > 0.0:
            self._executor.spin_once(timeout_sec=left_s)

    def publish_clock(self, stamp_ns):
        """Publish the simulated time, as Gazebo and ros2 bag play --clock do."""
        if self._clock is None:
            self._clock = self._node.create_publisher(Clock, '/clock', RELIABLE)
        self._clock.publish(Clock(clock=to_stamp(stamp_ns)))

    def publish_robot_description(self, urdf):
        """Publish a URDF as robot_state_publisher does."""
        self._description = self._node.create_publisher(
            String,
            '/robot_description',
            QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL),
        )
        self._description.publish(String(data=urdf))

    def renew_publisher(self):
        """Let the publisher of joint states die and another take its place."""
        topic = self._joints.topic_name
        self._node.destroy_publisher(self._joints)
        self._joints = self._node.create_publisher(JointState, topic, RELIABLE)
        self.wait_for_subscriber()

    def wait_for_status(self, condition, what):
        """Wait for a status of which `condition(status, values)` is true; return both."""
        found = []

        def is_found():
            while self.statuses:
                status = self.statuses.pop(0)
                values = {value.key: value.value for value in status.values}
                if condition(status, values):
                    found.append((status, values))
            return found

        self.wait_until(is_found, what)
        return found[0]

    def send_joint_state(self, stamp_ns, names, positions):
        """Publish one joint state."""
        message = JointState(name=list(names), position=list(positions))
        message.header.stamp = to_stamp(stamp_ns)
        self._joints.publish(message)
