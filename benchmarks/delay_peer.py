# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""An arm that sends joint states at a fixed rate and learns when each estimate arrived."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
import math
import time
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from pour_force_estimator.resampler import Resampler
from pour_force_estimator.ros.arm.arm_node import ARM_JOINTS
from pour_force_estimator.ros.conversions import to_ns, to_stamp

from .step import tilt_at

QUEUE_DEPTH = 5000
"""Nothing is taken while a burst is sent, so that taking does not disturb it."""

LEAD_NS = 20_000_000


class DelayPeer(Node):
    """
    Sends to one of several nodes at a time.

    Delays end when DDS has the last message of an estimate, the wrench, in this process (its
    ``received_timestamp``); what an executor does with it afterwards is not in them.

    Parameters
    ----------
    namespaces : sequence of str
        Of the nodes that are compared; each is called ``node``.

    Attributes
    ----------
    sent : collections.Counter
        Joint states by namespace.

    """

    def __init__(self, namespaces: Sequence[str]) -> None:
        super().__init__('delay_peer')
        qos = QoSProfile(depth=QUEUE_DEPTH)
        self.sent: Counter[str] = Counter()
        self._publishers_of: dict[str, Publisher] = {}
        self._arrivals: dict[str, dict[int, int]] = {}
        self._counted: dict[str, int] = {}
        for namespace in namespaces:
            self._arrivals[namespace] = {}
            self._publishers_of[namespace] = self.create_publisher(
                JointState, f'/{namespace}/joint_states', qos
            )
            self.create_subscription(
                WrenchStamped, f'/{namespace}/node/wrench', self._on_wrench(namespace), qos
            )
            self.create_subscription(Float64, f'/{namespace}/node/poured_weight', _ignore, qos)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, qos)

    def is_connected(self) -> bool:
        """Return whether all nodes have been found."""
        return all(
            publisher.get_subscription_count() for publisher in self._publishers_of.values()
        ) and all(
            subscription.get_publisher_count()
            for subscription in self.subscriptions
            if not subscription.topic_name.startswith(('/parameter', '/diagnostics'))
        )

    def send_burst(self, namespace: str, rate_hz: float, duration_s: float) -> dict[int, int]:
        """
        Send joint states at their stamps, and take nothing meanwhile.

        Parameters
        ----------
        namespace : str
            To which node.
        rate_hz, duration_s : float
            Rate [Hz] and length [s].

        Returns
        -------
        dict of int to int
            By tick [ns], when the joint state was published that completes it [ns].

        """
        self._arrivals[namespace].clear()
        publisher, resampler = self._publishers_of[namespace], Resampler(60.0)
        start_ns = time.time_ns() + LEAD_NS
        due: dict[int, int] = {}
        for index in range(round(rate_hz * duration_s)):
            offset_ns = round(index * 1e9 / rate_hz)
            tilt = tilt_at(60e-9 * offset_ns)
            message = JointState(
                name=list(ARM_JOINTS), position=[0.0, -1.2, 1.6, -0.4, 1.57, tilt]
            )
            message.header.stamp = to_stamp(start_ns + offset_ns)
            ticks = resampler.push(start_ns + offset_ns, tilt)
            time.sleep(max(0.0, (start_ns + offset_ns - time.time_ns()) * 1e-9))
            sent_ns = time.time_ns()
            publisher.publish(message)
            due.update((tick.stamp_ns, sent_ns) for tick in ticks)
        self.sent[namespace] += round(rate_hz * duration_s)
        return due

    def delays(self, namespace: str, due: Mapping[int, int]) -> list[float]:
        """Return the delays of the estimates that have come [s], for what a burst returned."""
        arrivals = self._arrivals[namespace]
        return [
            (arrivals[tick_ns] - sent_ns) * 1e-9
            for tick_ns, sent_ns in due.items()
            if tick_ns in arrivals
        ]

    def lost_joint_states(self, namespace: str) -> float:
        """Return how many joint states a node has not counted, for one with diagnostics."""
        counted = self._counted.get(namespace, math.nan)
        return self.sent[namespace] - counted

    def _on_wrench(self, namespace: str) -> Callable[..., None]:
        def callback(message: WrenchStamped, info: dict[str, Any]) -> None:
            self._arrivals[namespace][to_ns(message.header.stamp)] = info['received_timestamp']

        return callback

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        status = message.status[0]
        values = {value.key: value.value for value in status.values}
        if 'joint states' in values:
            self._counted[status.name.partition('/')[0]] = int(values['joint states'])


def _ignore(message: Float64) -> None:
    """Take a message, so that it has to be sent."""
