# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Closed-loop tilts: a controller that watches the measured weight and turns back near the target.

It tilts fast at first, slows down towards the angle at which liquid comes, slows down further as
the weight nears the target and turns back a little before it, since liquid is still on its way.
"""

from dataclasses import dataclass, fields

import numpy as np

from ..cups.pouring_cup import PouringCup
from ..cups.validation import check_range
from ..units import Number
from .tilt_profile import draw_start_and_end, MAX_POUR_TILT, minimum_jerk

_MIN_FORWARD = 0.12
"""Share of the forward speed that is left just before the controller turns back [-]."""

_BRAKE = 4.0
"""Deceleration with which the cup comes to rest upright [rad/s^2]."""

_UPRIGHT_GAIN = 6.0
"""Speed per remaining tilt with which the cup nears its end [1/s]."""

_MARGIN_S = 1.5
"""Time that is kept for coming to rest when a pour has to end [s]."""


@dataclass(frozen=True)
class ControllerSettings:
    """
    Settings of n controllers, each an ndarray of shape (n,).

    Parameters
    ----------
    start_tilt, end_tilt : ndarray
        Tilt before and after the pour [rad].
    start_speed, peak_speed, pour_speed : ndarray
        Commanded speed [rad/s] at first, at its peak and while pouring.
    rise_s : ndarray
        Time from the first speed to the peak [s].
    pour_tilt : ndarray
        Tilt at which the controller expects the first liquid [rad].
    approach : ndarray
        Tilt before that over which the speed falls from its peak to that of pouring [rad].
    stop_weight : ndarray
        Measured weight at which to turn back [N].
    slow_weight : ndarray
        Weight before that over which the controller slows down [N].
    back_speed : ndarray
        Speed of the way back [rad/s].
    turn_acceleration : ndarray
        Largest change of the commanded speed until it comes to rest [rad/s^2].
    arm_lag_s : ndarray
        Time constant with which the arm follows the command [s].
    end_by_s : ndarray
        Time by which the cup has to be upright again [s].

    Raises
    ------
    SimulationError
        If a setting is out of its range.

    """

    start_tilt: np.ndarray
    end_tilt: np.ndarray
    start_speed: np.ndarray
    peak_speed: np.ndarray
    pour_speed: np.ndarray
    rise_s: np.ndarray
    pour_tilt: np.ndarray
    approach: np.ndarray
    stop_weight: np.ndarray
    slow_weight: np.ndarray
    back_speed: np.ndarray
    turn_acceleration: np.ndarray
    arm_lag_s: np.ndarray
    end_by_s: np.ndarray

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name.endswith('_tilt'):
                check_range(field.name, getattr(self, field.name), -1.0, MAX_POUR_TILT, 'rad')
            else:
                check_range(field.name, getattr(self, field.name), 1e-6, 1e3)

    @classmethod
    def draw(
        cls,
        cup: PouringCup,
        volume: np.ndarray,
        target_weight: np.ndarray,
        end_by_s: np.ndarray,
        rng: np.random.Generator,
        pace: Number = 1.0,
    ) -> 'ControllerSettings':
        """
        Return random settings under which the pours resemble the robot trials.

        Parameters
        ----------
        cup : PouringCup
            n cups.
        volume : ndarray of shape (n,)
            Volume in each [m^3].
        target_weight : ndarray of shape (n,)
            Weight to pour [N].
        end_by_s : ndarray of shape (n,)
            Time by which each cup has to be upright again [s].
        rng : numpy.random.Generator
            Source of the draws.
        pace : float or ndarray of shape (n,)
            How much slower than the robot of the trials the motions are [-].

        """
        n = len(volume)
        start, end = draw_start_and_end(n, rng)
        onset = np.minimum(cup.onset_angle(volume), MAX_POUR_TILT)
        distance = onset - start
        peak_speed = np.clip(1.4 * distance / rng.uniform(1.6, 3.2, n), 0.3, 1.3)
        flow = np.exp(rng.uniform(np.log(130e-6), np.log(600e-6), n))
        pour_speed = np.clip(
            flow / _capacity_loss(cup, onset), 0.08 * peak_speed, 0.7 * peak_speed
        )
        # The trials' controller knew nothing of necks: it stopped the bottles late, most of them.
        latest_stop = np.where(cup.lip_ratio < 1.0, 1.7, 1.2)
        stop_weight = target_weight * rng.uniform(0.6, latest_stop)
        return cls(
            start_tilt=start,
            end_tilt=end,
            start_speed=peak_speed * rng.uniform(0.35, 0.6, n) / pace,
            peak_speed=peak_speed / pace,
            pour_speed=pour_speed / pace,
            rise_s=rng.uniform(0.6, 1.2, n) * pace,
            pour_tilt=onset + rng.normal(0.0, 0.04, n),
            approach=distance * rng.uniform(0.2, 0.5, n),
            stop_weight=stop_weight,
            slow_weight=stop_weight * rng.uniform(0.4, 1.2, n),
            back_speed=rng.uniform(0.5, 1.7, n) / pace,
            turn_acceleration=rng.uniform(1.0, 3.0, n) / pace,
            arm_lag_s=rng.uniform(0.03, 0.08, n),
            end_by_s=np.broadcast_to(end_by_s, n),
        )


class PourController:
    """
    n controllers and the arms that follow them, step by step.

    Parameters
    ----------
    settings : ControllerSettings
        Settings of the controllers.
    sample_rate_hz : float
        Rate of the steps [Hz].

    Attributes
    ----------
    tilt : ndarray of shape (n,)
        Tilt of each cup [rad].
    command : ndarray of shape (n,)
        Commanded velocity [rad/s].

    """

    def __init__(self, settings: ControllerSettings, sample_rate_hz: float) -> None:
        self._settings = settings
        self._step_s = 1.0 / sample_rate_hz
        self._step = 0
        self._returns = np.zeros(len(settings.start_tilt), bool)
        self._velocity = np.zeros(len(settings.start_tilt))
        self.tilt = settings.start_tilt
        self.command = settings.start_speed

    def update(self, measured: np.ndarray) -> None:
        """
        Take one step.

        Parameters
        ----------
        measured : ndarray of shape (n,)
            Measured weight [N].

        """
        settings, step_s = self._settings, self._step_s
        time_s = self._step * step_s
        self._returns = (
            self._returns
            | (measured >= settings.stop_weight)
            | (self.tilt >= MAX_POUR_TILT)
            | (time_s + self._way_back_s() >= settings.end_by_s)
        )
        target_speed = np.where(
            self._returns, -self._back_speed(), self._forward_speed(time_s, measured)
        )
        change = (
            np.where(
                self.command < np.minimum(target_speed, 0.0), _BRAKE, settings.turn_acceleration
            )
            * step_s
        )
        self.command = self.command + np.clip(target_speed - self.command, -change, change)
        follow = 1.0 - np.exp(-step_s / settings.arm_lag_s)
        self._velocity = self._velocity + follow * (self.command - self._velocity)
        self.tilt = self.tilt + self._velocity * step_s
        self._step += 1

    def _forward_speed(self, time_s: float, measured: np.ndarray) -> np.ndarray:
        """Return the wanted speed [rad/s] before turning back."""
        settings = self._settings
        rise = minimum_jerk(np.minimum(time_s / settings.rise_s, 1.0))
        rising = settings.start_speed + (settings.peak_speed - settings.start_speed) * rise
        far = np.clip((settings.pour_tilt - self.tilt) / settings.approach, 0.0, 1.0)
        approaching = settings.pour_speed + (settings.peak_speed - settings.pour_speed) * far
        speed = np.minimum(rising, approaching)
        remaining = (settings.stop_weight - measured) / settings.slow_weight
        wanted: np.ndarray = speed * np.clip(remaining, _MIN_FORWARD, 1.0)
        return wanted

    def _back_speed(self) -> np.ndarray:
        """Return the wanted speed [rad/s] of the way back, which ends at rest."""
        distance = np.maximum(self.tilt - self._settings.end_tilt, 0.0)
        ending = np.minimum(np.sqrt(_BRAKE * distance), _UPRIGHT_GAIN * distance)
        wanted: np.ndarray = np.minimum(self._settings.back_speed, ending)
        return wanted

    def _way_back_s(self) -> np.ndarray:
        """Return how long it takes to turn back now and come to rest upright [s]."""
        settings = self._settings
        turn_s = (np.maximum(self.command, 0.0) + settings.back_speed) / settings.turn_acceleration
        distance = np.maximum(self.tilt - settings.end_tilt, 0.0) + np.maximum(self.command, 0.0)
        duration_s: np.ndarray = turn_s + distance / settings.back_speed + _MARGIN_S
        return duration_s


def _capacity_loss(cup: PouringCup, tilt: np.ndarray) -> np.ndarray:
    """Return by how much the capacity falls per tilt at `tilt` [m^3/rad]."""
    step = 0.02
    loss: np.ndarray = (cup.capacity(tilt - step) - cup.capacity(tilt + step)) / (2.0 * step)
    return loss
