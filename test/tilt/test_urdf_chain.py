# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.urdf_chain, and of what it refuses through UrdfTilt."""

import pytest
from small_urdfs import joint, ONE_JOINT, one_joint, robot

from pour_force_estimator.errors import TiltError
from pour_force_estimator.tilt.urdf_chain import read_urdf
from pour_force_estimator.tilt.urdf_tilt import UrdfTilt


def refusal(*arguments, **options):
    """Return the message with which a tilt is refused."""
    with pytest.raises(TiltError) as caught:
        UrdfTilt(*arguments, **options)
    return str(caught.value)


def mimicking(first='', second=''):
    """Return a robot whose joints mimic what their attributes say."""
    first, second = (text and f'<mimic {text}/>' for text in (first, second))
    return robot(
        'base a b finger',
        joint('first', 'revolute', 'base', 'a', axis='1 0 0', more=first),
        joint('second', 'revolute', 'a', 'b', axis='1 0 0', more=second),
        joint('other', 'revolute', 'base', 'finger', axis='1 0 0'),
    )


@pytest.mark.parametrize(
    'first, second, joints, positions, tilt',
    [
        ('', 'joint="first" multiplier="-0.5" offset="0.25"', ('first',), [0.5], 0.5),
        ('', 'joint="first"', ('first',), [0.5], 1.0),
        ('joint="second" multiplier="2"', '', ('second',), [0.5], 1.5),
        ('', 'joint="other" multiplier="3"', ('first', 'other'), [0.5, 0.25], 1.25),
        # first = 2 (3 x + 0.125) + 0.5, second = 3 x + 0.125
        (
            'joint="second" multiplier="2" offset="0.5"',
            'joint="other" multiplier="3" offset="0.125"',
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


ANOTHER_JOINT = 'expected another movable joint to mimic, received'


@pytest.mark.parametrize(
    'first, second, message',
    [
        ('joint="first"', '', f"'first': {ANOTHER_JOINT} 'first'"),
        ('joint="second"', 'joint="first"', f"'second': {ANOTHER_JOINT} 'first'"),
        ('joint="gone"', '', f"'first': {ANOTHER_JOINT} 'gone'"),
        ('', ' ', f"'second': {ANOTHER_JOINT} None"),
        (
            '',
            'joint="first" multiplier="x"',
            "'second': its mimic multiplier: expected a finite number, received 'x'",
        ),
        (
            '',
            'joint="first" offset="inf"',
            "'second': its mimic offset: expected a finite number, received 'inf'",
        ),
    ],
)
def test_mimic_of_nothing(first, second, message):
    assert refusal(mimicking(first, second), 'b') == f'joint {message}'


@pytest.mark.parametrize(
    'urdf, message',
    [
        ('', 'robot_description: expected the text of a URDF, received '),
        ('/robots/arm.urdf', 'robot_description: expected the text of a URDF, received '),
        ('$(find arm)/arm.urdf', 'robot_description: expected the text of a URDF, received '),
        (ONE_JOINT[:-3], 'the URDF is not XML: '),
        (one_joint(axis='${axis}'), 'the URDF is an unexpanded xacro'),
        (
            '<robot xmlns:xacro="http://www.ros.org/wiki/xacro" name="a">'
            '<xacro:include filename="b"/></robot>',
            'the URDF is an unexpanded xacro',
        ),
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
            robot('base cup', *(joint(name, 'revolute', 'base', 'cup') for name in 'ab')),
            "the URDF: link 'cup' is the child of 2 joints",
        ),
        (
            one_joint().replace('</robot>', joint('b', 'revolute', 'cup', 'base') + '</robot>'),
            "the URDF: joint 'wrist' is part of a loop",
        ),
        (
            one_joint('hinge'),
            "joint 'wrist': expected one of type revolute, continuous, prismatic or fixed between "
            "'base' and 'cup', received 'hinge'",
        ),
        (
            one_joint(rpy='0 0'),
            "joint 'wrist': rpy of its origin: expected three finite numbers, received '0 0'",
        ),
        (
            one_joint(xyz='0 0 nan'),
            "joint 'wrist': xyz of its origin: expected three finite numbers, received '0 0 nan'",
        ),
        (
            one_joint(axis='0 0 0'),
            "joint 'wrist': its axis: expected three finite numbers, not all of them zero, "
            'received [0.0, 0.0, 0.0]',
        ),
        (one_joint('fixed'), "no movable joint turns frame 'cup' against 'base'"),
        (one_joint('prismatic'), "no movable joint turns frame 'cup' against 'base'"),
        (robot('cup'), "no movable joint turns frame 'cup' against 'cup'"),
    ],
)
def test_unusable_urdf(urdf, message):
    refused = refusal(urdf, 'cup')
    assert refused.startswith(message)
    assert '\n' not in refused


@pytest.mark.parametrize('frames', [{'frame': 'mug'}, {'frame': 'cup', 'root_frame': 'mug'}])
def test_unknown_frame(frames):
    assert refusal(ONE_JOINT, **frames) == "no frame 'mug' in the URDF; its frames: base, cup"


def test_frames_that_are_not_connected():
    urdf = robot('base cup table', joint('wrist', 'revolute', 'base', 'cup'))
    assert refusal(urdf, 'cup', root_frame='table') == (
        "no joints connect frames 'table' and 'cup'"
    )


def test_a_default_namespace_does_not_matter():
    text = ONE_JOINT.replace('<robot', '<robot xmlns="http://www.ros.org"', 1)
    assert read_urdf(text)[0] == ['base', 'cup']
    assert list(read_urdf(text)[1]) == ['wrist']
