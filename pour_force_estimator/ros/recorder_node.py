# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Watch pours while they are recorded: how long, how much, and which kinds are still missing.

::

    ros2 run pour_force_estimator recorder --ros-args --params-file estimator.yaml \
        -p scale_topic:=/scale

It writes nothing: ``ros2 bag record`` does. `docs/your_own_pours.md` walks through it.
"""

from collections import deque
import sys
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile

from ..context import CONTEXT_FIELDS
from ..errors import PourForceEstimatorError
from ..pours.coverage import missing_variety, pour_facts, PourFacts
from ..pours.cut import Cut, detect_sign
from ..pours.scale import SIGNS
from ..units import newton_to_ml, rad_to_degree
from .lifecycle import spin_until_shutdown
from .node_command import node_command
from .parameters import CONTEXT_PARAMETERS, CONTEXT_PREFIX, read_context
from .pour_watcher import declare_watcher_parameters, PourWatcher

MAX_SHOWN = 100
"""Pours, and what is none, that are published at most: the latest."""


class RecorderNode(Node):
    """
    Says of each pour what it was, and what is missing.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.node.Node`.

    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('recorder', **kwargs)
        declare_watcher_parameters(self, sign=0)
        for name in CONTEXT_PARAMETERS:
            field = CONTEXT_FIELDS[name]
            self.declare_parameter(
                CONTEXT_PREFIX + name,
                Parameter.Type.DOUBLE,
                ParameterDescriptor(
                    description=field.description,
                    floating_point_range=[
                        FloatingPointRange(from_value=field.low, to_value=field.high)
                    ],
                ),
            )
        self._pours: list[Cut] = []
        self._facts: list[PourFacts] = []
        self._rejected: deque[str] = deque(maxlen=MAX_SHOWN)
        self._rejected_count = 0
        self._missing: list[str] | None = None
        self._publisher = self.create_publisher(
            DiagnosticArray,
            '~/pours',
            QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL),
        )
        self._watcher = PourWatcher(self, self._on_cut)
        if self._watcher.scale_topic is None:
            raise PourForceEstimatorError(
                'scale_topic: expected the topic of a scale, received an empty name'
            )
        self.get_logger().info(f'watching for pours: weight from {self._watcher.scale_topic}')
        self._publish()

    def _on_cut(self, cut: Cut) -> None:
        if cut.is_pour:
            self._add_pour(cut)
        else:
            self._rejected.append(cut.reason)
            self._rejected_count += 1
            self.get_logger().warning(f'no pour: {cut.reason}')
        self._publish()

    def _add_pour(self, cut: Cut) -> None:
        context = read_context(self)
        sign = self._watcher.sign or detect_sign([*self._pours, cut])
        if not self._pours:
            self.get_logger().info(f'the reading {SIGNS[sign]}')
        self._pours.append(cut)
        self._facts.append(pour_facts(cut, sign, context))
        self.get_logger().info(f'pour {len(self._pours)}: {self._line(-1)}')
        missing = missing_variety(self._facts)
        if missing != self._missing:
            self._missing = missing
            self.get_logger().info(
                f'still missing: {"; ".join(missing)}' if missing else 'nothing is missing'
            )

    def _line(self, index: int) -> str:
        cut, facts = self._pours[index], self._facts[index]
        density = read_context(self).relative_density or 1.0
        fill = 'not known' if facts.fill is None else f'{100.0 * facts.fill:.0f} %'
        return (
            f'{cut.duration_s:.1f} s, {facts.poured:.3f} N = '
            f'{newton_to_ml(facts.poured, density):.0f} ml, fill before {fill}, tilt to '
            f'{rad_to_degree(cut.max_tilt):.0f} degree at '
            f'{rad_to_degree(cut.tilt_speed):.0f} degree/s'
            f'{f", {cut.spikes} spikes of the scale left out" if cut.spikes else ""}'
        )

    def _publish(self) -> None:
        missing = missing_variety(self._facts)
        values = {
            'pours': len(self._pours),
            'rejected': self._rejected_count,
            'missing': '; '.join(missing) or 'nothing',
            **{
                f'pour {index + 1}': self._line(index)
                for index in range(len(self._pours))[-MAX_SHOWN:]
            },
            **{
                f'rejected {index}': reason
                for index, reason in enumerate(
                    self._rejected, start=1 + self._rejected_count - len(self._rejected)
                )
            },
        }
        array = DiagnosticArray(
            status=[
                DiagnosticStatus(
                    level=DiagnosticStatus.WARN if missing else DiagnosticStatus.OK,
                    name=f'{self.get_fully_qualified_name().lstrip("/")}: pours',
                    message=f'{len(self._pours)} pours; missing: {values["missing"]}',
                    hardware_id=self._watcher.scale_topic,
                    values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
                )
            ]
        )
        array.header.stamp = self.get_clock().now().to_msg()
        self._publisher.publish(array)


@node_command('recorder')
def main(args: list[str] | None = None) -> int:
    """Run the node; return its exit code."""
    spin_until_shutdown(RecorderNode, args)
    return 0


if __name__ == '__main__':
    sys.exit(main())
