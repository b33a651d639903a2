# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.joint_reader."""

from array import array
import math
from types import SimpleNamespace

import pytest

from pour_force_estimator.tilt.joint_guard import JointGuard
from pour_force_estimator.tilt.joint_reader import JointReader, MAX_SEEN

JOINTS = ('wrist', 'elbow')


@pytest.fixture
def reader():
    return JointReader(JOINTS, JointGuard(20.0))


def joint_state(**positions):
    """Return what the reader needs of a sensor_msgs/JointState."""
    return SimpleNamespace(name=list(positions), position=array('d', positions.values()))


def test_positions_come_in_the_order_of_the_joints_which_may_change_with_each_message(reader):
    for stamp_ns in range(4):
        assert reader.read(stamp_ns, joint_state(wrist=0.2, elbow=0.1)) == [0.2, 0.1]
        assert reader.read(stamp_ns, joint_state(elbow=0.1, wrist=0.2)) == [0.2, 0.1]
        assert reader.read(stamp_ns, joint_state(a=0.0, elbow=0.1, wrist=0.2)) == [0.2, 0.1]
    assert not reader.refused


def test_a_list_of_names_that_is_changed_in_place_is_noticed(reader):
    message = joint_state(wrist=0.2, elbow=0.1)
    reader.read(0, message)
    message.name.reverse()
    assert reader.read(1, message) == [0.1, 0.2]


@pytest.mark.parametrize(
    'names, positions, cause',
    [
        ((), [], 'partial'),
        (('wrist',), [1.0], 'partial'),
        (('elbow', 'other'), [1.0, 2.0], 'partial'),
        (JOINTS, [], 'unequal_arrays'),
        (JOINTS, [1.0, 2.0, 3.0], 'unequal_arrays'),
        ((), [1.0], 'unequal_arrays'),
    ],
)
def test_a_message_without_a_position_of_each_joint_is_refused(reader, names, positions, cause):
    message = SimpleNamespace(name=list(names), position=array('d', positions))
    assert reader.read(0, message) is None
    assert reader.refused == {cause: 1}
    assert reader.read(1, joint_state(wrist=0.2, elbow=0.1)) == [0.2, 0.1]


def test_causes_of_the_guard_are_counted_beside_its_own(reader):
    reader.read(0, joint_state(wrist=0.0, elbow=0.0))
    assert reader.read(1, joint_state(wrist=math.nan, elbow=0.0)) is None
    assert reader.read(2, joint_state(wrist=0.0, elbow=5.0)) is None
    assert reader.read(3, joint_state(wrist=0.0)) is None
    assert reader.refused == {'not_finite': 1, 'too_fast': 1, 'partial': 1}


def test_a_name_that_comes_twice_counts_where_it_comes_first_and_others_are_not_judged(reader):
    names, positions = ['gripper', 'wrist', 'wrist', 'elbow'], [math.nan, 1.0, 2.0, 3.0]
    message = SimpleNamespace(name=names, position=array('d', positions))
    assert reader.read(0, message) == [1.0, 3.0]


def test_joints_are_missing_until_they_were_in_any_message(reader):
    assert reader.missing() == ['wrist', 'elbow']
    reader.read(0, joint_state(elbow=0.0, other=0.0))
    assert reader.missing() == ['wrist']
    assert reader.seen == {'elbow', 'other'}
    reader.read(1, joint_state(wrist=0.0))
    assert reader.missing() == []


def test_made_up_names_do_not_fill_the_memory(reader):
    for count in range(50):
        reader.read(count, joint_state(**{f'made_up_{count}_{k}': 0.0 for k in range(1000)}))
    reader.read(60, joint_state(wrist=0.0, elbow=0.0))
    assert len(reader.seen) <= MAX_SEEN + len(JOINTS)
    assert not reader.missing()


def test_a_joint_of_two_sources_is_refused_until_one_is_left(reader):
    for count in range(40):
        reader.read(count * 8_000_000, joint_state(wrist=0.3 * (count % 2), elbow=0.0))
    assert reader.refused['two_sources'] > 20
    assert reader.sources.conflict.joint == 'wrist'
    reader.sources.reset()
    assert reader.read(10**9, joint_state(wrist=0.3, elbow=0.0)) == [0.3, 0.0]
