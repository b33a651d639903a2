# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""An arm that takes velocity commands, as ros2_control's forward_command_controller hands on."""

from ..cups.validation import check_range
from .tilt_profile import MAX_POUR_TILT


class VelocityArm:
    """
    The joint that turns the cup.

    Parameters
    ----------
    tilt : float
        Tilt at the begin [rad].
    max_velocity : float
        Fastest motion [rad/s].
    max_acceleration : float
        Largest change of the velocity [rad/s^2].
    command_timeout_s : float
        Time after which a command is forgotten and the arm comes to rest [s].

    Attributes
    ----------
    tilt : float
        Tilt now [rad].
    velocity : float
        Its velocity [rad/s].

    Raises
    ------
    SimulationError
        If a parameter is out of its range.

    """

    def __init__(
        self,
        tilt: float,
        max_velocity: float = 2.0,
        max_acceleration: float = 8.0,
        command_timeout_s: float = 0.2,
    ) -> None:
        check_range('tilt', tilt, -1.0, MAX_POUR_TILT, 'rad')
        for name, value in (
            ('max_velocity', max_velocity),
            ('max_acceleration', max_acceleration),
            ('command_timeout_s', command_timeout_s),
        ):
            check_range(name, value, 1e-3, 1e3)
        self.tilt = tilt
        self.velocity = 0.0
        self._max_velocity = max_velocity
        self._max_acceleration = max_acceleration
        self._command_timeout_s = command_timeout_s
        self._command = 0.0
        self._command_age_s = 0.0

    def command(self, velocity: float) -> None:
        """Take a command [rad/s]; it holds until the next one, or its timeout."""
        self._command = min(max(velocity, -self._max_velocity), self._max_velocity)
        self._command_age_s = 0.0

    def step(self, step_s: float) -> None:
        """Move for a time [s]."""
        self._command_age_s += step_s
        if self._command_age_s > self._command_timeout_s:
            self._command = 0.0
        change = self._max_acceleration * step_s
        before = self.velocity
        self.velocity += min(max(self._command - before, -change), change)
        self.tilt += 0.5 * (before + self.velocity) * step_s
        if not -1.0 <= self.tilt <= MAX_POUR_TILT:  # the joint's limits
            self.tilt = min(max(self.tilt, -1.0), MAX_POUR_TILT)
            self.velocity = 0.0
