# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The parameters that say how the tilt of the cup follows from the joints, of any node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.exceptions import ParameterUninitializedException
from rclpy.node import Node

from ..errors import TiltError
from ..tilt.joint_tilt import JointTilt
from .robot_description import read_robot_description

if TYPE_CHECKING:
    from ..tilt.urdf_tilt import UrdfTilt


def declare_tilt_parameters(node: Node) -> None:
    """Declare where the tilt comes from, joints or a URDF, and what a joint cannot do."""
    declare_joint_tilt_parameters(node)
    default: object
    for name, default, description in (
        (
            'cup_frame',
            '',
            'Link of the URDF that the cup is fixed to; if set, the tilt comes from the URDF '
            'instead of joints and coefficients.',
        ),
        (
            'cup_axis',
            [0.0, 0.0, 1.0],
            'Axis of the cup in cup_frame, from its bottom to its opening.',
        ),
        ('world_frame', '', 'Link of the URDF whose z axis points up; empty for its root.'),
        (
            'robot_description',
            '',
            'The URDF itself (XML), for cup_frame; empty to take it from that topic.',
        ),
    ):
        node.declare_parameter(name, default, ParameterDescriptor(description=description))


def declare_joint_tilt_parameters(node: Node) -> None:
    """Declare how the tilt follows from joints about one line, and what a joint cannot do."""
    default: object
    for name, default, description in (
        ('joints', ['wrist_3_joint'], 'Names of the joints that turn the cup.'),
        (
            'joint_coefficients',
            [1.0],
            'Factor of each joint; the tilt must grow while the cup pours.',
        ),
    ):
        node.declare_parameter(name, default, ParameterDescriptor(description=description))
    for name, default, low, high, description in (
        ('tilt_offset', 0.0, -10.0, 10.0, 'Tilt while all joints are at zero [rad].'),
        (
            'max_joint_velocity',
            20.0,
            0.1,
            1000.0,
            'A joint state that needs a faster motion since the last one is refused [rad/s].',
        ),
    ):
        node.declare_parameter(
            name,
            default,
            ParameterDescriptor(
                description=description,
                floating_point_range=[FloatingPointRange(from_value=low, to_value=high)],
            ),
        )


def read_tilt(node: Node) -> JointTilt | UrdfTilt:
    """
    Return how the tilt follows from the joints.

    Raises
    ------
    TiltError
        If joints and coefficients do not fit together, there is no URDF, or it does not serve.

    """
    cup_frame = node.get_parameter('cup_frame').value
    if cup_frame:
        from ..tilt.urdf_tilt import UrdfTilt  # most arms need none: the node starts sooner

        return UrdfTilt(
            read_robot_description(node),
            cup_frame,
            node.get_parameter('cup_axis').value,
            node.get_parameter('world_frame').value or None,
        )
    return read_joint_tilt(node)


def read_joint_tilt(node: Node) -> JointTilt:
    """
    Return how the tilt follows from joints that turn about one line; it has a sign.

    Raises
    ------
    TiltError
        If joints and coefficients do not fit together.

    """
    try:
        return JointTilt(
            tuple(node.get_parameter('joints').value),
            tuple(node.get_parameter('joint_coefficients').value),
            node.get_parameter('tilt_offset').value,
        )
    except ParameterUninitializedException as error:  # an empty list has no type
        raise TiltError(f'{error}: expected a list that is not empty') from error
