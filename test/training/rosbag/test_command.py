# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of python -m training.rosbag: real bags, written and read back."""

import os
import subprocess
import sys

import numpy as np
import pytest
from rosbags.rosbag2 import CompressionMode, StoragePlugin
from small_bags import (
    CUP,
    joint_states,
    readings,
    record,
    stamps,
    TYPES,
    wrenches,
    write_bag,
    write_context,
)
import yaml

from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.units import newton_to_ml, STANDARD_GRAVITY
from training.rosbag.__main__ import main

FORMATS = [
    (StoragePlugin.SQLITE3, CompressionMode.NONE),
    (StoragePlugin.SQLITE3, CompressionMode.FILE),
    (StoragePlugin.SQLITE3, CompressionMode.MESSAGE),
    (StoragePlugin.MCAP, CompressionMode.NONE),
    (StoragePlugin.MCAP, CompressionMode.FILE),
    (StoragePlugin.MCAP, CompressionMode.MESSAGE),
    (StoragePlugin.MCAP, CompressionMode.STORAGE),
]


@pytest.fixture(scope='module')
def recording():
    """Return three pours of one cup."""
    return record(3, seed=4)


@pytest.fixture
def context(tmp_path, recording):
    return write_context(tmp_path / 'context.yaml', recording)


def run(tmp_path, *bags, options=()):
    """Import bags; return the exit code and the pours, if any."""
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
    return code, load_recordings(output, 'robot_trials').pours if output.exists() else ()


def report(tmp_path):
    return yaml.safe_load((tmp_path / 'out' / 'pours.yaml').read_text())


def check_pours(pours, recording, tolerance=0.01):
    """Assert that all pours are there, with the weight that left the cup at each step."""
    assert len(pours) == len(recording.poured)
    for pour, start_s, poured, initial in zip(
        pours, recording.starts_s, recording.poured, recording.initial_weights
    ):
        assert pour.poured_weight[-20:].mean() == pytest.approx(poured, abs=tolerance)
        assert pour.context.initial_weight == pytest.approx(initial)
        assert pour.context.target_weight == pytest.approx(poured, abs=tolerance)
        assert (pour.context.cup_height, pour.context.cup_diameter) == pytest.approx(
            (CUP.height, CUP.diameter)
        )
        own = np.flatnonzero(recording.time_s >= start_s)[0]
        up = np.argmax(pour.tilt > 0.5), np.argmax(recording.tilt[own:] > 0.5)
        # The pour begins a rest before its motion; the truth at each of its steps:
        begin_s = start_s + up[1] / 100.0 - up[0] / 60.0
        time_s = begin_s + np.arange(len(pour)) / 60.0
        truth = np.interp(time_s, recording.time_s, recording.left)
        error = pour.poured_weight - (truth - truth[0])
        assert np.sqrt(np.mean(error**2)) < 0.06


@pytest.mark.parametrize('storage, compression', FORMATS)
def test_pours_come_back_from_bags_of_any_kind(tmp_path, recording, context, storage, compression):
    bag = write_bag(
        tmp_path / 'bag', [*joint_states(recording), *readings(recording)], storage, compression
    )
    code, pours = run(tmp_path, bag)
    assert code == 0
    check_pours(pours, recording)
    assert sorted(os.listdir(tmp_path / 'out')) == ['pours.npy', 'pours.png', 'pours.yaml']
    assert (tmp_path / 'out' / 'pours.png').read_bytes().startswith(b'\x89PNG')


def test_a_single_file_is_a_bag_too(tmp_path, recording, context):
    bag = write_bag(tmp_path / 'bag', [*joint_states(recording), *readings(recording)])
    code, pours = run(tmp_path, bag / 'bag.mcap')
    assert code == 0 and len(pours) == 3


@pytest.mark.parametrize('delay_s', [0.0, 0.15, 0.4])
def test_the_delay_of_the_scale_is_found_and_removed(tmp_path, recording, context, delay_s):
    bag = write_bag(
        tmp_path / 'bag', [*joint_states(recording), *wrenches(recording, delay_s=delay_s)]
    )
    code, pours = run(tmp_path, bag)
    assert code == 0
    assert report(tmp_path)['scale']['delay_s'] == pytest.approx(delay_s, abs=0.04)
    check_pours(pours, recording)


def test_a_given_delay_is_taken(tmp_path, recording, context):
    bag = write_bag(
        tmp_path / 'bag', [*joint_states(recording), *readings(recording, delay_s=0.3)]
    )
    code, pours = run(tmp_path, bag, options=['--scale-delay', '0.3'])
    assert code == 0
    assert report(tmp_path)['scale'] == {
        **report(tmp_path)['scale'],
        'delay_s': 0.3,
        'delay': 'given',
    }
    check_pours(pours, recording)


def test_a_sensor_at_the_wrist_falls_and_gives_the_initial_weight(tmp_path, recording):
    """The load of each pour is the cup and what is in it; between pours it is filled again."""
    empty, messages = 2.5, []
    for start_s, initial in zip(recording.starts_s, recording.initial_weights):
        begin_s = start_s - 2.0
        own = (recording.time_s >= begin_s) & (recording.time_s < start_s + 14.0)
        later = [other for other in recording.starts_s if other > start_s]
        if later:
            own &= recording.time_s < later[0] - 2.0
        left = recording.delayed(0.1)[own]
        for time_s, weight in zip(recording.time_s[own], empty + initial - (left - left[0])):
            (stamp,) = stamps([time_s])
            messages.append(
                (
                    stamp,
                    '/scale',
                    TYPES.types['std_msgs/msg/Float64'](float(weight / STANDARD_GRAVITY * 1000.0)),
                )
            )
    write_context(
        tmp_path / 'context.yaml', recording, initial_weight='measured', empty_weight=empty
    )
    bag = write_bag(tmp_path / 'bag', [*joint_states(recording), *messages])
    code, pours = run(tmp_path, bag, options=['--scale-unit', 'g'])
    assert code == 0
    check_pours(pours, recording)
    assert report(tmp_path)['scale']['sign'] == -1


def test_joints_coefficients_and_offset_give_the_tilt_of_the_node(tmp_path, recording, context):
    messages = []
    for received, topic, message in joint_states(recording):
        tilt = message.position[-1]
        message.position[:] = [0.2, (0.4 - tilt + 0.5 * 0.2) / 1.0]
        messages.append((received, topic, message))
    bag = write_bag(tmp_path / 'bag', [*messages, *readings(recording)])
    code, pours = run(
        tmp_path,
        bag,
        options=[
            '--joints',
            'wrist_3_joint',
            'elbow_joint',
            '--joint-coefficients',
            '-1',
            '0.5',
            '--tilt-offset',
            '0.4',
        ],
    )
    assert code == 0
    check_pours(pours, recording)


def test_pours_of_several_bags_and_cups(tmp_path, recording, capsys):
    other = record(2, seed=9)
    first = write_bag(tmp_path / 'first', [*joint_states(recording), *readings(recording)])
    second = write_bag(tmp_path / 'second', [*joint_states(other), *readings(other)])
    write_context(
        tmp_path / 'context.yaml',
        recording,
        bags={'second': {'initial_weight': other.initial_weights, 'target_weight': 'poured'}},
    )
    code, pours = run(tmp_path, first, second)
    assert code == 0 and len(pours) == 5
    check_pours(pours[:3], recording)
    check_pours(pours[3:], other)
    assert 'second: target_weight is what was poured' in capsys.readouterr().err
    provenance = report(tmp_path)
    assert list(provenance['bags']) == ['first', 'second']
    assert all(len(digest) == 64 for digest in provenance['bags'].values())
    assert [pour['bag'] for pour in provenance['pours']] == ['first'] * 3 + ['second'] * 2


def test_the_same_bag_gives_the_same_pours(tmp_path, recording, context):
    bag = write_bag(tmp_path / 'bag', [*joint_states(recording), *readings(recording)])
    digests = []
    for _ in range(2):
        assert run(tmp_path, bag)[0] == 0
        digests.append(report(tmp_path)['sha256'])
    assert digests[0] == digests[1]


def test_the_command_needs_no_ros_and_no_tensorflow(tmp_path, recording, context, repository):
    bag = write_bag(tmp_path / 'bag', [*joint_states(recording), *readings(recording)])
    code = (
        'import runpy, sys\n'
        'for name in ("rclpy", "sensor_msgs", "std_msgs", "tensorflow", "keras"):\n'
        '    sys.modules[name] = None\n'
        'sys.argv[0] = "rosbag"\n'
        'runpy.run_module("training.rosbag", run_name="__main__")'
    )
    done = subprocess.run(
        [
            sys.executable,
            '-c',
            code,
            bag,
            '--joints',
            'wrist_3_joint',
            '--scale',
            '/scale',
            '--context',
            context,
            '--output',
            tmp_path / 'pours.npy',
        ],
        cwd=repository,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert 'wrote' in done.stdout and (tmp_path / 'pours.npy').is_file()


def test_the_report_shows_pours_scale_and_what_is_missing(tmp_path, recording, context, capsys):
    bag = write_bag(tmp_path / 'bag', [*joint_states(recording), *readings(recording)])
    run(tmp_path, bag)
    output = capsys.readouterr().out
    for text in (
        'pour  bag',
        f'{newton_to_ml(recording.poured[0]):.0f} ml',
        '/scale grows while the cup pours',
        'is removed (correlation',
        'missing: 17 more pours (of 20)',
        'wrote',
    ):
        assert text in output, output
