# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Compare estimates with a scale, live, and log each pour, so that a model is seen to age.

::

    ros2 run pour_force_estimator monitor --ros-args --params-file estimator.yaml \
        -p scale_topic:=/scale -p log:=pours.csv

It tells the estimator what each pour weighed, which learns from that (``weigh:=false``: it does
not). Without a scale (``scale_topic:=''``) it publishes the tilt alone. `docs/your_own_pours.md`
says how to read what it publishes.
"""

from collections.abc import Iterable
from datetime import datetime, timezone
from functools import partial
import sys
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.timer import Timer
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from ..errors import RecordingError, WeighingError
from ..files import check_file
from ..pours.cut import Cut
from ..pours.log import append_row, PourComparison, read_log
from ..pours.scale_weighing import weight_to_tell
from .conversions import to_ns, to_stamp, weight_wrench
from .lifecycle import spin_until_shutdown
from .node_command import node_command
from .pour_watcher import declare_watcher_parameters, PourWatcher
from .weighings import WEIGHED_DEPTH

DEPTH = 100
"""Messages kept for a while in which this node is busy: over a second at 60 Hz."""

MAX_ESTIMATE_DELAY_S = 0.5
"""How long after a pour its last estimates and readings may come [s]."""


class MonitorNode(Node):
    """
    Publishes tilt, weight of the scale and error, and logs pours.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.node.Node`.

    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('monitor', **kwargs)
        declare_watcher_parameters(self, sign=1)
        for name, default, description in (
            ('estimator', 'estimator', 'Name of the estimator node.'),
            ('log', '', 'CSV file to add a row to for each pour; none if empty.'),
            ('weigh', True, 'Whether the estimator is told what the scale says of each pour.'),
            ('frame_id', 'world', 'Frame of the wrenches; its z axis points up.'),
        ):
            self.declare_parameter(name, default, ParameterDescriptor(description=description))
        self.declare_parameter(
            'scale_delay',
            0.0,
            ParameterDescriptor(
                description='Delay of the scale against the tilt, as training.rosbag '
                'reports it [s].',
                floating_point_range=[FloatingPointRange(from_value=-1.0, to_value=5.0)],
            ),
        )
        self._delay_ns = round(self.get_parameter('scale_delay').value * 1e9)
        self._log = self.get_parameter('log').value
        if self._log:
            self._check_log()
        self._comparison = PourComparison()
        self._model = self._digest = '-'
        self._learns = True  # until diagnostics say that it does not
        self._frame_id = self.get_parameter('frame_id').value
        self._publishers_of = {
            name: self.create_publisher(kind, f'~/{name}', DEPTH)
            for kind, names in {
                Float64: ('tilt', 'true_weight', 'error'),
                JointState: ('joint_states',),
                WrenchStamped: ('wrench', 'wrench/error'),
            }.items()
            for name in names
        }
        self._watcher = PourWatcher(self, self._on_cut, self._on_tilt, self._on_weight)
        if self._watcher.sign == 0:
            raise RecordingError('scale_sign: expected 1 or -1, received 0')
        estimator = self.get_parameter('estimator').value
        self._min_poured = self.get_parameter('min_poured').value
        tells = self.get_parameter('weigh').value and self._watcher.scale_topic is not None
        self._weighed = (
            self.create_publisher(Float64, f'{estimator}/weighed', WEIGHED_DEPTH)
            if tells
            else None
        )
        self.create_subscription(WrenchStamped, f'{estimator}/wrench', self._on_estimate, DEPTH)
        for bound in ('lower', 'upper'):
            self.create_subscription(
                WrenchStamped,
                f'{estimator}/wrench/{bound}',
                partial(self._on_bound, bound),
                DEPTH,
            )
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, DEPTH)
        self._status_name = f'{self.resolve_topic_name(estimator).lstrip("/")}: pour estimate'

    def _check_log(self) -> None:
        """Refuse a file that is no log, or cannot be one, now, not after the first pour."""
        check_file(self._log)
        try:
            read_log(self._log)
        except FileNotFoundError:
            pass

    def _on_tilt(self, stamp_ns: int, tilt: float) -> None:
        self._publishers_of['tilt'].publish(Float64(data=tilt))
        stamped = JointState(name=['tilt'], position=[tilt])
        stamped.header.stamp = to_stamp(stamp_ns)
        self._publishers_of['joint_states'].publish(stamped)

    def _on_weight(self, stamp_ns: int, weight: float) -> None:
        stamp_ns -= self._delay_ns
        self._publish_errors(self._comparison.add_reading(stamp_ns, weight))
        tare = self._watcher.stream.tare
        if tare is not None:
            poured = self._watcher.sign * (weight - tare)
            self._publish_weight('true_weight', 'wrench', stamp_ns, poured)

    def _on_estimate(self, message: WrenchStamped) -> None:
        self._publish_errors(
            self._comparison.add_estimate(to_ns(message.header.stamp), -message.wrench.force.z)
        )

    def _on_bound(self, bound: str, message: WrenchStamped) -> None:
        self._comparison.add_bound(bound, to_ns(message.header.stamp), -message.wrench.force.z)

    def _publish_errors(self, matched: Iterable[tuple[int, float, float]]) -> None:
        tare = self._watcher.stream.tare
        if tare is not None:
            for stamp_ns, weight, estimate in matched:
                error = estimate - self._watcher.sign * (weight - tare)
                self._publish_weight('error', 'wrench/error', stamp_ns, error)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == self._status_name:
                self._model = status.hardware_id
                values = {pair.key: pair.value for pair in status.values}
                self._digest = values.get('model digest', '-')
                self._learns = 'pours weighed' in values

    def _on_cut(self, cut: Cut) -> None:
        if not cut.is_pour:
            self.get_logger().warning(f'no pour: {cut.reason}')
        if not (cut.is_pour or cut.poured_nothing):
            return
        timer = self.create_timer(
            MAX_ESTIMATE_DELAY_S,
            lambda: self._on_end_of_pour(cut, timer),
            clock=Clock(clock_type=ClockType.STEADY_TIME),
        )

    def _on_end_of_pour(self, cut: Cut, timer: Timer) -> None:
        self.destroy_timer(timer)
        if cut.is_pour:
            self._log_pour(cut)
        if self._weighed is not None:
            self._tell(cut, self._weighed)

    def _tell(self, cut: Cut, weighed: Publisher) -> None:
        """Tell the estimator what the scale says of a pour, where it can learn from that."""
        try:
            if not self._learns:
                raise WeighingError(f'{self._model} learns nothing from weighed pours')
            weight = weight_to_tell(
                cut, self._watcher.sign, *self._comparison.estimates(cut), self._min_poured
            )
        except WeighingError as error:
            self.get_logger().info(f'the estimator is not told what was weighed: {error}')
            return
        weighed.publish(Float64(data=weight))
        self.get_logger().info(f'told the estimator that {weight:.3f} N were weighed')

    def _log_pour(self, cut: Cut) -> None:
        row = self._comparison.row(
            cut,
            self._watcher.sign,
            model=self._model,
            model_digest=self._digest,
            finished=datetime.now(timezone.utc).isoformat(timespec='seconds'),
        )
        if row is None:
            self.get_logger().warning('a pour without any estimate: nothing is logged')
            return
        self.get_logger().info(
            f'pour: {row.poured:.3f} N poured, {row.estimated:.3f} N estimated, final error '
            f'{row.final_error:+.3f} N, RMSE {row.rmse:.3f} N'
            f'{f", {cut.spikes} spikes of the scale left out" if cut.spikes else ""}'
        )
        if self._log:
            try:
                append_row(self._log, row)
            except (OSError, RecordingError) as error:
                self.get_logger().error(f'the pour is not in the log: {error}')

    def _publish_weight(self, number: str, wrench: str, stamp_ns: int, weight: float) -> None:
        """Publish a weight [N] as a number, and with its stamp [ns] as a wrench."""
        self._publishers_of[number].publish(Float64(data=weight))
        self._publishers_of[wrench].publish(weight_wrench(stamp_ns, weight, self._frame_id))


@node_command('monitor')
def main(args: list[str] | None = None) -> int:
    """Run the node; return its exit code."""
    spin_until_shutdown(MonitorNode, args)
    return 0


if __name__ == '__main__':
    sys.exit(main())
