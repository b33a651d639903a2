# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Show pours to targets: what was asked, poured and estimated, and how the errors fall.

::

    ros2 run pour_force_estimator session_monitor --ros-args -p figure:=demo.png

It ends when the arm does; the exit code is 0 if there were estimates of each pour.
"""

import sys
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64, String

from ...pours.scoring import ScoredPour
from ...pours.session_log import PourTask, SessionLog
from ..conversions import to_ns
from ..node_command import node_command
from .monitor import watch
from .played_monitor_node import DemoMonitor
from .session_display import plot_sessions, print_pour, print_sessions

TASK_QOS = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class SessionMonitor(DemoMonitor):
    """
    Collects pours to targets until the arm is gone, and prints each when it is over.

    Attributes
    ----------
    log : SessionLog
        What was collected.

    """

    def __init__(self, **kwargs: Any) -> None:
        self.log = SessionLog()
        super().__init__('session_monitor', self.log.scorer, **kwargs)
        self._number = 0
        self.create_subscription(String, 'arm/task', self._on_task, TASK_QOS)
        self.create_subscription(Float64, 'estimator/weighed', self._on_weighed, 10)

    def _on_task(self, message: String) -> None:
        self.log.begin(PourTask.from_json(message.data))

    def _on_joint_state(self, message: JointState, info: dict[str, int]) -> None:
        super()._on_joint_state(message, info)
        self.log.add_tilt(to_ns(message.header.stamp), self._tilt)

    def _on_status(self, status: DiagnosticStatus) -> None:
        super()._on_status(status)
        for pair in status.values:
            if pair.key == 'cup':
                self.log.is_known = pair.value.startswith('known: ')

    def _on_weighed(self, message: Float64) -> None:
        pour = self.log.end(message.data)
        if pour is not None:
            self._number = 1 if pour.task.is_mounted_anew else self._number + 1
            self._display.clear()
            print_pour(self._number, pour)

    def pours(self) -> list[ScoredPour]:
        """Return the pours that were seen."""
        return [pour.trace for pour in self.log.pours]

    def print_errors(self) -> None:
        """Print how the errors fall."""
        print_sessions(self.log.sessions())

    def plot(self, figure: str) -> None:
        """Write a picture of all sessions to the path `figure`."""
        plot_sessions(figure, self.log.sessions())


@node_command('session_monitor')
def main(args: list[str] | None = None) -> int:
    """Run the node; return its exit code."""
    return watch(SessionMonitor, args)


if __name__ == '__main__':
    sys.exit(main())
