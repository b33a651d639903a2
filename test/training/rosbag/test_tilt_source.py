# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Bags whose tilt follows from a URDF: recorded with them, or given."""

import numpy as np
import pytest
from small_bags import joint_states, readings, START_NS, TYPES, write_bag, write_context
import yaml

from pour_force_estimator.pours.recordings import load_recordings
from training.rosbag.__main__ import main

URDF = (
    '<robot name="arm"><link name="base"/><link name="cup"/>'
    '<joint name="wrist_3_joint" type="continuous"><parent link="base"/><child link="cup"/>'
    '<axis xyz="0 1 0"/></joint></robot>'
)


def description(text=URDF):
    """Return the message of robot_state_publisher, which is there before any other."""
    return (START_NS - 1_000_000, '/robot_description', TYPES.types['std_msgs/msg/String'](text))


@pytest.fixture
def import_tilt(tmp_path, three_pours, capsys):
    """Return a function that imports a bag; it returns exit code, errors, tilts and report."""

    def import_one(name, messages, *options):
        bag = write_bag(tmp_path / name, messages)
        context = write_context(tmp_path / 'context.yaml', three_pours)
        output = tmp_path / f'out_{name}' / 'pours.npy'
        capsys.readouterr()
        code = main(
            [str(bag), '--scale', '/scale', '--context', str(context), '--output', str(output)]
            + list(options)
        )
        errors = capsys.readouterr().err
        if code:
            assert not output.parent.exists()
            assert all(len(line) < 420 for line in errors.splitlines())
            return code, errors, None, None
        pours = load_recordings(output, 'robot_trials').pours
        report = yaml.safe_load(output.with_suffix('.yaml').read_text())
        return code, errors, np.concatenate([pour.tilt for pour in pours]), report

    return import_one


def test_a_urdf_gives_the_tilt_that_its_joint_gives(import_tilt, three_pours, tmp_path):
    messages = joint_states(three_pours) + readings(three_pours)
    _, _, by_joint, _ = import_tilt('joint', messages, '--joints', 'wrist_3_joint')
    code, errors, recorded, report = import_tilt(
        'recorded', [description(), *messages], '--cup-frame', 'cup'
    )
    assert code == 0, errors
    # A tilt from a URDF has no sign: a cup that leans back is tilted, and ticks lie between.
    np.testing.assert_allclose(recorded, np.abs(by_joint), atol=3e-3)
    assert report['tilt']['cup_frame'] == 'cup' and report['tilt']['urdf'] == '/robot_description'
    (tmp_path / 'arm.urdf').write_text(URDF)
    code, errors, given, report = import_tilt(
        'given', messages, '--cup-frame', 'cup', '--urdf', str(tmp_path / 'arm.urdf')
    )
    assert code == 0, errors
    np.testing.assert_array_equal(given, recorded)
    assert report['tilt']['urdf'] == 'given'


def test_the_axis_of_the_cup_is_taken(import_tilt, three_pours):
    messages = [description(), *joint_states(three_pours), *readings(three_pours)]
    _, errors, lying, _ = import_tilt(
        'lying', messages, '--cup-frame', 'cup', '--cup-axis', '0', '0', '-1'
    )
    assert lying is None and 'no pour' in errors  # upside down all the time


@pytest.mark.parametrize(
    'options, message',
    [
        ((), 'tilt: expected --joints'),
        (('--joints', 'wrist_3_joint', '--cup-frame', 'cup'), 'received both'),
        (('--cup-frame', 'mug'), "no frame 'mug' in the URDF"),
        (('--cup-frame', 'cup', '--urdf', 'missing.urdf'), '--urdf: expected the file of a URDF'),
        (('--cup-frame', 'cup', '--robot-description', '/other'), 'or give --urdf FILE'),
    ],
)
def test_a_tilt_from_nowhere_is_one_line(import_tilt, three_pours, options, message):
    messages = [description(), *joint_states(three_pours), *readings(three_pours)]
    code, errors, _, _ = import_tilt('bag', messages, *options)
    assert code == 2 and message in errors


def test_a_text_that_is_no_urdf_is_one_line(import_tilt, three_pours):
    messages = [description('/arm.urdf'), *joint_states(three_pours), *readings(three_pours)]
    code, errors, _, _ = import_tilt('bag', messages, '--cup-frame', 'cup')
    assert code == 2 and 'expected the text of a URDF' in errors
