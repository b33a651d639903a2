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
from pour_force_estimator.errors import MountingError, PourForceEstimatorError, WeighingError
from pour_force_estimator.hypotheses.grid import OFFSET_STEPS
from pour_force_estimator.units import degree_to_rad

CONTEXT = context_of(CYLINDER)
OTHER = context_of(BOTTLE)
S = 1_000_000_000


@pytest.fixture(scope='module')
def model():
    return StepModel(make_model(make_spec(interval=INTERVAL, cups=(CYLINDER, BOTTLE))))


@pytest.fixture(scope='module')
def plain_model():
    return StepModel(make_model())


@pytest.fixture
def estimator(model):
    return PourEstimator(model, CONTEXT)


def feed(estimator, tilts, start_ns=0):
    """Return the estimates of tilts at the rate of the model."""
    return [
        estimate
        for step, tilt in enumerate(np.asarray(tilts).tolist())
        for estimate in estimator.update(start_ns + round(step * 1e9 / RATE_HZ), tilt)
    ]


def pour(estimator, tilts=None, weighed=None):
    """Let a new pour happen, and weigh it; return its estimates."""
    estimator.reset()
    estimates = feed(estimator, turn() if tilts is None else tilts)
    if weighed is not None:
        estimator.weigh(weighed)
    return estimates


def refused(estimator, weight=1.0):
    """Return why a weighing is refused; nothing changes, and it is counted."""
    learned = estimator.mounting and estimator.mounting.to_dict()
    count = estimator.status.counters['weighing_refused']
    with pytest.raises(WeighingError) as caught:
        estimator.weigh(weight)
    assert isinstance(caught.value, PourForceEstimatorError)
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


@pytest.mark.parametrize(
    'weight', [math.nan, math.inf, -math.inf, -1e-9, CONTEXT.initial_weight + 1e-6]
)
def test_weights_that_cannot_have_left_the_cup(estimator, weight):
    pour(estimator)
    assert refused(estimator, weight) == (
        f'weighed: expected 0 to {CONTEXT.initial_weight:.3f} N, all that was in the cup, '
        f'received {weight!r}'
    )
    estimator.weigh(1.0)  # the right one can still come
    assert estimator.mounting.pours_weighed == 1


@pytest.mark.parametrize('weight', [0.0, CONTEXT.initial_weight])
def test_the_ends_of_what_can_be(estimator, weight):
    pour(estimator)
    estimator.weigh(weight)
    assert estimator.mounting.pours_weighed == 1
    assert np.isfinite(estimator.mounting.pour_prior()).all()


def test_no_pour_has_ended(estimator):
    assert 'nothing was poured' in refused(estimator)
    feed(estimator, np.full(30, 0.1))
    assert 'nothing was poured' in refused(estimator)
    estimator.reset()
    feed(estimator, way_there(1.3, 0.5))
    assert 'the cup has not turned back' in refused(estimator)
    estimator.reset()  # which cuts it short
    assert 'nothing was poured' in refused(estimator)


def test_a_pour_ends_once_the_cup_has_turned_back(estimator):
    """5 degree at least, and not before nothing flows any more under any hypothesis."""
    tilts = way_there(1.2, 0.5)
    feed(estimator, tilts)
    clock = len(tilts)
    back = way_back(1.2, 0.5)
    for step, tilt in enumerate(back.tolist()):
        estimator.update(round((clock + step) * 1e9 / RATE_HZ), tilt)
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
    assert 'it was weighed already' in refused(estimator) or 'nothing' in refused(estimator)
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
    feed(late, [0.1] * 5)
    late.weigh(1.0)
    assert late.mounting.to_dict() == early.mounting.to_dict()
    feed(early, [0.1] * 5)
    rest = turn()
    one, other = (feed(estimator, rest, S) for estimator in (early, late))
    assert [each.poured_weight for each in one] == [each.poured_weight for each in other]
    pour(late)
    late.reset()
    feed(late, way_there(1.3, 0.5))
    assert 'the cup has not turned back' in refused(late)


def after_a_gap(estimator, tilts):
    """Let the cup stand upright for two samples, a second after `tilts`; return the estimates."""
    return feed(estimator, [0.1, 0.1], round((len(tilts) + 60) * 1e9 / RATE_HZ))


def test_a_pour_that_a_gap_tore_is_not_weighed(estimator):
    tilts = way_there(1.2, 0.5)
    feed(estimator, tilts)
    assert after_a_gap(estimator, tilts) == []
    assert 'tore it' in refused(estimator)
    estimator.reset()
    assert 'nothing was poured' in refused(estimator)
    pour(estimator, weighed=1.0)
    assert estimator.mounting.pours_weighed == 1


def test_a_gap_after_its_end_does_no_harm(estimator):
    tilts = turn()
    feed(estimator, tilts)
    after_a_gap(estimator, tilts)
    assert estimator.status.interruption is not None
    estimator.weigh(1.0)
    assert estimator.mounting.pours_weighed == 1


def test_a_gap_that_starts_a_pour_leaves_none_that_was_torn(model):
    estimator = PourEstimator(model, CONTEXT, reset_on_gap=True)
    tilts = way_there(1.2, 0.5)
    feed(estimator, tilts)
    assert after_a_gap(estimator, tilts)
    assert 'nothing was poured' in refused(estimator)


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


def test_a_context_that_is_refused_changes_nothing(estimator):
    pour(estimator)
    with pytest.raises(PourForceEstimatorError):
        estimator.reset(PourContext(initial_weight=3.0))
    assert estimator.context is CONTEXT
    estimator.weigh(1.0)
    assert estimator.mounting.pours_weighed == 1


def test_to_remount(model, estimator):
    pour(estimator, weighed=3.0)
    estimator.reset()
    estimator.remount()
    fresh = PourEstimator(model, CONTEXT).mounting.to_dict()
    assert estimator.mounting.to_dict() == {**fresh, 'pours_before': 1}
    assert [each.poured_weight for each in feed(estimator, turn())] == [
        each.poured_weight for each in feed(PourEstimator(model, CONTEXT), turn())
    ]


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
    values = json.loads(json.dumps(estimator.mounting.to_dict()))
    restarted = PourEstimator(model, CONTEXT)
    restarted.restore(values)
    assert restarted.mounting.to_dict() == estimator.mounting.to_dict()
    assert 'nothing was poured' in refused(restarted)
    estimator.reset()
    assert feed(restarted, turn()) == feed(estimator, turn())


def test_what_cannot_be_restored_changes_nothing(estimator):
    pour(estimator)
    before = estimator.mounting
    for values in ({}, None, [], {**before.to_dict(), 'pours_weighed': -1}):
        with pytest.raises(MountingError):
            estimator.restore(values)
    assert estimator.mounting is before
    estimator.weigh(1.0)


def test_a_model_without_hypotheses_learns_nothing(plain_model):
    estimator = PourEstimator(plain_model, CONTEXT)
    estimates = feed(estimator, turn())
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


def certain(estimator, step):
    """Let the estimator be sure that the cup sits at one of the offsets."""
    prior = np.zeros((1, len(OFFSET_STEPS)))
    prior[0, OFFSET_STEPS.index(step)] = 1.0
    estimator.mounting.pour_prior = lambda: prior
    estimator.reset()


@pytest.mark.parametrize(
    'cup, furthest, velocity, step',
    [
        (CYLINDER, 0.95, 0.1, 3),
        (CYLINDER, 1.2, 0.8, -2),
        (BOTTLE, 1.3, 0.8, 3),
        (BOTTLE, 1.6, 0.3, 0),
    ],
)
def test_what_is_foreseen_is_what_an_arm_that_turns_back_pours(
    model, cup, furthest, velocity, step
):
    """Where it is known how the cup sits: within 3 ml, or 1 %."""
    context = context_of(cup)
    estimator = PourEstimator(model, context)
    certain(estimator, step)
    tilts = way_there(furthest, velocity)
    foreseen = feed(estimator, tilts)[-1].predicted_weight
    whole = np.append(tilts, way_back(float(tilts[-1]), velocity))
    assert foreseen == pytest.approx(
        final_weight(cup, context, whole, step), rel=0.01, abs=3.0 * NEWTON_PER_ML
    )


def test_slower_arms_pour_more(model):
    foreseen = []
    for speed, acceleration in ((2.0, 20.0), (1.0, 5.0), (0.3, 1.0)):
        estimator = PourEstimator(
            model, CONTEXT, return_speed=speed, return_acceleration=acceleration
        )
        foreseen.append(feed(estimator, way_there(1.2, 0.5))[-1].predicted_weight)
    assert foreseen[0] < foreseen[1] < foreseen[2]


@pytest.mark.parametrize(
    'cup',
    [
        CYLINDER,
        BOTTLE,
        replace(CYLINDER, height=0.1, diameter=0.13),
        replace(BOTTLE, height=0.25, diameter=0.08),
    ],
)
def test_what_is_foreseen_is_never_less_than_what_was_poured(model, cup):
    context = context_of(cup)
    estimator = PourEstimator(model, context)
    estimates = feed(estimator, turn(largest=1.7))
    assert estimates[-1].poured_weight > 0.3
    for estimate in estimates:
        assert estimate.predicted_weight >= estimate.poured_weight - 1e-6
        assert estimate.predicted_weight <= context.initial_weight * (1.0 + 1e-9)
        assert 0.0 <= estimate.lower <= estimate.upper <= context.initial_weight
    # in the end all has arrived, and nothing more will come
    estimates = feed(estimator, np.full(60, 0.1), 10 * S)
    estimator.reset()
    last = [
        *feed(estimator, turn(largest=1.7)),
        *feed(estimator, np.full(60, 0.1), round(len(turn()) * 1e9 / RATE_HZ)),
    ][-1]
    assert last.predicted_weight == pytest.approx(last.poured_weight, abs=1e-4)
    early = feed(PourEstimator(model, context), np.full(30, 0.05))
    assert all(estimate.predicted_weight == 0.0 for estimate in early)
