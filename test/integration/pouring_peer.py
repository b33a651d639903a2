# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""An estimator that is always right, and an arm with a cup, for tests of what pours by it."""

import copy
import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import WrenchStamped
from rclpy.clock import Clock, ClockType
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from ros_peer import RELIABLE, Spinner
from rosgraph_msgs.msg import Clock as ClockMessage
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64, Float64MultiArray, String
from std_srvs.srv import Trigger

from pour_force_estimator.ros.conversions import to_ns, to_stamp, weight_wrench
from pour_force_estimator.ros.parameters import CONTEXT_PARAMETERS, CONTEXT_PREFIX, CUP_PARAMETER
from pour_force_estimator.simulation.live_pour import LivePour
from pour_force_estimator.simulation.population import FITTED_CUPS
from pour_force_estimator.simulation.velocity_arm import VelocityArm

CUP = FITTED_CUPS['cylinder_120x121']
INITIAL_WEIGHT = 3.5
RATE_HZ = 60.0
START_TILT = 0.1
RETURN_SPEED, RETURN_ACCELERATION = 1.0, 5.0
START_NS = 1_700_000_000_000_000_000
COMMAND_TOPIC = '/forward_velocity_controller/commands'

MAX_HOLD_S = 20.0
"""How long time waits for a command, until it is given up [s]."""


class EstimatorPeer(Spinner):
    """
    An estimator that knows the cup; its parameters are those of a node of that name.

    Attributes
    ----------
    pour : LivePour
        What it reckons with.
    targets : list of float
        What `pour.target_weight` was at each call of ~/reset [N].
    refusal : str
        Why ~/reset is refused; empty where it is not.
    level : bytes
        Level of the diagnostics.

    """

    def __init__(self):
        super().__init__('estimator')
        self.targets, self.refusal, self.level = [], '', DiagnosticStatus.OK
        self._tilt = START_TILT
        node = self._node
        for name in CONTEXT_PARAMETERS:
            node.declare_parameter(CONTEXT_PREFIX + name, Parameter.Type.DOUBLE)
        node.declare_parameter(CUP_PARAMETER, '')
        node.set_parameters(
            [
                Parameter(CONTEXT_PREFIX + name, value=value)
                for name, value in (
                    ('initial_weight', INITIAL_WEIGHT),
                    ('cup_height', CUP.height),
                    ('cup_diameter', CUP.diameter),
                )
            ]
        )
        self._predicted = node.create_publisher(Float64, '~/predicted_weight', RELIABLE)
        self._diagnostics = node.create_publisher(DiagnosticArray, '/diagnostics', RELIABLE)
        node.create_service(Trigger, '~/reset', self._on_reset)
        self._start_pour()

    def publish_diagnostics(self, level=None):
        """Publish the status of the estimator."""
        if level is not None:
            self.level = level
        self._diagnostics.publish(
            DiagnosticArray(
                status=[
                    DiagnosticStatus(level=DiagnosticStatus.OK, name='another: node'),
                    DiagnosticStatus(
                        level=self.level, name='estimator: pour estimate', message='as tested'
                    ),
                ]
            )
        )

    def predict(self, tilt, velocity):
        """Return what will have left the cup if the arm turned back now [N]."""
        if tilt < 0.5:
            return self.pour.poured_weight
        pour = copy.deepcopy(self.pour)
        while tilt > START_TILT:
            velocity = max(velocity - RETURN_ACCELERATION / RATE_HZ, -RETURN_SPEED)
            tilt += velocity / RATE_HZ
            pour.step(tilt)
            if velocity < 0.0 and pour.is_settled:
                break
        return pour.poured_weight

    def context(self, name):
        """Return what is known of a pour by the name of a field of `PourContext`."""
        return self._node.get_parameter_or(CONTEXT_PREFIX + name).value

    def _start_pour(self):
        self.pour = LivePour(CUP, self.context('initial_weight'), self._tilt, RATE_HZ)

    def _on_reset(self, request, response):
        response.success, response.message = not self.refusal, self.refusal
        if response.success:
            self.targets.append(self.context('target_weight'))
            self._start_pour()
        self.publish_diagnostics()
        return response


class ListeningPeer(EstimatorPeer):
    """
    An estimator that goes by the joint states of a simulated arm.

    Attributes
    ----------
    weighed : list of float
        Messages of ~/weighed [N].
    remounts : list of int
        How many pours had been weighed at each call of ~/remount.
    true_weights : list of float
        Messages of /arm/true_weight [N].
    ends : list of str
        States of `pour_to_target` that end a pour.
    is_estimating : bool
        Whether it does.

    """

    def __init__(self):
        super().__init__()
        self.weighed, self.remounts, self.true_weights, self.ends = [], [], [], []
        self.is_estimating = True
        node = self._node
        self._wrenches = node.create_publisher(WrenchStamped, '~/wrench', RELIABLE)
        node.create_service(Trigger, '~/remount', self._on_remount)
        node.create_subscription(JointState, '/joint_states', self._on_joint_state, RELIABLE)
        node.create_subscription(
            Float64, '~/weighed', lambda message: self.weighed.append(message.data), RELIABLE
        )
        node.create_subscription(
            Float64,
            '/arm/true_weight',
            lambda message: self.true_weights.append(message.data),
            RELIABLE,
        )
        node.create_subscription(String, '/pour_to_target/state', self._on_state, RELIABLE)

    def _on_state(self, message):
        if message.data.startswith(('done', 'failed')):
            self.ends.append(message.data)

    def _on_remount(self, request, response):
        self.remounts.append(len(self.weighed))
        response.success = True
        return response

    def _on_joint_state(self, message):
        if not self.is_estimating:
            return
        before, self._tilt = self._tilt, message.position[-1]
        self.pour.step(self._tilt)
        self._predicted.publish(
            Float64(data=self.predict(self._tilt, RATE_HZ * (self._tilt - before)))
        )
        self._wrenches.publish(
            weight_wrench(to_ns(message.header.stamp), self.pour.poured_weight, 'world')
        )


class PouringPeer(EstimatorPeer):
    """
    An estimator and its arm, which turns and pours as it is commanded.

    It gives the time, and while a pour is under way, time goes on when the command has come: how
    busy the machine is makes no difference.

    Attributes
    ----------
    arm : VelocityArm
        The arm.
    commands : list of list of float
        Data of the commands.
    states : list of str
        Messages of /pour_to_target/state.
    is_moving : bool
        Whether joint states are published.
    is_estimating : bool
        Whether predictions are published.
    direction : float
        1 if the arm turns as commanded, -1 if the other way.

    """

    def __init__(self):
        super().__init__()
        self.commands, self.states = [], []
        self.is_moving = self.is_estimating = True
        self.direction = 1.0
        self.arm = VelocityArm(START_TILT)
        self._steps = self._commands_before = 0
        self._stepped_s = time.monotonic()
        node = self._node
        self._clock = node.create_publisher(ClockMessage, '/clock', RELIABLE)
        self._joints = node.create_publisher(JointState, '/joint_states', RELIABLE)
        self._subscription = None
        self.listen()
        node.create_subscription(
            String,
            '/pour_to_target/state',
            lambda message: self.states.append(message.data),
            QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL),
        )
        self._clients = {
            name: node.create_client(Trigger, f'/pour_to_target/{name}')
            for name in ('pour', 'cancel')
        }
        node.create_timer(1.0 / RATE_HZ, self._step, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def listen(self):
        """Take commands."""
        self._subscription = self._node.create_subscription(
            Float64MultiArray, COMMAND_TOPIC, self._on_command, RELIABLE
        )

    def stop_listening(self):
        """Take no commands: a controller that is not active."""
        self._node.destroy_subscription(self._subscription)

    def wait_for_node(self):
        """Wait until everything of `pour_to_target` has been found, and it has found this."""
        self.wait_until(
            lambda: all(client.service_is_ready() for client in self._clients.values()),
            'its services',
        )
        self.wait_until(lambda: self.states[-1:] == ['idle'], 'its state')
        for publisher in (self._joints, self._predicted, self._diagnostics):
            self.wait_until(publisher.get_subscription_count, publisher.topic_name)
        self.wait_until(lambda: self._subscription.get_publisher_count() > 0, 'its commands')
        self._meet()

    def _meet(self):
        """
        Ask until an answer comes: a service that was just found may not know its client yet.

        The client of this one was made last; the others are known when it is.
        """
        asked, next_s = [], 0.0

        def is_answered():
            nonlocal next_s
            if time.monotonic() >= next_s:
                asked.append(self._clients['cancel'].call_async(Trigger.Request()))
                next_s = time.monotonic() + 1.0
            return any(future.done() for future in asked)

        self.wait_until(is_answered, 'an answer of ~/cancel')

    def call(self, name):
        """Call a service of `pour_to_target`; return the response."""
        future = self._clients[name].call_async(Trigger.Request())
        self.wait_until(future.done, f'response of {name}')
        return future.result()

    def begin_pour(self):
        """Have a pour begin; one that is refused is asked for again, while nodes still meet."""
        responses = []

        def has_begun():
            responses.append(self.call('pour'))
            return responses[-1].success

        self.wait_until(has_begun, 'a pour')
        return responses[-1]

    def wait_for_state(self, start):
        """Wait for a state that begins with `start`; return it."""
        self.wait_until(lambda: self.states and self.states[-1].startswith(start), start)
        return self.states[-1]

    def wait_for_end(self):
        """Wait until the pour is over and a command of 0 has come; return the last state."""
        self.wait_until(
            lambda: self.states[-1].startswith(('done', 'failed')), 'the end of the pour'
        )
        self.wait_until(lambda: not any(self.commands[-1]), 'a command of 0')
        return self.states[-1]

    def wait_until_still(self):
        """Wait until the arm stands still and nothing flows."""
        self.wait_until(
            lambda: self.arm.velocity == 0.0 and self.pour.is_settled, 'an arm at rest'
        )

    def _on_command(self, message):
        self.commands.append(list(message.data))
        self.arm.command(self.direction * sum(message.data))

    def _is_held(self):
        is_answered = len(self.commands) > self._commands_before
        is_pouring = bool(self.states) and self.states[-1] in (
            'approaching',
            'pouring',
            'returning',
        )
        return is_pouring and not is_answered and time.monotonic() - self._stepped_s < MAX_HOLD_S

    def _step(self):
        stamp = to_stamp(START_NS + round(self._steps * 1e9 / RATE_HZ))
        self._clock.publish(ClockMessage(clock=stamp))
        if self._is_held():
            return
        self._steps += 1
        self._commands_before = len(self.commands)
        self._stepped_s = time.monotonic()
        self.arm.step(1.0 / RATE_HZ)
        self._tilt = self.arm.tilt
        self.pour.step(self._tilt)
        if self.is_moving:
            message = JointState(
                name=['elbow_joint', 'wrist_3_joint'], position=[0.5, self.arm.tilt]
            )
            message.header.stamp = stamp
            self._joints.publish(message)
        if self.is_estimating:
            self._predicted.publish(Float64(data=self.predict(self._tilt, self.arm.velocity)))
        if self._steps % 30 == 0:
            self.publish_diagnostics()
