# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What rclpy leaves to each node: errors that are seen and survived, and a clean end.

Two parts work around rclpy; the numbers are issues and pull requests of
https://github.com/ros2/rclpy.

`RobustLifecycleNode`
    A transition that a state does not have raises in the service and ends the node (#1209). rclpy
    8.0 answers instead (#1319): the class can go with Jazzy, which has rclpy 7.1.
`logged_transition`
    An exception of a transition callback leaves no line in the log (#1673, open; #1696, in Kilted
    since 9.1.7, handles it as rclcpp does) and unconfigures the node. The traceback can go once
    all supported versions log it; that the node stays in the state before, with one line for an
    error of this package, remains.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
import functools
import signal
import traceback
from types import TracebackType
from typing import Any, TypeVar

from lifecycle_msgs.srv import ChangeState
import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.node import Node
from rclpy.signals import install_signal_handlers, SignalHandlerOptions

from ..errors import PourForceEstimatorError
from .direct_executor import create_executor

RCLError = rclpy_implementation.RCLError

_Node = TypeVar('_Node', bound=LifecycleNode)

SIGNAL_PERIOD_S = 0.1
"""Longest time until a signal is noticed by a node that has nothing else to do [s]."""


def logged_transition(
    transition: Callable[[_Node, LifecycleState], TransitionCallbackReturn | None],
) -> Callable[[_Node, LifecycleState], TransitionCallbackReturn]:
    """
    Decorate a lifecycle callback so that an exception is logged and fails the transition.

    What the callback returns counts; nothing is success.

    rclpy swallows exceptions of transition callbacks without a line in the log. Here an error
    that this package raises on purpose becomes one line, any other a traceback; the node stays in
    the state before, ready for another try.
    """

    @functools.wraps(transition)
    def wrapper(node: _Node, state: LifecycleState) -> TransitionCallbackReturn:
        name = transition.__name__.removeprefix('on_')
        try:
            result = transition(node, state)
        except PourForceEstimatorError as error:
            node.get_logger().error(f'{name} failed: {error}')
            return TransitionCallbackReturn.FAILURE
        except Exception:
            node.get_logger().error(f'{name} failed unexpectedly:\n{traceback.format_exc()}')
            return TransitionCallbackReturn.FAILURE
        return TransitionCallbackReturn.SUCCESS if result is None else result

    return wrapper


@contextmanager
def all_or_nothing(node: Node) -> Iterator[None]:
    """Withdraw what the block has created of topics, services and timers if an error ends it."""
    kinds = (
        ('publishers', node.destroy_publisher),
        ('subscriptions', node.destroy_subscription),
        ('services', node.destroy_service),
        ('timers', node.destroy_timer),
    )
    before = {id(entity) for kind, _ in kinds for entity in getattr(node, kind)}
    try:
        yield
    except BaseException:
        for kind, destroy in kinds:
            for entity in list(getattr(node, kind)):
                if id(entity) not in before:
                    destroy(entity)
        raise


class RobustLifecycleNode(LifecycleNode):
    """A lifecycle node that refuses a transition which its state does not have, and goes on."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        change_state = self._service_change_state.callback

        def change_state_if_possible(
            request: ChangeState.Request, response: ChangeState.Response
        ) -> ChangeState.Response:
            # rclpy 7.1 raises instead of answering, so that whoever asked would wait forever.
            try:
                return change_state(request, response)
            except RCLError as error:
                self.get_logger().warning(f'transition {request.transition.id}: {error}')
                response.success = False
                return response

        self._service_change_state.callback = change_state_if_possible


class RosProcess:
    """
    rclpy for the time of a ``with`` block, which SIGINT or SIGTERM end cleanly.

    No KeyboardInterrupt is raised: it may arrive inside rclpy's C code, which makes other errors
    of it. A signal only shuts the context down, and only once there is an executor, upon which
    its spin ends. What fails from then on fails for that reason and is nothing to report.

    Parameters
    ----------
    args : list of str, optional
        Command line.

    """

    def __init__(self, args: list[str] | None = None) -> None:
        self._args = args
        self._signals: list[int] = []
        self._executors: list[SingleThreadedExecutor] = []

    def __enter__(self) -> 'RosProcess':
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: self._signals.append(number))
        rclpy.init(args=self._args, signal_handler_options=SignalHandlerOptions.NO)
        return self

    def executor_of(self, node: Node) -> SingleThreadedExecutor:
        """Return an executor that spins `node` until a signal."""
        executor = create_executor()
        executor.add_node(node)
        self._executors.append(executor)
        install_signal_handlers(SignalHandlerOptions.ALL)
        if self._signals:
            rclpy.try_shutdown()
        return executor

    def spin_until_signal(self, node: Node) -> None:
        """
        Spin `node` until a signal, or a shutdown of the context.

        After a signal the context is still there, so that a node can say its last word: a command
        of 0, say. Exceptions of callbacks are logged and do not end the node.
        """
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        self._executors.append(executor)
        while rclpy.ok() and not self._signals:
            try:
                executor.spin_once(timeout_sec=SIGNAL_PERIOD_S)
            except ExternalShutdownException:
                break
            except Exception:
                _log_failure(node)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        is_of_the_end = isinstance(error, Exception) and not rclpy.ok()
        _shut_down(self._executors)
        return is_of_the_end


def spin_until_shutdown(create_node: Callable[[], Node], args: list[str] | None = None) -> None:
    """
    Create a node and spin it until SIGINT, SIGTERM or a shutdown of the context.

    An exception of a callback is logged with its traceback and does not end the node.

    Parameters
    ----------
    create_node : callable
        Returns the node; called after rclpy is initialized.
    args : list of str, optional
        Command line.

    """
    with RosProcess(args) as ros:
        node = create_node()
        executor = ros.executor_of(node)
        while rclpy.ok():
            try:
                executor.spin()
            except Exception:
                if not rclpy.ok():  # the signal came while a callback was under way
                    break
                _log_failure(node)


def _log_failure(node: Node) -> None:
    """Log the exception that is being handled."""
    node.get_logger().error(
        f'a callback failed:\n{traceback.format_exc()}', throttle_duration_sec=1.0
    )


def _shut_down(executors: Sequence[SingleThreadedExecutor]) -> None:
    """
    Destroy executors and their nodes and shut rclpy down, at the end of a process.

    A signal may have done so already, or be doing it in a thread of its own. A second one is
    ignored from here on: ros2 launch passes on a Ctrl-C that the terminal has sent to the nodes
    as well, and an end that is under way must not become a traceback.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for executor in executors:
        nodes = executor.get_nodes()
        executor.shutdown()
        for node in nodes:
            node.destroy_node()
    try:
        rclpy.try_shutdown()
    except RCLError:
        pass
