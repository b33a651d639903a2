# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The parameters of the estimator node.

Declared once with types, ranges and descriptions; read at defined moments into frozen objects, so
that no parameter is looked up while messages come in.
"""

from dataclasses import dataclass
import os

from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterUninitializedException,
)
from rclpy.parameter import Parameter

from ..context import CONTEXT_FIELDS, OUTCOME_FIELDS, PourContext
from ..errors import TiltError
from ..model.shipped import DEFAULT_MODEL
from ..tilt.joint_tilt import JointTilt
from .robot_description import read_robot_description

PARAMETER_ERRORS = (InvalidParameterTypeException, InvalidParameterValueException)
"""What rclpy raises when a value given at start does not fit the parameter's type or range."""

CONTEXT_PREFIX = 'pour.'
"""Namespace of the parameters that describe a pour; they are read when a pour starts."""

CUP_PARAMETER = CONTEXT_PREFIX + 'cup'
"""Name of the cup; the one parameter of a pour that is no number."""

CONTEXT_PARAMETERS = tuple(name for name in CONTEXT_FIELDS if name not in OUTCOME_FIELDS)
"""Numbers of `PourContext` that have a parameter: all but the outcome."""


@dataclass(frozen=True)
class EstimatorConfig:
    """
    What the node reads when it is configured.

    Attributes
    ----------
    model : str
        Name of a shipped model, or path of an ONNX file.
    tilt : JointTilt or UrdfTilt
        How the tilt follows from the joints.
    frame_id : str
        Frame of the published wrench; its z axis points up.
    max_interpolated_gap_s, time_jump_threshold_s : float
        See `pour_force_estimator.resampler.Resampler`.
    reset_on_gap : bool
        See `pour_force_estimator.estimator.PourEstimator`.
    max_joint_velocity : float
        See `pour_force_estimator.tilt.joint_guard.JointGuard` [rad/s].
    return_speed, return_acceleration : float
        See `pour_force_estimator.estimator.PourEstimator` [rad/s, rad/s^2].
    mounting_file : str
        File that keeps what was learned of the mounting; empty for none.
    cup_file : str
        File of a cup that is known beside those of the model; empty for none.

    """

    model: str
    tilt: object
    frame_id: str
    max_interpolated_gap_s: float
    time_jump_threshold_s: float
    reset_on_gap: bool
    max_joint_velocity: float
    return_speed: float
    return_acceleration: float
    mounting_file: str
    cup_file: str


def declare_parameters(node):
    """Declare all parameters on `node`; values given at start are checked against the ranges."""
    for name, default, description in (
        ('autostart', True, 'Whether the node configures and activates itself at start.'),
        ('model', DEFAULT_MODEL, 'A shipped model by name, or the path of an ONNX file.'),
        ('joints', ['wrist_3_joint'], 'Names of the joints that turn the cup.'),
        (
            'joint_coefficients',
            [1.0],
            'Factor of each joint; the tilt must grow while the cup pours.',
        ),
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
        ('frame_id', 'world', 'Frame of the published wrench; its z axis points up.'),
        (
            'reset_on_gap',
            False,
            'Whether a gap that is too long starts a new pour at once; otherwise it ends the '
            'estimate until the reset service is called.',
        ),
        (
            'mounting_file',
            '',
            'File that keeps what was learned from weighed pours; none if empty.',
        ),
        (
            'cup_file',
            '',
            'File of a cup, as training.cup writes it, that is known beside those of the model; '
            'none if empty.',
        ),
        (
            CUP_PARAMETER,
            '',
            'Name of the pouring cup, one that the model or cup_file knows; it stands before '
            'height and diameter. Empty to go by these.',
        ),
    ):
        node.declare_parameter(name, default, ParameterDescriptor(description=description))
    for name, default, low, high, description in (
        ('tilt_offset', 0.0, -10.0, 10.0, 'Tilt while all joints are at zero [rad].'),
        (
            'max_interpolated_gap',
            0.2,
            0.001,
            10.0,
            'Longest time between two joint states that is interpolated [s].',
        ),
        (
            'time_jump_threshold',
            1.0,
            0.001,
            3600.0,
            'Stamps that go back by more than this are a jump of the clock and reset [s].',
        ),
        (
            'max_joint_velocity',
            20.0,
            0.1,
            1000.0,
            'A joint state that needs a faster motion since the last one is refused [rad/s].',
        ),
        (
            'return_speed',
            1.0,
            0.05,
            20.0,
            'Speed with which the arm turns the cup back, for the predicted weight [rad/s].',
        ),
        (
            'return_acceleration',
            5.0,
            0.5,
            1000.0,
            'Acceleration with which it reaches that speed [rad/s^2].',
        ),
    ):
        node.declare_parameter(name, default, _in_range(low, high, description))
    for name in CONTEXT_PARAMETERS:
        field = CONTEXT_FIELDS[name]
        node.declare_parameter(
            CONTEXT_PREFIX + name,
            Parameter.Type.DOUBLE,
            _in_range(field.low, field.high, field.description),
        )


def read_config(node):
    """
    Read what the node needs to configure itself.

    Returns
    -------
    EstimatorConfig

    Raises
    ------
    TiltError
        If joints and coefficients do not fit together, or the URDF does not serve.

    """
    return EstimatorConfig(
        model=_value(node, 'model'),
        tilt=_read_tilt(node),
        frame_id=_value(node, 'frame_id'),
        max_interpolated_gap_s=_value(node, 'max_interpolated_gap'),
        time_jump_threshold_s=_value(node, 'time_jump_threshold'),
        reset_on_gap=_value(node, 'reset_on_gap'),
        max_joint_velocity=_value(node, 'max_joint_velocity'),
        return_speed=_value(node, 'return_speed'),
        return_acceleration=_value(node, 'return_acceleration'),
        mounting_file=os.path.expanduser(_value(node, 'mounting_file')),
        cup_file=os.path.expanduser(_value(node, 'cup_file')),
    )


def _read_tilt(node):
    cup_frame = _value(node, 'cup_frame')
    if cup_frame:
        from ..tilt.urdf_tilt import UrdfTilt  # most arms need none: the node starts sooner

        return UrdfTilt(
            read_robot_description(node),
            cup_frame,
            _value(node, 'cup_axis'),
            _value(node, 'world_frame') or None,
        )
    try:
        return JointTilt(
            tuple(_value(node, 'joints')),
            tuple(_value(node, 'joint_coefficients')),
            _value(node, 'tilt_offset'),
        )
    except ParameterUninitializedException as error:  # an empty list has no type
        raise TiltError(f'{error}: expected a list that is not empty') from error


def read_context(node):
    """Return what the parameters say of the next pour, a `PourContext`."""
    values = {}
    for name in CONTEXT_PARAMETERS:
        try:
            values[name] = _value(node, CONTEXT_PREFIX + name)
        except ParameterUninitializedException:
            pass  # not set: only an error if the model needs it
    if node.has_parameter(CUP_PARAMETER):
        values['cup'] = _value(node, CUP_PARAMETER) or None
    return PourContext(**values)


def _value(node, name):
    return node.get_parameter(name).value


def _in_range(low, high, description):
    return ParameterDescriptor(
        description=description,
        floating_point_range=[FloatingPointRange(from_value=low, to_value=high)],
    )
