# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What an estimator says while it is poured, and whether it can be trusted."""

from collections.abc import Callable
import math

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node
from std_msgs.msg import Float64

DEPTH = 10


class EstimatorWatch:
    """
    Keeps the last prediction of an estimator, and the last status of its diagnostics.

    Parameters
    ----------
    node : rclpy.node.Node
        The node that listens.
    estimator : str
        Name of the estimator node, relative to the namespace of `node`, or absolute.
    now_s : callable
        Returns the time [s].

    Attributes
    ----------
    predicted_weight : float
        The last prediction [N]; NaN before the first one.
    predictions, statuses : int
        How many have come.

    """

    def __init__(self, node: Node, estimator: str, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._predicted_s = -math.inf
        self._fault: str | None = None
        self.predicted_weight = math.nan
        self.predictions = self.statuses = 0
        self._subscription = node.create_subscription(
            Float64, f'{estimator}/predicted_weight', self._on_prediction, DEPTH
        )
        name = self._subscription.topic_name.rpartition('/')[0]
        self._status_name = f'{name.lstrip("/")}: pour estimate'
        node.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, DEPTH)

    @property
    def topic(self) -> str:
        """Full name of the topic of predictions."""
        name: str = self._subscription.topic_name
        return name

    @property
    def age_s(self) -> float:
        """Time since the last prediction came [s]."""
        return self._now_s() - self._predicted_s

    @property
    def fault(self) -> str | None:
        """Why the estimates are of no use, as the diagnostics say; None if they are."""
        return self._fault

    def _on_prediction(self, message: Float64) -> None:
        self.predicted_weight = message.data
        self._predicted_s = self._now_s()
        self.predictions += 1

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == self._status_name:
                self.statuses += 1
                is_fault = status.level in (DiagnosticStatus.ERROR, DiagnosticStatus.STALE)
                self._fault = f'the estimator says: {status.message}' if is_fault else None
