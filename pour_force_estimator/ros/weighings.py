# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the estimator node does with weighed pours, and when the cup is mounted anew."""

from collections.abc import Callable

from rclpy.lifecycle import LifecycleNode
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from ..errors import MountingError, WeighingError
from ..estimator import PourEstimator
from ..mounting_keeper import MountingKeeper

WEIGHED_DEPTH = 10
"""Weighings kept while the node is busy; one comes after each pour."""


class Weighings:
    """
    Takes ``~/weighed`` and ``~/remount``, tells the estimator, and keeps what it has learned.

    Parameters
    ----------
    node : rclpy.lifecycle.LifecycleNode
        The node that offers both.
    estimator : PourEstimator
        What learns.
    keeper : MountingKeeper
        Keeps what it has learned.
    is_active : callable
        Returns whether the node is active.
    on_change : callable
        Called when something was learned, refused or forgotten.

    Attributes
    ----------
    refused : int
        How many weighings were refused.
    last_refusal : str
        Why the last of them was; empty before the first.

    """

    def __init__(
        self,
        node: LifecycleNode,
        estimator: PourEstimator,
        keeper: MountingKeeper,
        is_active: Callable[[], bool],
        on_change: Callable[[], None],
    ) -> None:
        self._node = node
        self._logger = node.get_logger()
        self._estimator = estimator
        self._keeper = keeper
        self._is_active = is_active
        self._on_change = on_change
        self.refused = 0
        self.last_refusal = ''
        self._subscription = node.create_subscription(
            Float64, '~/weighed', self._on_weighed, WEIGHED_DEPTH
        )
        self._service = node.create_service(Trigger, '~/remount', self._on_remount)

    def destroy(self) -> None:
        """Withdraw topic and service."""
        self._node.destroy_subscription(self._subscription)
        self._node.destroy_service(self._service)

    def keep(self) -> None:
        """Write to the file what it does not hold yet; say so where that fails."""
        try:
            self._keeper.keep()
        except MountingError as error:
            self._logger.warning(
                f'what was learned of the mounting would not survive a restart: {error}'
            )

    def _on_weighed(self, message: Float64) -> None:
        try:
            if not self._is_active():
                raise WeighingError(
                    f'weighed: expected while the node is active, received {message.data:g} N '
                    'while it is not'
                )
            self._estimator.weigh(message.data)
        except WeighingError as error:
            self.refused += 1
            self.last_refusal = str(error)
            self._logger.warning(f'weighing refused: {error}', throttle_duration_sec=1.0)
        else:
            self._logger.info(f'weighed {message.data:g} N: {self._keeper.learned()}')
            self.keep()
        self._on_change()

    def _on_remount(
        self, request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        self._estimator.remount()
        self.keep()
        response.success = True
        response.message = f'mounted anew: {self._keeper.learned()}'
        self._logger.info(response.message)
        self._on_change()
        return response
