# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pouring.controller: with an arm and without."""

from dataclasses import replace
import math

from hypothetical_pours import foreseen_weight
import pytest

from pour_force_estimator.context import PourContext
from pour_force_estimator.errors import PourError
from pour_force_estimator.pouring.approach import find_approach_tilt
from pour_force_estimator.pouring.controller import (
    APPROACHING,
    DONE,
    FAILED,
    HOME_TOLERANCE,
    Observation,
    POURING,
    PourSettings,
    RETURNING,
    TargetPour,
)
from pour_force_estimator.simulation.live_pour import LivePour
from pour_force_estimator.simulation.population import FITTED_CUPS
from pour_force_estimator.simulation.velocity_arm import VelocityArm
from pour_force_estimator.units import gram_to_newton, newton_to_gram

RATE_HZ = 60.0
STEP_S = 1.0 / RATE_HZ
START_TILT = 0.1
TARGET = 1.0
SETTINGS = PourSettings()
QUIET = Observation(START_TILT, 0.0, 0.0, 0.0)


class Rehearsal:
    """A pour whose arm does exactly as it is told, or not, at the steps of a clock."""

    def __init__(self, settings=SETTINGS, approach_tilt=0.8, target=TARGET, direction=1.0):
        self.direction = direction
        self.pour = TargetPour(settings, target, START_TILT, 0.0, approach_tilt)
        self.tilt = START_TILT
        self.time_s = 0.0
        self.velocities = []

    def step(self, **changes):
        """Take a step, with an observation that has `changes`; return the velocity."""
        observation = QUIET._replace(tilt=self.tilt)._replace(**changes)
        velocity = self.pour.step(self.time_s, observation)
        self.velocities.append(velocity)
        self.tilt += self.direction * velocity * STEP_S
        self.time_s += STEP_S
        return velocity

    def run_until(self, condition, **changes):
        """Take steps until `condition()`."""
        while not condition():
            assert self.time_s < 60.0
            self.step(**changes)

    def finish(self, **changes):
        """Take steps until the pour is over."""
        self.run_until(lambda: self.pour.is_over, **changes)


@pytest.fixture
def pouring():
    """Return a pour that is slow already."""
    rehearsal = Rehearsal()
    rehearsal.run_until(lambda: rehearsal.pour.phase == POURING)
    return rehearsal


def test_it_approaches_fast_and_pours_slowly(pouring):
    assert pouring.tilt == pytest.approx(0.8, abs=0.02)
    assert max(pouring.velocities) == SETTINGS.approach_speed
    assert [pouring.step() for _ in range(10)][-1] == pytest.approx(SETTINGS.pour_speed)


def test_the_first_flow_slows_it_down_wherever_it_is():
    rehearsal = Rehearsal(approach_tilt=1.5)
    rehearsal.run_until(lambda: rehearsal.velocities[-1:] == [SETTINGS.approach_speed])
    rehearsal.step(predicted_weight=SETTINGS.onset_weight)
    assert rehearsal.pour.phase == POURING
    braked = SETTINGS.approach_speed - SETTINGS.return_acceleration * STEP_S
    assert rehearsal.velocities[-1] == pytest.approx(braked)


def test_without_an_approach_tilt_it_is_slow_from_the_start():
    rehearsal = Rehearsal(approach_tilt=None)
    rehearsal.step()  # sets the clock
    assert rehearsal.step() > 0.0 and rehearsal.pour.phase == POURING


@pytest.mark.parametrize(
    'left, speed',
    [(1.0, SETTINGS.pour_speed), (0.5, SETTINGS.pour_speed / 2.0), (0.01, SETTINGS.creep_speed)],
)
@pytest.mark.parametrize(
    'target, slow_weight', [(10.0, SETTINGS.slow_weight), (0.2, 0.1)]
)  # of a small target only the second half
def test_it_slows_down_towards_the_target(target, slow_weight, left, speed):
    rehearsal = Rehearsal(target=target)
    for _ in range(200):
        rehearsal.step(predicted_weight=target - left * slow_weight)
    assert rehearsal.velocities[-1] == pytest.approx(speed)


def test_it_turns_back_at_the_target_and_comes_home(pouring):
    pouring.step(predicted_weight=TARGET)
    assert pouring.pour.phase == RETURNING
    pouring.finish(predicted_weight=TARGET)
    velocities = pouring.velocities
    assert (pouring.pour.phase, pouring.pour.reason) == (DONE, '')
    assert min(velocities) == -SETTINGS.return_speed and velocities[-1] == 0.0 == pouring.step()
    assert abs(pouring.tilt - START_TILT) < 2.0 * HOME_TOLERANCE
    # with limited accelerations
    changes = [after - before for before, after in zip(velocities, velocities[1:])]
    assert max(map(abs, changes)) <= SETTINGS.return_acceleration * STEP_S + 1e-9
    forward = [change for change, velocity in zip(changes, velocities) if velocity > 0.0]
    assert max(forward) <= SETTINGS.acceleration * STEP_S + 1e-9


def test_it_reckons_with_what_comes_before_the_arm_reacts(pouring):
    last = TARGET - 0.5
    while pouring.pour.phase != RETURNING:
        last += 0.05  # 3 N/s
        pouring.step(predicted_weight=last)
    assert TARGET - 3.0 * SETTINGS.reaction_s - 0.05 <= last < TARGET


@pytest.mark.parametrize(
    'changes, reason',
    [
        ({'fault': 'ERROR'}, 'ERROR'),
        ({'estimate_age_s': 0.3}, 'no estimate for 0.30 s'),
        ({'joint_state_age_s': 0.3}, 'no joint state for 0.30 s'),
        ({'predicted_weight': math.nan}, 'the predicted weight is not a number'),
        ({'tilt': SETTINGS.max_tilt}, 'largest tilt'),
    ],
)
def test_it_turns_back_at_once_where_it_cannot_go_on(pouring, changes, reason):
    before = pouring.velocities[-1]
    after = pouring.step(**changes)
    assert pouring.pour.phase == RETURNING
    assert after == pytest.approx(before - SETTINGS.return_acceleration * STEP_S)
    pouring.finish()
    assert pouring.pour.phase == FAILED and reason in pouring.pour.reason
    assert pouring.step() == 0.0


def test_a_pour_that_takes_too_long_turns_back():
    rehearsal = Rehearsal(replace(SETTINGS, max_duration_s=3.0))
    rehearsal.run_until(lambda: rehearsal.pour.phase == RETURNING)
    assert rehearsal.time_s == pytest.approx(3.0, abs=2.0 * STEP_S)
    assert rehearsal.pour.reason == 'the target was not reached within 3 s'


def test_without_joint_states_it_comes_home_by_its_own_commands(pouring):
    tilt = pouring.tilt
    pouring.finish(tilt=tilt, joint_state_age_s=1.0)
    assert pouring.pour.phase == FAILED
    # the joint states were said to be old: the cup may have moved on until now
    moved = SETTINGS.pour_speed * SETTINGS.max_joint_state_age_s
    assert abs(pouring.tilt - START_TILT) < 2.0 * HOME_TOLERANCE + moved


@pytest.mark.parametrize('direction', [0.0, -1.0])
def test_an_arm_that_does_not_follow_is_stopped(direction):
    rehearsal = Rehearsal(direction=direction)
    rehearsal.finish()
    pour = rehearsal.pour
    assert (pour.phase, pour.velocity) == (FAILED, 0.0)
    assert 'does not follow' in pour.reason
    assert rehearsal.time_s < 3.0 and abs(rehearsal.tilt - START_TILT) < 0.2


def test_after_a_pause_of_the_program_no_jolt_follows(pouring):
    before = pouring.velocities[-1]
    pouring.time_s += 10.0
    assert abs(pouring.step(fault='late') - before) <= SETTINGS.return_acceleration * 0.05 + 1e-9


def test_cancelled_it_turns_back_once_and_stopped_it_stays_where_it_is(pouring):
    assert pouring.pour.turn_back('cancelled') and not pouring.pour.turn_back('again')
    pouring.finish()
    assert (pouring.pour.phase, pouring.pour.reason) == (FAILED, 'cancelled')
    assert not pouring.pour.turn_back('too late')
    rehearsal = Rehearsal()
    rehearsal.run_until(lambda: rehearsal.tilt > START_TILT)
    rehearsal.pour.stop('shut down')
    assert (rehearsal.pour.phase, rehearsal.pour.reason) == (FAILED, 'shut down')
    assert rehearsal.step() == 0.0


@pytest.mark.parametrize(
    'values, expected',
    [
        ({'pour_speed': 0.0}, 'pour_speed: expected a number above 0, received 0.0'),
        ({'slow_weight': math.nan}, 'slow_weight'),
        ({'max_tilt': math.inf}, 'max_tilt'),
        ({'creep_speed': 0.2}, 'none above the next, received 0.2, 0.1 and 0.6 rad/s'),
    ],
)
def test_settings_that_cannot_be(values, expected):
    with pytest.raises(PourError, match=expected):
        PourSettings(**values)


@pytest.mark.parametrize('name', ['cylinder_120x121', 'bottle_285x89'])
@pytest.mark.parametrize('target_g', [30.0, 100.0])
def test_with_a_true_prediction_it_pours_what_was_asked(name, target_g):
    cup, delay = FITTED_CUPS[name], 2  # steps that the prediction is late
    context = PourContext(initial_weight=3.5, cup_height=cup.height, cup_diameter=cup.diameter)
    arm = VelocityArm(START_TILT)
    live = LivePour(cup, context.initial_weight, START_TILT, RATE_HZ)
    settings = replace(SETTINGS, reaction_s=(delay + 1) * STEP_S)
    approach_tilt = find_approach_tilt(context, 0.26)
    pour = TargetPour(settings, gram_to_newton(target_g), START_TILT, 0.0, approach_tilt)
    predicted, phases = [0.0] * delay, set()
    for step in range(2000):
        predicted.append(foreseen_weight(live, arm.tilt, arm.velocity, 0.0, STEP_S))
        observation = Observation(arm.tilt, 0.0, predicted[-1 - delay], 0.0)
        arm.command(pour.step(step * STEP_S, observation))
        arm.step(STEP_S)
        live.step(arm.tilt)
        phases.add(pour.phase)
    assert phases == {APPROACHING, POURING, RETURNING, DONE}
    assert newton_to_gram(live.poured_weight) == pytest.approx(target_g, abs=2.0)
    assert arm.tilt == pytest.approx(START_TILT, abs=2.0 * HOME_TOLERANCE)
