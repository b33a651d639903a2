# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Motions that are steered by an estimate, as by an arm that has nothing else to go by.

Fast to a little before the nominal cup would pour, then slowly on until the estimate says that the
target is reached, then back. A limit of the tilt and one of the time end a pour that never gets
there.
"""

from dataclasses import dataclass

import numpy as np

from pour_force_estimator.estimator import RETURN_ACCELERATION
from pour_force_estimator.simulation.tilt_profile import (
    MAX_POUR_TILT,
    minimum_jerk,
    PEAK_TO_MEAN_SPEED,
)
from pour_force_estimator.units import degree_to_rad

from .open_loop import MIN_MOVE_S, REST_S, SAMPLE_RATE_HZ, Task

LOOKS_AHEAD = 'steered_ahead'

STEERED = ('steered', LOOKS_AHEAD)
"""The kinds: stopping by the estimated weight, or by the predicted one where there is such."""

RETURN_SPEED_DEG = (45.0, 85.0)
"""Range of the speed of the way back [degree/s]."""

TIME_LIMIT_S = 40.0
"""Time after which a cup is turned back whatever the estimate says [s]."""

_SLOW_ACCELERATION = 1.5
"""Acceleration to the speed of pouring [rad/s^2]."""

_STEP_S = 1.0 / SAMPLE_RATE_HZ

APPROACHES, POURS, RETURNS, RESTS = range(4)
"""Phases of a pour."""

BY_TARGET, BY_TILT, BY_TIME = 'target', 'tilt', 'time'
"""What turned a cup back."""


@dataclass(frozen=True)
class SteeredMotions:
    """
    Settings of n steered motions, each an ndarray of shape (n,).

    Attributes
    ----------
    start, approach : ndarray
        Tilt at the begin and at the end of the fast way [rad].
    begin_s, approach_s : ndarray
        When the fast way begins, and how long it takes [s].
    pour_speed, return_speed : ndarray
        Speed of the slow way and of the way back [rad/s].
    target : ndarray
        Weight to turn back at [N].

    """

    start: np.ndarray
    approach: np.ndarray
    begin_s: np.ndarray
    approach_s: np.ndarray
    pour_speed: np.ndarray
    return_speed: np.ndarray
    target: np.ndarray

    @classmethod
    def draw(
        cls,
        task: Task,
        target_weight: np.ndarray,
        return_speed: np.ndarray,
        rng: np.random.Generator,
    ) -> 'SteeredMotions':
        """Draw n motions for a task; `target_weight` [N], `return_speed` [rad/s]."""
        n = len(task)
        onset = task.tilt_for(np.zeros(n))
        approach = np.maximum(onset - degree_to_rad(rng.uniform(2.0, 7.0, n)), task.start)
        approach_s = PEAK_TO_MEAN_SPEED * (approach - task.start) / rng.uniform(0.6, 1.3, n)
        return cls(
            task.start,
            approach,
            rng.uniform(0.0, 0.4, n),
            np.maximum(approach_s, MIN_MOVE_S),
            degree_to_rad(rng.uniform(3.0, 9.0, n)),
            return_speed,
            target_weight,
        )


class SteeredRun:
    """
    n steered motions on their way.

    Attributes
    ----------
    tilt, velocity : ndarray of shape (n,)
        Tilt [rad] and its rate [rad/s] at this step.
    done : ndarray of shape (n,), bool
        Whether the cup has returned and rested.
    turned_by : ndarray of shape (n,), str
        `BY_TARGET`, `BY_TILT` or `BY_TIME`; '' for those that still pour.

    """

    def __init__(self, motions: SteeredMotions) -> None:
        n = len(motions.start)
        self._motions = motions
        self._step = 0
        self._phase = np.full(n, APPROACHES)
        self._rest_s = np.zeros(n)
        self.tilt = motions.start.copy()
        self.velocity = np.zeros(n)
        self.done = np.zeros(n, bool)
        self.turned_by = np.full(n, '', 'U6')

    def step(self, weight: np.ndarray) -> None:
        """
        Take one step, knowing `weight` [N], an ndarray of shape (n,).

        A weight that is NaN is no reason to turn back.
        """
        motions = self._motions
        self._turn_back(weight)
        self._step += 1
        time_s = self._step * _STEP_S
        part = np.clip((time_s - motions.begin_s) / motions.approach_s, 0.0, 1.0)
        near = motions.start + (motions.approach - motions.start) * minimum_jerk(part)
        velocity = self._next_velocity()
        tilt = np.where(
            self._phase == APPROACHES, near, self.tilt + (self.velocity + velocity) / 2 * _STEP_S
        )
        home = (self._phase == RETURNS) & (tilt <= motions.start + 1e-4)
        tilt = np.where(home | (self._phase == RESTS), motions.start, tilt)
        self.velocity = (tilt - self.tilt) / _STEP_S
        self.velocity = np.where(self._phase == APPROACHES, self.velocity, velocity)
        self.velocity[home] = 0.0
        self.tilt = tilt
        self._phase[(self._phase == APPROACHES) & (part >= 1.0)] = POURS
        self._phase[home] = RESTS
        self._rest_s += np.where(self._phase == RESTS, _STEP_S, 0.0)
        self.done = self._rest_s >= REST_S

    def _turn_back(self, weight: np.ndarray) -> None:
        """Note which cups turn back now, and why."""
        pours = self._phase <= POURS
        for reason, holds in (
            (BY_TARGET, weight >= self._motions.target),
            (BY_TILT, self.tilt >= MAX_POUR_TILT),
            (BY_TIME, self._step * _STEP_S >= TIME_LIMIT_S),
        ):
            turns = pours & holds
            self.turned_by[turns] = reason
            self._phase[turns] = RETURNS
            pours = pours & ~turns

    def _next_velocity(self) -> np.ndarray:
        """Return the velocity [rad/s] after this step of the cups that pour or return."""
        motions = self._motions
        distance = np.maximum(self.tilt - motions.start, 0.0)
        back = np.minimum(motions.return_speed, np.sqrt(2.0 * RETURN_ACCELERATION * distance))
        returns = self._phase == RETURNS
        target_velocity = np.where(returns, -back, motions.pour_speed)
        # braking at the end of the way back follows from the distance that is left
        change = np.where(returns, RETURN_ACCELERATION, _SLOW_ACCELERATION) * _STEP_S
        velocity = self.velocity + np.clip(target_velocity - self.velocity, -change, change)
        velocity = np.where(
            returns & (self.velocity < 0.0), np.maximum(velocity, target_velocity), velocity
        )
        return np.where(self._phase == RESTS, 0.0, velocity)
