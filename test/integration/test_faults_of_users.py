# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What users do wrong or at the wrong time, against the installed nodes over real DDS."""

import dataclasses
import itertools
import signal
import time

from command_line import run_python
from diagnostic_msgs.msg import DiagnosticStatus
from estimated_pour import (
    CONTEXT,
    context_parameters,
    end,
    MODEL,
    offline_estimates,
    Pour,
    regular_samples,
    START_NS,
)
import pytest

from pour_force_estimator import PourContext

SIGNALLED = """
import os, signal
from rclpy.node import Node
from pour_force_estimator.ros.lifecycle import spin_until_shutdown
import rclpy

done = []

def interrupt():
    os.kill(os.getpid(), signal.{number})

def create_node():
    node = Node('signalled')
    if {at_once}:
        interrupt()
        done.append(rclpy.ok())
    def tick():
        interrupt()
        done.append(sum(range(100_000)))
    node.create_timer(0.01, tick)
    return node

spin_until_shutdown(create_node)
print('done', done)
"""


def test_a_transition_that_the_state_does_not_have_is_refused(start_estimator, peer):
    start_estimator('unconfigured')
    for state, next_one, others in (
        ('unconfigured', 'configure', ('activate', 'deactivate', 'cleanup')),
        ('inactive', 'activate', ('configure', 'deactivate')),
        ('active', None, ('configure', 'activate', 'cleanup')),
    ):
        for transition in others:
            assert not peer.change_state(transition)
            assert peer.state() == state
        assert next_one is None or peer.change_state(next_one)
    peer.wait_for_estimator()
    pour = Pour(peer)
    pour.send(regular_samples(26))
    pour.check()


def test_a_context_that_changes_during_a_pour_counts_from_the_next_reset(pour, peer):
    samples = regular_samples(252)
    changed = PourContext(2.5, 1.0, None, 0.2, 0.08, relative_density=1.2)
    pour.send(samples[:60])
    assert peer.set_parameters(**context_parameters(changed)).successful
    pour.send(samples[60:126])
    assert pour.expected == offline_estimates(samples[:126])
    pour.reset(changed)
    pour.send(samples[126:])
    pour.check()
    after = offline_estimates(samples[126:], changed)
    assert pour.expected[-len(after) :] == after
    assert offline_estimates(samples[126:])[-1].poured_weight != after[-1].poured_weight > 0.0


def test_a_context_outside_the_training_range_is_a_warning_with_both(start_estimator, peer):
    start_estimator(pour__initial_weight=10.0)
    # where pours begin; each part ends on a tick of the model
    samples = ((START_NS + 8_000_000 * step, 0.12) for step in itertools.count())
    pour = Pour(peer, dataclasses.replace(CONTEXT, initial_weight=10.0))
    pour.send([next(samples)])

    def is_said():
        pour.send(itertools.islice(samples, 25))
        return [status for status in peer.statuses if 'outside' in status.message]

    peer.wait_until(is_said, 'a warning of the range')
    status = is_said()[0]
    assert status.level == DiagnosticStatus.WARN
    assert status.message.startswith('outside the range seen in training: ')
    (f_init,) = (feature for feature in MODEL.spec.features if feature.name == 'f_init')
    assert f'f_init 10 (range {f_init.low:.4g} to {f_init.high:.4g} N)' in status.message
    assert 'f_target' not in status.message and 'theta' not in status.message
    assert peer.set_parameters(pour__initial_weight=CONTEXT.initial_weight).successful
    pour.reset(CONTEXT)
    pour.send(itertools.islice(samples, 26))
    healthy = (DiagnosticStatus.OK, 'estimating')
    peer.wait_for_status(lambda status, _: (status.level, status.message) == healthy, 'health')
    pour.check()
    assert peer.set_parameters(pour__initial_weight=20.0).successful
    pour.reset(dataclasses.replace(CONTEXT, initial_weight=20.0))
    pour.send(itertools.islice(samples, 26))
    overfull = (DiagnosticStatus.WARN, 'pour.initial_weight 20 N, the cup holds 13.53 N')
    peer.wait_for_status(lambda status, _: (status.level, status.message) == overfull, 'overfull')


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize('state', ['unconfigured', 'inactive', 'active'])
def test_a_signal_ends_the_node_cleanly(start_estimator, peer, state, number):
    node = start_estimator(state)
    if state == 'active':
        pour = Pour(peer)
        pour.send(regular_samples(30))
    assert 'ERROR' not in end(node, number)


def test_a_second_signal_does_not_disturb_the_end(start_estimator, peer):
    """As of a terminal's Ctrl-C under ros2 launch, which reaches the node twice."""
    node = start_estimator('active')
    for _ in range(20):
        if node.poll() is None:
            node.send_signal(signal.SIGINT)
        peer.spin_until(time.monotonic() + 0.005)
    output, _ = node.communicate()
    assert node.returncode == 0, output
    assert 'Traceback' not in output


@pytest.mark.parametrize(
    'executable, parameter, expected',
    [
        ('estimator', 'pour.cup_height:=high', 'cup_height'),
        ('estimator', 'pour.cup_height:=1200.0', 'cup_height'),
        ('monitor', 'scale_sign:=0', 'scale_sign: expected 1 or -1, received 0'),
        ('recorder', 'scale_type:=String', "scale_type: expected one of ['Float64', 'Float32', "),
        ('recorder', 'scale_topic:=""', 'scale_topic: expected the topic of a scale'),
        ('recorder', 'joint_coefficients:=[1.0, 2.0]', 'coefficients: expected 1, one per joint'),
        ('recorder', 'rest:=0.0', 'rest'),
        ('pour_to_target', 'target:=0.0', 'target'),
        ('pour_to_target', 'target:=1e9', 'target'),
        ('pour_to_target', 'target:=nan', 'target'),
        ('pour_to_target', 'target:="much"', 'target'),
    ],
)
def test_a_wrong_parameter_is_one_line(start_installed, executable, parameter, expected):
    node = start_installed(executable, '-p', parameter)
    output, _ = node.communicate()
    assert node.returncode == 1
    (line,) = output.splitlines()
    assert line.startswith(f'{executable}: ') and expected in line


@pytest.mark.parametrize('number', ['SIGINT', 'SIGTERM'])
@pytest.mark.parametrize('at_once, expected', [(True, 'done [True]'), (False, 'done [4999950000')])
def test_a_signal_interrupts_no_callback_and_no_start(ros_environment, number, at_once, expected):
    """A KeyboardInterrupt inside rclpy's C code would become another error, and a traceback."""
    output = run_python('-c', SIGNALLED.format(number=number, at_once=at_once), check=True)
    assert output.stdout.startswith(expected)
    assert output.stderr == ''
