# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a bag is said with topic and time, and the good pours are kept."""

import os

import numpy as np
import pytest
from small_bags import CUP, joint_states, readings, record, START_NS, wrenches

S = 1_000_000_000


@pytest.fixture
def good(make_bag, messages):
    """Return a bag without faults, to be imported beside one that has some."""
    return make_bag(messages, name='good')


@pytest.fixture
def import_bad(make_bag, import_bag):
    """Return a function that imports a bag of messages; it checks how many pours are kept."""

    def import_one(*messages, pours):
        outcome = import_bag(make_bag(*messages, name='bad'))
        assert outcome.code == (0 if pours else 2) and len(outcome.pours) == pours
        return outcome.errors

    return import_one


def with_pause(messages, begin_s, seconds):
    return [row for row in messages if not 0.0 < (row[0] - START_NS) / S - begin_s < seconds]


@pytest.mark.parametrize(
    'joints, scale, problem, detail',
    [
        (
            joint_states,
            lambda pours: readings(pours, topic='/balance'),
            ': no topic /scale; its topics: /balance (std_msgs/msg/Float64), ',
            '/joint_states (sensor_msgs/msg/JointState)',
        ),
        (
            lambda pours: joint_states(pours, ('elbow_joint', 'wrist_2_joint')),
            readings,
            ": /joint_states: no joint wrist_3_joint; it has ['elbow_joint', 'wrist_2_joint']",
            '',
        ),
        (
            joint_states,
            lambda pours: [(row[0], '/scale', row[2]) for row in joint_states(pours)],
            ': /scale: expected a scale, std_msgs/msg/Float64 or geometry_msgs/msg/WrenchStamped',
            ', received sensor_msgs/msg/JointState',
        ),
        (
            joint_states,
            lambda pours: wrenches(pours, start_ns=START_NS + 1000 * S),
            ', /scale: no overlap: /joint_states covers 2023-11-14T22:13:20.000 to ',
            '/scale 2023-11-14T22:30:00.000 to',
        ),
    ],
    ids=['no such topic', 'no such joint', 'a topic of another type', 'no overlap'],
)
def test_a_bag_of_no_use_beside_a_good_one(
    make_bag, three_pours, import_bag, good, joints, scale, problem, detail
):
    bad = make_bag(joints(three_pours), scale(three_pours), name='bad')
    outcome = import_bag(bad, good)
    assert (outcome.code, len(outcome.pours)) == (0, 3)
    assert f'warning: bad{problem}' in outcome.errors and detail in outcome.errors
    assert import_bag(bad).refusal.startswith(f'error: no pour that can be used\n  bad{problem}')


def test_a_folder_that_is_no_bag(tmp_path, import_bag, good):
    (tmp_path / 'bad').mkdir()
    outcome = import_bag(tmp_path / 'bad', good)
    assert (outcome.code, len(outcome.pours)) == (0, 3)
    assert 'warning: bad: expected a rosbag2' in outcome.errors


def test_joint_states_or_a_scale_that_pause_spoil_their_pour(three_pours, import_bad):
    joints = with_pause(joint_states(three_pours), three_pours.starts_s[0] + 1.5, 0.6)
    scale = with_pause(readings(three_pours), three_pours.starts_s[2] + 1.5, 0.8)
    errors = import_bad(joints, scale, pours=1)
    assert 'a gap of 0.6' in errors and 'in the samples of /joint_states' in errors
    assert 'no reading on /scale for 0.8' in errors


def drifting(recording, newton_per_s, begin_s=0.0):
    """Return readings that drift after a time."""
    messages = readings(recording)
    for received, _, message in messages:
        message.data += newton_per_s * max((received - START_NS) / S - begin_s, 0.0)
    return messages


def test_a_scale_that_drifts_spoils_the_pours_while_it_does(import_bad):
    recording = record(3, seed=4, rest_s=5.0)
    scale = drifting(recording, 0.02, recording.starts_s[2] - 5.0)
    errors = import_bad(joint_states(recording), scale, pours=2)
    (line,) = [line for line in errors.splitlines() if line.startswith('no pour')]
    assert 'the scale drifts by +0.0' in line and f'at {recording.starts_s[2] - 0.4:.0f}' in line


def test_a_scale_that_creeps_faster_never_settles(three_pours, import_bad):
    errors = import_bad(joint_states(three_pours), drifting(three_pours, 0.06), pours=0)
    assert 'no rest before it' in errors


def test_readings_that_are_no_number_are_counted(three_pours, import_bad):
    scale = readings(three_pours)
    for _, _, message in scale[::100]:
        message.data = np.nan
    errors = import_bad(joint_states(three_pours), scale, pours=3)
    assert f'warning: bad, /scale: {len(scale[::100])} readings are no number' in errors


def test_joint_states_that_no_arm_can_have_are_counted(three_pours, import_bad):
    joints = joint_states(three_pours)
    for index, position in ((100, 500.0), (300, np.nan), (900, 500.0)):
        joints[index][2].position[-1] = position
    errors = import_bad(joints, readings(three_pours), pours=3)
    for refused in ('1 joint states refused (not_finite)', '2 joint states refused (too_fast)'):
        assert f'warning: bad, /joint_states: {refused}' in errors


def test_two_bags_of_one_name(import_bag, good):
    error = 'error: bags: expected different names, received good twice'
    assert error in import_bag(good, good).refusal


@pytest.mark.parametrize(
    'changes, reason',
    [
        (
            {'initial_weight': 9.9},
            f'expected at most {9806.65 * CUP.volume:.2f} N, what the cup holds, received 9.90 N',
        ),
        ({'initial_weight': 0.5}, 'expected at most the initial weight of 0.50 N'),
        (
            {'initial_weight': 'measured', 'empty_weight': 1.0},
            'initial_weight: expected 0.01 to 100 N, received -',
        ),
    ],
)
def test_a_context_that_no_pour_can_have(import_bag, good, changes, reason):
    assert reason in import_bag(good, **changes).refusal


def test_a_tilt_with_the_wrong_sign_finds_no_pour(import_bag, good):
    errors = import_bag(good, '--joint-coefficients', '-1').refusal
    assert errors.count('turn the sign of the joint coefficients') == 3


def test_a_cup_that_is_never_upright(import_bag, good):
    errors = import_bag(good, '--tilt-offset', '0.4').refusal
    assert 'the cup is never upright: its tilt is 19 to' in errors


def test_an_output_that_cannot_be_written(tmp_path, import_bag, good):
    (tmp_path / 'out').write_text('')
    assert import_bag(good).code == 2
    assert (tmp_path / 'out').read_text() == ''
    assert not [name for name in os.listdir(tmp_path) if name.startswith('.')]


def test_a_bag_whose_name_means_something_to_others(make_bag, messages, import_bag):
    """Mathematics to a picture, a line of its own to a log, colours to a terminal."""
    path = make_bag(messages, name='a $\\frac{1}$ b\nwarning: \x1b[31m')
    outcome = import_bag(path, '--min-poured', '1.5')
    assert (outcome.code, len(outcome.pours)) == (0, 2)
    assert [line[:8] for line in outcome.errors.splitlines()] == ['no pour:']
    assert '\x1b' not in outcome.errors
