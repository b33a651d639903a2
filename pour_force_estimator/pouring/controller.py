# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
One pour to a target: how fast the cup turns, and when it turns back.

The cup turns fast to a tilt at which it cannot pour yet, or until the first flow is predicted;
from there slowly, and slower still as the predicted weight nears the target. It turns back when
the *predicted* weight has reached the target: what will have left the cup in the end if it turned
back now. It turns back at once, too, where it can no longer be known what is poured.

No ROS, no clock and no thread in here: `TargetPour.step` is told the time and what was observed.
"""

from dataclasses import dataclass, fields
import math
from typing import NamedTuple

from ..errors import PourError
from ..units import gram_to_newton
from .follow_check import FollowCheck
from .trend import Trend

IDLE, APPROACHING, POURING, RETURNING, DONE, FAILED = (
    'idle',
    'approaching',
    'pouring',
    'returning',
    'done',
    'failed',
)
"""Phases of a pour."""

MAX_CONTROL_STEP_S = 0.05
"""Longest time that one step stands for [s]: after a pause of the program no jolt follows."""

HOME_TOLERANCE = 0.01
"""How near to its start tilt a cup has come back [rad]."""

END_BRAKE = 0.4
"""Deceleration at the end of the way back, relative to `return_acceleration` [-]."""

MIN_RETURN_SPEED = 0.05
"""Speed that is left when the cup arrives [rad/s]; drivers ignore slower commands."""


@dataclass(frozen=True)
class PourSettings:
    """
    How an arm pours.

    Parameters
    ----------
    approach_speed : float
        Speed until shortly before the first flow [rad/s].
    pour_speed : float
        Speed from there on [rad/s].
    creep_speed : float
        Speed just before the target is reached [rad/s].
    slow_weight : float
        Weight before the target over which the speed falls from `pour_speed` to `creep_speed`
        [N]; half of the target where that is less.
    onset_weight : float
        Predicted weight from which on something flows [N].
    acceleration : float
        Acceleration to the speeds above [rad/s^2].
    return_speed, return_acceleration : float
        Speed of the way back [rad/s] and acceleration to it [rad/s^2]. The estimator's prediction
        is for these, so that its parameters of the same names must have the same values.
    max_tilt : float
        Tilt at which the cup turns back whatever is predicted [rad].
    max_duration_s : float
        Time after which it turns back [s].
    reaction_s : float
        Time from an estimate to the motion that answers it [s]; the target is compared with where
        the predicted weight will be by then.
    max_estimate_age_s, max_joint_state_age_s : float
        Age of the last estimate, and of the last joint state, at which it turns back [s].

    Raises
    ------
    PourError
        If a value is no number above 0 (`reaction_s` may be 0), or the speeds are not in order.

    """

    approach_speed: float = 0.6
    pour_speed: float = 0.1
    creep_speed: float = 0.03
    slow_weight: float = gram_to_newton(60.0)
    onset_weight: float = gram_to_newton(2.0)
    acceleration: float = 1.5
    return_speed: float = 1.0
    return_acceleration: float = 5.0
    max_tilt: float = 2.2
    max_duration_s: float = 40.0
    reaction_s: float = 0.03
    max_estimate_age_s: float = 0.25
    max_joint_state_age_s: float = 0.25

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            is_possible = value > 0.0 or (value == 0.0 and field.name == 'reaction_s')
            if not is_possible or math.isinf(value):
                raise PourError(f'{field.name}: expected a number above 0, received {value!r}')
        if not self.creep_speed <= self.pour_speed <= self.approach_speed:
            raise PourError(
                'creep_speed, pour_speed, approach_speed: expected none above the next, received '
                f'{self.creep_speed:g}, {self.pour_speed:g} and {self.approach_speed:g} rad/s'
            )


class Observation(NamedTuple):
    """
    What is known at a step.

    Attributes
    ----------
    tilt : float
        Tilt of the cup as of the last joint state [rad].
    joint_state_age_s : float
        Time since that came [s].
    predicted_weight : float
        The last prediction [N].
    estimate_age_s : float
        Time since that came [s].
    fault : str or None
        What makes the estimates useless; None if nothing does.

    """

    tilt: float
    joint_state_age_s: float
    predicted_weight: float
    estimate_age_s: float
    fault: str | None = None


class TargetPour:
    """
    One pour, from upright to upright.

    Parameters
    ----------
    settings : PourSettings
        How the arm pours.
    target_weight : float
        Weight to pour [N].
    start_tilt : float
        Tilt at which the pour begins and ends [rad].
    start_s : float
        When it begins [s], on the clock of `step`.
    approach_tilt : float, optional
        Tilt up to which the cup cannot pour, so that it may turn fast [rad]; without one it
        turns slowly from the start.

    Attributes
    ----------
    phase : str
        One of `APPROACHING`, `POURING`, `RETURNING`, `DONE` and `FAILED`.
    reason : str
        Why the pour fails; empty while it does not.
    velocity : float
        Commanded velocity of the tilt [rad/s]; positive towards more tilt.

    Examples
    --------
    >>> pour = TargetPour(PourSettings(), target_weight=1.0, start_tilt=0.1, start_s=0.0)
    >>> upright = Observation(0.1, 0.0, 0.0, 0.0)
    >>> round(pour.step(0.02, upright), 3), pour.phase
    (0.03, 'pouring')
    >>> pour.step(0.04, upright._replace(fault='no estimate')) < 0.0, pour.phase, pour.reason
    (True, 'returning', 'no estimate')

    """

    def __init__(
        self,
        settings: PourSettings,
        target_weight: float,
        start_tilt: float,
        start_s: float,
        approach_tilt: float | None = None,
    ) -> None:
        self._settings = settings
        self._target_weight = target_weight
        self._home = self._tilt = start_tilt
        self._start_s = self._last_s = start_s
        self._approach_tilt = start_tilt if approach_tilt is None else approach_tilt
        self._slow_weight = min(settings.slow_weight, target_weight / 2.0)
        self._check = FollowCheck(start_tilt, 1)
        self._predicted = Trend()
        self.phase = APPROACHING
        self.reason = ''
        self.velocity = 0.0

    @property
    def is_over(self) -> bool:
        """Whether the pour has ended; its velocity is 0 from then on."""
        return self.phase in (DONE, FAILED)

    def turn_back(self, reason: str) -> bool:
        """Turn back, since the pour fails for `reason`; return False if it did so before."""
        if self.is_over or self.phase == RETURNING:
            return False
        self.reason = reason
        self._return()
        return True

    def stop(self, reason: str) -> None:
        """Stop where the cup is: the pour fails for `reason`."""
        if not self.is_over:
            self.reason = self.reason or reason
            self.phase = FAILED
            self.velocity = 0.0

    def step(self, time_s: float, observation: Observation) -> float:
        """
        Take a step.

        Parameters
        ----------
        time_s : float
            The time now [s].
        observation : Observation
            What is known now.

        Returns
        -------
        float
            The velocity to command [rad/s], until the next step.

        """
        if self.is_over:
            return 0.0
        step_s = min(max(time_s - self._last_s, 0.0), MAX_CONTROL_STEP_S)
        self._last_s = time_s
        self._locate(observation, step_s)
        if self.is_over:
            return 0.0
        if self.phase != RETURNING:
            self._judge(time_s, observation)
        if (
            self.phase == RETURNING
            and self._tilt - self._home <= HOME_TOLERANCE
            and (self.velocity <= 0.0)
        ):
            self.phase = FAILED if self.reason else DONE
            self.velocity = 0.0
            return 0.0
        self._accelerate(self._wanted_velocity(observation), step_s)
        return self.velocity

    def _locate(self, observation: Observation, step_s: float) -> None:
        """Find out where the cup is: from the joints, or from the commands where they are mute."""
        self._check.command(self.velocity * step_s)
        if observation.joint_state_age_s > self._settings.max_joint_state_age_s:
            self._tilt += self.velocity * step_s
            return
        self._tilt = observation.tilt + self.velocity * observation.joint_state_age_s
        if not self._check.is_followed(observation.tilt):
            self.stop('the arm does not follow the commands')

    def _judge(self, time_s: float, observation: Observation) -> None:
        """Turn back, or go over from approaching to pouring, if it is time to."""
        reason = self._failure(time_s, observation)
        if reason is not None:
            self.turn_back(reason)
            return
        self._predicted.add(time_s - observation.estimate_age_s, observation.predicted_weight)
        if self._predicted.ahead(self._settings.reaction_s) >= self._target_weight:
            self._return()
        elif self.phase == APPROACHING and (
            self._tilt >= self._approach_tilt
            or observation.predicted_weight >= self._settings.onset_weight
        ):
            self.phase = POURING

    def _failure(self, time_s: float, observation: Observation) -> str | None:
        """Return why the pour cannot go on; None if it can."""
        settings = self._settings
        if observation.fault is not None:
            return observation.fault
        if observation.joint_state_age_s > settings.max_joint_state_age_s:
            return f'no joint state for {observation.joint_state_age_s:.2f} s'
        if observation.estimate_age_s > settings.max_estimate_age_s:
            return f'no estimate for {observation.estimate_age_s:.2f} s'
        if math.isnan(observation.predicted_weight):
            return 'the predicted weight is not a number'
        if self._tilt >= settings.max_tilt:
            return f'the target was not reached at the largest tilt, {settings.max_tilt:g} rad'
        if time_s - self._start_s >= settings.max_duration_s:
            return f'the target was not reached within {settings.max_duration_s:g} s'
        return None

    def _return(self) -> None:
        self.phase = RETURNING
        self._check = FollowCheck(self._tilt, -1)

    def _wanted_velocity(self, observation: Observation) -> float:
        settings = self._settings
        if self.phase == RETURNING:
            distance = max(self._tilt - self._home - HOME_TOLERANCE, 0.0)
            brake = END_BRAKE * settings.return_acceleration
            return -min(
                settings.return_speed, max(MIN_RETURN_SPEED, math.sqrt(2.0 * brake * distance))
            )
        if self.phase == APPROACHING:
            distance = max(self._approach_tilt - self._tilt, 0.0)
            return min(
                settings.approach_speed,
                math.sqrt(settings.pour_speed**2 + 2.0 * settings.acceleration * distance),
            )
        left = (self._target_weight - observation.predicted_weight) / self._slow_weight
        return max(settings.creep_speed, settings.pour_speed * min(left, 1.0))

    def _accelerate(self, target_velocity: float, step_s: float) -> None:
        """Near `target_velocity` [rad/s]: forward gently, back as fast as can be."""
        settings = self._settings
        self.velocity = min(
            max(target_velocity, self.velocity - settings.return_acceleration * step_s),
            self.velocity
            + (settings.acceleration if self.velocity >= 0.0 else settings.return_acceleration)
            * step_s,
        )
