# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Record the demo as a rosbag2, where there is no ``ros2 bag``.

::

    python -m pour_force_estimator.ros.demo.bag_writer_node --ros-args -p bag:=pours_bag

The bag appears when the node ends, complete or not at all. `training.rosbag` imports it; on a
machine with ROS 2, ``ros2 bag record`` is the better tool.
"""

from functools import partial
import os
from pathlib import Path
import sys
import tempfile
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rosbags.interfaces import Connection
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from ...errors import RecordingError
from ..arm.arm_node import QUEUE_DEPTH
from ..lifecycle import spin_until_shutdown
from ..node_command import node_command

TOPICS = {
    'joint_states': JointState,
    'arm/true_weight': Float64,
    'arm/true_wrench': WrenchStamped,
    'estimator/wrench': WrenchStamped,
    'estimator/poured_weight': Float64,
    '/diagnostics': DiagnosticArray,
}
"""What is recorded."""


class BagWriter(Node):
    """
    Writes messages to a bag as they come in, unparsed.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.node.Node`.

    Raises
    ------
    RecordingError
        If there is something at the name of the bag already.

    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('bag_writer', **kwargs)
        self.declare_parameter(
            'bag', 'bag', ParameterDescriptor(description='Folder to write; it must not exist.')
        )
        self._path = Path(self.get_parameter('bag').value)
        if self._path.exists():
            raise RecordingError(
                f'{self._path}: expected the name of a new folder, it exists already'
            )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._temporary = tempfile.TemporaryDirectory(
            prefix=f'.{self._path.name}-', dir=self._path.parent
        )
        self._writer = Writer(
            Path(self._temporary.name, self._path.name),
            version=9,
            storage_plugin=StoragePlugin.MCAP,
        )
        self._writer.open()
        types = get_typestore(Stores.ROS2_JAZZY)
        for topic, kind in TOPICS.items():
            name = f'{kind.__module__.split(".")[0]}/msg/{kind.__name__}'
            connection = self._writer.add_connection(
                self.resolve_topic_name(topic), name, typestore=types
            )
            self.create_subscription(
                kind,
                topic,
                partial(self._write, connection),
                QUEUE_DEPTH,
                raw=True,
            )

    def _write(self, connection: Connection, raw: bytes) -> None:
        self._writer.write(connection, time.time_ns(), raw)

    def close(self) -> None:
        """End the bag and put it in its place."""
        self._writer.close()
        os.replace(self._writer.path, self._path)
        self._temporary.cleanup()


@node_command('bag_writer')
def main(args: list[str] | None = None) -> int:
    """Run the node; return its exit code."""
    nodes: list[BagWriter] = []

    def create_node() -> BagWriter:
        nodes.append(BagWriter())
        return nodes[0]

    spin_until_shutdown(create_node, args)
    for node in nodes:
        node.close()
    return 0


if __name__ == '__main__':
    sys.exit(main())
