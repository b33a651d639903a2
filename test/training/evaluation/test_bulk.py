# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.evaluation.bulk and stepwise: what one and the other say of the same pours."""

import numpy as np
import pytest
from small_models import BELIEF, INTERVAL, make_model, make_spec

from pour_force_estimator.features import feature_unit
from pour_force_estimator.hypotheses import hypotheses_of, Mounting
from pour_force_estimator.model.spec import FeatureSpec, IntervalSpec, ResponseSpec
from pour_force_estimator.model.step_model import StepModel
from training.evaluation.bulk import estimate_in_bulk
from training.evaluation.stepwise import estimate_pours
from training.recipe.examples import Example


@pytest.mark.parametrize('name', ['multi_gru', 'single_lstm'])
@pytest.mark.parametrize('batch_size', [1, 5, 128])
def test_the_same_as_pour_by_pour(random_network, robot_recordings, name, batch_size):
    """The pours have different lengths and come in no order of them."""
    model, pours = random_network(name).step_model, robot_recordings.pours
    lengths = [len(pour) for pour in pours]
    assert lengths != sorted(lengths) and len(set(lengths)) > 5
    estimated = estimate_in_bulk(model, pours, batch_size)
    expected = [estimate.weight for estimate in estimate_pours(model, pours)]
    scale = np.abs(np.concatenate(expected)).max()
    assert scale > 0.01
    for pour, bulk, weight in zip(pours, estimated, expected):
        assert bulk.weight.shape == (len(pour),)
        assert np.abs(bulk.weight - weight).max() <= 1e-5 * scale
        assert bulk.low is bulk.high is bulk.weight  # of a model without hypotheses


@pytest.mark.parametrize('batch_size', [3, 128])
def test_hypotheses_are_those_of_the_node(robot_recordings, batch_size):
    """As the bounds follow from them: with no noise to speak of, and a factor of 1."""
    pours = robot_recordings.pours
    interval = IntervalSpec.uniform(coverage=0.9, noise=1e-9, factor=1.0)
    wide = [FeatureSpec(name, feature_unit(name), 0.0, 1.0, -1e3, 1e3) for name in BELIEF]
    model = StepModel(make_model(make_spec(wide, interval=interval, tilt_sign=-1)))
    estimated = estimate_in_bulk(model, pours, batch_size)
    for bulk, expected in zip(estimated, estimate_pours(model, pours)):
        assert bulk.weight == pytest.approx(expected.weight, abs=1e-5)
        # the mean may lie outside, while the least likely hypotheses alone have poured
        assert np.minimum(bulk.low, bulk.weight) == pytest.approx(expected.lower, abs=1e-5)
        assert np.maximum(bulk.high, bulk.weight) == pytest.approx(expected.upper, abs=1e-5)
    assert max((bulk.high - bulk.low).max() for bulk in estimated) > 0.05


def test_a_pour_starts_from_what_its_mounting_learned(robot_recordings):
    model = StepModel(make_model(make_spec(interval=INTERVAL, tilt_sign=-1)))
    pour = robot_recordings.pours[1]
    context = pour.context
    mounting = Mounting(hypotheses_of(model.spec.cups, context.cup_height, context.cup_diameter))
    weights = np.linspace(1.0, 3.0, 15) * np.ones((len(mounting.hypotheses.cups), 1))
    for _ in range(3):
        mounting.weigh(weights, 2.4, context.initial_weight)
    kind = {'is_blind': False, 'motion': 'recorded'}
    example = Example(pour.tilt, context, pour.poured_weight, mounting, **kind)
    (informed,), (plain,) = (estimate_in_bulk(model, [start]) for start in (example, pour))
    assert np.abs(informed.weight - plain.weight).max() > 0.005
    assert (informed.high - informed.low)[-1] < (plain.high - plain.low)[-1]


def test_a_response_that_is_what_is_left(dim_recordings):
    spec = make_spec(response=ResponseSpec('f', 'N', 'f_init - response'))
    model = StepModel(make_model(spec, gain=0.001))
    estimated = estimate_in_bulk(model, dim_recordings.pours)
    for pour, (weight, _, _) in zip(dim_recordings.pours, estimated):
        left = 0.001 * np.cumsum(pour.column('theta'))
        assert weight == pytest.approx(pour.context.initial_weight - left, abs=1e-4)
