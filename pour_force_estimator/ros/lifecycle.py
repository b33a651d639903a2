"""What rclpy leaves to each node: errors that are seen and survived, and a clean end."""

import functools
import signal
import traceback

import rclpy
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.signals import install_signal_handlers, SignalHandlerOptions

from ..errors import PourForceEstimatorError
from .direct_executor import create_executor

RCLError = rclpy_implementation.RCLError


def logged_transition(transition):
    """
    Decorate a lifecycle callback so that an exception is logged and fails the transition.

    rclpy swallows exceptions of transition callbacks without a line in the log. Here an error
    that this package raises on purpose becomes one line, any other a traceback; the node stays in
    the state before, ready for another try.
    """
    @functools.wraps(transition)
    def wrapper(node, state):
        name = transition.__name__.removeprefix('on_')
        try:
            transition(node, state)
        except PourForceEstimatorError as error:
            node.get_logger().error(f'{name} failed: {error}')
            return TransitionCallbackReturn.FAILURE
        except Exception:
            node.get_logger().error(f'{name} failed unexpectedly:\n{traceback.format_exc()}')
            return TransitionCallbackReturn.FAILURE
        return TransitionCallbackReturn.SUCCESS
    return wrapper


class RobustLifecycleNode(LifecycleNode):
    """A lifecycle node that refuses a transition which its state does not have, and goes on."""

    def __init__(self, name, **kwargs):
        super().__init__(name, **kwargs)
        change_state = self._service_change_state.callback

        def change_state_if_possible(request, response):
            # rclpy raises instead of answering, so that whoever asked would wait forever.
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

    def __init__(self, args=None):
        self._args = args
        self._signals = []
        self._executors = []

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: self._signals.append(number))
        rclpy.init(args=self._args, signal_handler_options=SignalHandlerOptions.NO)
        return self

    def executor_of(self, node):
        """Return an executor that spins `node` until a signal."""
        executor = create_executor()
        executor.add_node(node)
        self._executors.append(executor)
        install_signal_handlers(SignalHandlerOptions.ALL)
        if self._signals:
            rclpy.try_shutdown()
        return executor

    def __exit__(self, kind, error, trace):
        is_of_the_end = isinstance(error, Exception) and not rclpy.ok()
        _shut_down(self._executors)
        return is_of_the_end


def spin_until_shutdown(create_node, args=None):
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
                node.get_logger().error(
                    f'a callback failed:\n{traceback.format_exc()}', throttle_duration_sec=1.0)


def _shut_down(executors):
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
