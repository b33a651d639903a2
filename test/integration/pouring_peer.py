# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""An estimator that is always right, and an arm with a cup, for tests of what pours by it."""

import time

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import WrenchStamped
from hypothetical_pours import foreseen_weight
from rclpy.clock import Clock, ClockType
from rclpy.parameter import Parameter
from ros_peer import LATCHED, RELIABLE, Spinner
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
START_NS = 1_700_000_000_000_000_000
COMMAND_TOPIC = '/forward_velocity_controller/commands'

QUICK = {'approach_speed': 1.2, 'pour_speed': 0.2, 'acceleration': 4.0, 'reaction': 0.04}
"""Parameters of `pour_to_target` for pours that are over soon."""

MAX_HOLD_S = 20.0
"""How long time waits for a command, until it is given up [s]."""


class EstimatorPeer(Spinner):
    """
    An estimator that knows the cup; its parameters are those of a node of that name.

    ``pour`` is what it reckons with, ``targets`` are those [N] at each call of ~/reset, which is
    refused for ``refusal`` where that is not empty; ``level`` is that of the diagnostics.
    """

    def __init__(self):
        super().__init__('estimator')
        self.targets, self.refusal, self.level = [], '', DiagnosticStatus.OK
        self._tilt = START_TILT
        node = self._node
        for name in CONTEXT_PARAMETERS:
            node.declare_parameter(CONTEXT_PREFIX + name, Parameter.Type.DOUBLE)
        node.declare_parameter(CUP_PARAMETER, '')
        size = {'cup_height': CUP.height, 'cup_diameter': CUP.diameter}
        context = {'initial_weight': INITIAL_WEIGHT, **size}
        node.set_parameters(
            [Parameter(CONTEXT_PREFIX + name, value=value) for name, value in context.items()]
        )
        self._predicted = node.create_publisher(Float64, '~/predicted_weight', RELIABLE)
        self._diagnostics = node.create_publisher(DiagnosticArray, '/diagnostics', RELIABLE)
        node.create_service(Trigger, '~/reset', self._on_reset)
        self._start_pour()

    def publish_diagnostics(self, level=None):
        """Publish the status of the estimator."""
        if level is not None:
            self.level = level
        name = 'estimator: pour estimate'
        status = DiagnosticStatus(level=self.level, name=name, message='as tested')
        foreign = DiagnosticStatus(level=DiagnosticStatus.OK, name='another: node')
        self._diagnostics.publish(DiagnosticArray(status=[foreign, status]))

    def predict(self, tilt, velocity):
        """Return what will have left the cup if the arm turned back now [N]."""
        if tilt < 0.5:
            return self.pour.poured_weight
        return foreseen_weight(self.pour, tilt, velocity, START_TILT, 1.0 / RATE_HZ)

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
    An estimator that goes by the joint states of a simulated arm, while ``is_estimating``.

    ``weighed`` and ``true_weights`` are messages [N], ``remounts`` how many pours had been weighed
    at each call of ~/remount, ``ends`` the states of `pour_to_target` that end a pour.
    """

    def __init__(self):
        super().__init__()
        self.weighed, self.remounts, self.true_weights, self.ends = [], [], [], []
        self.is_estimating = True
        node = self._node
        self._wrenches = node.create_publisher(WrenchStamped, '~/wrench', RELIABLE)
        node.create_service(Trigger, '~/remount', self._on_remount)
        node.create_subscription(JointState, '/joint_states', self._on_joint_state, RELIABLE)
        self.keep(self.weighed, Float64, '~/weighed')
        self.keep(self.true_weights, Float64, '/arm/true_weight')
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
        predicted = self.predict(self._tilt, RATE_HZ * (self._tilt - before))
        self._predicted.publish(Float64(data=predicted))
        stamp_ns = to_ns(message.header.stamp)
        self._wrenches.publish(weight_wrench(stamp_ns, self.pour.poured_weight, 'world'))


class PouringPeer(EstimatorPeer):
    """
    An estimator and its arm, which turns and pours as it is commanded.

    It gives the time, and while a pour is under way, time goes on when the command has come: how
    busy the machine is makes no difference. ``commands`` and ``states`` are what has come;
    ``is_moving`` and ``is_estimating`` whether joint states and predictions are published;
    ``direction`` is 1 if the arm turns as commanded, -1 if the other way.
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
        self._subscription = node.create_subscription(
            Float64MultiArray, COMMAND_TOPIC, self._on_command, RELIABLE
        )
        self.keep(self.states, String, '/pour_to_target/state', qos=LATCHED)
        self._clients = {
            name: node.create_client(Trigger, f'/pour_to_target/{name}')
            for name in ('pour', 'cancel')
        }
        node.create_timer(1.0 / RATE_HZ, self._step, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def stop_listening(self):
        """Take no commands: a controller that is not active."""
        self._node.destroy_subscription(self._subscription)

    def wait_for_node(self):
        """Wait until everything of `pour_to_target` has been found, and it has found this."""
        self.wait_until(lambda: self.states[-1:] == ['idle'], 'its state')
        for publisher in (self._joints, self._predicted, self._diagnostics):
            self.wait_until(publisher.get_subscription_count, publisher.topic_name)
        self.wait_until(self._subscription.get_publisher_count, 'its commands')
        # The client that was made last; the other one is known when it is.
        self.ask_until_answered(self._clients['cancel'], Trigger.Request())

    def call(self, name):
        """Call a service of `pour_to_target`; return the response."""
        return self.answer(self._clients[name], Trigger.Request())

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
        self.wait_until(lambda: self.states[-1].startswith(('done', 'failed')), 'the end of it')
        self.wait_until(lambda: not any(self.commands[-1]), 'a command of 0')
        return self.states[-1]

    def wait_until_still(self):
        """Wait until the arm stands still and nothing flows."""
        self.wait_until(lambda: self.arm.velocity == 0.0 and self.pour.is_settled, 'a still arm')

    def _on_command(self, message):
        self.commands.append(list(message.data))
        self.arm.command(self.direction * sum(message.data))

    def _is_held(self):
        is_answered = len(self.commands) > self._commands_before
        is_pouring = self.states[-1:] in (['approaching'], ['pouring'], ['returning'])
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
            joints = JointState(name=['elbow_joint', 'wrist_3_joint'], position=[0.5, self._tilt])
            joints.header.stamp = stamp
            self._joints.publish(joints)
        if self.is_estimating:
            self._predicted.publish(Float64(data=self.predict(self._tilt, self.arm.velocity)))
        if self._steps % 30 == 0:
            self.publish_diagnostics()
