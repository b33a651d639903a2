# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of PourEstimator.weigh, and of what it foresees, with a model that believes the prior."""

from dataclasses import replace
import json
import math

from hypothetical_pours import (
    BOTTLE,
    context_of,
    CYLINDER,
    estimates_of,
    final_weight,
    NEWTON_PER_ML,
    RATE_HZ,
    turn,
    way_back,
    way_there,
)
import numpy as np
import pytest
from small_models import INTERVAL, make_model, make_spec

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.errors import MissingContextError, MountingError, WeighingError
from pour_force_estimator.hypotheses.grid import OFFSET_STEPS
from pour_force_estimator.units import degree_to_rad

CONTEXT = context_of(CYLINDER)
OTHER = context_of(BOTTLE)
NEW_CUPS = (
    replace(CYLINDER, height=0.1, diameter=0.13),
    replace(BOTTLE, height=0.25, diameter=0.08),
)
MAX_WEIGHT = CONTEXT.initial_weight
S = 1_000_000_000


@pytest.fixture(scope='module')
def model():
    return StepModel(make_model(make_spec(interval=INTERVAL, cups=(CYLINDER, BOTTLE))))


@pytest.fixture
def estimator(model):
    return PourEstimator(model, CONTEXT)


def pour(estimator, tilts=None, weighed=None):
    """Let a new pour happen, and weigh it; return its estimates."""
    estimator.reset()
    estimates = estimates_of(estimator, turn() if tilts is None else tilts)
    if weighed is not None:
        estimator.weigh(weighed)
    return estimates


def refused(estimator, weight=1.0):
    """Return why a weighing is refused; nothing changes, and it is counted."""
    learned = estimator.mounting and estimator.mounting.to_dict()
    count = estimator.status.counters['weighing_refused']
    with pytest.raises(WeighingError) as caught:
        estimator.weigh(weight)
    assert (estimator.mounting and estimator.mounting.to_dict()) == learned
    assert estimator.status.counters['weighing_refused'] == count + 1
    return str(caught.value)


def test_a_weighed_pour_makes_the_next_better(estimator):
    """A cup that sits 3 degree further tilted pours more, until that was weighed."""
    tilts = turn(largest=0.85)
    truth = final_weight(CYLINDER, CONTEXT, tilts, 3.0)
    errors, widths = [], []
    for number in range(4):
        last = pour(estimator, tilts)[-1]
        errors.append(abs(last.poured_weight - truth))
        widths.append(estimator.mounting.spread)
        estimator.weigh(truth)
        assert estimator.mounting.pours_weighed == number + 1
    assert errors[0] > 10.0 * NEWTON_PER_ML
    assert errors[1] < 0.4 * errors[0] and errors[3] < 0.15 * errors[0]
    assert all(later < before for before, later in zip(widths, widths[1:]))
    assert estimator.mounting.offset == pytest.approx(degree_to_rad(3.0), abs=degree_to_rad(0.3))
    assert not estimator.status.counters['weighing_refused']


@pytest.mark.parametrize('weight', [math.nan, math.inf, -math.inf, -1e-9, MAX_WEIGHT + 1e-6])
def test_weights_that_cannot_have_left_the_cup(estimator, weight):
    pour(estimator)
    assert refused(estimator, weight) == (
        f'weighed: expected 0 to {MAX_WEIGHT:.3f} N, all that was in the cup, received {weight!r}'
    )
    estimator.weigh(1.0)  # the right one can still come
    assert estimator.mounting.pours_weighed == 1


@pytest.mark.parametrize('weight', [0.0, MAX_WEIGHT])
def test_the_ends_of_what_can_be(estimator, weight):
    pour(estimator, weighed=weight)
    assert np.isfinite(estimator.mounting.pour_prior()).all()


def test_no_pour_has_ended(estimator):
    assert 'nothing was poured' in refused(estimator)
    estimates_of(estimator, np.full(30, 0.1))
    assert 'nothing was poured' in refused(estimator)
    pour(estimator, way_there(1.3, 0.5))
    assert 'the cup has not turned back' in refused(estimator)
    estimator.reset()  # which cuts it short
    assert 'nothing was poured' in refused(estimator)


def test_a_pour_ends_once_the_cup_has_turned_back(estimator):
    """5 degree at least, and not before nothing flows any more under any hypothesis."""
    there, back = way_there(1.2, 0.5), way_back(1.2, 0.5).tolist()
    pour(estimator, there)
    for step, tilt in enumerate(back, start=len(there)):
        estimates_of(estimator, [tilt], round(step * 1e9 / RATE_HZ))
        try:
            estimator.weigh(1.0)
        except WeighingError:
            continue
        break
    assert 5.0 <= math.degrees(max(back[0], 1.2) - tilt) < 40.0
    assert estimator.mounting.pours_weighed == 1


def test_a_pour_is_weighed_once(estimator):
    pour(estimator, weighed=1.0)
    assert 'it was weighed already' in refused(estimator)
    estimator.reset()
    assert 'nothing was poured' in refused(estimator)
    pour(estimator, weighed=1.0)
    assert estimator.mounting.pours_weighed == 2


def test_after_a_reset_the_pour_before_can_be_weighed_until_the_next_pours(model):
    """And the pour in progress begins with what was learned of it."""
    early, late = PourEstimator(model, CONTEXT), PourEstimator(model, CONTEXT)
    pour(early, weighed=1.0)
    early.reset()
    pour(late)
    late.reset()
    late.reset()  # as an arm does that resets at its start and before its pour
    estimates_of(late, [0.1] * 5)
    late.weigh(1.0)
    assert late.mounting.to_dict() == early.mounting.to_dict()
    estimates_of(early, [0.1] * 5)
    assert estimates_of(early, turn(), S) == estimates_of(late, turn(), S)
    pour(late)
    pour(late, way_there(1.3, 0.5))
    assert 'the cup has not turned back' in refused(late)


def after_a_gap(estimator, tilts):
    """Tilt, and let the cup stand upright for two samples, a second later; return estimates."""
    estimates_of(estimator, tilts)
    return estimates_of(estimator, [0.1, 0.1], round((len(tilts) + 60) * 1e9 / RATE_HZ))


def test_a_pour_that_a_gap_tore_is_not_weighed(model, estimator):
    assert after_a_gap(estimator, way_there(1.2, 0.5)) == []
    assert 'tore it' in refused(estimator)
    estimator.reset()
    assert 'nothing was poured' in refused(estimator)
    estimator = PourEstimator(model, CONTEXT, reset_on_gap=True)
    assert after_a_gap(estimator, way_there(1.2, 0.5))
    assert 'nothing was poured' in refused(estimator)
    pour(estimator, weighed=1.0)


def test_a_gap_after_its_end_does_no_harm(estimator):
    after_a_gap(estimator, turn())
    assert estimator.status.interruption is not None
    estimator.weigh(1.0)


def test_another_cup_is_mounted_anew(estimator):
    """And the pour from the first can not be weighed any more."""
    pour(estimator, weighed=1.0)
    pour(estimator)
    estimator.reset(OTHER)
    assert estimator.mounting.pours_weighed == 0
    assert estimator.mounting.hypotheses.cups == (BOTTLE,)
    assert 'nothing was poured' in refused(estimator)
    estimator.reset(CONTEXT)
    assert estimator.mounting.pours_weighed == 0


def test_another_fill_of_the_same_cup_is_no_mounting(model, estimator):
    pour(estimator)
    estimator.reset(context_of(CYLINDER, 0.5))
    estimator.weigh(1.0)  # of the pour before, with what was in the cup then
    reference = PourEstimator(model, CONTEXT)
    pour(reference, weighed=1.0)
    assert estimator.mounting.to_dict() == reference.mounting.to_dict()


@pytest.mark.parametrize('is_put_away', [False, True])
def test_a_cup_that_was_measured_again_is_the_same(model, is_put_away):
    """A tenth of a millimetre makes no other cup, also of one that the model does not know."""
    new, again, taller = (
        PourContext(initial_weight=3.0, cup_height=height, cup_diameter=0.080)
        for height in (0.1000, 0.1001, 0.1006)
    )
    estimator = PourEstimator(model, new)
    pour(estimator, weighed=0.5)
    if is_put_away:
        estimator.reset(CONTEXT)
    estimator.reset(again)
    mounting = estimator.mounting
    assert mounting.pours_weighed + mounting.pours_before == 1
    assert estimator.context.cup_height == new.cup_height
    estimator.reset(taller)
    assert not estimator.mounting.has_learned


def test_all_that_is_missing_of_a_context_is_named(model):
    with pytest.raises(MissingContextError, match='cup_diameter, initial_weight'):
        PourEstimator(model, PourContext(cup_height=0.1))


def test_a_context_that_is_refused_changes_nothing(estimator):
    pour(estimator)
    with pytest.raises(MissingContextError):
        estimator.reset(PourContext(initial_weight=3.0))
    assert estimator.context is CONTEXT
    estimator.weigh(1.0)


def test_to_remount(model, estimator):
    pour(estimator, weighed=3.0)
    estimator.reset()
    estimator.remount()
    fresh = PourEstimator(model, CONTEXT)
    assert estimator.mounting.to_dict() == {**fresh.mounting.to_dict(), 'pours_before': 1}
    assert estimates_of(estimator, turn()) == estimates_of(fresh, turn())


def test_a_pour_from_before_a_remount_is_not_weighed(estimator):
    pour(estimator)
    estimator.remount()
    assert 'the cup was mounted anew since it began' in refused(estimator)
    estimator.reset()
    assert 'expected a pour that has ended' in refused(estimator)
    pour(estimator)
    estimator.reset()
    estimator.remount()
    assert 'nothing was poured' in refused(estimator)
    pour(estimator, weighed=1.0)


def test_to_restore(model, estimator):
    pour(estimator, weighed=2.0)
    restarted = PourEstimator(model, CONTEXT)
    pour(restarted)
    restarted.restore(json.loads(json.dumps(estimator.mounting.to_dict())))
    assert restarted.mounting.to_dict() == estimator.mounting.to_dict()
    assert 'nothing was poured' in refused(restarted)
    assert pour(restarted) == pour(estimator)


def test_what_cannot_be_restored_changes_nothing(estimator):
    pour(estimator)
    before = estimator.mounting
    for values in ({}, None, [], {**before.to_dict(), 'pours_weighed': -1}):
        with pytest.raises(MountingError):
            estimator.restore(values)
    assert estimator.mounting is before
    estimator.weigh(1.0)


def test_a_model_without_hypotheses_learns_nothing():
    estimator = PourEstimator(StepModel(make_model()), CONTEXT)
    estimates = estimates_of(estimator, turn())
    assert estimator.mounting is None
    assert all(math.isnan(estimate.predicted_weight) for estimate in estimates)
    assert 'small, which has no hypotheses' in refused(estimator)
    estimator.remount()
    with pytest.raises(MountingError, match='small, which has no hypotheses'):
        estimator.restore({})


@pytest.mark.parametrize('name', ['return_speed', 'return_acceleration'])
@pytest.mark.parametrize('value', [0.0, -1.0, math.nan, math.inf])
def test_an_arm_that_cannot_turn_back(model, name, value):
    with pytest.raises(ValueError, match=f'^{name}: expected a number above 0, received'):
        PourEstimator(model, CONTEXT, **{name: value})


@pytest.mark.parametrize('cup, furthest, step', [(CYLINDER, 0.95, 3), (BOTTLE, 1.3, -2)])
def test_what_is_foreseen_is_what_an_arm_that_turns_back_pours(model, cup, furthest, step):
    """Where it is known how the cup sits: within 3 ml, or 1 %."""
    context = context_of(cup)
    estimator = PourEstimator(model, context)
    prior = np.zeros((1, len(OFFSET_STEPS)))
    prior[0, OFFSET_STEPS.index(step)] = 1.0
    estimator.mounting.pour_prior = lambda: prior
    tilts = way_there(furthest, 0.3)
    foreseen = pour(estimator, tilts)[-1].predicted_weight
    whole = np.append(tilts, way_back(float(tilts[-1]), 0.3))
    expected = final_weight(cup, context, whole, step)
    assert foreseen == pytest.approx(expected, rel=0.01, abs=3.0 * NEWTON_PER_ML)


def test_slower_arms_pour_more(model):
    foreseen = []
    for speed, acceleration in ((2.0, 20.0), (1.0, 20.0), (1.0, 5.0)):
        arm = {'return_speed': speed, 'return_acceleration': acceleration}
        estimator = PourEstimator(model, CONTEXT, **arm)
        foreseen.append(pour(estimator, way_there(1.2, 0.5))[-1].predicted_weight)
    assert foreseen[0] < foreseen[1] < foreseen[2]


@pytest.mark.parametrize('cup', [CYLINDER, BOTTLE, *NEW_CUPS])
def test_what_is_foreseen_is_never_less_than_what_was_poured(model, cup):
    context = context_of(cup)
    estimator = PourEstimator(model, context)
    tilts = np.concatenate((np.full(30, 0.05), turn(largest=1.7), np.full(60, 0.1)))
    estimates = estimates_of(estimator, tilts)
    assert all(estimate.predicted_weight == 0.0 for estimate in estimates[:30])
    assert estimates[-1].poured_weight > 0.3
    for estimate in estimates:
        assert estimate.predicted_weight >= estimate.poured_weight - 1e-6
        assert estimate.predicted_weight <= context.initial_weight * (1.0 + 1e-9)
        assert 0.0 <= estimate.lower <= estimate.upper <= context.initial_weight
    # in the end all has arrived, and nothing more will come
    assert estimate.predicted_weight == pytest.approx(estimate.poured_weight, abs=1e-4)
