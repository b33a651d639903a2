# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the node `pour_to_target`."""

from dataclasses import dataclass

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node

from ...errors import PourError
from ...pouring.controller import PourSettings
from ...units import gram_to_newton, newton_to_gram
from ..tilt_parameters import declare_joint_tilt_parameters

_DEFAULTS = PourSettings()

MOTION = (
    (
        'approach_speed',
        0.01,
        3.0,
        'Speed of the tilt until shortly before the first flow [rad/s].',
    ),
    ('pour_speed', 0.005, 1.0, 'Speed from there on [rad/s].'),
    ('creep_speed', 0.001, 1.0, 'Speed just before the target is reached [rad/s].'),
    ('acceleration', 0.05, 50.0, 'Acceleration to these speeds [rad/s^2].'),
    (
        'return_speed',
        0.05,
        10.0,
        'Speed of the way back; the same as that of the estimator [rad/s].',
    ),
    (
        'return_acceleration',
        0.1,
        100.0,
        'Acceleration to it; the same as that of the estimator [rad/s^2].',
    ),
    (
        'slow_weight',
        1.0,
        10000.0,
        'Weight before the target over which the arm slows down to creep_speed [g].',
    ),
    ('onset_weight', 0.1, 1000.0, 'Predicted weight from which on something flows [g].'),
    ('reaction', 0.0, 1.0, 'Time from an estimate to the motion that answers it [s].'),
    ('max_tilt', 0.2, 2.4, 'Tilt at which the cup turns back whatever is predicted [rad].'),
    ('max_duration', 1.0, 600.0, 'Time after which it turns back [s].'),
    ('max_estimate_age', 0.02, 5.0, 'Age of the last estimate at which it turns back [s].'),
    ('max_joint_state_age', 0.02, 5.0, 'Age of the last joint state at which it turns back [s].'),
)
"""Name, range and description of each parameter that becomes a field of `PourSettings`."""

_IN_GRAMS = ('slow_weight', 'onset_weight')
_IN_SECONDS = ('reaction', 'max_duration', 'max_estimate_age', 'max_joint_state_age')


@dataclass(frozen=True)
class CommandSettings:
    """
    Where a commanded velocity goes.

    Attributes
    ----------
    topic : str
        Topic of the controller.
    size, index : int
        Number of its joints, and the place of the one that turns the cup.
    sign : int
        1 if a positive velocity of that joint tilts the cup further, otherwise -1.

    """

    topic: str
    size: int
    index: int
    sign: int

    def __post_init__(self) -> None:
        if self.index >= self.size:
            raise PourError(
                f'command_index: expected below command_size, {self.size}, received {self.index}'
            )
        if self.sign == 0:
            raise PourError('command_sign: expected 1 or -1, received 0')

    def data(self, velocity: float) -> list[float]:
        """Return the data of the message that commands a velocity of the tilt [rad/s]."""
        data = [0.0] * self.size
        data[self.index] = self.sign * velocity + 0.0  # no -0.0
        return data


def declare_parameters(node: Node) -> None:
    """Declare all parameters on `node`; values given at start are checked against the ranges."""
    default: object
    low: float
    high: float
    declare_joint_tilt_parameters(node)
    for name, default, description in (
        ('estimator', 'estimator', 'Name of the estimator node.'),
        (
            'command_topic',
            '/forward_velocity_controller/commands',
            'Topic of the velocity controller (std_msgs/Float64MultiArray).',
        ),
    ):
        node.declare_parameter(name, default, ParameterDescriptor(description=description))
    for name, default, low, high, description in (
        ('command_size', 1, 1, 100, 'Number of joints of the controller.'),
        ('command_index', 0, 0, 99, 'Place of the joint that turns the cup among them.'),
        (
            'command_sign',
            1,
            -1,
            1,
            '1 if a positive velocity of that joint tilts the cup further, otherwise -1.',
        ),
    ):
        node.declare_parameter(
            name,
            default,
            ParameterDescriptor(
                description=description,
                integer_range=[IntegerRange(from_value=low, to_value=high)],
            ),
        )
    for name, default, low, high, description in (
        ('target', 100.0, 2.0, 10000.0, 'What to pour; read when a pour begins [g].'),
        ('rate', 100.0, 20.0, 1000.0, 'Rate of the commands [Hz].'),
        ('upright_tilt', 0.26, 0.02, 1.0, 'Tilt up to which the cup counts as upright [rad].'),
        (
            'approach_margin',
            0.26,
            0.0,
            1.5,
            'How long before a plain cylinder of that size would pour the arm slows down [rad].',
        ),
        *(
            (name, _default(name), low, high, description)
            for name, low, high, description in MOTION
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


def read_command(node: Node) -> CommandSettings:
    """
    Return where commands go.

    Raises
    ------
    PourError
        If the index is not within the size, or the sign is 0.

    """
    names = ('topic', 'size', 'index', 'sign')
    return CommandSettings(*(node.get_parameter(f'command_{name}').value for name in names))


def read_settings(node: Node) -> PourSettings:
    """
    Return how to pour.

    Raises
    ------
    PourError
        If the speeds are not in order.

    """
    values = {}
    for name, *_ in MOTION:
        value = node.get_parameter(name).value
        values[_field(name)] = gram_to_newton(value) if name in _IN_GRAMS else value
    return PourSettings(**values)


def _field(name: str) -> str:
    """Return the field of `PourSettings` that parameter `name` becomes."""
    return f'{name}_s' if name in _IN_SECONDS else name


def _default(name: str) -> float:
    value: float = getattr(_DEFAULTS, _field(name))
    return round(newton_to_gram(value), 6) if name in _IN_GRAMS else value
