# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Show estimates beside the truth while they come in, and judge them at the end.

::

    ros2 run pour_force_estimator demo_monitor --ros-args -p figure:=demo.png

It ends when the arm does; the exit code is 0 if there were estimates of each pour.
"""

from collections.abc import Callable
from functools import partial
import sys
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import WrenchStamped
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import JointState

from ...pours.scoring import PourScorer, ScoredPour
from ..arm.arm_node import QUEUE_DEPTH
from ..conversions import to_ns
from ..node_command import node_command
from .monitor import Monitor, watch
from .played_display import LiveDisplay, plot_scored_pours, print_summary

REFRESH_PERIOD_S = 0.1


class DemoMonitor(Monitor):
    """
    Collects joint states, truth and estimates until the arm is gone.

    It listens to the joints once it has heard the estimator: an arm that waits for its listeners
    does not move before estimates can be seen.

    Parameters
    ----------
    name : str
        Name of the node.
    scorer : PourScorer, optional
        What takes what comes in; a new one by default.
    **kwargs
        Passed to `rclpy.node.Node`.

    Attributes
    ----------
    scorer : PourScorer
        What was collected.

    """

    def __init__(
        self, name: str = 'demo_monitor', scorer: PourScorer | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name, **kwargs)
        self.declare_parameter(
            'patience',
            30.0,
            ParameterDescriptor(description='Time to wait for the first pour [s].'),
        )
        self.scorer = PourScorer() if scorer is None else scorer
        self._truth = self.create_subscription(
            WrenchStamped, 'arm/true_wrench', self._on_truth, QUEUE_DEPTH
        )
        self.create_subscription(
            WrenchStamped,
            'estimator/wrench',
            self._on_estimate,  # type: ignore[arg-type]
            QUEUE_DEPTH,
        )
        for bound, add in (('lower', self.scorer.add_lower), ('upper', self.scorer.add_upper)):
            self.create_subscription(
                WrenchStamped,
                f'estimator/wrench/{bound}',
                partial(_take_bound, add),
                QUEUE_DEPTH,
            )
        # DDS makes readers known one after the other: whose diagnostics come knows those above.
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)
        self._is_listening = self._is_estimated = False
        self.create_timer(
            REFRESH_PERIOD_S, self._refresh, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )
        self._display = LiveDisplay()
        self._tilt = 0.0
        self._deadline_s = time.monotonic() + self.get_parameter('patience').value

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name.endswith('estimator: pour estimate'):
                self._on_status(status)

    def _on_status(self, status: DiagnosticStatus) -> None:
        """Take what the estimator says of itself; the first time, listen to the joints."""
        if self._is_listening:
            return
        self._is_listening = True
        # rclpy tells whoever takes it when a message was published, which its hints leave out.
        self.create_subscription(
            JointState,
            'joint_states',
            self._on_joint_state,  # type: ignore[arg-type]
            QUEUE_DEPTH,
        )

    def _on_joint_state(self, message: JointState, info: dict[str, int]) -> None:
        self._tilt = message.position[-1]
        self.scorer.add_joint_state(to_ns(message.header.stamp), info['source_timestamp'])

    def _on_truth(self, message: WrenchStamped) -> None:
        self.scorer.add_truth(to_ns(message.header.stamp), -message.wrench.force.z)

    def _on_estimate(self, message: WrenchStamped, info: dict[str, int]) -> None:
        self._is_estimated = True
        self.scorer.add_estimate(
            to_ns(message.header.stamp), -message.wrench.force.z, info['source_timestamp']
        )

    def _refresh(self) -> None:
        self._display.show(self.scorer, self._tilt)
        if self.scorer.latest_true is not None:
            is_over = not (self._is_estimated or self.count_publishers(self._truth.topic_name))
        else:
            is_over = time.monotonic() > self._deadline_s
        self._is_estimated = False
        if is_over and not self.done.done():
            self.done.set_result(None)

    def pours(self) -> list[ScoredPour]:
        """Return the pours that were seen."""
        return self.scorer.pours()

    def print_errors(self) -> None:
        """Print how far the estimates were off, and how late."""
        print_summary(self.pours(), self.scorer.delays_s())

    def plot(self, figure: str) -> None:
        """Write a picture of all pours to the path `figure`."""
        plot_scored_pours(figure, self.pours())


def _take_bound(add: Callable[[int, float], None], message: WrenchStamped) -> None:
    add(to_ns(message.header.stamp), -message.wrench.force.z)


@node_command('demo_monitor')
def main(args: list[str] | None = None) -> int:
    """Run the node; return its exit code."""
    return watch(DemoMonitor, args)


if __name__ == '__main__':
    sys.exit(main())
