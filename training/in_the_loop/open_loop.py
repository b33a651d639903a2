# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Motions that are blind to what is poured: planned, taught and jerky ones.

Each is a sum of minimum-jerk movements, one after the other or overlapping as those of people do
(Flash & Henis, 1991). None depends on how the cup is mounted.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.simulation.tilt_profile import (
    MAX_POUR_TILT,
    minimum_jerk,
    PEAK_TO_MEAN_SPEED,
)
from pour_force_estimator.units import degree_to_rad

SAMPLE_RATE_HZ = 60.0
"""Rate of the steps [Hz], that of the recorded pours."""

REST_S = 1.0
"""How long a cup rests upright after each pour, so that all has arrived [s]."""

MIN_MOVE_S = 0.25
"""Least duration of a movement [s]."""


@dataclass(frozen=True)
class Task:
    """
    What n motions are to do.

    Attributes
    ----------
    cup : CupStack
        The n cups that the motions are planned with.
    volume : ndarray of shape (n,)
        Volume in each [m^3].
    target : ndarray of shape (n,)
        Volume to pour [m^3].
    start : ndarray of shape (n,)
        Tilt at the begin [rad].

    """

    cup: CupStack
    volume: np.ndarray
    target: np.ndarray
    start: np.ndarray

    def __len__(self) -> int:
        return len(self.volume)

    def tilt_for(self, poured: np.ndarray) -> np.ndarray:
        """Return the tilt [rad] at which, held for long, `poured` [m^3] has left the cup."""
        left = np.maximum(self.volume - poured, 0.02 * self.volume)
        return np.minimum(self.cup.onset_angle(left), MAX_POUR_TILT)


@dataclass(frozen=True)
class SampledTilts:
    """
    n motions, known beforehand.

    Attributes
    ----------
    tilts : ndarray of shape (n, n_steps)
        Tilt at each step [rad]; the last one for as long as the longest motion takes.
    lengths : ndarray of shape (n,), int
        Steps of each.

    """

    tilts: np.ndarray
    lengths: np.ndarray


def draw_open_loop(kind: str, task: Task, rng: np.random.Generator) -> SampledTilts:
    """Draw n motions of one of `OPEN_LOOP`."""
    return OPEN_LOOP[kind](task, rng)


def _planned(task: Task, rng: np.random.Generator) -> SampledTilts:
    """To the tilt at which the nominal cup would have poured the target, a dwell, and back."""
    n = len(task)
    peak = task.tilt_for(task.target)
    begin_s, moves = rng.uniform(0.0, 0.4, n), _Moves(task.start)
    end_s = moves.go(begin_s, peak, rng.uniform(0.45, 1.10, n))
    end_s = moves.go(end_s + rng.uniform(0.3, 1.5, n), task.start, rng.uniform(0.6, 1.65, n))
    return moves.sample(end_s)


def _taught(task: Task, rng: np.random.Generator) -> SampledTilts:
    """From way-point to way-point with pauses; every other one pours twice."""
    n = len(task)
    aim = task.target * rng.uniform(0.7, 1.3, n)
    twice = rng.random(n) < 0.5
    first_peak = task.tilt_for(aim * np.where(twice, rng.uniform(0.4, 0.9, n), 1.0))
    second_peak = np.where(twice, task.tilt_for(aim), first_peak)
    pause = task.start + rng.uniform(0.5, 0.9, n) * (first_peak - task.start)
    swing = np.where(
        twice, first_peak - rng.uniform(0.15, 0.5, n) * (first_peak - task.start), first_peak
    )
    home = degree_to_rad(rng.uniform(-3.0, 9.0, n))

    time_s, moves = rng.uniform(0.0, 0.4, n), _Moves(task.start)
    for stop, low_s, high_s in (
        (pause, 0.0, 0.8),
        (first_peak, 0.2, 1.2),
        (swing, 0.0, 0.6),
        (second_peak, 0.2, 1.2),
        (task.start + rng.uniform(0.2, 0.8, n) * (second_peak - task.start), 0.0, 0.4),
    ):
        end_s = moves.go(time_s, stop, rng.uniform(0.3, 1.1, n))
        time_s = end_s + np.where(end_s > time_s, rng.uniform(low_s, high_s, n), 0.0)
    return moves.sample(moves.go(time_s, home, rng.uniform(0.5, 1.6, n)))


def _jerky(task: Task, rng: np.random.Generator) -> SampledTilts:
    """As by a hand: overlapping sub-movements, some the wrong way, hesitations and tremor."""
    n, parts = len(task), 5
    peak = task.tilt_for(task.target * rng.uniform(0.7, 1.3, n))
    shares = rng.dirichlet(np.full(parts, 2.0), n)
    slips = rng.normal(0.0, degree_to_rad(1.5), (n, parts)) * (rng.random((n, parts)) < 0.4)
    stops = task.start[:, None] + np.cumsum(shares, axis=1) * (peak - task.start)[:, None] + slips
    stops[:, -1] = peak
    time_s, moves = rng.uniform(0.0, 0.4, n), _Moves(task.start)

    def go(time_s: np.ndarray, stop: np.ndarray, low: float, high: float) -> np.ndarray:
        end_s = moves.go(time_s, stop, rng.uniform(low, high, n))
        hesitation_s = rng.exponential(0.35, n) * (rng.random(n) < 0.4)
        return time_s + (end_s - time_s) * rng.uniform(0.6, 1.0, n) + hesitation_s

    for part in range(parts):
        time_s = go(time_s, stops[:, part], 0.4, 1.2)
    time_s = time_s + rng.uniform(0.0, 1.2, n)
    home = degree_to_rad(rng.uniform(-3.0, 9.0, n))
    time_s = go(time_s, peak + rng.uniform(0.3, 0.8, n) * (home - peak), 0.6, 1.6)
    time_s = go(time_s, home, 0.6, 1.6)
    # Sub-movements overlap, and the last may end later than the next could begin.
    sampled = moves.sample(np.maximum(time_s, moves.end_s))
    return SampledTilts(sampled.tilts + _tremor(sampled.tilts.shape, rng), sampled.lengths)


def _tremor(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return what a hand's tremor and drift add, an ndarray of `shape` (n, n_steps) [rad]."""
    n, steps = shape
    time_s = np.arange(steps) / SAMPLE_RATE_HZ
    added = np.zeros(shape)
    for low_hz, high_hz, low_deg, high_deg in ((6.0, 11.0, 0.03, 0.2), (0.4, 1.5, 0.1, 0.5)):
        frequency = rng.uniform(low_hz, high_hz, (n, 1))
        phase = rng.uniform(0.0, 2.0 * np.pi, (n, 1))
        size = degree_to_rad(rng.uniform(low_deg, high_deg, (n, 1)))
        added += size * (np.sin(2.0 * np.pi * frequency * time_s + phase) - np.sin(phase))
    return added


class _Moves:
    """Minimum-jerk movements of n cups that add up; begins at rest."""

    def __init__(self, start: np.ndarray) -> None:
        self._start = start
        self._stop = start
        self._moves: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.end_s = np.zeros(len(start))

    def go(self, begin_s: np.ndarray, stop: np.ndarray, peak_speed: np.ndarray) -> np.ndarray:
        """
        Add a movement from the last stop to `stop` [rad]; return when it ends [s].

        A movement of no length takes no time.
        """
        distance = stop - self._stop
        duration_s = np.maximum(PEAK_TO_MEAN_SPEED * np.abs(distance) / peak_speed, MIN_MOVE_S)
        duration_s = np.where(distance == 0.0, 0.0, duration_s)
        self._moves.append((distance, begin_s, duration_s))
        self._stop = stop
        self.end_s = np.maximum(self.end_s, begin_s + duration_s)
        return begin_s + duration_s

    def sample(self, end_s: np.ndarray) -> SampledTilts:
        """Return the motions until `end_s` [s], and a rest."""
        lengths = np.ceil((end_s + REST_S) * SAMPLE_RATE_HZ).astype(int) + 1
        time_s = np.arange(lengths.max()) / SAMPLE_RATE_HZ
        tilts = np.repeat(self._start[:, None], len(time_s), axis=1)
        for distance, begin_s, duration_s in self._moves:
            part = (time_s - begin_s[:, None]) / np.maximum(duration_s, 1e-9)[:, None]
            tilts += distance[:, None] * minimum_jerk(np.clip(part, 0.0, 1.0))
        return SampledTilts(tilts, lengths)


OPEN_LOOP: dict[str, Callable[[Task, np.random.Generator], SampledTilts]] = {
    'planned': _planned,
    'taught': _taught,
    'jerky': _jerky,
}
"""The motions that are known beforehand, by kind."""
