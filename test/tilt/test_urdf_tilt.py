# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.urdf_tilt."""

import math

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest
from small_urdfs import HALF_PI, joint, limit, ONE_JOINT, one_joint, PI, robot

from pour_force_estimator.errors import TiltError
from pour_force_estimator.tilt.joint_tilt import JointTilt
from pour_force_estimator.tilt.urdf_tilt import UrdfTilt

ARM_JOINTS = ('shoulder_pan', 'shoulder_lift', 'elbow', 'wrist_1', 'wrist_2', 'wrist_3')

# Frames as those of a UR5e. With wrist_2 at zero, the axes of shoulder_lift, elbow, wrist_1 and
# wrist_3 are parallel and horizontal; the cup stands upright with all joints at zero.
ARM = '\n<?xml version="1.0" encoding="utf-8"?>\n' + robot(
    'base_link inertia shoulder upper_arm forearm link_1 link_2 link_3 flange tool0 cup base',
    joint('base_joint', 'fixed', 'base_link', 'base', f'0 0 {PI}'),
    joint('inertia_joint', 'fixed', 'base_link', 'inertia', f'0 0 {PI}'),
    joint('shoulder_pan', 'revolute', 'inertia', 'shoulder', '0 0 0', '0 0 1', limit(6.3)),
    joint(
        'shoulder_lift', 'revolute', 'shoulder', 'upper_arm', f'{HALF_PI} 0 0', '0 0 1', limit(1)
    ),
    joint('elbow', 'revolute', 'upper_arm', 'forearm', '0 0 0', '0 0 1'),
    joint('wrist_1', 'revolute', 'forearm', 'link_1', '0 0 0', '0 0 1'),
    joint('wrist_2', 'revolute', 'link_1', 'link_2', f'{HALF_PI} 0 0', '0 0 1'),
    joint('wrist_3', 'continuous', 'link_2', 'link_3', f'{HALF_PI} {PI} {PI}', '0 0 1'),
    joint('flange_joint', 'fixed', 'link_3', 'flange', f'0 -{HALF_PI} -{HALF_PI}'),
    joint('tool_joint', 'fixed', 'flange', 'tool0', f'{HALF_PI} 0 {HALF_PI}'),
    joint('cup_joint', 'fixed', 'tool0', 'cup', f'-{HALF_PI} 0 0'),
)

angles = st.floats(-2 * math.pi, 2 * math.pi)


def exactly(tilt):
    """Return what compares equal to a tilt [rad] but for the rounding of its formula."""
    return pytest.approx(tilt, abs=1e-15)


@pytest.fixture(scope='module')
def arm_tilt():
    return UrdfTilt(ARM, 'cup')


def test_joints_of_the_arm(arm_tilt):
    assert (arm_tilt.joints, arm_tilt.root_frame) == (ARM_JOINTS, 'base_link')
    assert repr(arm_tilt) == f"UrdfTilt(frame='cup', root_frame='base_link', joints={ARM_JOINTS})"
    tilt = arm_tilt(np.arange(6.0))
    assert type(tilt) is float and tilt == arm_tilt(list(range(6)))


@given(tilt=st.floats(-10.0, 10.0), pan=angles, lift=angles, elbow=angles, wrist_3=angles)
def test_agrees_with_joint_tilt_and_is_folded_beyond(arm_tilt, tilt, pan, lift, elbow, wrist_3):
    linear = JointTilt(('shoulder_lift', 'elbow', 'wrist_1', 'wrist_3'), (1.0,) * 4)
    wrist_1 = tilt - lift - elbow - wrist_3
    expected = linear([lift, elbow, wrist_1, wrist_3])
    assert expected == pytest.approx(tilt, abs=1e-13)
    folded = arm_tilt([pan, lift, elbow, wrist_1, 0.0, wrist_3])
    assert folded == pytest.approx(abs(math.remainder(expected, 2 * math.pi)), abs=1e-9)


SKEW_ARM = ARM.replace(f'0 0 {PI}', '0.4 -0.7 1.2').replace(f'-{HALF_PI} 0 0', '-1.1 0.3 2.5')


@pytest.fixture(scope='module')
def library():
    """Return the skew arm in pytransform3d, without limits; it would clip the joints."""
    urdf = pytest.importorskip('pytransform3d.urdf', reason='needs pytransform3d, to compare with')
    manager = urdf.UrdfTransformManager(check=False)
    manager.load_urdf(SKEW_ARM.replace('<limit', '<ignored'))
    return manager


@given(
    positions=st.lists(angles, min_size=6, max_size=6),
    axis=st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda axis: math.hypot(*axis) > 0.01),
)
def test_agrees_with_the_library_in_any_pose(library, positions, axis):
    for name, position in zip(ARM_JOINTS, positions):
        library.set_joint(name, position)
    for root in ('base_link', 'base'):  # which the way to the cup leaves against its joint
        x, y, z = library.get_transform('cup', root)[:3, :3] @ axis
        tilt = UrdfTilt(SKEW_ARM, 'cup', axis, root)(positions)
        assert tilt == pytest.approx(math.atan2(math.hypot(x, y), z), abs=1e-9)


@pytest.mark.parametrize(
    'position, tilt',
    [(0.0, 0.0), (-0.25, 0.25), (3.0, 3.0), (math.pi, math.pi), (-6.0, 2 * math.pi - 6.0)],
)
def test_one_joint(position, tilt):
    assert UrdfTilt(ONE_JOINT, 'cup')([position]) == exactly(tilt)


@pytest.mark.parametrize('tilt', [1e-3, 1e-6, 1e-9, 1e-12])
def test_small_tilts_are_exact(tilt):
    """The arc cosine of the vertical component would be 0 from 1e-8 on."""
    assert UrdfTilt(ONE_JOINT, 'cup')([tilt]) == pytest.approx(tilt, rel=1e-14)
    assert UrdfTilt(ONE_JOINT, 'cup')([math.pi - tilt]) == pytest.approx(math.pi - tilt, rel=1e-15)


def test_order_of_positions_is_that_of_the_chain():
    """Whatever the order in the file; a pan before the tilt does nothing, one after it neither."""
    urdf = robot(
        'cup b a base',
        joint('third', 'revolute', 'b', 'cup', axis='0 0 1'),
        joint('first', 'revolute', 'base', 'a', axis='0 0 1'),
        joint('second', 'revolute', 'a', 'b', axis='0 1 0'),
    )
    tilt = UrdfTilt(urdf, 'cup')
    assert tilt.joints == ('first', 'second', 'third')
    assert tilt([2.0, 0.5, 1.0]) == exactly(0.5)


@pytest.mark.parametrize(
    'axis, tilt',
    [
        ((0, 0, -3), math.pi - 0.25),
        ((0, 1, 0), math.pi / 2 - 0.25),
        ((0, -2, 0), math.pi / 2 + 0.25),
        ((5, 0, 0), math.pi / 2),
        ((0, 1, 1), math.pi / 4 - 0.25),
    ],
)
def test_axis_of_the_cup(axis, tilt):
    """Turned about x by 0.25, y rises and z falls towards -y."""
    assert UrdfTilt(ONE_JOINT, 'cup', axis)([0.25]) == exactly(tilt)


@pytest.mark.parametrize('axis', [None, '7 0 0', ' 0.001\n0 0 '])
def test_axis_of_a_joint_is_x_by_default_and_of_any_length(axis):
    tilt = UrdfTilt(one_joint(axis=axis), 'cup', (0, 1, 1))
    assert tilt([0.25]) == exactly(math.pi / 4 - 0.25)


def test_joint_without_origin_or_rpy_and_with_limits():
    bare = ONE_JOINT.replace(' rpy="0 0 0"', '')
    limited = one_joint(axis='1 0 0', more='<limit lower="1" upper="2"/>')
    for urdf in (bare, bare.replace('<origin xyz="0.1 0.2 0.3"/>', ''), limited):
        assert urdf != ONE_JOINT
        assert UrdfTilt(urdf, 'cup')([0.25]) == exactly(0.25)


def test_tilted_base_and_root_frame():
    urdf = robot(
        'world base flange cup',
        joint('mount', 'fixed', 'world', 'base', '0.5 0 0'),
        joint('wrist', 'revolute', 'base', 'flange', axis='1 0 0'),
        joint('grip', 'fixed', 'flange', 'cup', '-0.125 0 0'),
    )
    tilt = UrdfTilt(urdf, 'cup')
    assert (tilt.joints, tilt.root_frame) == (('wrist',), 'world')
    assert tilt([0.25]) == exactly(0.5 + 0.25 - 0.125)
    assert UrdfTilt(urdf, 'cup', root_frame='base')([0.25]) == exactly(0.25 - 0.125)


def test_root_frame_on_a_branch_of_its_own():
    """
    Its joints are passed backwards: those of the arm that holds the root turn it away.

    About x by a and about y by b, the vertical component is cos(a) cos(b).
    """
    urdf = robot(
        'base camera arm cup',
        joint('neck', 'revolute', 'base', 'camera', '0.5 0 0', '1 0 0'),
        joint('shoulder', 'revolute', 'base', 'arm', '0.25 0 0', '1 0 0'),
        joint('wrist', 'revolute', 'arm', 'cup', axis='0 1 0'),
    )
    tilt = UrdfTilt(urdf, 'cup', root_frame='camera')
    assert tilt.joints == ('neck', 'shoulder', 'wrist')
    about_x = 0.25 + 1.0 - (0.5 + 0.375)
    expected = math.acos(math.cos(about_x) * math.cos(0.625))
    assert tilt([0.375, 1.0, 0.625]) == pytest.approx(expected, abs=1e-14)


def test_sliding_joint_does_not_turn():
    urdf = robot(
        'rail base cup',
        joint('lift', 'prismatic', 'rail', 'base', axis='0 0 1'),
        joint('wrist', 'revolute', 'base', 'cup', axis='1 0 0'),
    )
    tilt = UrdfTilt(urdf, 'cup')
    assert tilt.joints == ('lift', 'wrist') and tilt([123.0, 0.5]) == exactly(0.5)


@pytest.mark.parametrize('position', [math.nan, math.inf, -math.inf])
def test_tilt_of_no_number(position):
    assert math.isnan(UrdfTilt(ONE_JOINT, 'cup')([position]))


def test_joints_elsewhere_may_be_of_any_type():
    urdf = robot(
        'world base cup screen',
        joint('drift', 'floating', 'world', 'base'),
        joint('wrist', 'revolute', 'base', 'cup', axis='1 0 0'),
        joint('swing', 'planar', 'base', 'screen', 'no numbers', '0 0 0'),
    )
    assert UrdfTilt(urdf, 'cup', root_frame='base')([0.5]) == exactly(0.5)
    with pytest.raises(TiltError, match="^joint 'drift': .*'world' and 'cup', .* 'floating'$"):
        UrdfTilt(urdf, 'cup')


def test_robot_and_link_may_share_a_name():
    urdf = ONE_JOINT.replace('"robot"', '"cup"').replace('"wrist"', '"&lt;a &amp; b&gt;"')
    tilt = UrdfTilt(urdf, 'cup')
    assert tilt.joints == ('<a & b>',)
    assert tilt([0.5]) == exactly(0.5)


@pytest.mark.parametrize(
    'axis',
    [(), (0.0, 1.0), (0.0, 0.0, 0.0), (0.0, math.nan, 1.0), (math.inf, 0.0, 0.0), (1.0,) * 4],
)
def test_axis_must_be_a_direction(axis):
    with pytest.raises(TiltError) as caught:
        UrdfTilt(ONE_JOINT, 'cup', axis)
    assert str(caught.value) == (
        f'axis: expected three finite numbers, not all of them zero, received {list(axis)}'
    )
