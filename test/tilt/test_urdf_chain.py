# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.urdf_chain, and of what it refuses through UrdfTilt."""

import re

import pytest
from small_urdfs import joint, ONE_JOINT, one_joint, robot

from pour_force_estimator.errors import TiltError
from pour_force_estimator.tilt.urdf_chain import read_urdf
from pour_force_estimator.tilt.urdf_tilt import UrdfTilt

OF_SECOND, OF_OTHER = 'joint="second" multiplier="2"', 'joint="other" multiplier="3"'
NO_TEXT = 'robot_description: expected the text of a URDF, received '
NO_TURN = "no movable joint turns frame 'cup' against "
XACRO = '<robot xmlns:xacro="http://www.ros.org/wiki/xacro"><xacro:include filename="b"/></robot>'
NO_CHILD = '<joint name="wrist"><parent link="base"/></joint>'
TWICE = [joint('wrist', 'revolute', 'base', 'cup')] * 2
TWO_PARENTS = [joint(name, 'revolute', 'base', 'cup') for name in 'ab']
LOOP = [joint('a', 'revolute', 'base', 'cup'), joint('b', 'revolute', 'cup', 'base')]


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
        (f'{OF_SECOND} offset="0.5"', f'{OF_OTHER} offset="0.125"', ('other',), [0.125], 2.0),
    ],
)
def test_mimic(first, second, joints, positions, tilt):
    urdf_tilt = UrdfTilt(mimicking(first, second), 'b')
    assert urdf_tilt.joints == joints
    assert urdf_tilt(positions) == pytest.approx(tilt, abs=1e-15)


@pytest.mark.parametrize(
    'first, second, joint, received',
    [
        ('joint="first"', '', 'first', "'first'"),
        ('joint="second"', 'joint="first"', 'second', "'first'"),
        ('joint="gone"', '', 'first', "'gone'"),
        ('', ' ', 'second', 'None'),
    ],
)
def test_mimic_of_nothing(first, second, joint, received):
    assert refusal(mimicking(first, second), 'b') == (
        f'joint {joint!r}: expected another movable joint to mimic, received {received}'
    )


@pytest.mark.parametrize('name, value', [('multiplier', 'x'), ('offset', 'inf')])
def test_mimic_by_no_number(name, value):
    assert refusal(mimicking('', f'joint="first" {name}="{value}"'), 'b') == (
        f"joint 'second': its mimic {name}: expected a finite number, received {value!r}"
    )


@pytest.mark.parametrize(
    'urdf, pattern',
    [
        ('', NO_TEXT),
        ('/robots/arm.urdf', NO_TEXT),
        ('$(find arm)/arm.urdf', NO_TEXT),
        (ONE_JOINT[:-3], 'the URDF is not XML: '),
        (one_joint(axis='${axis}'), 'the URDF is an unexpanded xacro'),
        (XACRO, 'the URDF is an unexpanded xacro'),
        ('<sdf version="1.9"/>', "the URDF: expected a robot element, received 'sdf'"),
        ('<robot name="empty"/>', "no frame 'cup' in the URDF; its frames: "),
        ('<robot><link/><link name="base"/></robot>', "no frame 'cup' in .*; its frames: base"),
        (robot('base cup', *TWICE), "the URDF: expected joints of different names, .* 'wrist'"),
        (robot('base cup', '<joint/>'), 'the URDF: expected joints of different names, .* None'),
        (robot('cup', TWICE[0]), "joint 'wrist': its parent link 'base' is not in the URDF"),
        (robot('base cup', NO_CHILD), "joint 'wrist': its child link None is not in the URDF"),
        (robot('base cup', *TWO_PARENTS), "the URDF: link 'cup' is the child of 2 joints"),
        (robot('base cup', *LOOP), "the URDF: joint 'a' is part of a loop"),
        (
            one_joint('hinge'),
            "joint 'wrist': expected one of type revolute, .* 'base' and 'cup', received 'hinge'",
        ),
        (one_joint(rpy='0 0'), "joint 'wrist': rpy of its origin: expected three .* '0 0'"),
        (one_joint(xyz='0 0 nan'), "joint 'wrist': xyz of its origin: expected .* '0 0 nan'"),
        (one_joint(axis='0 0 0'), r"joint 'wrist': its axis: expected .* \[0.0, 0.0, 0.0\]"),
        (one_joint('fixed'), f"{NO_TURN}'base'"),
        (one_joint('prismatic'), f"{NO_TURN}'base'"),
        (robot('cup'), f"{NO_TURN}'cup'"),
    ],
)
def test_unusable_urdf(urdf, pattern):
    refused = refusal(urdf, 'cup')
    assert re.match(pattern, refused) and '\n' not in refused


@pytest.mark.parametrize('frames', [{'frame': 'mug'}, {'frame': 'cup', 'root_frame': 'mug'}])
def test_unknown_frame(frames):
    assert refusal(ONE_JOINT, **frames) == "no frame 'mug' in the URDF; its frames: base, cup"


def test_frames_that_are_not_connected():
    expected = "no joints connect frames 'table' and 'cup'"
    assert refusal(robot('base cup table', TWICE[0]), 'cup', root_frame='table') == expected


def test_a_default_namespace_does_not_matter():
    text = ONE_JOINT.replace('<robot', '<robot xmlns="http://www.ros.org"', 1)
    assert read_urdf(text)[0] == ['base', 'cup']
    assert list(read_urdf(text)[1]) == ['wrist']
