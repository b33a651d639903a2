# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of python -m training.rosbag: real bags, written and read back."""

import os

from command_line import command_line, run_python
import numpy as np
import pytest
from rosbags.rosbag2 import CompressionMode, StoragePlugin
from small_bags import CUP, float64, joint_states, readings, record, stamps, write_context

from pour_force_estimator.units import newton_to_ml, STANDARD_GRAVITY

FORMATS = [
    (storage, mode)
    for storage in StoragePlugin
    for mode in CompressionMode
    if (storage, mode) != (StoragePlugin.SQLITE3, CompressionMode.STORAGE)
]


@pytest.fixture
def exact(three_pours):
    """Return what the context file says of the three pours."""
    return {'initial_weight': three_pours.initial_weights, 'target_weight': three_pours.poured}


@pytest.fixture
def bag(make_bag, messages):
    """Return a bag of the three pours."""
    return make_bag(messages)


def check_pours(pours, recording):
    """Assert that all pours are there, with the weight that left the cup at each step."""
    assert len(pours) == len(recording.poured)
    true = zip(recording.starts_s, recording.poured, recording.initial_weights)
    for pour, (start_s, poured, initial) in zip(pours, true):
        assert pour.poured_weight[-20:].mean() == pytest.approx(poured, abs=0.01)
        context = pour.context
        assert context.initial_weight == pytest.approx(initial)
        assert context.target_weight == pytest.approx(poured, abs=0.01)
        size = context.cup_height, context.cup_diameter
        assert size == pytest.approx((CUP.height, CUP.diameter))
        start = np.flatnonzero(recording.time_s >= start_s)[0]
        up = np.argmax(pour.tilt > 0.5), np.argmax(recording.tilt[start:] > 0.5)
        # The pour begins a rest before its motion; the truth at each of its steps:
        begin_s = start_s + up[1] / 100.0 - up[0] / 60.0
        time_s = begin_s + np.arange(len(pour)) / 60.0
        truth = np.interp(time_s, recording.time_s, recording.left)
        error = pour.poured_weight - (truth - truth[0])
        assert np.sqrt(np.mean(error**2)) < 0.06


@pytest.mark.parametrize('storage, compression', FORMATS)
def test_pours_come_back_from_bags_of_any_kind(
    tmp_path, make_bag, messages, three_pours, import_bag, exact, storage, compression
):
    outcome = import_bag(make_bag(messages, storage=storage, compression=compression), **exact)
    check_pours(outcome.pours, three_pours)
    assert outcome.report['scale']['delay_s'] == pytest.approx(0.2, abs=0.04)
    assert sorted(os.listdir(tmp_path / 'out')) == ['pours.npy', 'pours.png', 'pours.yaml']
    assert (tmp_path / 'out' / 'pours.png').read_bytes().startswith(b'\x89PNG')


def test_a_given_delay_is_taken(make_bag, three_pours, import_bag, exact):
    bag = make_bag(joint_states(three_pours), readings(three_pours, delay_s=0.3))
    outcome = import_bag(bag, '--scale-delay', '0.3', **exact)
    scale = outcome.report['scale']
    assert (scale['delay_s'], scale['delay']) == (0.3, 'given')
    check_pours(outcome.pours, three_pours)


def test_a_sensor_at_the_wrist_falls_and_gives_the_initial_weight(
    make_bag, three_pours, import_bag, exact
):
    """The load of each pour is the cup and what is in it; between pours it is filled again."""
    empty, messages, begins_s = 2.5, [], np.array([*three_pours.starts_s, np.inf]) - 2.0
    for begin_s, end_s, initial in zip(begins_s, begins_s[1:], three_pours.initial_weights):
        end_s = min(end_s, begin_s + 16.0)
        is_in_pour = (three_pours.time_s >= begin_s) & (three_pours.time_s < end_s)
        left = three_pours.delayed(0.1)[is_in_pour]
        grams = (empty + initial - (left - left[0])) / STANDARD_GRAVITY * 1000.0
        messages += [
            (stamp, '/scale', float64(weight))
            for stamp, weight in zip(stamps(three_pours.time_s[is_in_pour]), grams.tolist())
        ]
    context = {**exact, 'initial_weight': 'measured', 'empty_weight': empty}
    bag = make_bag(joint_states(three_pours), messages)
    outcome = import_bag(bag, '--scale-unit', 'g', **context)
    check_pours(outcome.pours, three_pours)
    assert outcome.report['scale']['sign'] == -1


def test_joints_coefficients_and_offset_give_the_tilt_of_the_node(
    make_bag, three_pours, import_bag, exact
):
    joints = joint_states(three_pours)
    for _, _, message in joints:
        message.position[:] = [0.2, 0.4 - message.position[-1] + 0.5 * 0.2]
    tilt = '--joints wrist_3_joint elbow_joint --joint-coefficients -1 0.5 --tilt-offset 0.4'
    outcome = import_bag(make_bag(joints, readings(three_pours)), tilt=tilt.split(), **exact)
    check_pours(outcome.pours, three_pours)


def test_pours_of_several_bags_and_cups(make_bag, three_pours, bag, import_bag, exact):
    """The same bags give the same pours; and a single file is a bag too."""
    two_pours = record(2, seed=9)
    second = make_bag(joint_states(two_pours), readings(two_pours), name='second')
    context = {'initial_weight': two_pours.initial_weights, 'target_weight': 'poured'}
    outcome, again = (
        import_bag(first, second, bags={'second': context}, **exact)
        for first in (bag, bag / 'bag.mcap')
    )
    assert outcome.code == 0 and len(outcome.pours) == 5
    check_pours(outcome.pours[:3], three_pours)
    check_pours(outcome.pours[3:], two_pours)
    assert 'second: target_weight is what was poured' in outcome.errors
    assert list(outcome.report['bags']) == ['bag', 'second']
    assert all(len(digest) == 64 for digest in outcome.report['bags'].values())
    assert [pour['bag'] for pour in outcome.report['pours']] == ['bag'] * 3 + ['second'] * 2
    assert outcome.report['sha256'] == again.report['sha256']


def test_the_command_needs_no_ros_and_no_tensorflow(tmp_path, three_pours, bag):
    context = write_context(tmp_path / 'context.yaml', three_pours)
    code = (
        'import runpy, sys\n'
        'absent = "rclpy sensor_msgs std_msgs tensorflow keras".split()\n'
        'sys.modules.update(dict.fromkeys(absent))\n'
        'runpy.run_module("training.rosbag", run_name="__main__")'
    )
    options = {'joints': 'wrist_3_joint', 'scale': '/scale', 'context': context}
    line = command_line(bag, output=tmp_path / 'pours.npy', **options)
    done = run_python('-c', code, *line)
    assert done.returncode == 0, done.stderr
    assert 'wrote' in done.stdout and (tmp_path / 'pours.npy').is_file()


def test_the_report_shows_pours_scale_and_what_is_missing(three_pours, bag, import_bag, exact):
    output = import_bag(bag, **exact).output
    poured = f'{newton_to_ml(three_pours.poured[0]):.0f} ml'
    scale = ('/scale grows while the cup pours', 'is removed (correlation')
    for text in ('pour  bag', poured, *scale, 'missing: 17 more pours (of 20)', 'wrote'):
        assert text in output, output
