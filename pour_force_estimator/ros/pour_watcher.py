# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the nodes that watch pours share: the joints and the scale, brought together."""

from collections.abc import Callable
from typing import Any

import geometry_msgs.msg
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import JointState
import std_msgs.msg

from ..errors import RecordingError
from ..pours.cut import Cut, CutterSettings
from ..pours.scale import NUMBERS, Scale, WRENCHES
from ..pours.stream import PourStream
from ..tilt.tilt_reader import TiltReader
from .conversions import SEQUENCE_NUMBER, to_ns
from .tilt_parameters import declare_tilt_parameters, read_tilt

SCALE_TYPES = {
    **{name: getattr(std_msgs.msg, name) for name in NUMBERS},
    **{name: getattr(geometry_msgs.msg, name) for name in WRENCHES},
}
"""What a scale may publish, by the value of the parameter scale_type."""

INPUT_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
"""As that of the estimator: best effort takes from any publisher."""

SILENCE_PERIOD_S = 5.0
"""How often it is checked whether both topics are heard [s]."""

MAX_CLOCK_DIFFERENCE_S = 1.0
"""Difference between the stamps of scale and joints beyond which they are of two clocks [s]."""

_CUTTER = CutterSettings()


def declare_watcher_parameters(node: Node, sign: int) -> None:
    """
    Declare where tilt and weight come from and what counts as a pour.

    Parameters
    ----------
    node : rclpy.node.Node
        The node.
    sign : int
        Default of ``scale_sign``.

    """
    declare_tilt_parameters(node)
    default: object
    for name, default, description in (
        ('scale_topic', 'scale', 'Topic of the scale; empty without one.'),
        ('scale_type', 'Float64', f'Its type: {", ".join(SCALE_TYPES)}.'),
        ('scale_unit', 'newton', 'Its unit: newton, kg, g or lbf.'),
        ('scale_component', 'z', 'Of a wrench: x, y, z, or norm for the magnitude.'),
    ):
        node.declare_parameter(name, default, ParameterDescriptor(description=description))
    node.declare_parameter(
        'scale_sign',
        sign,
        ParameterDescriptor(
            description='1 if its reading grows while the cup pours, -1 if it falls, '
            '0 for either.',
            integer_range=[IntegerRange(from_value=-1, to_value=1)],
        ),
    )
    for name, default, low, high, description in (
        (
            'upright_tilt',
            _CUTTER.upright_tilt,
            0.02,
            1.0,
            'Tilt up to which the cup counts as upright [rad].',
        ),
        (
            'rest',
            _CUTTER.rest_s,
            0.1,
            10.0,
            'How long cup and weight have to stand still before and after a pour [s].',
        ),
        (
            'min_poured',
            _CUTTER.min_poured,
            0.001,
            10.0,
            'Change of the weight below which nothing was poured [N].',
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


class PourWatcher:
    """
    Subscribes to joint states and scale and cuts pours.

    Parameters
    ----------
    node : rclpy.node.Node
        The node, after `declare_watcher_parameters`.
    on_cut : callable
        Called with each `Cut`.
    on_tilt : callable, optional
        Called with the stamp [ns] and the tilt [rad] of each joint state.
    on_weight : callable, optional
        Called with the stamp [ns] and the reading [N] of each message of the scale that is no
        spike: its own stamp if it has one of the same clock, else that of the newest joint state.

    Attributes
    ----------
    stream : PourStream
        What came in.
    sign : int
        Value of ``scale_sign``.

    Raises
    ------
    TiltError
        If joints and coefficients make no tilt, or the URDF does not serve.
    RecordingError
        If type, unit or component of the scale are unknown.

    """

    def __init__(
        self,
        node: Node,
        on_cut: Callable[[Cut], None],
        on_tilt: Callable[[int, float], None] | None = None,
        on_weight: Callable[[int, float], None] | None = None,
    ) -> None:
        self._node = node
        self._on_cut, self._on_tilt, self._on_weight = on_cut, on_tilt, on_weight
        value = {
            name: node.get_parameter_or(name).value
            for name in (
                'max_joint_velocity',
                'scale_topic',
                'scale_type',
                'scale_unit',
                'scale_component',
                'scale_sign',
                'upright_tilt',
                'rest',
                'min_poured',
            )
        }
        self._reader = TiltReader(read_tilt(node), value['max_joint_velocity'])
        self._scale = Scale(value['scale_unit'], value['scale_component'])
        if value['scale_type'] not in SCALE_TYPES:
            raise RecordingError(
                f'scale_type: expected one of {list(SCALE_TYPES)}, '
                f'received {value["scale_type"]!r}'
            )
        self.sign = value['scale_sign']
        self.stream = PourStream(
            CutterSettings(
                upright_tilt=value['upright_tilt'],
                rest_s=value['rest'],
                min_poured=value['min_poured'],
            ),
            self.sign,
        )
        overriding = QoSOverridingOptions.with_default_policies
        self._joints = node.create_subscription(
            JointState,
            'joint_states',
            self._take_joint_state,  # type: ignore[arg-type]
            INPUT_QOS,
            qos_overriding_options=overriding(),
        )
        self._weights = None
        if value['scale_topic']:
            self._weights = node.create_subscription(
                SCALE_TYPES[value['scale_type']],
                value['scale_topic'],
                self._take_weight,
                INPUT_QOS,
                qos_overriding_options=overriding(),
            )
        self._heard = {'joints': 0, 'scale': 0}
        node.create_timer(
            SILENCE_PERIOD_S, self._check_silence, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )

    @property
    def scale_topic(self) -> str | None:
        """Full name of the scale's topic; None without one."""
        return self._weights.topic_name if self._weights is not None else None

    def _take_joint_state(self, message: JointState, info: dict[str, int | None]) -> None:
        self._heard['joints'] += 1
        stamp_ns = to_ns(message.header.stamp) or self._node.get_clock().now().nanoseconds
        tilt = self._reader.read(stamp_ns, message, info.get(SEQUENCE_NUMBER))
        if tilt is None:
            return
        if self._on_tilt is not None:
            self._on_tilt(stamp_ns, tilt)
        for cut in self.stream.add_tilt(stamp_ns, tilt):
            self._on_cut(cut)

    def _take_weight(self, message: Any) -> None:
        self._heard['scale'] += 1
        stamp_ns = to_ns(message.header.stamp) if hasattr(message, 'header') else 0
        if stamp_ns and self.stream.stamp_ns is not None:
            ahead_s = (stamp_ns - self.stream.stamp_ns) * 1e-9
            if abs(ahead_s) > MAX_CLOCK_DIFFERENCE_S:
                self._node.get_logger().warning(
                    f'the stamps of {self.scale_topic} are {abs(ahead_s):.2f} s '
                    f'{"ahead of" if ahead_s > 0.0 else "behind"} those of the joint states: its '
                    'readings count from their arrival',
                    throttle_duration_sec=SILENCE_PERIOD_S,
                )
                stamp_ns = 0
        for reading_ns, weight in self.stream.add_weight(self._scale.read(message), stamp_ns):
            if self._on_weight is not None and reading_ns is not None:
                self._on_weight(reading_ns, weight)

    def _check_silence(self) -> None:
        """Say which topic is not heard: else a wrong name looks like pours that are not seen."""
        logger = self._node.get_logger()
        if self._reader.conflict is not None:
            logger.error(f'{self._reader.conflict}: its tilts are left out')
            self._reader.forget_conflict()
        if not self._heard['joints']:
            logger.warning(f'no joint states on {self._joints.topic_name}')
        elif self._reader.joints.missing():
            logger.warning(
                f'joints {self._reader.joints.missing()} never seen; seen: '
                f'{sorted(self._reader.joints.seen)}'
            )
        if self._weights is not None and not self._heard['scale']:
            logger.warning(f'no readings of a scale on {self._weights.topic_name}')
        self._heard = dict.fromkeys(self._heard, 0)
