# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The joints between two frames of a URDF: read, checked, and mimics resolved.

Read here, since libraries repair broken XML silently, ignore mimics, or refuse an arm for a joint
that does not matter.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
import math
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from ..errors import TiltError
from ..text import one_line

TURNING = ('revolute', 'continuous')
XACRO = ('http://www.ros.org/wiki/xacro', 'http://wiki.ros.org/xacro', 'http://ros.org/wiki/xacro')
"""Namespaces of what the program xacro has to expand first."""

MOVABLE = (*TURNING, 'prismatic')

MAX_URDF_CHARACTERS = 20_000_000
"""Length of a URDF; that of an arm has some 100,000 characters."""

MAX_CHAIN_JOINTS = 100
"""Joints between two frames, or from mimic to mimic; the longest arms have some 20."""


class Joint(NamedTuple):
    """A joint of a URDF, with its XML element."""

    name: str
    type: str
    parent: str
    child: str
    element: ElementTree.Element


Chain = list[tuple[Joint, int]]
"""Joints on the way between two frames, each with 1 if the way leads to its child, else -1."""


def read_urdf(urdf: str) -> tuple[list[str], dict[str, Joint]]:
    """Return the names of all links, a list, and all joints by name, a dict of `Joint`."""
    if len(urdf) > MAX_URDF_CHARACTERS:
        raise TiltError(
            f'the URDF: expected at most {MAX_URDF_CHARACTERS} characters, received {len(urdf)}'
        )
    text = urdf.strip()
    if not text.startswith('<'):
        raise TiltError(
            f'robot_description: expected the text of a URDF, received {text[:60]!r}: a path, or '
            'what is to be expanded, is not read'
        )
    try:
        # Text before the XML declaration is an error, but a parameter may begin with a newline.
        robot = ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # an unknown encoding, too
        raise TiltError(f'the URDF is not XML: {one_line(error, 200)}') from error
    if any(f'{{{uri}' in f'{element.tag}' for uri in XACRO for element in robot.iter()) or (
        '${' in text
    ):
        raise TiltError(
            'the URDF is an unexpanded xacro: expected what `xacro FILE` prints, as in '
            "Command(['xacro ', FILE]) of a launch file"
        )
    if robot.tag.startswith('{'):  # a default namespace, which URDF does not need
        for element in robot.iter():
            if isinstance(element.tag, str):
                element.tag = element.tag.rpartition('}')[2]
    if robot.tag != 'robot':
        raise TiltError(f'the URDF: expected a robot element, received {robot.tag!r}')
    frames = [name for link in robot.findall('link') if (name := link.get('name'))]
    names = set(frames)
    joints: dict[str, Joint] = {}
    for element in robot.findall('joint'):
        name = element.get('name')
        if name is None or name in joints:
            raise TiltError(f'the URDF: expected joints of different names, received {name!r}')
        parent, child = (_end_link(element, name, end, names) for end in ('parent', 'child'))
        joints[name] = Joint(name, element.get('type', ''), parent, child, element)
    for link, parents in Counter(joint.child for joint in joints.values()).items():
        if parents > 1:
            raise TiltError(f'the URDF: link {link!r} is the child of {parents} joints')
    return frames, joints


def _end_link(joint: ElementTree.Element, name: str, end: str, links: set[str]) -> str:
    """Return the link at one end of a joint, 'parent' or 'child'."""
    element = joint.find(end)
    link = None if element is None else element.get('link')
    if link is None or link not in links:
        raise TiltError(f'joint {name!r}: its {end} link {link!r} is not in the URDF')
    return link


def find_chain(
    joints: Mapping[str, Joint], frame: str, root_frame: str | None
) -> tuple[str, Chain]:
    """
    Return the root frame and the joints from there to `frame`.

    Returns
    -------
    root_frame : str
    chain : list of (Joint, int)
        With 1 if the way leads from the joint's parent to its child, -1 if it leads back, as
        it does out of a root frame that is a branch of its own.

    """
    parents = {joint.child: joint for joint in joints.values()}
    down, root_link = _way_up(parents, frame)
    if root_frame is None:
        root_frame = root_link
    up, other_root_link = _way_up(parents, root_frame)
    if other_root_link != root_link:
        raise TiltError(f'no joints connect frames {root_frame!r} and {frame!r}')
    while up and down and up[-1] is down[-1]:  # what lies above the branching does not matter
        up.pop()
        down.pop()
    return root_frame, [(joint, -1) for joint in up] + [(joint, 1) for joint in reversed(down)]


def _way_up(parents: Mapping[str, Joint], frame: str) -> tuple[list[Joint], str]:
    """Return the joints from `frame` to the root of its tree, and that root."""
    path, passed = [], set()
    while frame in parents:
        joint = parents[frame]
        if joint.name in passed:
            raise TiltError(f'the URDF: joint {joint.name!r} is part of a loop')
        passed.add(joint.name)
        path.append(joint)
        frame = joint.parent
    return path, frame


def check_chain(chain: Chain, frame: str, root_frame: str) -> None:
    """Raise `TiltError` unless all joints on the way can be used and one of them turns."""
    if len(chain) > MAX_CHAIN_JOINTS:
        raise TiltError(
            f'the URDF: expected at most {MAX_CHAIN_JOINTS} joints between {root_frame!r} and '
            f'{frame!r}, received {len(chain)}'
        )
    for joint, _ in chain:
        if joint.type not in (*MOVABLE, 'fixed'):
            raise TiltError(
                f'joint {joint.name!r}: expected one of type {", ".join(MOVABLE)} or fixed '
                f'between {root_frame!r} and {frame!r}, received {joint.type!r}'
            )
        for key in ('xyz', 'rpy'):
            _origin(joint, key)
    if not any(joint.type in TURNING for joint, _ in chain):
        raise TiltError(f'no movable joint turns frame {frame!r} against {root_frame!r}')


def joint_rotation(joint: Joint) -> np.ndarray:
    """
    Return how a joint at zero turns its child against its parent.

    Returns
    -------
    ndarray of shape (3, 3)
        From vectors of the child to those of the parent: roll, pitch and yaw about the parent's
        x, y and z axis, in that order.

    """
    roll, pitch, yaw = _origin(joint, 'rpy')
    rotation: np.ndarray = _turn(yaw, 0, 1) @ _turn(pitch, 2, 0) @ _turn(roll, 1, 2)
    return rotation


def _turn(angle: float, start: int, end: int) -> np.ndarray:
    """Return the rotation by an angle [rad] from one axis (0 to 2) towards another, (3, 3)."""
    rotation = np.eye(3)
    rotation[start, start] = rotation[end, end] = math.cos(angle)
    rotation[end, start] = math.sin(angle)
    rotation[start, end] = -rotation[end, start]
    return rotation


def _origin(joint: Joint, key: str) -> list[float]:
    """Return 'xyz' [m] or 'rpy' [rad] of a joint's origin, three numbers; zeros by default."""
    element = joint.element.find('origin')
    text = '0 0 0' if element is None else element.get(key, '0 0 0')
    return _three_numbers(text, f'joint {joint.name!r}: {key} of its origin')


def joint_axis(joint: Joint) -> list[float]:
    """Return the axis of a joint in the frame of its child, of length 1."""
    element = joint.element.find('axis')
    text = '1 0 0' if element is None else element.get('xyz', '1 0 0')
    label = f'joint {joint.name!r}: its axis'
    return direction(_three_numbers(text, label), label)


def find_master(joint: Joint, joints: Mapping[str, Joint]) -> tuple[str, float, float]:
    """
    Return the joint whose position decides that of `joint`: itself, unless it is a mimic.

    Returns
    -------
    name : str
    multiplier, offset : float
        The position of `joint` is multiplier x position + offset.

    """
    multiplier, offset, followed = 1.0, 0.0, [joint.name]
    while (mimic := joint.element.find('mimic')) is not None:
        name = mimic.get('joint')
        if not name or name not in joints or name in followed or joints[name].type not in MOVABLE:
            raise TiltError(
                f'joint {joint.name!r}: expected another movable joint to mimic, received {name!r}'
            )
        label = f'joint {joint.name!r}: its mimic'
        offset += multiplier * _number(mimic.get('offset', '0'), f'{label} offset')
        multiplier *= _number(mimic.get('multiplier', '1'), f'{label} multiplier')
        joint = joints[name]
        followed.append(name)
        if len(followed) > MAX_CHAIN_JOINTS or not math.isfinite(multiplier + offset):
            raise TiltError(
                f'{label}: expected finite numbers and at most {MAX_CHAIN_JOINTS} joints that '
                'follow each other'
            )
    return joint.name, multiplier, offset


def _number(text: str, label: str) -> float:
    """Return a finite number from text."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TiltError(f'{label}: expected a finite number, received {text!r}')
    return value


def _three_numbers(text: str, label: str) -> list[float]:
    """Return three finite numbers from text, a list."""
    try:
        values = [float(value) for value in text.split()]
    except ValueError:
        values = []
    if len(values) != 3 or not all(map(math.isfinite, values)):
        raise TiltError(f'{label}: expected three finite numbers, received {text!r}')
    return values


def direction(values: Iterable[float], label: str) -> list[float]:
    """Return three numbers scaled to a vector of length 1, a list."""
    values = list(values)
    length = math.hypot(*values)
    if len(values) != 3 or not math.isfinite(length) or length == 0.0:
        raise TiltError(
            f'{label}: expected three finite numbers, not all of them zero, received {values}'
        )
    return [value / length for value in values]
