# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a bag is said with topic and time, and the good pours are kept."""

import os

import numpy as np
import pytest
from small_bags import (
    CUP,
    float64,
    joint_states,
    readings,
    record,
    START_NS,
    wrenches,
    write_bag,
    write_context,
)

from pour_force_estimator.pours.recordings import load_recordings
from training.rosbag.__main__ import main

S = 1_000_000_000


@pytest.fixture(scope='module')
def recording():
    """Return three pours of one cup."""
    return record(3, seed=4)


@pytest.fixture
def run(tmp_path, recording, capsys):
    """Return a function that imports bags: exit code, number of pours, standard error."""
    write_context(tmp_path / 'context.yaml', recording, initial_weight=4.5, target_weight=1.0)

    def run_command(*bags, options=()):
        output = tmp_path / 'out' / 'pours.npy'
        code = main(
            [
                *map(str, bags),
                '--joints',
                'wrist_3_joint',
                '--scale',
                '/scale',
                '--context',
                str(tmp_path / 'context.yaml'),
                '--output',
                str(output),
                *options,
            ]
        )
        if code:
            assert not output.parent.exists()
        count = len(load_recordings(output, 'robot_trials')) if output.exists() else 0
        return code, count, capsys.readouterr().err

    return run_command


@pytest.fixture
def good(tmp_path, recording):
    """Return a bag without faults, to be imported beside one that has some."""
    return write_bag(tmp_path / 'good', [*joint_states(recording), *readings(recording)])


def bag(tmp_path, *messages):
    return write_bag(tmp_path / 'bad', [row for rows in messages for row in rows])


def shift_after(messages, time_s, seconds, stamps_only=False):
    """Shift what comes after `time_s`; only the stamps where a clock was set."""
    shifted = []
    for received, topic, message in messages:
        if received > START_NS + time_s * S:
            if hasattr(message, 'header'):
                message.header.stamp.sec += seconds
            received += 0 if stamps_only else seconds * S
        shifted.append((received, topic, message))
    return shifted


def without(messages, begin_s, end_s):
    return [row for row in messages if not START_NS + begin_s * S < row[0] < START_NS + end_s * S]


def test_no_such_topic(tmp_path, recording, run, good):
    bad = bag(tmp_path, joint_states(recording), readings(recording, topic='/balance'))
    code, count, errors = run(bad, good)
    assert (code, count) == (0, 3)
    assert (
        'warning: bad: no topic /scale; its topics: /balance (std_msgs/msg/Float64), '
        '/joint_states (sensor_msgs/msg/JointState)'
    ) in errors
    code, count, errors = run_alone(run, bad, tmp_path)
    assert (code, count) == (2, 0)
    assert errors.startswith('error: no pour that can be used\n  bad: no topic /scale')


def run_alone(run, bad, tmp_path):
    for file in (tmp_path / 'out').iterdir():
        file.unlink()
    (tmp_path / 'out').rmdir()
    return run(bad)


def test_no_such_joint(tmp_path, recording, run, good):
    bad = bag(
        tmp_path,
        joint_states(recording, joints=('elbow_joint', 'wrist_2_joint')),
        readings(recording),
    )
    code, count, errors = run(bad, good)
    assert (code, count) == (0, 3)
    assert (
        'warning: bad: /joint_states: no joint wrist_3_joint; it has '
        "['elbow_joint', 'wrist_2_joint']"
    ) in errors


def test_a_topic_of_another_type(tmp_path, recording, run, good):
    messages = [(received, '/scale', message) for received, _, message in joint_states(recording)]
    bad = bag(tmp_path, joint_states(recording), messages)
    assert (
        'warning: bad: /scale: expected a scale, std_msgs/msg/Float64 or '
        'geometry_msgs/msg/WrenchStamped, received sensor_msgs/msg/JointState'
    ) in run(bad, good)[2]


def test_no_overlap(tmp_path, recording, run, good):
    bad = bag(tmp_path, joint_states(recording), wrenches(recording, start_ns=START_NS + 1000 * S))
    code, count, errors = run(bad, good)
    assert (code, count) == (0, 3)
    assert (
        'warning: bad, /scale: no overlap: /joint_states covers 2023-11-14T22:13:20.000 to '
    ) in errors
    assert '/scale 2023-11-14T22:30:00.000 to' in errors


@pytest.mark.parametrize('seconds', [5, -5])
def test_a_clock_that_jumps_in_a_pour_spoils_that_pour(tmp_path, recording, run, seconds):
    jump_s = recording.starts_s[1] + 1.5
    joints = shift_after(joint_states(recording), jump_s, seconds, stamps_only=True)
    scale = shift_after(wrenches(recording), jump_s, seconds, stamps_only=True)
    code, count, errors = run(bag(tmp_path, joints, scale))
    assert (code, count) == (0, 2)
    for topic in ('/joint_states', '/scale'):
        assert f'warning: bad, {topic}, at {jump_s:.1f}' in errors
        assert f'{topic}, at' in errors and f'the clock jumps by {seconds:+.2f} s' in errors
    assert 'no pour: bad, at' in errors and 'the clock jumps' in errors.split('no pour:')[1]


def test_joint_states_that_pause_spoil_their_pour(tmp_path, recording, run):
    pause_s = recording.starts_s[0] + 1.5
    code, count, errors = run(
        bag(
            tmp_path, without(joint_states(recording), pause_s, pause_s + 0.6), readings(recording)
        )
    )
    assert (code, count) == (0, 2)
    assert 'a gap of 0.6' in errors and 'in the samples of /joint_states' in errors


def test_a_scale_that_pauses_spoils_its_pour(tmp_path, recording, run):
    pause_s = recording.starts_s[2] + 1.5
    code, count, errors = run(
        bag(
            tmp_path, joint_states(recording), without(readings(recording), pause_s, pause_s + 0.8)
        )
    )
    assert (code, count) == (0, 2)
    assert 'no reading on /scale for 0.8' in errors


def test_a_scale_that_drifts_spoils_the_pours_while_it_does(tmp_path, run):
    recording = record(3, seed=4, rest_s=5.0)
    begin_s = recording.starts_s[2] - 5.0
    messages = [
        (
            received,
            topic,
            float64(message.data + 0.02 * max((received - START_NS) / S - begin_s, 0.0)),
        )
        for received, topic, message in readings(recording)
    ]
    code, count, errors = run(bag(tmp_path, joint_states(recording), messages))
    assert (code, count) == (0, 2)
    (line,) = [line for line in errors.splitlines() if line.startswith('no pour')]
    assert 'the scale drifts by +0.0' in line and f'at {recording.starts_s[2] - 0.4:.0f}' in line


def test_a_scale_that_creeps_faster_never_settles(tmp_path, recording, run):
    messages = [
        (received, topic, float64(message.data + 0.06 * (received - START_NS) / S))
        for received, topic, message in readings(recording)
    ]
    code, _, errors = run(bag(tmp_path, joint_states(recording), messages))
    assert code == 2
    assert 'no rest before it' in errors


def test_readings_that_are_no_number_are_counted(tmp_path, recording, run):
    messages = readings(recording)
    for index in range(0, len(messages), 100):
        messages[index] = (*messages[index][:2], float64(float('nan')))
    code, count, errors = run(bag(tmp_path, joint_states(recording), messages))
    assert (code, count) == (0, 3)
    assert f'warning: bad, /scale: {-(-len(messages) // 100)} readings are no number' in errors


def test_joint_states_that_no_arm_can_have_are_counted(tmp_path, recording, run):
    messages = joint_states(recording)
    for index in (100, 900):
        messages[index][2].position[-1] = 500.0
    messages[300][2].position[-1] = np.nan
    code, count, errors = run(bag(tmp_path, messages, readings(recording)))
    assert (code, count) == (0, 3)
    assert 'warning: bad, /joint_states: 1 joint states refused (not_finite)' in errors
    assert 'warning: bad, /joint_states: 2 joint states refused (too_fast)' in errors


def test_a_folder_that_is_no_bag(tmp_path, run, good):
    (tmp_path / 'bad').mkdir()
    code, count, errors = run(tmp_path / 'bad', good)
    assert (code, count) == (0, 3)
    assert 'warning: bad: expected a rosbag2' in errors


def test_a_bag_that_is_cut_off(tmp_path, recording, run, good):
    bad = bag(tmp_path, joint_states(recording), readings(recording))
    file = bad / 'bad.mcap'
    file.write_bytes(file.read_bytes()[:20_000])
    code, count, errors = run(bad, good)
    assert (code, count) == (0, 3)
    assert 'warning: bad: expected a rosbag2' in errors


def test_two_bags_of_one_name(tmp_path, run, good):
    code, _, errors = run(good, good)
    assert code == 2
    assert 'error: bags: expected different names, received good twice' in errors


@pytest.mark.parametrize(
    'changes, reason',
    [
        (
            {'initial_weight': 9.9},
            f'initial_weight: expected at most {9806.65 * CUP.volume:.2f} N, what the cup holds, '
            'received 9.90 N',
        ),
        ({'initial_weight': 0.5}, 'expected at most the initial weight of 0.50 N'),
        (
            {'initial_weight': 'measured', 'empty_weight': 1.0},
            'initial_weight: expected 0.01 to 100 N, received -',
        ),
    ],
)
def test_a_context_that_no_pour_can_have(tmp_path, recording, run, good, changes, reason):
    write_context(tmp_path / 'context.yaml', recording, target_weight=1.0, **changes)
    code, _, errors = run(good)
    assert code == 2
    assert reason in errors


def test_a_tilt_with_the_wrong_sign_finds_no_pour(tmp_path, run, good):
    code, _, errors = run(good, options=['--joint-coefficients', '-1'])
    assert code == 2
    assert errors.count('turn the sign of the joint coefficients') == 3


def test_an_output_that_cannot_be_written(tmp_path, run, good):
    (tmp_path / 'out').write_text('')
    with pytest.raises(AssertionError):  # nothing is made, the file stays
        run(good)
    assert (tmp_path / 'out').read_text() == ''
    assert not [name for name in os.listdir(tmp_path) if name.startswith('.')]


def test_a_bag_whose_name_means_something_to_others(tmp_path, recording, run):
    """Mathematics to a picture, a line of its own to a log, colours to a terminal."""
    name = 'a $\\frac{1}$ b\nwarning: \x1b[31m'
    path = write_bag(tmp_path / name, [*joint_states(recording), *readings(recording)])
    code, count, errors = run(path, options=['--smallest-pour', '1.5'])
    assert (code, count) == (0, 2)
    assert [line[:8] for line in errors.splitlines()] == ['no pour:']
    assert '\x1b' not in errors
