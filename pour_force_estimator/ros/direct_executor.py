# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
An executor that hands messages to their callbacks by the shortest way.

For each message rclpy's executors build a new wait set from all services, timers and events of a
node (some thirty here), search it through afterwards, wrap the callback in a task, and are woken
twice more by a guard condition of their own. All that takes several times as long as an estimate.
This one keeps its wait set and takes messages as `rclpy.wait_for_message` does; everything that
is no message it leaves to rclpy. docs/performance.md has what that gives.
"""

from contextlib import ExitStack
from inspect import iscoroutinefunction

from rclpy.exceptions import InvalidHandle
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.subscription import Subscription

try:
    from rclpy.waitable import NumberOfEntities
except ImportError:  # another release
    NumberOfEntities = None  # type: ignore[assignment,misc]

_KINDS = ('subscription', 'guard_condition', 'timer', 'client', 'service')


_EXECUTOR_NAMES = ('_context', '_is_shutdown', '_guard', '_sigint_gc')
_WAIT_SET_NAMES = (
    'add_subscription',
    'add_guard_condition',
    'add_timer',
    'add_client',
    'add_service',
    'clear_entities',
    'wait',
    'get_ready_entities',
)
"""What is used of rclpy and is not public, but for names of what nodes have; see `_Waiting`."""


def create_executor() -> SingleThreadedExecutor:
    """
    Return a `DirectExecutor`, or rclpy's own executor where rclpy is not made as it expects.

    It reads some names of rclpy that are not public (those of Jazzy and Kilted); another release
    may have others, and then the nodes run as all nodes do.
    """
    executor = DirectExecutor()
    is_known = (
        all(hasattr(executor, name) for name in _EXECUTOR_NAMES)
        and all(
            hasattr(getattr(rclpy_implementation, 'WaitSet', None), name)
            for name in _WAIT_SET_NAMES
        )
        and hasattr(Subscription, 'CallbackType')
        and NumberOfEntities is not None
    )
    return executor if is_known else SingleThreadedExecutor()


class DirectExecutor(SingleThreadedExecutor):
    """
    Runs callbacks one after the other; those of subscriptions without a task around them.

    Messages whose callback is a coroutine go rclpy's way.
    """

    def spin(self) -> None:
        """
        Execute callbacks until shutdown; rclpy's way where an entity is not made as expected.

        Raises
        ------
        rclpy.executors.ExternalShutdownException
            If the context was shut down, by a signal for example.

        """
        try:
            while self._context.ok() and not self._is_shutdown:
                if not self._hand_on_messages():
                    super().spin()
                    return
                # Something else is ready, or there are more or fewer entities than before.
                if self._context.ok():
                    self.spin_once(timeout_sec=0)
        except rclpy_implementation.RCLError:
            if self._context.ok():  # otherwise the shutdown came in the middle
                raise
        if not self._is_shutdown:
            raise ExternalShutdownException()

    def _hand_on_messages(self) -> bool:
        """Hand on messages until all else is due; return False if this rclpy has other names."""
        with ExitStack() as in_use:
            try:
                waiting = _Waiting(self, in_use)
            except (AttributeError, TypeError):
                return False
            while waiting.hand_on_messages():
                pass
        return True


class _Waiting:
    """
    A wait set of all that the nodes of an executor have, which is used again and again.

    Every name of an entity that is not public is read here, before anything is waited for.

    Parameters
    ----------
    executor : DirectExecutor
        The executor.
    in_use : contextlib.ExitStack
        Keeps the entities from being destroyed until it is closed.

    Raises
    ------
    AttributeError, TypeError
        If an entity is not made as expected.

    """

    def __init__(self, executor: DirectExecutor, in_use: ExitStack) -> None:
        nodes = executor.get_nodes()
        message_only = Subscription.CallbackType.MessageOnly
        self._messages = {
            subscription.handle.pointer: (
                subscription,
                subscription.handle.take_message,
                subscription.msg_type,
                subscription.raw,
                1 if subscription._callback_type is message_only else 2,  # with the message info
            )
            for node in nodes
            for subscription in node.subscriptions
            if not iscoroutinefunction(subscription.callback)
        }
        self._guards = {guard.handle.pointer: guard for node in nodes for guard in node.guards}
        for guard in self._guards.values():
            guard._executor_triggered |= False
        handles = {
            kind: [entity.handle for node in nodes for entity in getattr(node, f'{kind}s')]
            for kind in _KINDS
            if kind != 'guard_condition'
        }
        handles['guard_condition'] = [
            guard.handle
            for guard in (*self._guards.values(), executor._guard, executor._sigint_gc)
        ]
        self._waitables = [waitable for node in nodes for waitable in node.waitables]
        for entity in (executor.context.handle, *sum(handles.values(), []), *self._waitables):
            in_use.enter_context(entity)
        counts = NumberOfEntities(*(len(handles[kind]) for kind in _KINDS))
        for waitable in self._waitables:
            counts += waitable.get_num_entities()
        self._set = rclpy_implementation.WaitSet(
            counts.num_subscriptions,
            counts.num_guard_conditions,
            counts.num_timers,
            counts.num_clients,
            counts.num_services,
            counts.num_events,
            executor.context.handle,
        )
        self._add = [
            (getattr(self._set, f'add_{kind}'), handle)
            for kind, of_kind in handles.items()
            for handle in of_kind
        ]

    def hand_on_messages(self) -> bool:
        """Wait, call back with a message of each topic; return whether nothing else is ready."""
        if not self._wait():
            return False
        ready = self._set.get_ready_entities
        try:
            handed_on = sum(map(self._hand_on, ready('subscription')))
        finally:  # a callback may raise
            guards = ready('guard_condition')
            for pointer, guard in self._guards.items():  # waiting has taken back their triggers
                guard._executor_triggered |= pointer in guards
        return handed_on > 0 and not (guards or any(map(ready, ('timer', 'service', 'client'))))

    def _wait(self) -> bool:
        """Wait until something is ready; return whether all entities are still there."""
        self._set.clear_entities()
        for add, handle in self._add:
            add(handle)
        try:
            for waitable in self._waitables:
                waitable.add_to_wait_set(self._set)
        except InvalidHandle:  # a callback has destroyed an entity
            return False
        self._set.wait(-1)  # without end
        return True

    def _hand_on(self, pointer: int) -> bool:
        """Call back with a message of the subscription at `pointer`; return whether it is ours."""
        entry = self._messages.get(pointer)
        if entry is None:
            return False
        subscription, take_message, msg_type, is_raw, arguments = entry
        received = take_message(msg_type, is_raw)
        if received is not None:
            subscription.callback(*received[:arguments])
        return True
