"""What `DirectExecutor` must do as rclpy's own executors do."""

import threading
import time

import pytest
import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from pour_force_estimator.ros.direct_executor import create_executor, DirectExecutor

TIMEOUT_S = 20.0
QOS = QoSProfile(depth=1000)


class Setup:
    """A node that a `DirectExecutor` spins in a thread, and one that talks to it."""

    def __init__(self):
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = rclpy.create_node('direct', context=self.context)
        self.other = rclpy.create_node('other', context=self.context)
        self.publisher = self.other.create_publisher(Float64, 'number', QOS)
        self.ended = None

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
            assert time.monotonic() < deadline_s
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


def test_messages_come_in_order_and_none_twice(setup):
    received = []
    setup.node.create_subscription(Float64, 'number', lambda m: received.append(m.data), QOS)
    setup.start()
    setup.publish_until(lambda: len(received) >= 300)
    assert received == sorted(set(received))
    assert len(received) == received[-1] - received[0] + 1


def test_other_kinds_of_callbacks_are_served_too(setup):
    received = {'coroutine': [], 'information': [], 'timer': []}

    async def coroutine(message):
        received['coroutine'].append(message)
    setup.node.create_subscription(Float64, 'number', coroutine, QOS)
    setup.node.create_subscription(
        Float64, 'number', lambda message, info: received['information'].append(info), QOS)
    setup.node.create_timer(0.01, lambda: received['timer'].append(1))
    setup.start()
    setup.publish_until(lambda: all(len(own) >= 5 for own in received.values()))
    assert received['information'][0]['received_timestamp'] > 0


def test_a_node_rehearses_between_messages(setup):
    """Once for each; and without a further message not again."""
    events = []
    setup.node.create_subscription(Float64, 'number', lambda m: events.append(m.data), QOS)
    setup.node.rehearsal = lambda: events.append('rehearsal')
    setup.start()
    setup.publish_until(lambda: events.count('rehearsal') >= 50)
    time.sleep(0.2)
    numbers = [event for event in events if event != 'rehearsal']
    assert numbers == sorted(set(numbers))
    assert 'rehearsal rehearsal' not in ' '.join(map(str, events))


def test_a_node_that_needs_no_rehearsal_has_none(setup):
    received = []
    setup.node.create_subscription(Float64, 'number', lambda m: received.append(m.data), QOS)
    setup.node.rehearsal = None
    setup.start()
    setup.publish_until(lambda: len(received) >= 20)
    assert setup.ended is None


def test_what_is_created_and_destroyed_on_the_way(setup):
    received, kept = [], []

    def first(message):
        if not kept:
            kept.append(setup.node.create_subscription(
                Float64, 'number', lambda m: received.append(m.data), QOS))
        elif len(received) >= 10 and kept[0] is not None:
            setup.node.destroy_subscription(kept[0])
            kept[0] = None
            received.append('destroyed')
    setup.node.create_subscription(Float64, 'number', first, QOS)
    setup.start()
    setup.publish_until(lambda: 'destroyed' in received)
    after = len(received)
    for _ in range(50):
        setup.publisher.publish(Float64())
        time.sleep(0.002)
    assert len(received) <= after + 1  # one may have been taken in the same turn


def test_services_are_answered_while_messages_flood(setup):
    setup.node.create_subscription(Float64, 'number', lambda m: time.sleep(0.004), QOS)
    setup.node.create_service(Trigger, 'ask', lambda request, response: response)
    client = setup.other.create_client(Trigger, 'ask')
    setup.start()
    assert client.wait_for_service(TIMEOUT_S)
    setup.publish_until(lambda: setup.publisher.get_subscription_count() > 0)
    executor = rclpy.executors.SingleThreadedExecutor(context=setup.context)
    executor.add_node(setup.other)
    for _ in range(300):  # more than a second of work
        setup.publisher.publish(Float64())
    asked_s = time.monotonic()
    future = client.call_async(Trigger.Request())
    executor.spin_until_future_complete(future, TIMEOUT_S)
    assert future.done() and time.monotonic() - asked_s < 0.8


def test_an_exception_comes_out_and_spinning_can_go_on(setup):
    received = []

    def fail(message):
        received.append(message)
        raise ValueError('on purpose')
    setup.node.create_subscription(Float64, 'number', fail, QOS)
    setup.start()
    setup.publish_until(lambda: setup.ended is not None)
    assert isinstance(setup.ended, ValueError) and len(received) == 1


def test_shutdown_ends_it(setup):
    setup.start()
    time.sleep(0.2)
    rclpy.shutdown(context=setup.context)
    setup.thread.join(TIMEOUT_S)
    assert isinstance(setup.ended, ExternalShutdownException)


def test_an_rclpy_that_is_made_otherwise_is_left_to_itself(setup, monkeypatch):
    """The context is rclpy's default one in `create_executor`, which nodes use."""
    rclpy.init()
    try:
        assert type(create_executor()) is DirectExecutor
        monkeypatch.delattr(Subscription, 'CallbackType')
        assert type(create_executor()) is SingleThreadedExecutor
    finally:
        rclpy.try_shutdown()
    setup.start()  # what the fixture ends
