# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a robot program does with `pour_to_target`."""

from rcl_interfaces.srv import SetParametersAtomically
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String
from std_srvs.srv import Trigger

from ...errors import PourError
from ...pouring.controller import DONE, FAILED, IDLE
from ...units import newton_to_gram
from ..waiting import call, until

BEGIN_TIMEOUT_S = 120.0
"""How long a pour may take to begin [s]: the estimator is asked before."""


class PourClient:
    """
    Has `pour_to_target` pour.

    Parameters
    ----------
    node : rclpy.node.Node
        The node that asks; it must be spun.
    name : str
        Name of the node `pour_to_target`, relative to the namespace of `node`, or absolute.

    """

    def __init__(self, node: Node, name: str = 'pour_to_target') -> None:
        self._node = node
        self._set_parameters = node.create_client(
            SetParametersAtomically, f'{name}/set_parameters_atomically'
        )
        self._pour = node.create_client(Trigger, f'{name}/pour')
        self._states: list[str] = []
        node.create_subscription(
            String,
            f'{name}/state',
            self._on_state,
            QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL),
        )

    def _on_state(self, message: String) -> None:
        self._states.append(message.data)

    def is_ready(self) -> bool:
        """Return whether the node is there."""
        return self._set_parameters.service_is_ready() and self._pour.service_is_ready()

    async def begin(self, target_weight: float) -> None:
        """
        Have a pour begin.

        Parameters
        ----------
        target_weight : float
            What to pour [N].

        Raises
        ------
        PourError
            If it is refused; the message says why.
        NoAnswerError
            If the node does not answer.

        """
        target = Parameter('target', value=newton_to_gram(target_weight))
        result = (
            await call(
                self._node,
                self._set_parameters,
                SetParametersAtomically.Request(parameters=[target.to_parameter_msg()]),
            )
        ).result
        if not result.successful:
            raise PourError(result.reason)
        self._states.clear()
        response = await call(
            self._node, self._pour, Trigger.Request(), BEGIN_TIMEOUT_S, attempts=1
        )
        if not response.success:
            raise PourError(response.message)

    async def wait_for_end(self) -> str:
        """Wait until the pour that has begun is over; return its last state."""
        await until(
            self._node,
            lambda: bool(self._states) and self._states[-1].startswith((DONE, FAILED, IDLE)),
        )  # idle: the node was started anew
        return self._states[-1]
