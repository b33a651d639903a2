"""
An executor that hands messages to their callbacks by the shortest way.

For each message rclpy's executors build a new wait set from all services, timers and events of a
node (some thirty here), search it through afterwards, wrap the callback in a task, and are woken
twice more by a guard condition of their own. All that takes several times as long as an estimate.
This one keeps its wait set and takes messages as `rclpy.wait_for_message` does; everything that
is no message it leaves to rclpy. While it waits it has nodes rehearse (`rehearsals`).
docs/performance.md has what both give.
"""

from contextlib import ExitStack
from inspect import iscoroutinefunction

from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.subscription import Subscription
from rclpy.waitable import NumberOfEntities

from .rehearsals import Rehearsals

_KINDS = ('subscription', 'guard_condition', 'timer', 'client', 'service')


def create_executor():
    """
    Return a `DirectExecutor`, or rclpy's own executor where rclpy is not made as it expects.

    It reads some names of rclpy that are not public (those of Jazzy and Kilted); another release
    may have others, and then the nodes run as all nodes do.
    """
    executor = DirectExecutor()
    known = (hasattr(executor, '_guard') and hasattr(executor, '_sigint_gc')
             and hasattr(Subscription, 'CallbackType'))
    return executor if known else SingleThreadedExecutor()


class DirectExecutor(SingleThreadedExecutor):
    """
    Runs callbacks one after the other; those of subscriptions without a task around them.

    Messages whose callback is a coroutine, or wants more than the message, go rclpy's way. A node
    may have an attribute ``rehearsal``; see `Rehearsals`.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.executors.SingleThreadedExecutor`.

    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.rehearsals = Rehearsals()

    def spin(self):
        """
        Execute callbacks until shutdown.

        Raises
        ------
        rclpy.executors.ExternalShutdownException
            If the context was shut down, by a signal for example.

        """
        while self._context.ok() and not self._is_shutdown:
            with ExitStack() as in_use:
                waiting = _Waiting(self, in_use)
                while waiting.hand_on_messages():
                    pass
            # Something else is ready, or there are more or fewer entities than before.
            if self._context.ok():
                self.spin_once(timeout_sec=0)
        if not self._is_shutdown:
            raise ExternalShutdownException()


class _Waiting:
    """
    A wait set of all that the nodes of an executor have, which is used again and again.

    Parameters
    ----------
    executor : DirectExecutor
        The executor.
    in_use : contextlib.ExitStack
        Keeps the entities from being destroyed until it is closed.

    """

    def __init__(self, executor, in_use):
        self._nodes = nodes = executor.get_nodes()
        self._rehearsals = executor.rehearsals
        self._messages = {
            subscription.handle.pointer: subscription
            for node in nodes for subscription in node.subscriptions
            if subscription._callback_type is Subscription.CallbackType.MessageOnly
            and not iscoroutinefunction(subscription.callback)}
        self._guards = [guard for node in nodes for guard in node.guards]
        handles = {
            kind: [entity.handle for node in nodes for entity in getattr(node, f'{kind}s')]
            for kind in _KINDS if kind != 'guard_condition'}
        handles['guard_condition'] = [guard.handle for guard in (
            *self._guards, executor._guard, executor._sigint_gc)]
        self._waitables = [waitable for node in nodes for waitable in node.waitables]
        for entity in (executor.context.handle, *sum(handles.values(), []), *self._waitables):
            in_use.enter_context(entity)
        counts = NumberOfEntities(*(len(handles[kind]) for kind in _KINDS))
        for waitable in self._waitables:
            counts += waitable.get_num_entities()
        self._set = rclpy_implementation.WaitSet(
            counts.num_subscriptions, counts.num_guard_conditions, counts.num_timers,
            counts.num_clients, counts.num_services, counts.num_events, executor.context.handle)
        self._add = [
            (getattr(self._set, f'add_{kind}'), handle)
            for kind, those in handles.items() for handle in those]

    def hand_on_messages(self):
        """Wait, call back with a message of each topic; return whether nothing else is ready."""
        patience_ns = self._rehearsals.patience_ns(self._nodes)
        self._wait(patience_ns)
        ready = self._set.get_ready_entities
        if patience_ns >= 0 and not any(map(ready, _KINDS)):
            self._rehearsals.rehearse(self._nodes)
            return True  # if there is an event, the next wait ends with it
        try:
            taken = sum(map(self._hand_on, ready('subscription')))
        finally:  # a callback may raise
            guards = ready('guard_condition')
            for guard in self._guards:  # waiting has taken back what triggered them
                guard._executor_triggered |= guard.handle.pointer in guards
        return taken > 0 and not (guards or any(map(ready, ('timer', 'service', 'client'))))

    def _wait(self, timeout_ns):
        """Wait until something is ready, for `timeout_ns` [ns] at most if that is not negative."""
        self._set.clear_entities()
        for add, handle in self._add:
            add(handle)
        for waitable in self._waitables:
            waitable.add_to_wait_set(self._set)
        self._set.wait(timeout_ns)

    def _hand_on(self, pointer):
        """Call back with a message of the subscription at `pointer`; return whether it is ours."""
        subscription = self._messages.get(pointer)
        if subscription is None:
            return False
        received = subscription.handle.take_message(subscription.msg_type, subscription.raw)
        if received is not None:
            subscription.callback(received[0])
            self._rehearsals.message_came()
        return True
