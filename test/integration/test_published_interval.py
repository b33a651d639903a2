# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Intervals from the installed node over real DDS, against the offline ones."""

from estimated_pour import bits, end, PARAMETERS, Pour, regular_samples
import numpy as np
import pytest
from small_models import make_model, make_spec

from pour_force_estimator import StepModel
from pour_force_estimator.model.spec import IntervalSpec

SPEC = make_spec(
    name='adding',
    interval=IntervalSpec.uniform(coverage=0.9, noise=0.02, factor=8.0),
    errors={'train': {'rmse_newton': 0.01}, 'cross_validation': {'rmse_newton': 0.03125}},
)


@pytest.fixture
def model_path(tmp_path):
    """Return the path of a model with an interval, whose estimates leave what is possible."""
    path = tmp_path / 'adding.onnx'
    path.write_bytes(make_model(SPEC, gain=2e-4))
    return path


def test_bounds_equal_the_offline_ones(start_estimator, peer, model_path):
    start_estimator(model=model_path)
    peer.wait_for_optional()
    pour = Pour(peer, model=StepModel.load(model_path))
    pour.send(regular_samples(250))
    expected = pour.expected
    peer.wait_until(lambda: min(map(len, (peer.lower, peer.upper))) >= len(expected), 'bounds')
    assert bits(peer.lower) == bits([estimate.lower for estimate in expected])
    assert bits(peer.upper) == bits([estimate.upper for estimate in expected])
    fields = {'lower': 'lower', 'upper': 'upper', 'predicted': 'predicted_weight'}
    peer.wait_until(lambda: len(peer.bounds) == len(fields) * len(expected), 'stamped bounds')
    assert sorted(peer.bounds) == sorted(
        (name, estimate.stamp_ns, -getattr(estimate, field))
        for estimate in expected
        for name, field in fields.items()
    )
    widths = np.subtract(peer.upper, peer.lower)
    assert widths.min() > 0.0 and min(peer.lower) == 0.0
    assert max(peer.upper) <= PARAMETERS['pour.initial_weight']

    status, values = peer.wait_for_values({'estimates': str(len(expected))})
    assert values['model'] == status.hardware_id == 'adding'
    assert values['model RMSE [N]'] == '0.03125'
    assert values['model RMSE measured on'] == 'cross_validation'
    assert values['interval coverage [%]'] == '90'
    assert values['interval width [N]'] == f'{expected[-1].upper - expected[-1].lower:.4f}'


def test_a_model_without_an_interval_has_no_such_topics(start_estimator, peer, model_path):
    node = start_estimator(model=model_path)
    peer.wait_for_optional()
    peer.change_states('deactivate', 'cleanup')
    peer.wait_for_optional(0)
    without = model_path.with_name('without.onnx')
    without.write_bytes(make_model(make_spec()))
    assert peer.set_parameters(model=str(without)).successful
    peer.change_states('configure', 'activate')
    peer.wait_for_estimator()
    peer.wait_for_optional(0)
    peer.statuses.clear()
    _, values = peer.wait_for_status(
        lambda status, _: status.message != 'inactive', 'a status of the new model'
    )
    assert not [key for key in values if 'interval' in key]
    assert values['model RMSE measured on'] == 'test'
    end(node)
