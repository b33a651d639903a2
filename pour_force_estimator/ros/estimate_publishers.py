# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""How the estimator node publishes its estimates."""

from collections.abc import Callable
from operator import attrgetter

from geometry_msgs.msg import WrenchStamped
from rclpy.lifecycle import LifecycleNode, LifecyclePublisher
from std_msgs.msg import Float64

from ..tick_estimator import Estimate
from .conversions import set_stamp, weight_wrench

OUTPUT_DEPTH = 100
"""Estimates kept for slow reliable subscribers: over a second at the models' 60 Hz."""

_NUMBERS = {'~/poured_weight': 'poured_weight'}
_WRENCHES = {'~/wrench': 'poured_weight'}
_NUMBERS_OF_BOUNDS = {'~/poured_weight/lower': 'lower', '~/poured_weight/upper': 'upper'}
_WRENCHES_OF_BOUNDS = {'~/wrench/lower': 'lower', '~/wrench/upper': 'upper'}
_NUMBERS_OF_PREDICTION = {'~/predicted_weight': 'predicted_weight'}
_WRENCHES_OF_PREDICTION = {'~/wrench/predicted': 'predicted_weight'}


class EstimatePublishers:
    """
    The topics of the estimates.

    Parameters
    ----------
    node : rclpy.lifecycle.LifecycleNode
        The node that publishes.
    frame_id : str
        Frame of the wrench.
    has_interval : bool
        Whether the estimates have bounds.
    predicts : bool
        Whether they have a predicted weight.

    """

    def __init__(
        self, node: LifecycleNode, frame_id: str, has_interval: bool, predicts: bool
    ) -> None:
        self._node = node
        self._numbers = self._publishers(
            Float64,
            {
                **_NUMBERS,
                **(_NUMBERS_OF_BOUNDS if has_interval else {}),
                **(_NUMBERS_OF_PREDICTION if predicts else {}),
            },
        )
        self._wrenches = self._publishers(
            WrenchStamped,
            {
                **(_WRENCHES_OF_BOUNDS if has_interval else {}),
                **(_WRENCHES_OF_PREDICTION if predicts else {}),
                **_WRENCHES,
            },
        )
        # Filled anew for each estimate, since a message takes longer to make than to send.
        self._number, self._wrench = Float64(), weight_wrench(0, 0.0, frame_id)

    def _publishers(
        self, kind: type, fields: dict[str, str]
    ) -> list[tuple[LifecyclePublisher, Callable[[Estimate], float]]]:
        return [
            (self._node.create_lifecycle_publisher(kind, topic, OUTPUT_DEPTH), attrgetter(field))
            for topic, field in fields.items()
        ]

    def publish(self, estimate: Estimate) -> None:
        """
        Publish an estimate on all topics.

        The wrenches of one estimate have the stamp of its tick, by which they belong together; the
        numbers are for plots and have none.
        """
        number, wrench = self._number, self._wrench
        for publisher, field in self._numbers:
            number.data = field(estimate)
            publisher.publish(number)
        set_stamp(wrench.header.stamp, estimate.stamp_ns)
        for publisher, field in self._wrenches:
            wrench.wrench.force.z = -field(estimate)
            publisher.publish(wrench)

    def destroy(self) -> None:
        """Withdraw the topics."""
        for publisher, _ in (*self._numbers, *self._wrenches):
            self._node.destroy_lifecycle_publisher(publisher)
