# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The parameters of the estimator node.

Declared once with types, ranges and descriptions; read at defined moments into frozen objects, so
that no parameter is looked up while messages come in.
"""

from dataclasses import dataclass
import os
from typing import Any, TYPE_CHECKING

from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterUninitializedException,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from ..context import CONTEXT_FIELDS, PourContext
from ..model.shipped import DEFAULT_MODEL
from .tilt_parameters import declare_tilt_parameters, read_tilt

if TYPE_CHECKING:
    from ..tilt.joint_tilt import JointTilt
    from ..tilt.urdf_tilt import UrdfTilt

PARAMETER_ERRORS = (InvalidParameterTypeException, InvalidParameterValueException)
"""What rclpy raises when a value given at start does not fit the parameter's type or range."""

CONTEXT_PREFIX = 'pour.'
"""Namespace of the parameters that describe a pour; they are read when a pour starts."""

CUP_PARAMETER = CONTEXT_PREFIX + 'cup'
"""Name of the cup; the one parameter of a pour that is no number."""

CONTEXT_PARAMETERS = tuple(CONTEXT_FIELDS)
"""Numbers of `PourContext`, each of which has a parameter."""


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
    tilt: 'JointTilt | UrdfTilt'
    frame_id: str
    max_interpolated_gap_s: float
    time_jump_threshold_s: float
    reset_on_gap: bool
    max_joint_velocity: float
    return_speed: float
    return_acceleration: float
    mounting_file: str
    cup_file: str


def declare_parameters(node: Node) -> None:
    """Declare all parameters on `node`; values given at start are checked against the ranges."""
    declare_tilt_parameters(node)
    default: object
    for name, default, description in (
        ('autostart', True, 'Whether the node configures and activates itself at start.'),
        ('model', DEFAULT_MODEL, 'A shipped model by name, or the path of an ONNX file.'),
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
            'Stamps that go on from earlier by more are a jump: a new pour if upright [s].',
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


def read_config(node: Node) -> EstimatorConfig:
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
        tilt=read_tilt(node),
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


def read_context(node: Node) -> PourContext:
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


def _value(node: Node, name: str) -> Any:
    return node.get_parameter(name).value


def _in_range(low: float, high: float, description: str) -> ParameterDescriptor:
    return ParameterDescriptor(
        description=description,
        floating_point_range=[FloatingPointRange(from_value=low, to_value=high)],
    )
