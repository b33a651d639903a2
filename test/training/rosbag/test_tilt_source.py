# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Bags whose tilt follows from a URDF: recorded with them, or given."""

import numpy as np
import pytest
from small_bags import START_NS, TYPES
from small_urdfs import joint, robot

URDF = robot('base cup', joint('wrist_3_joint', 'continuous', 'base', 'cup', axis='0 1 0'))


@pytest.fixture
def described(make_bag, messages):
    """Return a function that writes a bag with the message of robot_state_publisher."""

    def make(text=URDF):  # before any other message
        description = TYPES.types['std_msgs/msg/String'](text)
        row = (START_NS - 1_000_000, '/robot_description', description)
        return make_bag([row], messages, name='described')

    return make


def tilt_of(outcome):
    assert outcome.code == 0, outcome.errors
    return np.concatenate([pour.tilt for pour in outcome.pours])


def test_a_urdf_gives_the_tilt_that_its_joint_gives(
    tmp_path, make_bag, messages, import_bag, described
):
    bag = make_bag(messages)
    recorded = import_bag(described(), tilt=('--cup-frame', 'cup'))
    # A tilt from a URDF has no sign: a cup that leans back is tilted, and ticks lie between.
    np.testing.assert_allclose(tilt_of(recorded), np.abs(tilt_of(import_bag(bag))), atol=3e-3)
    tilt = recorded.report['tilt']
    assert tilt['cup_frame'] == 'cup' and tilt['urdf'] == '/robot_description'
    (tmp_path / 'arm.urdf').write_text(URDF)
    given = import_bag(bag, tilt=('--cup-frame', 'cup', '--urdf', tmp_path / 'arm.urdf'))
    np.testing.assert_array_equal(tilt_of(given), tilt_of(recorded))
    assert given.report['tilt']['urdf'] == 'given'


def test_the_axis_of_the_cup_is_taken(import_bag, described):
    options = ('--cup-frame', 'cup', '--cup-axis', '0', '0', '-1')
    assert 'no pour' in import_bag(described(), tilt=options).refusal  # upside down all the time


@pytest.mark.parametrize(
    'options, message',
    [
        ('', 'tilt: expected --joints'),
        ('--joints wrist_3_joint --cup-frame cup', 'received both'),
        ('--cup-frame mug', "no frame 'mug' in the URDF"),
        ('--cup-frame cup --urdf missing.urdf', '--urdf: expected the file of a URDF'),
        ('--cup-frame cup --robot-description /other', 'or give --urdf FILE'),
    ],
)
def test_a_tilt_from_nowhere_is_one_line(import_bag, described, options, message):
    assert message in import_bag(described(), tilt=options.split()).refusal


def test_a_text_that_is_no_urdf_is_one_line(import_bag, described):
    errors = import_bag(described('/arm.urdf'), tilt=('--cup-frame', 'cup')).refusal
    assert 'expected the text of a URDF' in errors
