# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
An arm that takes velocity commands and pours live.

Faster than real time, nodes that share a busy machine would be late by several times as much as on
an arm. So simulated time waits for them: a busy machine makes pours slower, not worse.
"""

from dataclasses import dataclass
import math
import time

from geometry_msgs.msg import WrenchStamped
import numpy as np
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.publisher import Publisher
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Float64MultiArray

from ...errors import SimulationError
from ...simulation.live_pour import LivePour
from ...simulation.mounted_cup import TargetTask
from ...simulation.sensor import quantize_tilt
from ...simulation.velocity_arm import VelocityArm
from ..conversions import to_ns, to_stamp
from .arm_node import ArmNode, MAX_LAG_NS

START_TILT = 0.1
"""Tilt of the cup before the first pour [rad]."""

POURED_TILT = 0.35
"""Tilt that a cup must have had for its way back to be the end of a pour [rad]."""

UPRIGHT_TILT = 0.26
"""Tilt up to which it is back [rad]."""

STILL_S = 0.5
"""How long arm and weight have stood still when a pour is weighed [s]."""

MAX_HOLD_S = 10.0
"""How long simulated time waits for them, until they are given up [s]."""

MAX_JITTER = 0.45
"""Largest jitter of a stamp, in periods: no two change places."""


@dataclass(frozen=True)
class ArmSettings:
    """
    How the arm publishes what it pours.

    Attributes
    ----------
    rate_hz : float
        Rate of the joint states [Hz].
    jitter : float
        Spread of their stamps, in periods.
    relative_density : float
        Density of what is poured, relative to water.

    """

    rate_hz: float
    jitter: float
    relative_density: float


class SteeredArm:
    """
    Moves as it is commanded, and pours.

    Parameters
    ----------
    node : ArmNode
        The arm's node.
    settings : ArmSettings
        How it publishes.
    rng : numpy.random.Generator
        Source of the jitter.

    Attributes
    ----------
    settings : ArmSettings
        As given.

    Raises
    ------
    SimulationError
        If the speed is 0: who steers lives in time.

    """

    def __init__(self, node: ArmNode, settings: ArmSettings, rng: np.random.Generator) -> None:
        if not node.speed:
            raise SimulationError('speed: expected above 0 for an arm that is steered, received 0')
        self._node = node
        self.settings = settings
        self._rng = rng
        node.declare_parameter(
            'command_topic',
            '/forward_velocity_controller/commands',
            ParameterDescriptor(
                description='Topic of the velocity commands (std_msgs/Float64MultiArray).'
            ),
        )
        node.declare_parameter(
            'command_index',
            0,
            ParameterDescriptor(
                description='Place of the joint that turns the cup in the commands.',
                integer_range=[IntegerRange(from_value=0, to_value=99)],
            ),
        )
        node.declare_parameter(
            'max_acceleration',
            8.0,
            ParameterDescriptor(
                description='Acceleration with which the arm follows its commands [rad/s^2].',
                floating_point_range=[FloatingPointRange(from_value=0.1, to_value=100.0)],
            ),
        )
        self._index: int = node.get_parameter('command_index').value
        self._arm = VelocityArm(
            START_TILT, max_acceleration=node.get_parameter('max_acceleration').value
        )
        self._pour: LivePour  # from the first `fill` on
        self._max_tilt = START_TILT
        self._still_s = 0.0
        self._stamp_ns = node.get_clock().now().nanoseconds
        node.create_subscription(
            Float64MultiArray, node.get_parameter('command_topic').value, self._on_command, 1
        )
        self._is_steered = False
        self._estimate_ns = self._command_ns = 0
        self._late_since_s = math.inf
        self._clock: Publisher | None = None
        estimator = node.get_parameter('estimator').value
        if node.speed != 1.0:
            # Who else lives in the time of this arm needs a clock.
            self._clock = node.create_publisher(Clock, '/clock', 10)
            node.create_subscription(WrenchStamped, f'{estimator}/wrench', self._on_estimate, 10)

    def start(self) -> None:
        """Publish joint states from now on."""
        self._node.create_timer(
            1.0 / (self.settings.rate_hz * self._node.speed), self._step, clock=self._node.steady
        )

    def fill(self, task: TargetTask) -> None:
        """Put what is to be poured into the cup, and an empty vessel on the scale."""
        self._pour = LivePour(
            task.cup,
            task.initial_weight,
            self._arm.tilt,
            self.settings.rate_hz,
            self.settings.relative_density,
        )
        self._max_tilt = self._arm.tilt

    def begin_steering(self) -> None:
        """Have simulated time wait for estimates and commands from now on."""
        self._estimate_ns = self._command_ns = self._stamp_ns
        self._late_since_s = math.inf
        self._is_steered = True

    def end_steering(self) -> None:
        """Let time go on as it does."""
        self._is_steered = False

    @property
    def has_poured(self) -> bool:
        """Whether the cup was tilted since it was filled, and is upright again."""
        return self._max_tilt > POURED_TILT and self._arm.tilt < UPRIGHT_TILT

    @property
    def is_at_rest(self) -> bool:
        """Whether arm and weight stand still."""
        return self._still_s >= STILL_S and self._pour.is_settled

    @property
    def arrived_weight(self) -> float:
        """What has reached the scale [N]."""
        return self._pour.arrived_weight

    def _on_command(self, message: Float64MultiArray) -> None:
        if self._index < len(message.data) and math.isfinite(message.data[self._index]):
            self._arm.command(message.data[self._index])
            self._command_ns = self._stamp_ns

    def _on_estimate(self, message: WrenchStamped) -> None:
        self._estimate_ns = max(self._estimate_ns, to_ns(message.header.stamp))

    def _is_held(self) -> bool:
        """Return whether simulated time has to wait for those who steer."""
        if self._clock is None or not self._is_steered:
            return False
        if self._stamp_ns - min(self._estimate_ns, self._command_ns) <= MAX_LAG_NS:
            self._late_since_s = math.inf
            return False
        self._late_since_s = min(self._late_since_s, time.monotonic())
        return time.monotonic() - self._late_since_s < MAX_HOLD_S

    def _step(self) -> None:
        """Move on by a period, and say so; who comes late is not caught up with."""
        if self._is_held():
            return
        period_s = 1.0 / self.settings.rate_hz
        self._arm.step(period_s)
        self._pour.step(self._arm.tilt)
        self._max_tilt = max(self._max_tilt, self._arm.tilt)
        self._still_s = 0.0 if self._arm.velocity else self._still_s + period_s
        self._stamp_ns += round(period_s * 1e9)
        late_s = period_s * float(
            np.clip(self.settings.jitter * self._rng.standard_normal(), -MAX_JITTER, MAX_JITTER)
        )
        if self._clock is not None:
            self._clock.publish(Clock(clock=to_stamp(self._stamp_ns)))
        self._node.publish(
            self._stamp_ns + round(late_s * 1e9),
            float(quantize_tilt(np.array(self._arm.tilt + self._arm.velocity * late_s))),
            self._pour.arrived_weight,
        )
