# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Open-loop tilts: planned beforehand, blind to what is poured.

A profile moves from stop to stop along minimum-jerk segments (Flash & Hogan, 1985), which is how
people reach and how robots are taught to, and dwells at the stops.
"""

from dataclasses import dataclass

import numpy as np

from ..cups.pouring_cup import PouringCup
from ..cups.validation import check_range
from ..units import degree_to_rad, Number

PEAK_TO_MEAN_SPEED = 1.875
"""Peak velocity of a minimum-jerk segment relative to its mean velocity [-]."""

_PEAK_ACCELERATION = 10.0 / 3.0**0.5
"""Peak acceleration of a minimum-jerk segment of unit rise and duration [-]."""

_MAX_ACCELERATION = 6.0
"""Acceleration that no move exceeds [rad/s^2], or short moves would be jolts."""

MAX_POUR_TILT = degree_to_rad(138.0)
"""Largest tilt that a motion plans [rad]; the recorded ones go up to 131 degrees."""


@dataclass(frozen=True)
class TiltProfiles:
    """
    Planned motions of n cups: stops, and the segments between them.

    Parameters
    ----------
    stops : ndarray of shape (n, s + 1)
        Tilt at each stop [rad]; two equal ones in a row are a dwell.
    durations_s : ndarray of shape (n, s)
        Duration of the segment after each stop but the last [s]; 0 leaves a segment out, where
        both of its stops must be equal.

    Raises
    ------
    SimulationError
        If a duration is negative.

    """

    stops: np.ndarray
    durations_s: np.ndarray

    def __post_init__(self) -> None:
        moves = np.diff(self.stops, axis=1) != 0.0
        check_range('durations_s', self.durations_s, np.where(moves, 1e-3, 0.0), 1000.0, 's')

    def within(self, duration_s: Number) -> 'TiltProfiles':
        """Return profiles that take at most `duration_s` [s]: those that take longer, faster."""
        total_s = self.durations_s.sum(axis=1, keepdims=True)
        return TiltProfiles(self.stops, self.durations_s * np.minimum(1.0, duration_s / total_s))

    def sample(self, steps: int, sample_rate_hz: float) -> tuple[np.ndarray, np.ndarray]:
        """
        Return tilt and velocity at the steps of a recording.

        Parameters
        ----------
        steps : int
            Number of steps.
        sample_rate_hz : float
            Rate of the steps [Hz].

        Returns
        -------
        tilt : ndarray of shape (n, steps)
            Tilt [rad]; the last stop's once a profile has ended.
        velocity : ndarray of shape (n, steps)
            Its derivative [rad/s].

        """
        time_s = np.arange(steps) / sample_rate_hz
        tilt = np.repeat(self.stops[:, :1], steps, axis=1)
        velocity = np.zeros_like(tilt)
        begins_s = np.cumsum(self.durations_s, axis=1) - self.durations_s
        for segment in range(self.durations_s.shape[1]):
            rise = np.diff(self.stops[:, segment : segment + 2], axis=1)
            duration_s = np.maximum(self.durations_s[:, segment : segment + 1], 1e-9)
            part = np.clip((time_s - begins_s[:, segment : segment + 1]) / duration_s, 0.0, 1.0)
            tilt += rise * minimum_jerk(part)
            velocity += rise / duration_s * 30.0 * (part * (1.0 - part)) ** 2
        return tilt, velocity


def minimum_jerk(part: np.ndarray) -> np.ndarray:
    """Return how far a minimum-jerk movement is (0 to 1) after `part` (0 to 1) of its time."""
    return part**3 * (10.0 - 15.0 * part + 6.0 * part**2)


def draw_tilt_profiles(
    cup: PouringCup, volume: np.ndarray, rng: np.random.Generator, pace: Number = 1.0
) -> TiltProfiles:
    """
    Draw open-loop motions that pour something.

    How much of the liquid is to leave is drawn, and with it, from the cup's geometry, the largest
    tilt; no target takes part. Some profiles stop on the way up, and some swing back in between
    and pour twice.

    Parameters
    ----------
    cup : PouringCup
        n cups.
    volume : ndarray of shape (n,)
        Volume in each [m^3].
    rng : numpy.random.Generator
        Source of the draws.
    pace : float or ndarray of shape (n,)
        How much slower than the robot of the recorded trials the motions are [-].

    Returns
    -------
    TiltProfiles

    """
    n = len(volume)
    start, end = draw_start_and_end(n, rng)
    peak = np.minimum(cup.onset_angle(volume * rng.uniform(0.08, 0.75, n)), MAX_POUR_TILT)
    pauses = rng.random(n) < 0.4
    pours_twice = rng.random(n) < 0.15
    way_stop = np.where(pauses, start + rng.uniform(0.5, 0.9, n) * (peak - start), peak)
    swing_stop = np.where(pours_twice, peak - rng.uniform(0.2, 0.5, n) * (peak - end), peak)
    forward_speed = rng.uniform(0.45, 1.10, n)
    back_speed = rng.uniform(0.60, 1.65, n)
    dwell_s = np.minimum(rng.exponential(0.5, n), 2.0)

    def move_s(begin: np.ndarray, stop: np.ndarray, peak_speed: np.ndarray) -> np.ndarray:
        distance = np.abs(stop - begin)
        duration_s: np.ndarray = np.maximum(
            PEAK_TO_MEAN_SPEED * distance / peak_speed,
            np.sqrt(_PEAK_ACCELERATION * distance / _MAX_ACCELERATION),
        )
        return duration_s

    stops = (
        start,
        way_stop,
        way_stop,
        peak,
        peak,
        swing_stop,
        swing_stop,
        peak,
        peak,
        end,
    )
    durations_s = (
        move_s(start, way_stop, forward_speed),
        np.where(pauses, rng.uniform(0.0, 0.8, n), 0.0),
        move_s(way_stop, peak, forward_speed),
        dwell_s,
        move_s(peak, swing_stop, back_speed),
        np.where(pours_twice, rng.uniform(0.0, 0.5, n), 0.0),
        move_s(swing_stop, peak, forward_speed),
        np.where(pours_twice, dwell_s, 0.0),
        move_s(peak, end, back_speed),
    )
    return TiltProfiles(
        np.stack(stops, axis=1), np.stack(durations_s, axis=1) * np.reshape(pace, (-1, 1))
    )


def draw_start_and_end(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return `n` tilts before and `n` after a pour [rad], as spread as in the robot trials."""
    start = rng.uniform(4.5, 8.0, n)
    end = np.clip(rng.normal(1.5, 3.5, n), -6.0, 9.0)
    return degree_to_rad(start), degree_to_rad(end)
