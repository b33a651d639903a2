# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Intervals from the installed node over real DDS, against the offline ones."""

import threading

from estimated_pour import bits, end, PARAMETERS, regular_samples, START_NS
import numpy as np
import pytest
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from small_models import make_model, make_spec

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.model.spec import IntervalSpec
from pour_force_estimator.ros.demo.played_monitor_node import DemoMonitor

JOINT = 'wrist_3_joint'
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


@pytest.fixture
def monitor(ros_environment):
    """Return the demo's monitor, which takes messages in a thread of its own."""
    context = Context()
    rclpy.init(context=context)
    node = DemoMonitor(context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    thread = threading.Thread(target=executor.spin)
    thread.start()
    yield node
    executor.shutdown()
    thread.join()
    node.destroy_node()
    rclpy.shutdown(context=context)


def pour(peer, model_path, n=250):
    """Send a pour and return what an offline estimator makes of it, when all has come."""
    estimator = PourEstimator(
        StepModel.load(model_path),
        PourContext(
            **{
                name.removeprefix('pour.'): value
                for name, value in PARAMETERS.items()
                if name.startswith('pour.')
            }
        ),
    )
    expected = []
    for stamp_ns, tilt in regular_samples(n):
        peer.send_joint_state(stamp_ns, (JOINT,), (tilt,))
        expected += estimator.update(stamp_ns, tilt)
        due = len(expected)
        if due % 20 == 0:
            peer.wait_until(lambda due=due: len(peer.wrenches) >= due, f'estimate {due}')
    peer.wait_until(
        lambda: all(
            len(received) >= due
            for received in (peer.weights, peer.lower, peer.upper, peer.wrenches)
        ),
        'all estimates and bounds',
    )
    return expected


def stamped(peer, name):
    """Return stamps [ns] and forces [N] of the bounds that have a stamp."""
    return [(stamp_ns, force) for kind, stamp_ns, force in peer.bounds if kind == name]


def test_bounds_equal_the_offline_ones(start_estimator, peer, model_path):
    start_estimator(model=model_path)
    peer.wait_for_bounds()
    expected = pour(peer, model_path)
    assert bits(peer.lower) == bits([estimate.lower for estimate in expected])
    assert bits(peer.upper) == bits([estimate.upper for estimate in expected])
    for name in ('lower', 'upper'):
        peer.wait_until(lambda name=name: len(stamped(peer, name)) == len(expected), name)
        assert stamped(peer, name) == [
            (estimate.stamp_ns, -getattr(estimate, name)) for estimate in expected
        ]
    widths = np.subtract(peer.upper, peer.lower)
    assert widths.min() > 0.0 and min(peer.lower) == 0.0
    assert max(peer.upper) <= PARAMETERS['pour.initial_weight']

    status, values = peer.wait_for_status(
        lambda _, values: values['estimates'] == str(len(expected)), 'the status of the last'
    )
    assert values['model'] == status.hardware_id == 'adding'
    assert values['model RMSE [N]'] == '0.03125'
    assert values['model RMSE measured on'] == 'cross_validation'
    assert values['interval coverage [%]'] == '90'
    assert values['interval width [N]'] == f'{expected[-1].upper - expected[-1].lower:.4f}'


def test_a_model_without_an_interval_has_no_such_topics(start_estimator, peer, model_path):
    node = start_estimator(model=model_path)
    peer.wait_for_bounds()
    assert peer.change_state('deactivate') and peer.change_state('cleanup')
    peer.wait_for_bounds(0)
    without = model_path.with_name('without.onnx')
    without.write_bytes(make_model(make_spec()))
    assert peer.set_parameters(model=str(without)).successful
    assert peer.change_state('configure') and peer.change_state('activate')
    peer.wait_for_estimator()
    peer.wait_for_bounds(0)
    peer.statuses.clear()
    _, values = peer.wait_for_status(
        lambda status, _: status.message != 'inactive', 'a status of the new model'
    )
    assert not [key for key in values if 'interval' in key]
    assert values['model RMSE measured on'] == 'test'
    end(node)


def test_the_monitor_matches_bounds_and_estimates(start_estimator, peer, monitor, model_path):
    start_estimator(model=model_path)
    peer.wait_for_bounds()
    scorer, early_ns = monitor.scorer, START_NS - 10_000_000_000
    scorer.add_truth(early_ns, 0.0)
    received = (peer.weights, peer.lower, peer.upper, peer.wrenches)

    def is_heard():
        peer.send_joint_state(early_ns, (JOINT,), (0.1,))
        peer.wait_until(lambda: all(received), 'an estimate')
        assert peer.reset().success
        for messages in received:
            messages.clear()
        return scorer.pours()[0].has_interval().any()

    peer.wait_until(is_heard, 'the monitor')

    expected = pour(peer, model_path)
    for estimate in expected:
        scorer.add_truth(estimate.stamp_ns, 0.0)
    peer.wait_until(
        lambda: scorer.pours()[-1].has_interval().sum() == len(expected), 'all that is published'
    )
    scored = scorer.pours()[-1]
    for name, values in (
        ('estimated_weight', [estimate.poured_weight for estimate in expected]),
        ('lower', [estimate.lower for estimate in expected]),
        ('upper', [estimate.upper for estimate in expected]),
    ):
        assert bits(getattr(scored, name).tolist()) == bits(values), name
