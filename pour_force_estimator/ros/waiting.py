# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Waiting in coroutines of a node: for a condition, for an answer, never for ever."""

from collections.abc import Callable
import math
import time
from typing import Any

from rclpy.client import Client
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future

from ..errors import PourForceEstimatorError

POLL_PERIOD_S = 0.02

CALL_TIMEOUT_S = 10.0
"""How long a service may take [s]; an estimator that is told of a new cup takes its time."""

ATTEMPTS = 3
"""How often to ask: a service that has just been found may not know its client yet, and then its
answer is lost."""


class NoAnswerError(PourForceEstimatorError):
    """A service is not there, or does not answer."""


async def until(node: Node, condition: Callable[[], bool], timeout_s: float = math.inf) -> bool:
    """
    Wait until a condition holds; the graph has no event for every one.

    Parameters
    ----------
    node : rclpy.node.Node
        The node, which must be spun.
    condition : callable
        Called every `POLL_PERIOD_S`.
    timeout_s : float
        Longest time to wait [s], on a steady clock.

    Returns
    -------
    bool
        Whether the condition held before the time was over.

    """
    if condition():
        return True
    deadline_s = time.monotonic() + timeout_s
    done = Future()

    def check() -> None:
        if done.done():
            return
        if condition():
            done.set_result(True)
        elif time.monotonic() >= deadline_s:
            done.set_result(False)

    timer = node.create_timer(POLL_PERIOD_S, check, clock=Clock(clock_type=ClockType.STEADY_TIME))
    try:
        is_met: bool = await done
        return is_met
    finally:
        node.destroy_timer(timer)


async def sleep(node: Node, duration_s: float) -> None:
    """Wait for a time [s] while `node` goes on."""
    await until(node, lambda: False, duration_s)


async def call(
    node: Node,
    client: Client,
    request: Any,
    timeout_s: float = CALL_TIMEOUT_S,
    attempts: int = ATTEMPTS,
) -> Any:
    """
    Call a service and return its response.

    Parameters
    ----------
    node : rclpy.node.Node
        The node of the client, which must be spun.
    client : rclpy.client.Client
        The client.
    request : service request
        What is asked.
    timeout_s : float
        Longest time to wait for the response [s].
    attempts : int
        How often to ask; more than once only what may happen twice.

    Raises
    ------
    NoAnswerError
        If the service is not there, or gives none.

    """
    if not await until(node, client.service_is_ready, timeout_s):
        raise NoAnswerError(f'{client.srv_name} is not there')
    for _ in range(attempts):
        answer = client.call_async(request)
        if await until(node, answer.done, timeout_s):
            return answer.result()
        client.remove_pending_request(answer)
    raise NoAnswerError(f'{client.srv_name} does not answer')
