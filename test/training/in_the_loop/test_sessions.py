# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of sessions: what is told to whom, and what really flows."""

from types import SimpleNamespace

import numpy as np
import pytest
from small_sessions import CUPS, CYLINDER

from pour_force_estimator import StepModel
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.outflow import advance
from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.errors import PourForceEstimatorError, SimulationError
from pour_force_estimator.units import m3_to_ml, STANDARD_GRAVITY
from training.in_the_loop.cups import known_cups, unseen_cups
from training.in_the_loop.estimators import PourEstimators
from training.in_the_loop.measure import estimator_factory
from training.in_the_loop.motions import KINDS
from training.in_the_loop.plan import draw_sessions, POUR_SPREAD, SESSION_SPREAD
from training.in_the_loop.sessions import run_sessions, simulate_sessions
from training.in_the_loop.truth import as_read, TrueOutflow


class Says:
    """An estimator that says the same weight [N] at each sample, and notes what it is told."""

    instances = []

    def __init__(self, context, weight=0.0, refuses=False, **arm):
        self.contexts, self.weighed, self.samples, self.arm = [context], [], [], arm
        self._weight, self._refuses = weight, refuses
        Says.instances.append(self)

    def update(self, stamp_ns, tilt):
        self.samples.append((stamp_ns, tilt))
        return [SimpleNamespace(poured_weight=self._weight, lower=0.0, upper=self._weight)]

    def reset(self, context):
        self.contexts.append(context)

    def weigh(self, weight):
        if self._refuses:
            raise PourForceEstimatorError('no')
        self.weighed.append(weight)


@pytest.fixture(scope='module')
def model():
    return StepModel.load('robot_trials')


@pytest.fixture(scope='module')
def watched():
    """Return pours of planned motions and the estimators that watched them."""
    Says.instances = []
    rng = np.random.default_rng(1)
    pours = simulate_sessions(CUPS, 2, ('planned', 'taught'), rng, Says, stages=3)
    sessions = [[pour for pour in pours if pour.session == n] for n in range(len(Says.instances))]
    return pours, list(zip(sessions, Says.instances))


def test_an_estimator_lives_for_a_session(watched):
    pours, sessions = watched
    assert len(pours) == 2 * 2 * 3 and len(sessions) == 4
    for session, (stages, estimator) in enumerate(sessions):
        assert [pour.stage for pour in stages] == [0, 1, 2]
        assert estimator.contexts == [pour.context for pour in stages]
        assert len(estimator.samples) == sum(len(pour.tilt) for pour in stages)
        tilts = np.concatenate([pour.tilt for pour in stages])
        assert [tilt for _, tilt in estimator.samples] == tilts.tolist()
        assert {pour.session_offset for pour in stages} == {stages[0].session_offset}
        assert {pour.motion for pour in stages} == {('planned', 'taught')[session % 2]}
        assert len({pour.offset for pour in stages}) == 3
        speed = stages[0].return_speed
        assert estimator.arm == {'return_speed': speed, 'return_acceleration': 5.0}


def test_after_each_pour_its_weight_is_told_to_a_gram(watched):
    for stages, estimator in watched[1]:
        assert [len(pour.weighed) for pour in stages] == [0, 1, 2]
        assert tuple(estimator.weighed) == stages[-1].weighed  # none after the last pour
        for weight, pour in zip(estimator.weighed, stages):
            grams = weight / STANDARD_GRAVITY * 1e3
            assert grams == pytest.approx(round(grams), abs=1e-9)
            assert weight == pytest.approx(pour.final_weight, abs=0.0005 * STANDARD_GRAVITY)


def test_the_cup_told_is_the_true_one_without_its_outflow(watched):
    for pour in watched[0]:
        assert pour.context.cup_height == pour.cup.height
        assert pour.context.cup_diameter == pour.cup.diameter
        assert pour.cup.discharge == pytest.approx(pour.truth.nominal.discharge, rel=0.1)
        assert pour.cup.discharge != pour.truth.nominal.discharge
        target, initial = pour.context.target_weight, pour.context.initial_weight
        assert 0.19 < target / initial < 0.61
        assert 2.4 < initial < 5.9


def test_liquid_is_conserved(watched):
    """What is poured never shrinks, and what is left is what the cup holds at its largest tilt."""
    for pour in watched[0]:
        assert pour.poured[0] == 0.0
        assert np.all(np.diff(pour.poured) >= -1e-12)
        assert np.ptp(pour.poured[-20:]) == 0.0  # a rest lets all arrive
        left = Liquid().volume(pour.context.initial_weight - pour.final_weight)
        cup = CupStack([pour.cup], pour.offset)
        largest = pour.tilt.max() + 0.001  # the encoder rounds
        least_left = min(cup.capacity(largest)[0], Liquid().volume(pour.context.initial_weight))
        assert left >= least_left - 1e-9
        if pour.truth is CYLINDER:  # no neck, so that dwells end with little above the lip
            assert m3_to_ml(left - least_left) < 50.0


def test_the_truth_is_the_outflow_of_the_simulator():
    rng = np.random.default_rng(9)
    cup = CupStack([truth.nominal for truth in CUPS], 0.01)
    volume, tilts = np.full(2, 500e-6), np.cumsum(rng.uniform(0.0, 0.02, (200, 2)), axis=0)
    outflow, left = TrueOutflow(cup, volume), volume
    for step, tilt in enumerate(tilts):
        poured = outflow.step(tilt, np.arange(2))
        if step:
            left = advance(cup, left, tilts[step - 1], tilt, 1.0 / 60.0)
        assert poured == pytest.approx(Liquid().weight(volume - left), abs=1e-12)
    assert np.all(poured > 2.0)


def test_a_scale_reads_late():
    poured = np.array([0.0, 0.0, 6.0, 12.0, 12.0, 12.0])
    assert as_read(poured, 0.0).tolist() == poured.tolist()
    assert as_read(poured, 1.5 / 60.0) == pytest.approx([0.0, 0.0, 0.0, 3.0, 9.0, 12.0])


def test_weighings_that_are_refused_or_not_taken_are_counted():
    def without_weighings(context, **arm):
        return SimpleNamespace(update=Says(context).update, reset=Says(context).reset)

    plan = draw_sessions(CUPS, 1, ('planned',), np.random.default_rng(2), stages=3)
    estimators = PourEstimators(lambda context, **arm: Says(context, refuses=True))
    assert len(run_sessions(plan, estimators)) == 6
    assert (estimators.weighings_told, estimators.weighings_refused) == (4, 4)
    estimators = PourEstimators(without_weighings)
    run_sessions(plan, estimators)
    assert estimators.weighings_told == 0


def test_the_same_seed_gives_the_same(model):
    cups = (known_cups(model.spec.cups)[0], unseen_cups(model.spec.cups)[-1])

    def simulate(seed):
        rng, make = np.random.default_rng(seed), estimator_factory(model)
        pours = simulate_sessions(cups, 2, ('jerky', 'steered'), rng, make, stages=2)
        arrays = [(pour.tilt, pour.poured, pour.estimates.weight) for pour in pours]
        return [tuple(array.tobytes() for array in columns) for columns in arrays]

    first, reseeded = simulate(3), simulate(4)
    assert first == simulate(3) and not set(first) & set(reseeded)


def test_sessions_are_the_same_for_all_estimators():
    """And plans know nothing of the mounting."""

    def plan(**options):
        rng = np.random.default_rng(5)
        return draw_sessions(CUPS, 2, ('planned', 'steered'), rng, stages=2, **options)

    early = run_sessions(plan(), PourEstimators(Says))
    late = run_sessions(plan(), PourEstimators(lambda context, **arm: Says(context, weight=50.0)))
    elsewhere = run_sessions(plan(session_spread=3.0 * SESSION_SPREAD), PourEstimators(Says))
    for pour_early, pour_late, pour_apart in zip(early, late, elsewhere):
        assert pour_early.context == pour_late.context == pour_apart.context
        assert pour_early.offset == pour_late.offset != pour_apart.offset
        if pour_early.motion == 'planned':
            assert pour_early.tilt.tolist() == pour_late.tilt.tolist() == pour_apart.tilt.tolist()
        else:
            assert len(pour_early.tilt) > len(pour_late.tilt)


def test_offsets_spread_as_recorded_ones_do_and_motions_can_be_mixed():
    plan = draw_sessions(CUPS, 400, ('planned',), np.random.default_rng(6), stages=2)
    assert np.std(plan.offset) == pytest.approx(SESSION_SPREAD, rel=0.1)
    for stage in plan.stages:
        assert np.std(stage.offset - plan.offset) == pytest.approx(POUR_SPREAD, rel=0.1)
    mixed = draw_sessions(CUPS, 5, KINDS, np.random.default_rng(7), stages=3, mixed=True)
    assert len({stage.motions.kinds[0] for stage in mixed.stages}) > 1


def test_no_estimator_is_needed_where_none_steers():
    def simulate(motion):
        return simulate_sessions(CUPS, 1, (motion,), np.random.default_rng(8), stages=1)

    assert [pour.estimates for pour in simulate('planned')] == [None, None]
    with pytest.raises(SimulationError, match='expected an estimator to steer by'):
        simulate('steered')


@pytest.mark.parametrize(
    'wrong', [{'n_sessions': 0}, {'motions': ()}, {'motions': ('thrown',)}, {'truths': ()}]
)
def test_sessions_that_cannot_be(wrong):
    options = {'truths': CUPS, 'n_sessions': 1, 'motions': ('planned',), **wrong}
    with pytest.raises(SimulationError, match='expected'):
        draw_sessions(rng=np.random.default_rng(0), **options)


def test_unseen_cups_are_unknown(model):
    fitted = model.spec.cups
    assert len(unseen_cups(fitted)) == 4 and len(known_cups(fitted)) == 5
    grown = (*fitted, unseen_cups(fitted)[0].nominal)
    assert len(unseen_cups(grown)) == 3
