"""Tests of training.bulk against stepping through the pours one by one."""

import numpy as np
import pytest
from small_models import INTERVAL, make_model, make_spec

from pour_force_estimator.features import FeatureBuilder
from pour_force_estimator.model_spec import ResponseSpec
from pour_force_estimator.step_model import StepModel
from training import evaluate
from training.bulk import estimate_pours


def stepped(model, pour):
    """Return responses and spreads of a pour, row by row."""
    spec = model.spec
    builder = FeatureBuilder(spec.feature_names, spec.sample_rate_hz, spec.tilt_sign, spec.cups)
    state, outputs = model.initial_state(), []
    for row in builder.matrix(pour.tilt, pour.context):
        response, state, *spread = model.step(row[np.newaxis], state)
        outputs.append([response.item(), *(each.item() for each in spread)])
    return np.array(outputs).T


@pytest.mark.parametrize('name', ['multi_gru', 'single_lstm'])
@pytest.mark.parametrize('batch_size', [1, 5, 128])
def test_the_same_as_pour_by_pour(random_network, robot_recordings, name, batch_size):
    """The pours have different lengths and come in no order of them."""
    model, pours = random_network(name).step_model, robot_recordings.pours
    lengths = [len(pour) for pour in pours]
    assert lengths != sorted(lengths) and len(set(lengths)) > 5
    estimated, spreads = estimate_pours(model, pours, batch_size)
    expected = [estimate.weight for estimate in evaluate.estimate_pours(model, pours)]
    scale = np.abs(np.concatenate(expected)).max()
    assert scale > 0.01
    for pour, one, other, spread in zip(pours, estimated, expected, spreads):
        assert one.shape == spread.shape == (len(pour),)
        assert np.abs(one - other).max() <= 1e-5 * scale
        assert not spread.any()


def test_the_order_of_the_pours_does_not_matter(random_network, robot_recordings):
    model, pours = random_network('multi_gru').step_model, robot_recordings.pours
    order = np.random.default_rng(3).permutation(len(pours))
    estimated, _ = estimate_pours(model, pours, 4)
    shuffled, _ = estimate_pours(model, [pours[index] for index in order], 4)
    for index, other in zip(order, shuffled):
        assert other == pytest.approx(estimated[index], abs=1e-5)


def test_spreads_are_those_of_the_model(robot_recordings):
    """The model by hand has the spread |what the step has added|, which follows from theta."""
    model = StepModel(make_model(make_spec(interval=INTERVAL, tilt_sign=-1), gain=0.01))
    estimated, spreads = estimate_pours(model, robot_recordings.pours, 5)
    for pour, weight, spread in zip(robot_recordings.pours, estimated, spreads):
        theta = pour.column('theta')
        assert weight == pytest.approx(0.01 * np.cumsum(theta), rel=1e-4)
        assert spread == pytest.approx(0.01 * np.abs(theta), rel=1e-4, abs=1e-6)
        responses, own = stepped(model, pour)
        assert weight == pytest.approx(responses, abs=1e-5)
        assert spread == pytest.approx(own, abs=1e-5)


def test_a_response_that_is_what_is_left(dim_recordings):
    model = StepModel(make_model(
        make_spec(response=ResponseSpec('f', 'lbf', 'f_init - response')), gain=0.001))
    estimated, _ = estimate_pours(model, dim_recordings.pours)
    for pour, weight in zip(dim_recordings.pours, estimated):
        left = 0.001 * np.cumsum(pour.column('theta'))
        assert weight == pytest.approx(pour.column('f_init')[0] - left, abs=1e-4)
