# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sends what a faulty arm says to the estimator, and compares what comes back with what is due."""

from collections import deque
import itertools
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import WrenchStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.ros.conversions import to_ns, to_stamp
from pour_force_estimator.ros.estimator_client import EstimatorClient

from .faulty_arm import Message

QUEUE_DEPTH = 2000
"""Four seconds at 500 Hz: more than this machine is ever busy with something else."""


class Comparison:
    """
    Compares estimates that are due with those that come, in order.

    Attributes
    ----------
    matched, missing, unexpected, different : int
        Estimates that came as they were due; that never came; that were not due; whose weight
        is not bit for bit that of the offline estimator.
    latencies_s : list of float
        From sending the joint state that completes a tick to receiving its estimate [s].

    """

    LOOK_AHEAD = 500

    def __init__(self) -> None:
        self._due: deque[tuple[int, float, float]] = deque()
        self.matched = self.missing = self.unexpected = self.different = 0
        self.latencies_s: list[float] = []

    def expect(self, stamp_ns: int, weight: float, sent_s: float) -> None:
        """Note an estimate that is due; its joint state was sent at `sent_s`."""
        self._due.append((stamp_ns, weight, sent_s))

    def receive(self, stamp_ns: int, weight: float, now_s: float) -> None:
        """Compare an estimate that has come."""
        for skipped, (due_ns, due_weight, sent_s) in enumerate(
            itertools.islice(self._due, self.LOOK_AHEAD)
        ):
            if due_ns == stamp_ns:
                for _ in range(skipped + 1):
                    self._due.popleft()
                self.missing += skipped
                self.matched += 1
                self.different += due_weight != weight
                self.latencies_s.append(now_s - sent_s)
                return
        self.unexpected += 1

    @property
    def outstanding(self) -> int:
        """Number of estimates that are due and have not come yet."""
        return len(self._due)

    def end(self) -> None:
        """Count what has not come as missing."""
        self.missing += len(self._due)
        self._due.clear()


class SoakPeer(Node):
    """
    Sends what a `FaultyArm` says, and compares what the estimator publishes.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.node.Node`.

    Attributes
    ----------
    comparison : Comparison
        What came of it.
    sent, weights : int
        Joint states sent, and messages of ~/poured_weight received.
    status : diagnostic_msgs.msg.DiagnosticStatus or None
        The last one.

    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('soak_peer', **kwargs)
        qos = QoSProfile(depth=QUEUE_DEPTH)
        self._joints = self.create_publisher(JointState, 'joint_states', qos)
        self.create_subscription(WrenchStamped, 'estimator/wrench', self._on_wrench, qos)
        self.create_subscription(Float64, 'estimator/poured_weight', self._on_weight, qos)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, qos)
        self.client = EstimatorClient(self)
        self.comparison = Comparison()
        self.sent = self.weights = 0
        self.status: DiagnosticStatus | None = None
        self._start_ns = time.time_ns()
        self._offline: PourEstimator | None = None
        self._model = StepModel.load()

    def is_connected(self) -> bool:
        """Return whether the estimator is active and all its topics have been found."""
        return (
            self.client.is_ready()
            and self._joints.get_subscription_count() > 0
            and all(
                subscription.get_publisher_count() > 0
                for subscription in self.subscriptions
                if not subscription.topic_name.startswith('/parameter')
            )
        )

    def start_pour(self, context: PourContext) -> None:
        """Let the offline estimator begin a pour too."""
        if self._offline is None:
            self._offline = PourEstimator(self._model, context)
        self._offline.reset(context)

    def send(self, message: Message) -> None:
        """Publish a joint state, and note the estimates that it makes due."""
        joint_state = JointState(name=list(message.names), position=list(message.positions))
        stamp_ns = self._start_ns + message.stamp_ns
        joint_state.header.stamp = to_stamp(stamp_ns)
        sent_s = time.monotonic()
        self._joints.publish(joint_state)
        self.sent += 1
        if message.tilt is not None and self._offline is not None:
            for estimate in self._offline.update(stamp_ns, message.tilt):
                self.comparison.expect(estimate.stamp_ns, estimate.poured_weight, sent_s)

    def counted(self) -> dict[str, str]:
        """Return what the last diagnostics counted, a dict of str to str."""
        return (
            {} if self.status is None else {value.key: value.value for value in self.status.values}
        )

    def _on_wrench(self, message: WrenchStamped) -> None:
        self.comparison.receive(
            to_ns(message.header.stamp), -message.wrench.force.z, time.monotonic()
        )

    def _on_weight(self, message: Float64) -> None:
        self.weights += 1

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        self.status = message.status[0]
