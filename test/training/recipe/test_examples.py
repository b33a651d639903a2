# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.recipe.examples and sessions: what networks learn from."""

from dataclasses import replace

from hypothetical_pours import estimates_of
import numpy as np
import pytest
from small_recipe import cup_fits, recordings

from pour_force_estimator import PourEstimator, StepModel
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.hypotheses import hypotheses_of, Mounting
from training.recipe.examples import blind_examples, outflow_left, recorded_examples, WEIGHED
from training.recipe.sessions import new_cups, prior_model, simulate_blind_sessions

RATE_HZ = 60.0


@pytest.fixture(scope='module')
def cups():
    return CupTable(fit.cup for fit in cup_fits())


@pytest.fixture(scope='module')
def simulated(cups):
    return simulate_blind_sessions(cups, 2, 2, 7, RATE_HZ)


def test_recorded_pours_come_with_several_priors(cups):
    pours = recordings().pours
    examples = recorded_examples(pours, cup_fits(), cups, np.random.default_rng(0))
    assert len(examples) == len(WEIGHED) * len(pours)
    assert [example.mounting.pours_weighed for example in examples] == [
        weighed for weighed in WEIGHED for _ in pours
    ]
    for example, pour in zip(examples, list(pours) * len(WEIGHED)):
        assert np.array_equal(example.tilt, pour.tilt)
        assert np.array_equal(example.poured_weight, pour.poured_weight)
        assert len(example) == len(pour) and not example.is_blind
        assert example.mounting.hypotheses.cups == (
            cups.find(pour.context.cup_height, pour.context.cup_diameter),
        )


def test_what_was_weighed_tells_of_the_offset_of_the_pour(cups):
    """Which the fit of its cup found; a prior of three pours is surer than one of none."""
    pours = recordings().pours
    fits = [
        replace(fit, pour_offsets_deg=np.resize([-4.0, 4.0], len(fit.pour_offsets_deg)))
        for fit in cup_fits()
    ]
    offsets = np.resize([-4.0, -4.0, 4.0, 4.0], len(pours))  # the two cups pour in turn
    examples = recorded_examples(pours, fits, cups, np.random.default_rng(1))
    mountings = [example.mounting for example in examples]
    cold, once, thrice = (
        [mounting for mounting in mountings if mounting.pours_weighed == weighed]
        for weighed in (0, 1, 3)
    )
    # most of these pours empty their cups, wherever it sits, and tell nothing
    telling = [
        (np.degrees(mounting.offset), offset)
        for mounting, offset in zip(thrice, offsets)
        if np.degrees(mounting.spread) < 1.2
    ]
    assert len(telling) >= 3
    assert all(abs(learned - offset) < 2.0 for learned, offset in telling)
    spreads = [np.mean([mounting.spread for mounting in group]) for group in (thrice, once, cold)]
    assert spreads[0] < spreads[1] < spreads[2]


def test_simulated_sessions(cups, simulated):
    """Of each known cup and of as many new ones; the same seed gives the same."""
    fitted = [pour for pour in simulated if pour.truth.group == 'known']
    new = [pour for pour in simulated if pour.truth.group == 'new']
    assert len({pour.session for pour in fitted}) == 2 * len(cups)
    assert len({pour.session for pour in new}) == 2
    assert {pour.truth.nominal for pour in fitted} == set(cups)
    for pour in simulated:
        assert len(pour.weighed) == pour.stage
        assert cups.knows(pour.context.cup_height, pour.context.cup_diameter) == (
            pour.truth.group == 'known'
        )
    for pour, same in zip(simulated, simulate_blind_sessions(cups, 2, 2, 7, RATE_HZ)):
        assert np.array_equal([pour.tilt, pour.poured], [same.tilt, same.poured])
    assert simulate_blind_sessions(cups, 0, 0, 7, RATE_HZ) == []


def test_blind_pours_know_what_was_weighed_before_them(cups, simulated):
    """As `PourEstimator.weigh` would have told it."""
    order = np.random.default_rng(0).permutation(len(simulated))
    examples = blind_examples([simulated[index] for index in order], cups, RATE_HZ)
    pours = sorted(simulated, key=lambda pour: (pour.session, pour.stage))
    assert len(examples) == len(pours)
    for example, pour in zip(examples, pours):
        assert example.is_blind and example.mounting.pours_weighed == pour.stage
        assert np.array_equal(example.tilt, pour.tilt) and example.motion == pour.motion
        assert np.array_equal(example.poured_weight, pour.poured)
    model = StepModel(prior_model(cups, RATE_HZ))
    for session in (0, pours[-1].session):
        of_session = [pair for pair in zip(examples, pours) if pair[1].session == session]
        estimator = PourEstimator(model, of_session[0][1].context)
        for stage, (example, pour) in enumerate(of_session):
            if stage:
                estimator.weigh(pour.weighed[-1])
            assert estimator.mounting.to_dict()['likelihood'] == pytest.approx(
                np.array(example.mounting.to_dict()['likelihood']), abs=1e-9
            )
            estimator.reset(pour.context)
            estimates_of(estimator, pour.tilt)


def test_the_model_of_the_prior_believes_it(cups):
    pour = recordings().pours[1]
    mounting = Mounting(hypotheses_of(cups, pour.context.cup_height, pour.context.cup_diameter))
    tilt = np.append(pour.tilt, np.full(60, pour.tilt[0]))  # with a rest, so that all arrives
    estimator = PourEstimator(StepModel(prior_model(cups, RATE_HZ)), pour.context)
    poured = estimates_of(estimator, tilt)[-1].poured_weight
    left = outflow_left(mounting, tilt, pour.context, RATE_HZ)
    assert poured == pytest.approx(float(np.vdot(mounting.pour_prior(), left)), rel=1e-4)
    assert poured > 0.22


def test_new_cups_are_large_enough_and_differ():
    truths = new_cups(12, np.random.default_rng(3))
    assert len(truths) == 12 and len({truth.name for truth in truths}) == 12
    assert min(truth.nominal.volume for truth in truths) >= 400e-6
    assert any(truth.nominal.lip_ratio < 0.8 for truth in truths)
    assert new_cups(0, np.random.default_rng(3)) == []
