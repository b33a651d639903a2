# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of how the cups of sessions move."""

import numpy as np
import pytest
from small_sessions import CUPS, CYLINDER

from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.simulation.sensor import TILT_QUANTUM
from pour_force_estimator.simulation.tilt_profile import MAX_POUR_TILT
from pour_force_estimator.units import degree_to_rad
from training.in_the_loop.motions import KINDS, StageMotions
from training.in_the_loop.open_loop import draw_open_loop, OPEN_LOOP, Task
from training.in_the_loop.sessions import simulate_sessions
from training.in_the_loop.steered import (
    BY_TARGET,
    BY_TILT,
    BY_TIME,
    RETURN_ACCELERATION,
    SteeredMotions,
    SteeredRun,
    TIME_LIMIT_S,
)


def make_task(n=40):
    rng = np.random.default_rng(0)
    cup = CupStack([CYLINDER.nominal] * n)
    volume = rng.uniform(250e-6, 600e-6, n)
    target = rng.uniform(0.2, 0.6, n) * volume
    return Task(cup, volume, target, degree_to_rad(rng.uniform(3.0, 9.0, n)))


def steer(weight, n=20, seconds=60.0):
    """Return tilts of n steered cups whose estimates are always `weight` [N], and the run."""
    task = make_task(n)
    motions = SteeredMotions.draw(
        task, np.ones(n), degree_to_rad(np.linspace(45.0, 85.0, n)), np.random.default_rng(1)
    )
    run, tilts = SteeredRun(motions), []
    while not run.done.all() and len(tilts) < seconds * 60.0:
        tilts.append(run.tilt.copy())
        run.step(np.broadcast_to(weight(len(tilts) / 60.0, run), n))
    assert run.done.all()
    return np.array(tilts), run, motions


@pytest.mark.parametrize('kind', OPEN_LOOP)
def test_motions_that_are_known_beforehand(kind):
    task = make_task()
    sampled = draw_open_loop(kind, task, np.random.default_rng(1))
    assert sampled.tilts[:, 0] == pytest.approx(task.start)
    speed = np.abs(np.diff(sampled.tilts, axis=1)) * 60.0
    assert 0.3 < speed.max() < 6.0
    for tilts, length in zip(sampled.tilts, sampled.lengths):
        assert 120 < length < 60 * 40
        assert tilts[length - 1] < degree_to_rad(11.0)
        assert np.abs(np.diff(tilts[length - 55 : length])).max() < degree_to_rad(0.4)  # rests


def test_a_plan_goes_to_the_tilt_that_would_have_poured_the_target():
    task = make_task()
    sampled = draw_open_loop('planned', task, np.random.default_rng(1))
    left = task.cup.capacity(sampled.tilts.max(axis=1))
    assert left == pytest.approx(task.volume - task.target, abs=1e-7)


def test_a_hand_trembles_and_a_robot_does_not():
    """Turning points of the tilt: a plan has one."""
    turns = {}
    for kind in OPEN_LOOP:
        sampled = draw_open_loop(kind, make_task(), np.random.default_rng(2))
        signs = np.sign(np.round(np.diff(sampled.tilts, axis=1), 9))
        turns[kind] = np.median([np.count_nonzero(np.diff(row[row != 0.0])) for row in signs])
    assert turns['planned'] == 1.0
    assert 1.0 <= turns['taught'] <= 3.0
    assert turns['jerky'] > 10.0


def test_a_steered_cup_turns_back_at_its_target():
    tilts, run, motions = steer(lambda time_s, run: 2.0 * (run.tilt > motions_onset(run)))
    assert set(run.turned_by) == {BY_TARGET}
    peak = tilts.max(axis=0)
    assert np.all(peak > motions.approach) and np.all(peak < motions.approach + 0.12)
    velocity = np.diff(tilts, axis=0) * 60.0
    assert -velocity.min(axis=0) == pytest.approx(motions.return_speed, rel=0.02)
    assert tilts[-1] == pytest.approx(motions.start)
    # it turns as fast as an arm can, and no faster
    acceleration = np.diff(velocity, axis=0) * 60.0
    turning = acceleration[(velocity[:-1] > -0.5) & (tilts[1:-1] > motions.approach)]
    assert turning.min() == pytest.approx(-RETURN_ACCELERATION, rel=0.01)


def motions_onset(run):
    """Return a tilt a little past the fast way's end [rad]."""
    return run._motions.approach + degree_to_rad(3.0)


def test_the_last_way_to_a_target_is_slow():
    tilts, _, motions = steer(lambda time_s, run: 2.0 * (run.tilt > motions_onset(run)))
    for tilt, approach, speed in zip(tilts.T, motions.approach, motions.pour_speed):
        peak = tilt.argmax()
        last = np.diff(tilt[:peak])[tilt[: peak - 1] > approach + degree_to_rad(1.5)] * 60.0
        assert last.max() <= speed + 1e-9


def test_limits_end_a_pour_that_never_reaches_its_target():
    tilts, run, _ = steer(lambda time_s, run: np.nan)
    assert set(run.turned_by) <= {BY_TILT, BY_TIME} and BY_TILT in run.turned_by
    assert tilts.max() < MAX_POUR_TILT + 0.05
    reached = tilts.argmax(axis=0) / 60.0
    assert reached.max() < TIME_LIMIT_S + 1.0


def test_a_target_that_was_reached_before():
    tilts, run, _ = steer(lambda time_s, run: 5.0)
    assert set(run.turned_by) == {BY_TARGET}
    assert np.ptp(tilts) < 0.2


def test_looking_ahead_stops_by_the_prediction():
    task = make_task(3)
    kinds, ones = ('steered', 'steered_ahead', 'steered_ahead'), np.ones(3)
    motions = StageMotions.draw(kinds, task, ones, ones, np.random.default_rng(3))
    run = motions.begin()
    for _ in range(30):
        run.step(np.array([0.5, 0.5, 1.5]), np.array([2.0, 2.0, np.nan]))
    # by the weight; by the prediction; by the weight, where nothing is predicted
    assert run.turned_by == ['', BY_TARGET, BY_TARGET]


def test_all_kinds_in_one_stage():
    rng = np.random.default_rng(4)
    pours = simulate_sessions(CUPS, len(KINDS), KINDS, rng, stages=1, estimators=Nothing())
    assert [pour.motion for pour in pours] == [*KINDS, *KINDS]
    for pour in pours:
        assert degree_to_rad(2.9) < pour.tilt[0] < degree_to_rad(9.1)
        assert pour.tilt / TILT_QUANTUM == pytest.approx(np.rint(pour.tilt / TILT_QUANTUM))
        assert (pour.turned_by != '') == pour.motion.startswith('steered')


class Nothing:
    """A batch of estimators that says nothing."""

    def begin(self, contexts, return_speed, return_acceleration):
        self._nothing = np.full(len(contexts), np.nan)

    def step(self, stamp_ns, tilt, running):
        from training.in_the_loop.estimators import Readings

        return Readings(*[self._nothing] * 4)

    def weigh(self, weights):
        raise AssertionError('there is no next pour')
