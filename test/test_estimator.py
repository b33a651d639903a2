# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.estimator."""

import math

from hypothetical_pours import context_of, CYLINDER, estimates_of, turn
import numpy as np
import pytest
from small_models import BELIEF, make_model, make_spec

from pour_force_estimator import Estimate, PourContext, PourEstimator, StepModel
from pour_force_estimator.errors import MissingContextError
from pour_force_estimator.features import feature_unit, FeatureBuilder
from pour_force_estimator.model.spec import FeatureSpec, IntervalSpec, ResponseSpec

MS = 1_000_000
START = 1_700_000_000_000_000_000
DEGREE = math.pi / 180.0
UNKNOWN = PourContext()
CONTEXT = context_of(CYLINDER)
REMAINING = ResponseSpec('f', 'N', 'f_init - response')
INTERVAL = IntervalSpec.uniform(coverage=0.9, noise=0.02, factor=1.5)
ADDING_MODEL = StepModel(make_model(make_spec(sample_rate_hz=10.0)))
"""A model at 10 Hz whose response is the sum of theta [degree] over the ticks."""

REMAINING_MODEL = StepModel(make_model(make_spec(sample_rate_hz=10.0, response=REMAINING)))
"""A model at 10 Hz whose response is the weight that remains."""

INTERVAL_MODEL = StepModel(make_model(make_spec(interval=INTERVAL)))
"""A model with an interval that believes the prior; its noise is 0.02 N."""


@pytest.fixture
def adding():
    return PourEstimator(ADDING_MODEL, UNKNOWN)


def feed(estimator, samples):
    """Return the estimates of all samples in one list."""
    return [estimate for stamp, tilt in samples for estimate in estimator.update(stamp, tilt)]


def weights(estimates):
    """Return the poured weights [N]."""
    return [estimate.poured_weight for estimate in estimates]


def bounds(estimates):
    """Return lower and upper bounds [N]."""
    return [(estimate.lower, estimate.upper) for estimate in estimates]


def steady(tilt_degree, n, first=0):
    """Return n samples at 10 Hz from tick `first` on."""
    return [(START + 100 * MS * k, tilt_degree * DEGREE) for k in range(first, first + n)]


def test_estimates_by_hand(adding):
    samples = [(START + ms * MS, (1.0 + ms / 50) * DEGREE) for ms in (0, 50, 150, 200)]
    estimates = feed(adding, samples)
    assert [estimate.stamp_ns - START for estimate in estimates] == [0, 100 * MS, 200 * MS]
    assert [estimate.tilt / DEGREE for estimate in estimates] == pytest.approx([1.0, 3.0, 5.0])
    assert weights(estimates) == pytest.approx([1.0, 4.0, 9.0])
    assert isinstance(estimates[0], Estimate) and isinstance(estimates[0].poured_weight, float)
    assert np.isnan(bounds(estimates)).all()  # of a model without an interval


def test_what_remains_is_taken_from_the_initial_weight():
    estimator = PourEstimator(REMAINING_MODEL, PourContext(initial_weight=20.0))
    assert weights(feed(estimator, steady(2.0, 3))) == pytest.approx([18.0, 16.0, 14.0])
    estimator.reset(PourContext(initial_weight=10.0))
    assert weights(feed(estimator, steady(2.0, 2))) == pytest.approx([8.0, 6.0])


def test_the_sign_of_theta_is_that_of_the_recordings():
    model = StepModel(make_model(make_spec(sample_rate_hz=10.0, tilt_sign=-1)))
    estimates = feed(PourEstimator(model, UNKNOWN), steady(2.0, 2))
    assert weights(estimates) == pytest.approx([-2.0, -4.0])
    assert estimates[0].tilt == 2.0 * DEGREE


def pour(model, context=CONTEXT, tilts=None):
    """Return the estimator and the estimates of a pour."""
    estimator = PourEstimator(model, context)
    return estimator, estimates_of(estimator, turn(largest=0.95) if tilts is None else tilts)


def test_bounds_by_hand():
    """Between the tails of the prior, one and a half times as far, beside a noise."""
    estimator, estimates = pour(INTERVAL_MODEL)
    builder = FeatureBuilder(INTERVAL_MODEL.spec.feature_names, 60.0, 1, INTERVAL_MODEL.spec.cups)
    _, arrived, _ = builder.trace(turn(largest=0.95), CONTEXT)
    prior = estimator.mounting.pour_prior()[0]
    middles = np.cumsum(prior) - prior / 2.0
    for estimate, (answers,) in zip(estimates, arrived):
        low, high = np.interp([0.05, 0.95], middles, answers)
        weight = prior @ answers
        lower = weight - math.hypot(0.02, 1.5 * (weight - low))
        upper = weight + math.hypot(0.02, 1.5 * (high - weight))
        expected = np.clip([lower, upper], 0.0, CONTEXT.initial_weight)
        assert estimate.poured_weight == pytest.approx(weight, abs=1e-5)
        assert (estimate.lower, estimate.upper) == pytest.approx(expected, abs=1e-4)
    assert high - low > 0.1
    assert estimates[-1].lower > 0.1 and estimates[-1].upper < CONTEXT.initial_weight


def test_before_anything_flows_there_is_nothing_but_noise():
    _, estimates = pour(INTERVAL_MODEL, tilts=np.full(50, 0.1))
    assert bounds(estimates) == [(0.0, pytest.approx(0.02))] * 50
    assert weights(estimates) == [0.0] * 50


def test_bounds_of_what_remains():
    """The rule turns the response around, not what the hypotheses say."""
    model = StepModel(make_model(make_spec(response=REMAINING, interval=INTERVAL)))
    estimates, expected = (weights(pour(tried)[1]) for tried in (model, INTERVAL_MODEL))
    assert estimates == pytest.approx(CONTEXT.initial_weight - np.array(expected), abs=1e-6)


def test_bounds_widen_outside_the_range_and_stay_wide():
    """Where a feature is as far outside as its range is wide, they are twice as far away."""
    features = [FeatureSpec(name, feature_unit(name), 0.0, 1.0, -100.0, 100.0) for name in BELIEF]
    column = BELIEF.index('physics_+0')
    features[column] = FeatureSpec('physics_+0', 'N', 0.0, 1.0, 0.0, 0.25)
    estimator, estimates = pour(StepModel(make_model(make_spec(features, interval=INTERVAL))))
    plain_estimator, plain = pour(INTERVAL_MODEL)
    (feature,) = estimator.out_of_range()
    assert (feature.name, feature.low, feature.high) == ('physics_+0', 0, 0.25)
    assert plain_estimator.out_of_range() == []
    wider = 1.0 + (feature.value - 0.25) / 0.25
    assert wider > 2.0
    weight, narrow = plain[-1].poured_weight, np.array(bounds(plain)[-1])
    expected = np.clip(weight + wider * (narrow - weight), 0.0, CONTEXT.initial_weight)
    assert bounds(estimates)[-1] == pytest.approx(expected, abs=1e-4)
    estimator.reset()
    assert estimator.out_of_range() == []


def test_after_reset_the_first_sample_is_a_tick_wherever_it_lies(adding):
    feed(adding, steady(1.0, 3))
    adding.reset()
    (estimate,) = adding.update(START - 123 * MS, 2.0 * DEGREE)
    assert estimate.stamp_ns == START - 123 * MS
    assert estimate.poured_weight == pytest.approx(2.0)
    assert not adding.status.counters


def test_two_estimators_share_a_model_without_leaks(trained_model, robot_recordings):
    pours = robot_recordings.pours[1:3]
    alone = [estimates_of(PourEstimator(trained_model, pour.context), pour.tilt) for pour in pours]
    estimators = [PourEstimator(trained_model, pour.context) for pour in pours]
    together = [[], []]
    for step in range(max(map(len, pours))):
        for estimator, pour, estimates in zip(estimators, pours, together):
            tilts = pour.tilt[step : step + 1]
            estimates.extend(estimates_of(estimator, tilts, round(step * 1e9 / 60.0)))
    assert together == alone
    assert weights(together[0])[-1] != weights(together[1])[-1]


@pytest.mark.parametrize('name', ['multi_gru', 'multi_lstm', 'single_gru', 'single_lstm'])
def test_estimates_are_those_of_keras_over_whole_pours(random_network, name):
    network = random_network(name)
    expected = network.sequence_model.predict(network.padded.features, verbose=0)[:, :, 0]
    scale = np.abs(network.padded.response).max()
    estimator = PourEstimator(network.step_model, network.pours[0].context)
    for pour, keras_weights in zip(network.pours, expected):
        estimator.reset(pour.context)
        estimated = weights(estimates_of(estimator, pour.tilt))
        assert len(estimated) == len(pour)
        assert np.abs(np.array(estimated) - keras_weights[: len(pour)]).max() < 1e-5 * scale
        assert np.ptp(estimated) > 100 * 1e-5 * scale


@pytest.mark.parametrize('tilt', [math.nan, math.inf, -math.inf])
def test_tilts_that_are_no_number_are_dropped_and_counted(adding, tilt):
    expected = feed(PourEstimator(ADDING_MODEL, UNKNOWN), steady(1.0, 10))
    assert expected == [
        estimate
        for stamp, value in steady(1.0, 10)
        for estimate in feed(adding, [(stamp - 1, tilt), (stamp, value), (stamp + 5, tilt)])
    ]
    adding.reset()  # counters go on
    assert adding.status.counters == {'not_finite': 20}
    assert adding.status.interruption is None


def test_a_gap_ends_the_estimates_until_reset(adding):
    assert len(feed(adding, steady(1.0, 5))) == 5
    assert feed(adding, steady(1.0, 5, first=8)) == []
    assert adding.status.interruption.case == 'gap'
    assert adding.status.counters == {'gap': 1, 'after_interruption': 4}
    adding.reset()
    assert adding.status.interruption is None
    assert weights(feed(adding, steady(1.0, 2, first=13))) == pytest.approx([1.0, 2.0])


def test_a_longer_gap_may_be_interpolated_and_a_shorter_step_be_a_jump():
    thresholds = {'max_interpolated_gap_s': 0.4, 'time_jump_threshold_s': 0.25}
    estimator = PourEstimator(ADDING_MODEL, UNKNOWN, **thresholds)
    estimates = feed(estimator, [*steady(1.0, 2), *steady(1.0, 2, first=5)])
    assert weights(estimates) == pytest.approx(range(1, 8))
    late = [(START + ms * MS, 0.1) for ms in (400, 300, 340)]
    assert [len(estimator.update(*sample)) for sample in late] == [0, 0, 1]
    assert estimator.status.counters == {'bridged': 1, 'out_of_order': 1, 'time_jump': 1}


def test_reset_on_gap_starts_a_new_pour():
    context = PourContext(cup_height=0.1)
    estimator = PourEstimator(ADDING_MODEL, context, reset_on_gap=True)
    feed(estimator, steady(1.0, 5))
    estimates = feed(estimator, steady(2.0, 3, first=8))
    assert estimates[0].stamp_ns == START + 800 * MS
    assert weights(estimates) == pytest.approx([2.0, 4.0, 6.0])
    assert estimator.status.interruption is None and estimator.status.counters == {'gap': 1}
    assert estimator.context is context


@pytest.mark.parametrize('reset_on_gap', [False, True])
@pytest.mark.parametrize('after', [[], steady(1.0, 5, first=35)], ids=['a pour', 'a gap'])
def test_a_jump_back_in_time_starts_a_new_pour(after, reset_on_gap):
    estimator = PourEstimator(ADDING_MODEL, UNKNOWN, reset_on_gap=reset_on_gap)
    feed(estimator, [*steady(1.0, 30), *after])
    estimates = feed(estimator, steady(2.0, 3))
    assert estimates[0].stamp_ns == START
    assert weights(estimates) == pytest.approx([2.0, 4.0, 6.0])
    assert estimator.status.interruption is None
    assert estimator.status.counters['time_jump'] == 1
    assert after or estimator.status.counters == {'time_jump': 1}


@pytest.mark.parametrize('reset_on_gap', [False, True])
def test_a_pour_does_not_begin_by_itself_with_a_tilted_cup(reset_on_gap):
    estimator = PourEstimator(ADDING_MODEL, UNKNOWN, reset_on_gap=reset_on_gap)
    feed(estimator, steady(28.0, 30))
    assert feed(estimator, steady(28.0, 20)) == []
    assert estimator.status.interruption.case == 'time_jump'
    estimator.reset()
    assert weights(feed(estimator, steady(2.0, 2, first=20))) == pytest.approx([2.0, 4.0])


@pytest.mark.parametrize(
    'spec, missing',
    [
        ({'response': REMAINING}, ('initial_weight',)),
        ({'features': ('theta', 'h_pc', 'd_pc', 'rho')}, ('cup_height', 'relative_density')),
    ],
)
def test_missing_context_is_named(spec, missing):
    with pytest.raises(MissingContextError) as caught:
        PourEstimator(StepModel(make_model(make_spec(**spec))), PourContext(cup_diameter=0.1))
    assert caught.value.missing == missing


def test_a_refused_reset_changes_nothing():
    context = PourContext(initial_weight=20.0)
    estimator = PourEstimator(REMAINING_MODEL, context)
    expected = feed(estimator, steady(2.0, 8))
    estimator.reset()
    estimates = feed(estimator, steady(2.0, 4))
    with pytest.raises(MissingContextError):
        estimator.reset(PourContext(cup_height=0.1))
    assert estimator.context is context
    assert estimates + feed(estimator, steady(2.0, 4, first=4)) == expected
