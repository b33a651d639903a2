# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.urdf_tilt."""

import math
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from pour_force_estimator.errors import TiltError
from pour_force_estimator.tilt.joint_tilt import JointTilt
from pour_force_estimator.tilt.urdf_chain import read_urdf
from pour_force_estimator.tilt.urdf_tilt import UrdfTilt

ARM_JOINTS = ('shoulder_pan', 'shoulder_lift', 'elbow', 'wrist_1', 'wrist_2', 'wrist_3')

PI = repr(math.pi)
HALF_PI = repr(math.pi / 2)

MESHES = """
    <visual><geometry><mesh filename="package://no_such_package/{0}.dae"/></geometry></visual>
    <collision><geometry><mesh filename="file:///no/such/{0}.stl" scale="1 1 1"/></geometry>
    </collision>"""


def link(name):
    return f'<link name="{name}">{MESHES.format(name)}</link>'


def joint(name, kind, parent, child, rpy='0 0 0', axis=None, more='', xyz='0.1 0.2 0.3'):
    axis = '' if axis is None else f'<axis xyz="{axis}"/>'
    return (
        f'<joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>'
        f'<origin xyz="{xyz}" rpy="{rpy}"/>{axis}{more}</joint>'
    )


def robot(links, *joints):
    return f'<robot name="robot">{"".join(map(link, links.split()))}{"".join(joints)}</robot>'


# Frames as those of a UR5e. With wrist_2 at zero, the axes of shoulder_lift, elbow, wrist_1 and
# wrist_3 are parallel and horizontal; the cup stands upright with all joints at zero.
ARM = '\n<?xml version="1.0" encoding="utf-8"?>\n' + robot(
    'base_link inertia shoulder upper_arm forearm link_1 link_2 link_3 flange tool0 cup base',
    joint('base_joint', 'fixed', 'base_link', 'base', f'0 0 {PI}'),
    joint('inertia_joint', 'fixed', 'base_link', 'inertia', f'0 0 {PI}'),
    joint(
        'shoulder_pan',
        'revolute',
        'inertia',
        'shoulder',
        '0 0 0',
        '0 0 1',
        '<limit lower="-6.3" upper="6.3" effort="150" velocity="3"/>',
    ),
    joint(
        'shoulder_lift',
        'revolute',
        'shoulder',
        'upper_arm',
        f'{HALF_PI} 0 0',
        '0 0 1',
        '<limit lower="-1" upper="1" effort="150" velocity="3"/>',
    ),
    joint('elbow', 'revolute', 'upper_arm', 'forearm', '0 0 0', '0 0 1'),
    joint('wrist_1', 'revolute', 'forearm', 'link_1', '0 0 0', '0 0 1'),
    joint('wrist_2', 'revolute', 'link_1', 'link_2', f'{HALF_PI} 0 0', '0 0 1'),
    joint('wrist_3', 'continuous', 'link_2', 'link_3', f'{HALF_PI} {PI} {PI}', '0 0 1'),
    joint('flange_joint', 'fixed', 'link_3', 'flange', f'0 -{HALF_PI} -{HALF_PI}'),
    joint('tool_joint', 'fixed', 'flange', 'tool0', f'{HALF_PI} 0 {HALF_PI}'),
    joint('cup_joint', 'fixed', 'tool0', 'cup', f'-{HALF_PI} 0 0'),
)

ONE_JOINT = robot('base cup', joint('wrist', 'revolute', 'base', 'cup', axis='1 0 0'))

angles = st.floats(-2 * math.pi, 2 * math.pi)


@pytest.fixture(scope='module')
def arm_tilt():
    return UrdfTilt(ARM, 'cup')


def test_joints_of_the_arm(arm_tilt):
    assert arm_tilt.joints == ARM_JOINTS
    assert arm_tilt.root_frame == 'base_link'
    assert repr(arm_tilt) == (
        f"UrdfTilt(frame='cup', root_frame='base_link', joints={ARM_JOINTS})"
    )


@given(tilt=st.floats(0.0, math.pi), pan=angles, lift=angles, elbow=angles, wrist_3=angles)
def test_agrees_with_joint_tilt(arm_tilt, tilt, pan, lift, elbow, wrist_3):
    linear = JointTilt(('shoulder_lift', 'elbow', 'wrist_1', 'wrist_3'), (1.0,) * 4)
    wrist_1 = tilt - lift - elbow - wrist_3
    expected = linear([lift, elbow, wrist_1, wrist_3])
    assert expected == pytest.approx(tilt, abs=1e-13)
    found = arm_tilt([pan, lift, elbow, wrist_1, 0.0, wrist_3])
    assert found == pytest.approx(expected, abs=1e-9)


@given(tilt=st.floats(-10.0, 10.0), pan=angles)
def test_beyond_that_it_is_folded(arm_tilt, tilt, pan):
    found = arm_tilt([pan, 0.0, 0.0, tilt, 0.0, 0.0])
    assert found == pytest.approx(abs(math.remainder(tilt, 2 * math.pi)), abs=1e-9)


@pytest.fixture(scope='module')
def library():
    """Return the arm in pytransform3d, without limits; it would clip the joints."""
    from pytransform3d.urdf import UrdfTransformManager

    manager = UrdfTransformManager(check=False)
    manager.load_urdf(ARM.replace('<limit', '<ignored'))
    return manager


@given(
    positions=st.lists(angles, min_size=6, max_size=6),
    axis=st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda axis: math.hypot(*axis) > 0.01),
)
def test_agrees_with_the_library_in_any_pose(library, positions, axis):
    for name, position in zip(ARM_JOINTS, positions):
        library.set_joint(name, position)
    x, y, z = library.get_transform('cup', 'base_link')[:3, :3] @ axis
    found = UrdfTilt(ARM, 'cup', axis)(positions)
    assert found == pytest.approx(math.atan2(math.hypot(x, y), z), abs=1e-9)


def test_array_of_positions(arm_tilt):
    positions = np.array([0.3, -1.2, 0.7, 0.1, -0.4, 2.0])
    tilt = arm_tilt(positions)
    assert type(tilt) is float and tilt == arm_tilt(positions.tolist())


@pytest.mark.parametrize(
    'position, tilt',
    [
        (0.0, 0.0),
        (0.25, 0.25),
        (-0.25, 0.25),
        (math.pi / 2, math.pi / 2),
        (3.0, 3.0),
        (math.pi, math.pi),
        (4.0, 2 * math.pi - 4.0),
        (-6.0, 2 * math.pi - 6.0),
    ],
)
def test_one_joint(position, tilt):
    assert UrdfTilt(ONE_JOINT, 'cup')([position]) == pytest.approx(tilt, abs=1e-15)


@pytest.mark.parametrize('tilt', [1e-3, 1e-6, 1e-9, 1e-12])
def test_small_tilts_are_exact(tilt):
    """The arc cosine of the vertical component would be 0 from 1e-8 on."""
    assert UrdfTilt(ONE_JOINT, 'cup')([tilt]) == pytest.approx(tilt, rel=1e-14)
    assert UrdfTilt(ONE_JOINT, 'cup')([math.pi - tilt]) == pytest.approx(math.pi - tilt, rel=1e-15)


def test_two_joints_by_hand():
    """About x by a and about y by b: the vertical component is cos(a) cos(b)."""
    urdf = robot(
        'base middle cup',
        joint('a', 'revolute', 'base', 'middle', axis='1 0 0'),
        joint('b', 'continuous', 'middle', 'cup', axis='0 1 0'),
    )
    assert UrdfTilt(urdf, 'cup')([0.5, 0.75]) == pytest.approx(
        math.acos(math.cos(0.5) * math.cos(0.75)), abs=1e-14
    )


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
    assert tilt([2.0, 0.5, 1.0]) == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize(
    'axis, tilt',
    [
        ((0, 0, 1), 0.25),
        ((0, 0, -3), math.pi - 0.25),
        ((0, 1, 0), math.pi / 2 - 0.25),
        ((0, -2, 0), math.pi / 2 + 0.25),
        ((5, 0, 0), math.pi / 2),
        ((0, 1, 1), math.pi / 4 - 0.25),
    ],
)
def test_axis_of_the_cup(axis, tilt):
    """Turned about x by 0.25, y rises and z falls towards -y."""
    assert UrdfTilt(ONE_JOINT, 'cup', axis)([0.25]) == pytest.approx(tilt, abs=1e-15)


def test_axis_of_a_joint_is_x_by_default_and_of_any_length():
    for axis in (None, '7 0 0', ' 0.001\n0 0 '):
        urdf = robot('base cup', joint('wrist', 'revolute', 'base', 'cup', axis=axis))
        assert UrdfTilt(urdf, 'cup', (0, 1, 1))([0.25]) == pytest.approx(
            math.pi / 4 - 0.25, abs=1e-15
        )


def test_joint_without_origin_or_rpy():
    urdf = ONE_JOINT.replace(' rpy="0 0 0"', '')
    assert urdf != ONE_JOINT
    for bare in (urdf, urdf.replace('<origin xyz="0.1 0.2 0.3"/>', '')):
        assert UrdfTilt(bare, 'cup')([0.25]) == pytest.approx(0.25, abs=1e-15)


def test_limits_do_not_matter():
    urdf = robot(
        'base cup',
        joint(
            'wrist', 'revolute', 'base', 'cup', axis='1 0 0', more='<limit lower="1" upper="2"/>'
        ),
    )
    assert UrdfTilt(urdf, 'cup')([0.25]) == pytest.approx(0.25, abs=1e-15)
    assert UrdfTilt(urdf, 'cup')([2.5]) == pytest.approx(2.5, abs=1e-15)


TILTED_BASE = robot(
    'world base flange cup',
    joint('mount', 'fixed', 'world', 'base', '0.5 0 0'),
    joint('wrist', 'revolute', 'base', 'flange', axis='1 0 0'),
    joint('grip', 'fixed', 'flange', 'cup', '-0.125 0 0'),
)


def test_tilted_base():
    tilt = UrdfTilt(TILTED_BASE, 'cup')
    assert (tilt.joints, tilt.root_frame) == (('wrist',), 'world')
    assert tilt([0.25]) == pytest.approx(0.5 + 0.25 - 0.125, abs=1e-15)


def test_root_frame():
    assert UrdfTilt(TILTED_BASE, 'cup', root_frame='base')([0.25]) == pytest.approx(
        0.25 - 0.125, abs=1e-15
    )


def test_wall():
    """On a wall, the pan of the base tilts the cup."""
    urdf = robot(
        'world base cup',
        joint('mount', 'fixed', 'world', 'base', f'0 {HALF_PI} 0'),
        joint('pan', 'revolute', 'base', 'cup', axis='0 0 1'),
    )
    tilt = UrdfTilt(urdf, 'cup', (-1, 0, 0))
    assert tilt([0.0]) == pytest.approx(0.0, abs=1e-15)
    assert tilt([-0.75]) == pytest.approx(0.75, abs=1e-15)


def test_root_frame_on_a_branch_of_its_own():
    """Its joints are passed backwards: those of the arm that holds the root turn it away."""
    urdf = robot(
        'base camera arm cup',
        joint('neck', 'revolute', 'base', 'camera', '0.5 0 0', '1 0 0'),
        joint('shoulder', 'revolute', 'base', 'arm', '0.25 0 0', '1 0 0'),
        joint('wrist', 'revolute', 'arm', 'cup', axis='0 1 0'),
    )
    tilt = UrdfTilt(urdf, 'cup', root_frame='camera')
    assert tilt.joints == ('neck', 'shoulder', 'wrist')
    about_x = 0.25 + 1.0 - (0.5 + 0.375)
    assert tilt([0.375, 1.0, 0.625]) == pytest.approx(
        math.acos(math.cos(about_x) * math.cos(0.625)), abs=1e-14
    )


def test_sliding_joint_does_not_turn():
    urdf = robot(
        'rail base cup',
        joint('lift', 'prismatic', 'rail', 'base', axis='0 0 1'),
        joint('wrist', 'revolute', 'base', 'cup', axis='1 0 0'),
    )
    tilt = UrdfTilt(urdf, 'cup')
    assert tilt.joints == ('lift', 'wrist')
    assert tilt([123.0, 0.5]) == pytest.approx(0.5, abs=1e-15)


def mimicking(first='', second=''):
    return robot(
        'base a b finger',
        joint('first', 'revolute', 'base', 'a', axis='1 0 0', more=first),
        joint('second', 'revolute', 'a', 'b', axis='1 0 0', more=second),
        joint('other', 'revolute', 'base', 'finger', axis='1 0 0'),
    )


@pytest.mark.parametrize(
    'first, second, joints, positions, tilt',
    [
        ('', '<mimic joint="first" multiplier="-0.5" offset="0.25"/>', ('first',), [0.5], 0.5),
        ('', '<mimic joint="first"/>', ('first',), [0.5], 1.0),
        ('<mimic joint="second" multiplier="2"/>', '', ('second',), [0.5], 1.5),
        ('', '<mimic joint="other" multiplier="3"/>', ('first', 'other'), [0.5, 0.25], 1.25),
        # first = 2 (3 x + 0.125) + 0.5, second = 3 x + 0.125
        (
            '<mimic joint="second" multiplier="2" offset="0.5"/>',
            '<mimic joint="other" multiplier="3" offset="0.125"/>',
            ('other',),
            [0.125],
            2.0,
        ),
    ],
)
def test_mimic(first, second, joints, positions, tilt):
    found = UrdfTilt(mimicking(first, second), 'b')
    assert found.joints == joints
    assert found(positions) == pytest.approx(tilt, abs=1e-15)


@pytest.mark.parametrize(
    'first, second, message',
    [
        (
            '<mimic joint="first"/>',
            '',
            "joint 'first': expected another movable joint to mimic, received 'first'",
        ),
        (
            '<mimic joint="second"/>',
            '<mimic joint="first"/>',
            "joint 'second': expected another movable joint to mimic, received 'first'",
        ),
        (
            '<mimic joint="gone"/>',
            '',
            "joint 'first': expected another movable joint to mimic, received 'gone'",
        ),
        ('', '<mimic/>', "joint 'second': expected another movable joint to mimic, received None"),
        (
            '',
            '<mimic joint="first" multiplier="x"/>',
            "joint 'second': its mimic multiplier: expected a finite number, received 'x'",
        ),
        (
            '',
            '<mimic joint="first" offset="inf"/>',
            "joint 'second': its mimic offset: expected a finite number, received 'inf'",
        ),
    ],
)
def test_mimic_of_nothing(first, second, message):
    with pytest.raises(TiltError) as caught:
        UrdfTilt(mimicking(first, second), 'b')
    assert str(caught.value) == message


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
    assert UrdfTilt(urdf, 'cup', root_frame='base')([0.5]) == pytest.approx(0.5, abs=1e-15)
    with pytest.raises(TiltError) as caught:
        UrdfTilt(urdf, 'cup')
    assert str(caught.value) == (
        "joint 'drift': expected one of type revolute, continuous, prismatic or fixed between "
        "'world' and 'cup', received 'floating'"
    )


def test_robot_and_link_may_share_a_name():
    urdf = ONE_JOINT.replace('"robot"', '"cup"').replace('"wrist"', '"&lt;a &amp; b&gt;"')
    tilt = UrdfTilt(urdf, 'cup')
    assert tilt.joints == ('<a & b>',)
    assert tilt([0.5]) == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize(
    'urdf, message',
    [
        ('', 'robot_description: expected the text of a URDF, received '),
        ('/robots/arm.urdf', 'robot_description: expected the text of a URDF, received '),
        (ONE_JOINT[:-3], 'the URDF is not XML: '),
        ('<sdf version="1.9"/>', "the URDF: expected a robot element, received 'sdf'"),
        ('<robot name="empty"/>', "no frame 'cup' in the URDF; its frames: "),
        (
            robot('base cup', ONE_JOINT[ONE_JOINT.index('<joint') : -8] * 2),
            "the URDF: expected joints of different names, received 'wrist'",
        ),
        (
            robot('base cup', '<joint type="fixed"/>'),
            'the URDF: expected joints of different names, received None',
        ),
        (
            '<robot name="nameless"><link/><link name="base"/></robot>',
            "no frame 'cup' in the URDF; its frames: base",
        ),
        (
            robot('cup', joint('wrist', 'revolute', 'base', 'cup')),
            "joint 'wrist': its parent link 'base' is not in the URDF",
        ),
        (
            robot('base cup', '<joint name="wrist"><parent link="base"/></joint>'),
            "joint 'wrist': its child link None is not in the URDF",
        ),
        (
            robot(
                'base cup',
                joint('a', 'revolute', 'base', 'cup'),
                joint('b', 'revolute', 'base', 'cup'),
            ),
            "the URDF: link 'cup' is the child of 2 joints",
        ),
        (
            robot(
                'base cup',
                joint('a', 'revolute', 'base', 'cup'),
                joint('b', 'revolute', 'cup', 'base'),
            ),
            "the URDF: joint 'a' is part of a loop",
        ),
        (
            robot('base cup', joint('wrist', 'hinge', 'base', 'cup')),
            "joint 'wrist': expected one of type revolute, continuous, prismatic or fixed between "
            "'base' and 'cup', received 'hinge'",
        ),
        (
            robot('base cup', joint('wrist', 'revolute', 'base', 'cup', '0 0')),
            "joint 'wrist': rpy of its origin: expected three finite numbers, received '0 0'",
        ),
        (
            robot('base cup', joint('wrist', 'revolute', 'base', 'cup', xyz='0 0 nan')),
            "joint 'wrist': xyz of its origin: expected three finite numbers, received '0 0 nan'",
        ),
        (
            robot('base cup', joint('wrist', 'revolute', 'base', 'cup', axis='${axis}')),
            'the URDF is an unexpanded xacro',
        ),
        (
            robot('base cup', joint('wrist', 'revolute', 'base', 'cup', axis='0 0 0')),
            "joint 'wrist': its axis: expected three finite numbers, not all of them "
            'zero, received '
            '[0.0, 0.0, 0.0]',
        ),
        (
            robot('base cup', joint('grip', 'fixed', 'base', 'cup')),
            "no movable joint turns frame 'cup' against 'base'",
        ),
        (
            robot('base cup', joint('lift', 'prismatic', 'base', 'cup')),
            "no movable joint turns frame 'cup' against 'base'",
        ),
        (robot('cup'), "no movable joint turns frame 'cup' against 'cup'"),
    ],
)
def test_unusable_urdf(urdf, message):
    with pytest.raises(TiltError) as caught:
        UrdfTilt(urdf, 'cup')
    assert str(caught.value).startswith(message)
    assert '\n' not in str(caught.value)


def test_unknown_frame():
    for arguments in ({'frame': 'mug'}, {'frame': 'cup', 'root_frame': 'mug'}):
        with pytest.raises(TiltError) as caught:
            UrdfTilt(ONE_JOINT, **arguments)
        assert str(caught.value) == "no frame 'mug' in the URDF; its frames: base, cup"


def test_frames_that_are_not_connected():
    urdf = robot('base cup table', joint('wrist', 'revolute', 'base', 'cup'))
    with pytest.raises(TiltError, match="^no joints connect frames 'table' and 'cup'$"):
        UrdfTilt(urdf, 'cup', root_frame='table')


@pytest.mark.parametrize(
    'axis',
    [
        (),
        (0.0, 1.0),
        (0.0, 0.0, 0.0),
        (0.0, math.nan, 1.0),
        (math.inf, 0.0, 0.0),
        (1.0, 0.0, 0.0, 0.0),
    ],
)
def test_axis_must_be_a_direction(axis):
    with pytest.raises(TiltError) as caught:
        UrdfTilt(ONE_JOINT, 'cup', axis)
    assert str(caught.value) == (
        f'axis: expected three finite numbers, not all of them zero, received {list(axis)}'
    )


def test_library_is_loaded_only_when_needed():
    loaded = subprocess.run(
        [
            sys.executable,
            '-c',
            'import sys; import pour_force_estimator.tilt.urdf_tilt; print(*sys.modules)',
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {'pytransform3d', 'scipy', 'lxml', 'matplotlib'} & set(loaded)


def test_library_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, 'pytransform3d.urdf', None)
    with pytest.raises(TiltError, match='^a tilt from a URDF needs pytransform3d, which cannot'):
        UrdfTilt(ONE_JOINT, 'cup')


def test_a_default_namespace_does_not_matter():
    arm = ARM.partition('?>')[2]
    text = arm.replace('<robot', '<robot xmlns="http://www.ros.org"', 1)
    assert read_urdf(text)[0] == read_urdf(arm)[0]


@pytest.mark.parametrize(
    'text, expected',
    [
        ('/opt/arm/arm.urdf', 'expected the text of a URDF'),
        ('$(find arm)/arm.urdf', 'expected the text of a URDF'),
        (
            '<robot xmlns:xacro="http://www.ros.org/wiki/xacro" '
            'name="a"><xacro:include filename="b"/>'
            '</robot>',
            'unexpanded xacro',
        ),
        ('<robot name="a"><link name="${prefix}cup"/></robot>', 'unexpanded xacro'),
    ],
)
def test_what_is_no_urdf_yet_is_named(text, expected):
    with pytest.raises(TiltError, match=expected):
        read_urdf(text)
