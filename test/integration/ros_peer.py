# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a robot program sends and receives, for tests of the nodes."""

from operator import attrgetter
import time

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import SetParametersAtomically
import rclpy
from rclpy.context import Context
from rclpy.duration import Duration
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64, String
from std_srvs.srv import Trigger

from pour_force_estimator.ros.conversions import to_ns, to_stamp

TIMEOUT_S = 120.0
SLICE_S = 5e-4
"""
How long a message is waited for while time passes [s].

The executor takes turns among the topics only while it is asked with the same timeout. Else those
that were subscribed to first are served first, and the queues of the last ones overflow.
"""

RELIABLE = QoSProfile(depth=5000, reliability=ReliabilityPolicy.RELIABLE)
"""Holds the pours of a test while the peer is behind; Fast DDS keeps no more than these."""

LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def stamped_force(message):
    """Return stamp [ns] and force along z [N] of a WrenchStamped."""
    return to_ns(message.header.stamp), message.wrench.force.z


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

    def keep(self, kept, kind, topic, value=attrgetter('data'), qos=RELIABLE):
        """Add `value(message)` of each message of a topic to a list; return the subscription."""
        return self._node.create_subscription(
            kind, topic, lambda message: kept.append(value(message)), qos
        )

    def ask_until_answered(self, client, request):
        """
        Ask until an answer comes.

        A service that has just been found may not know its client yet, and its response is lost
        then. Clients that were made before this one are known when it is.
        """
        futures, next_s = [], 0.0

        def is_answered():
            nonlocal next_s
            if client.service_is_ready() and time.monotonic() >= next_s:
                futures.append(client.call_async(request))
                next_s = time.monotonic() + 1.0
            return any(future.done() for future in futures)

        self.wait_until(is_answered, f'response of {client.srv_name}')

    def answer(self, client, request):
        """Call a service; return its response."""
        self.wait_until(client.service_is_ready, f'service {client.srv_name}')
        future = client.call_async(request)
        self.wait_until(future.done, f'response of {client.srv_name}')
        return future.result()

    def count_subscribers(self, topic):
        """Return how many subscribers of a topic are known."""
        return self._node.count_subscribers(topic)

    def wait_until(self, condition, what, timeout_s=TIMEOUT_S):
        """Spin until `condition()` is true; fail after a time, naming `what` did not come."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f'{what} did not come within {timeout_s} s'
            self._executor.spin_once(timeout_sec=0.05)


class ArmPeer(Spinner):
    """
    Keeps what an arm publishes.

    Joint states are stamps [ns], names and positions [rad]; true weights [N]; true wrenches are
    stamps [ns] and forces along z [N].
    """

    def __init__(self):
        super().__init__('arm_peer')
        self.joint_states, self.true_weights, self.true_wrenches = [], [], []
        self.keep(
            self.joint_states,
            JointState,
            '/joint_states',
            lambda joints: (to_ns(joints.header.stamp), list(joints.name), list(joints.position)),
        )
        self.keep(self.true_weights, Float64, '/arm/true_weight')
        self.keep(self.true_wrenches, WrenchStamped, '/arm/true_wrench', stamped_force)

    def spin_until_quiet(self):
        """Take all that has arrived already."""
        kept, before = (self.joint_states, self.true_wrenches, self.true_weights), -1
        while before != sum(map(len, kept)):
            before = sum(map(len, kept))
            for _ in range(20):
                self._executor.spin_once(timeout_sec=0.02)


class Peer(Spinner):
    """
    Publishes joint states, calls services, and keeps what the estimator publishes.

    ``weights``, ``lower``, ``upper`` and ``predicted`` are numbers [N], ``wrenches`` stamps [ns]
    and forces along z [N], ``bounds`` those of the other wrenches after their name, ``statuses``
    those of /diagnostics.
    """

    def __init__(self, estimator='/estimator', joint_states='/joint_states'):
        super().__init__('peer')
        self.weights, self.wrenches, self.statuses = [], [], []
        self.lower, self.upper, self.predicted, self.bounds = [], [], [], []
        self._clock = None
        self._joints = self._node.create_publisher(JointState, joint_states, RELIABLE)
        self._weighed = self._node.create_publisher(Float64, f'{estimator}/weighed', RELIABLE)
        self._heard = [
            self.keep(self.weights, Float64, f'{estimator}/poured_weight'),
            self.keep(self.wrenches, WrenchStamped, f'{estimator}/wrench', stamped_force),
            self._node.create_subscription(
                DiagnosticArray,
                '/diagnostics',
                lambda message: self.statuses.extend(message.status),
                RELIABLE,
            ),
        ]
        self._optional = [
            self.keep(self.lower, Float64, f'{estimator}/poured_weight/lower'),
            self.keep(self.upper, Float64, f'{estimator}/poured_weight/upper'),
            self.keep(self.predicted, Float64, f'{estimator}/predicted_weight'),
        ]
        for name in ('lower', 'upper', 'predicted'):
            self.keep(
                self.bounds,
                WrenchStamped,
                f'{estimator}/wrench/{name}',
                lambda message, name=name: (name, *stamped_force(message)),
            )
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

    def call(self, name, request):
        """Call a service of the estimator and return its response."""
        if not self._has_met:
            self.ask_until_answered(self._clients['get_state'], GetState.Request())
            self._has_met = True
        return self.answer(self._clients[name], request)

    def change_state(self, transition):
        """Ask for a transition ('configure', 'activate' ...); return whether it succeeded."""
        transition_id = getattr(Transition, f'TRANSITION_{transition.upper()}')
        request = ChangeState.Request(transition=Transition(id=transition_id))
        return self.call('change_state', request).success

    def change_states(self, *transitions):
        """Ask for transitions, one after the other, each of which must succeed."""
        for transition in transitions:
            assert self.change_state(transition), transition

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
        self.wait_until(self._weighed.get_subscription_count, 'a subscriber of ~/weighed')
        self._weighed.publish(Float64(data=poured_weight))

    def set_parameters(self, **values):
        """Set parameters of the estimator at once ('__' stands for '.'); return the result."""
        parameters = [
            Parameter(name.replace('__', '.'), value=value).to_parameter_msg()
            for name, value in values.items()
        ]
        request = SetParametersAtomically.Request(parameters=parameters)
        return self.call('set_parameters_atomically', request).result

    def wait_until_received(self):
        """Wait until the joint states have been received: those of another peer come later."""
        assert self._joints.wait_for_all_acked(Duration(seconds=TIMEOUT_S))

    def wait_for_subscriber(self):
        """Wait until the estimator listens to the joint states."""
        self.wait_until(self._joints.get_subscription_count, 'a subscriber of joint_states')

    def wait_for_estimator(self):
        """Wait until the estimator listens and what it publishes is heard."""
        self.wait_for_subscriber()
        self.wait_until(
            lambda: all(subscription.get_publisher_count() for subscription in self._heard),
            'publishers of estimates and diagnostics',
        )

    def wait_for_optional(self, count=1):
        """Wait until bounds and prediction have `count` publishers each."""
        self.wait_until(
            lambda: all(topic.get_publisher_count() == count for topic in self._optional),
            f'{count} publisher(s) of bounds and prediction',
        )

    def spin_until(self, end_s):
        """Take messages until `time.monotonic()` reaches `end_s`, and one when it has done so."""
        is_due = False
        while not is_due:
            is_due = time.monotonic() >= end_s
            self._executor.spin_once(timeout_sec=SLICE_S)

    def publish_clock(self, stamp_ns):
        """Publish the simulated time, as Gazebo and ros2 bag play --clock do."""
        if self._clock is None:
            self._clock = self._node.create_publisher(Clock, '/clock', RELIABLE)
        self._clock.publish(Clock(clock=to_stamp(stamp_ns)))

    def publish_robot_description(self, urdf):
        """Publish a URDF as robot_state_publisher does."""
        self._description = self._node.create_publisher(String, '/robot_description', LATCHED)
        self._description.publish(String(data=urdf))

    def renew_publisher(self):
        """Let the publisher of joint states die and another take its place."""
        topic = self._joints.topic_name
        self._node.destroy_publisher(self._joints)
        self._joints = self._node.create_publisher(JointState, topic, RELIABLE)
        self.wait_for_subscriber()

    def wait_for_status(self, condition, what):
        """Wait for a status of which `condition(status, values)` is true; return both."""
        matches = []

        def is_found():
            while self.statuses:
                status = self.statuses.pop(0)
                values = {value.key: value.value for value in status.values}
                if condition(status, values):
                    matches.append((status, values))
            return matches

        self.wait_until(is_found, what)
        return matches[0]

    def wait_for_values(self, expected):
        """Wait for a status with the values `expected`, a dict; return it and all its values."""
        return self.wait_for_status(
            lambda _, values: expected.items() <= values.items(), f'a status with {expected}'
        )

    def send_joint_state(self, stamp_ns, names, positions):
        """Publish one joint state."""
        message = JointState(name=list(names), position=list(positions))
        message.header.stamp = to_stamp(stamp_ns)
        self._joints.publish(message)
