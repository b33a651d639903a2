# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Intervals from the installed node over real DDS, against the offline ones."""

from estimated_pour import bits, PARAMETERS, Pour, regular_samples
import numpy as np
from small_models import make_model, make_spec

from pour_force_estimator import StepModel
from pour_force_estimator.model.spec import IntervalSpec

SPEC = make_spec(
    name='adding',
    interval=IntervalSpec.uniform(coverage=0.9, noise=0.02, factor=8.0),
    errors={'train': {'rmse_newton': 0.01}, 'cross_validation': {'rmse_newton': 0.03125}},
)


def test_bounds_equal_the_offline_ones(start_estimator, peer, tmp_path):
    """Of a model whose estimates leave what is possible."""
    path, content = tmp_path / 'adding.onnx', make_model(SPEC, gain=2e-4)
    path.write_bytes(content)
    start_estimator(model=path)
    peer.wait_for_optional()
    pour = Pour(peer, model=StepModel(content))
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
