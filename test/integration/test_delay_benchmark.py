# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A short run of the comparison with the relay, and that the relay is a fair one."""

import math

from command_line import run_python

from benchmarks import delay, relay
from pour_force_estimator import PourEstimator
from pour_force_estimator.model.shipped import DEFAULT_MODEL
from pour_force_estimator.ros import estimate_publishers, estimator_node


def test_the_relay_has_the_quality_of_service_of_the_estimator():
    assert relay.INPUT_QOS == estimator_node.JOINT_STATES_QOS
    assert relay.OUTPUT_QOS.depth == estimate_publishers.OUTPUT_DEPTH


def test_a_short_comparison(ros_environment):
    """In a process of its own, as `benchmarks.suite` does it: it initializes rclpy."""
    script = (
        'from benchmarks.delay import run\n'
        'for line in run((250.0,), rounds=1, burst_s=1.0):\n'
        '    print(line["part"], line["name"], line["value"], sep="|")'
    )
    done = run_python('-c', script)
    assert done.returncode == 0, done.stderr
    cells = [line.split('|') for line in done.stdout.splitlines()]
    lines = {(part, name): float(value) for part, name, value in cells}
    for node in ('relay', 'estimator', 'estimator_rclpy'):
        assert lines['delay at 250 Hz', node] > 0.0
        assert lines['memory', node] > 10.0
    assert lines['delay at 250 Hz', 'estimator, estimates lost'] >= 0.0
    assert lines['delay', 'joint states that estimator lost'] >= 0.0


def test_both_nodes_publish_on_as_many_topics():
    commands = delay.node_commands()
    assert set(commands) == {'estimator', 'estimator_rclpy', 'relay'}
    (estimate,) = PourEstimator.load(DEFAULT_MODEL, delay.CONTEXT).update(0, 0.0)
    for name, value in (('bounds', estimate.upper), ('prediction', estimate.predicted_weight)):
        assert f'{name}:={str(not math.isnan(value)).lower()}' in commands['relay']
