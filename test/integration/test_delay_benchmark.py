"""A short run of the comparison with the relay, and that the relay is a fair one."""

import subprocess
import sys

import pytest

from benchmarks import delay, relay
from benchmarks.readiness import run as run_readiness
from pour_force_estimator.ros import estimator_node


def test_the_relay_has_the_quality_of_service_of_the_estimator():
    assert relay.INPUT_QOS == estimator_node.JOINT_STATES_QOS
    assert relay.OUTPUT_QOS.depth == estimator_node.OUTPUT_DEPTH


def test_a_short_comparison(repository, ros_environment):
    """In a process of its own, as `benchmarks.suite` does it: it initializes rclpy."""
    script = (
        'from benchmarks.delay import run\n'
        'for line in run((250.0,), rounds=1, burst_s=1.0):\n'
        '    print(line["part"], line["name"], line["value"], sep="|")')
    done = subprocess.run(
        [sys.executable, '-c', script], cwd=repository, capture_output=True, text=True,
        timeout=120)
    assert done.returncode == 0, done.stderr
    lines = {tuple(line.split('|')[:2]): float(line.split('|')[2])
             for line in done.stdout.splitlines()}
    for node in ('relay', 'estimator'):
        assert 0.0 < lines['delay at 250 Hz', node] < 1e6
        assert lines['memory', node] > 10.0
    assert lines['delay at 250 Hz', 'estimates lost'] == 0.0
    assert lines['delay', 'joint states that the estimator lost'] == 0.0


def test_both_nodes_publish_on_as_many_topics():
    commands = delay.node_commands()
    assert set(commands) == {'estimator', 'relay'}
    bounds = delay.StepModel.load(delay.find_model()).spec.interval is not None
    assert f'bounds:={str(bounds).lower()}' in commands['relay']


def test_readiness_is_that_of_an_active_node(ros_environment):
    empty, estimator = run_readiness(repetitions=1)
    assert 0.0 < empty['value'] < estimator['value']
    assert estimator['ratio'] == pytest.approx(estimator['value'] / empty['value'])
