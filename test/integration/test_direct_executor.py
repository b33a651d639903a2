# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What `DirectExecutor` must do as rclpy's own executors do."""

from contextlib import ExitStack
import threading
import time

import pytest
import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from pour_force_estimator.ros import direct_executor
from pour_force_estimator.ros.direct_executor import create_executor, DirectExecutor

TIMEOUT_S = 120.0
QOS = QoSProfile(depth=1000)


class Setup:
    """A node that a `DirectExecutor` spins in a thread, and one that talks to it."""

    def __init__(self):
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = rclpy.create_node('direct', context=self.context)
        self.peer = rclpy.create_node('peer', context=self.context)
        self.publisher = self.peer.create_publisher(Float64, 'number', QOS)
        self.ended = None

    def subscribe(self, callback):
        return self.node.create_subscription(Float64, 'number', callback, QOS)

    def listen(self):
        """Return a list that gets the numbers that come."""
        received = []
        self.subscribe(lambda message: received.append(message.data))
        return received

    def start(self):
        executor = DirectExecutor(context=self.context)
        executor.add_node(self.node)

        def spin():
            try:
                executor.spin()
            except BaseException as error:
                self.ended = error

        self.thread = threading.Thread(target=spin)
        self.thread.start()

    def publish_until(self, condition):
        deadline_s = time.monotonic() + TIMEOUT_S
        number = 0.0
        while not condition():
            assert time.monotonic() < deadline_s, self.ended
            number += 1.0
            self.publisher.publish(Float64(data=number))
            time.sleep(0.002)


@pytest.fixture
def setup(ros_environment):
    setup = Setup()
    yield setup
    rclpy.try_shutdown(context=setup.context)
    setup.thread.join(TIMEOUT_S)
    assert not setup.thread.is_alive()


def test_messages_come_in_order_and_none_twice_until_a_shutdown_ends_it(setup):
    received = setup.listen()
    setup.start()
    setup.publish_until(lambda: len(received) >= 300)
    assert received == sorted(set(received))
    assert len(received) == received[-1] - received[0] + 1
    rclpy.shutdown(context=setup.context)
    setup.thread.join(TIMEOUT_S)
    assert isinstance(setup.ended, ExternalShutdownException)


def test_other_kinds_of_callbacks_are_served_too(setup):
    received = {'coroutine': [], 'information': [], 'timer': []}

    async def coroutine(message):
        received['coroutine'].append(message)

    setup.subscribe(coroutine)
    setup.subscribe(lambda message, info: received['information'].append(info))
    setup.node.create_timer(0.01, lambda: received['timer'].append(1))
    setup.start()
    setup.publish_until(lambda: all(len(items) >= 5 for items in received.values()))
    assert received['information'][0]['received_timestamp'] > 0


def test_what_is_created_and_destroyed_on_the_way(setup):
    taken, received, kept = [], [], []

    def first(message):
        taken.append(message.data)
        if not kept:
            kept.append(setup.subscribe(lambda m: received.append(m.data)))
        elif len(received) >= 10 and kept[0] is not None:
            setup.node.destroy_subscription(kept[0])
            kept[0] = None
            received.append('destroyed')

    setup.subscribe(first)
    setup.start()
    setup.publish_until(lambda: 'destroyed' in received)
    after, turns = len(received), len(taken)
    setup.publish_until(lambda: len(taken) >= turns + 50)
    assert len(received) <= after + 1  # one may have been taken in the same turn


def test_services_are_answered_while_messages_flood(setup):
    taken = []

    def flood(message):
        taken.append(message)
        setup.publisher.publish(message)
        setup.publisher.publish(message)

    setup.subscribe(flood)
    setup.node.create_service(Trigger, 'ask', lambda request, response: response)
    client = setup.peer.create_client(Trigger, 'ask')
    setup.start()
    assert client.wait_for_service(TIMEOUT_S)
    setup.publish_until(lambda: len(taken) >= 1000)  # two follow each one that is taken
    executor = SingleThreadedExecutor(context=setup.context)
    executor.add_node(setup.peer)
    future, before = client.call_async(Trigger.Request()), len(taken)
    executor.spin_until_future_complete(future, TIMEOUT_S)
    assert future.done() and len(taken) > before


def test_an_exception_comes_out_and_spinning_can_go_on(setup):
    received = []

    def fail(message):
        received.append(message)
        raise ValueError('on purpose')

    setup.subscribe(fail)
    setup.start()
    setup.publish_until(lambda: setup.ended is not None)
    assert isinstance(setup.ended, ValueError) and len(received) == 1


@pytest.mark.parametrize(
    ('owner', 'name'),
    [(Subscription, 'CallbackType'), (direct_executor.rclpy_implementation, 'WaitSet')],
)
def test_an_rclpy_made_otherwise_is_left_to_itself(ros_environment, monkeypatch, owner, name):
    """The context is rclpy's default one in `create_executor`, which nodes use."""
    rclpy.init()
    try:
        assert type(create_executor()) is DirectExecutor
        with monkeypatch.context() as patch:
            patch.delattr(owner, name)
            assert type(create_executor()) is SingleThreadedExecutor
    finally:
        rclpy.try_shutdown()


def broken(executor, in_use):
    """Stand for a `_Waiting` that finds a name missing."""
    raise AttributeError('_callback_type')


@pytest.mark.parametrize('owner, name', [(Node, 'guards'), (direct_executor, 'NumberOfEntities')])
def test_entities_that_are_made_otherwise_are_spun_by_rclpy(setup, monkeypatch, owner, name):
    received, served = setup.listen(), []
    monkeypatch.setattr(direct_executor._Waiting, 'hand_on_messages', lambda _: served.append(1))
    unlike = property(lambda self: self._unknown) if name == 'guards' else None
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, unlike)
        with pytest.raises((AttributeError, TypeError)):
            executor = DirectExecutor(context=setup.context)
            executor.add_node(setup.node)
            with ExitStack() as in_use:
                direct_executor._Waiting(executor, in_use)
        executor.remove_node(setup.node)
    monkeypatch.setattr(direct_executor, '_Waiting', broken)
    setup.start()
    setup.publish_until(lambda: len(received) >= 3)
    assert not served
