# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of how the cups of sessions move."""

import numpy as np
import pytest
from small_sessions import CUPS, CYLINDER

from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.estimator import RETURN_ACCELERATION
from pour_force_estimator.simulation.sensor import TILT_QUANTUM
from pour_force_estimator.simulation.tilt_profile import MAX_POUR_TILT
from pour_force_estimator.units import degree_to_rad
from training.in_the_loop.estimators import Readings
from training.in_the_loop.motions import KINDS, StageMotions
from training.in_the_loop.open_loop import draw_open_loop, OPEN_LOOP, Task
from training.in_the_loop.sessions import simulate_sessions
from training.in_the_loop.steered import (
    BY_TARGET,
    BY_TILT,
    BY_TIME,
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


def steer(weight, n=20):
    """Return tilts of n steered cups whose estimates are always `weight` [N], and the run."""
    task, rng = make_task(n), np.random.default_rng(1)
    return_speed = degree_to_rad(np.linspace(45.0, 85.0, n))
    motions = SteeredMotions.draw(task, np.ones(n), return_speed, rng)
    run, tilts = SteeredRun(motions), []
    while not run.done.all() and len(tilts) < 3600:
        tilts.append(run.tilt.copy())
        run.step(np.broadcast_to(weight(run), n))
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


def test_a_hand_trembles_and_a_robot_does_not():
    """Turning points of the tilt: a plan has one, where the target would have been poured."""
    turns, task = {}, make_task()
    for kind in OPEN_LOOP:
        tilts = draw_open_loop(kind, task, np.random.default_rng(2)).tilts
        signs = np.sign(np.round(np.diff(tilts, axis=1), 9))
        turns[kind] = np.median([np.count_nonzero(np.diff(row[row != 0.0])) for row in signs])
        if kind == 'planned':
            left = task.cup.capacity(tilts.max(axis=1))
            assert left == pytest.approx(task.volume - task.target, abs=1e-7)
    assert turns['planned'] == 1.0
    assert 1.0 <= turns['taught'] <= 3.0
    assert turns['jerky'] > 10.0


def test_a_steered_cup_turns_back_at_its_target():
    """The last way to it is slow; the estimates are there 3 degree past the fast way's end."""
    beyond = degree_to_rad(3.0)
    tilts, run, motions = steer(lambda run: 2.0 * (run.tilt > run._motions.approach + beyond))
    assert set(run.turned_by) == {BY_TARGET}
    peak = tilts.max(axis=0)
    assert np.all(peak > motions.approach) and np.all(peak < motions.approach + 0.12)
    velocity = np.diff(tilts, axis=0) * 60.0
    assert -velocity.min(axis=0) == pytest.approx(motions.return_speed, rel=0.02)
    assert tilts[-1] == pytest.approx(motions.start)
    slow = (tilts[:-1] > motions.approach + 0.5 * beyond) & (velocity > 0.0)
    assert slow.any(axis=0).all()
    assert np.all(np.where(slow, velocity, 0.0) <= motions.pour_speed + 1e-9)
    # it turns as fast as an arm can, and no faster
    acceleration = np.diff(velocity, axis=0) * 60.0
    turning = acceleration[(velocity[:-1] > -0.5) & (tilts[1:-1] > motions.approach)]
    assert turning.min() == pytest.approx(-RETURN_ACCELERATION, rel=0.01)
    # where the target was reached before, at once
    tilts, run, _ = steer(lambda run: 5.0)
    assert set(run.turned_by) == {BY_TARGET} and np.ptp(tilts) < 0.2


def test_limits_end_a_pour_that_never_reaches_its_target():
    tilts, run, _ = steer(lambda run: np.nan)
    assert set(run.turned_by) <= {BY_TILT, BY_TIME} and BY_TILT in run.turned_by
    assert tilts.max() < MAX_POUR_TILT + 0.05
    reached = tilts.argmax(axis=0) / 60.0
    assert reached.max() < TIME_LIMIT_S + 1.0


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
    """A batch of estimators that says nothing, and is told of no next pour."""

    def begin(self, contexts, return_speed, return_acceleration):
        self._nothing = np.full(len(contexts), np.nan)

    def step(self, stamp_ns, tilt, running):
        return Readings(*[self._nothing] * 4)
