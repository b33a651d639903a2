# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The least that a node written with rclpy can do in the estimator's place.

::

    python -m benchmarks.relay --ros-args -p bounds:=true -p prediction:=true

It takes the same joint states with the same quality of service, finds out by their stamps alone
when a tick of 60 Hz is complete, and publishes the same messages as the estimator then: the one
position that it is given as a weight. It neither looks for a joint nor checks, resamples,
computes or counts anything. What the estimator takes longer than this node is what estimating
costs; the rest is the price of rclpy and DDS.
"""

from typing import Any

from geometry_msgs.msg import WrenchStamped
import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

PERIOD_NS = 1e9 / 60.0
MAX_GAP_NS = 200_000_000

INPUT_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
OUTPUT_QOS = QoSProfile(depth=100)
"""As those of the estimator; test/integration/test_delay_benchmark.py compares them."""


class Relay(Node):
    """
    Publishes what the estimator publishes, without an estimate.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.node.Node`.

    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('relay', **kwargs)
        bounds = self.declare_parameter('bounds', False).value
        prediction = self.declare_parameter('prediction', False).value
        topics = [
            'poured_weight',
            *(['poured_weight/lower', 'poured_weight/upper'] * bounds),
            *(['predicted_weight'] * prediction),
        ]
        self._weights = [
            self.create_publisher(Float64, f'~/{topic}', OUTPUT_QOS) for topic in topics
        ]
        stamped = [
            *(['wrench/lower', 'wrench/upper'] * bounds),
            *(['wrench/predicted'] * prediction),
            'wrench',
        ]
        self._wrenches = [
            self.create_publisher(WrenchStamped, f'~/{topic}', OUTPUT_QOS) for topic in stamped
        ]
        self._last_ns = -MAX_GAP_NS
        self.create_subscription(JointState, 'joint_states', self._on_joint_state, INPUT_QOS)

    def _on_joint_state(self, message: JointState) -> None:
        stamp = message.header.stamp
        stamp_ns = stamp.sec * 1_000_000_000 + stamp.nanosec
        if stamp_ns - self._last_ns > MAX_GAP_NS:
            self._start_ns, self._ticks = stamp_ns, 0
        self._last_ns = stamp_ns
        tick_ns = self._start_ns + round(self._ticks * PERIOD_NS)
        while tick_ns <= stamp_ns:
            self._publish(tick_ns, message.position[0])
            self._ticks += 1
            tick_ns = self._start_ns + round(self._ticks * PERIOD_NS)

    def _publish(self, tick_ns: int, value: float) -> None:
        for publisher in self._weights:
            publisher.publish(Float64(data=value))
        wrench = WrenchStamped()
        stamp = wrench.header.stamp
        stamp.sec, stamp.nanosec = divmod(tick_ns, 1_000_000_000)
        wrench.header.frame_id = 'world'
        wrench.wrench.force.z = -value
        for publisher in self._wrenches:
            publisher.publish(wrench)


def main(args: list[str] | None = None) -> None:
    """Run the node until SIGINT or SIGTERM."""
    rclpy.init(args=args)
    try:
        executor = SingleThreadedExecutor()
        executor.add_node(Relay())
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass


if __name__ == '__main__':
    main()
