# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whatever comes, nothing is raised and only numbers are published."""

import math
from types import SimpleNamespace

from estimated_pour import JOINT, PARAMETERS, START_NS
from hypothesis import example, given, settings
from hypothesis import strategies as st
import pytest
from running import estimator_of_this_process
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from pour_force_estimator import Estimate

JOINTS = [JOINT, 'wrist_2_joint']
NUMBERS = (
    st.floats(-1e30, 1e30)
    | st.floats(-3.0, 3.0)
    | st.sampled_from([0.0, 1e30, -1e30, math.nan, math.inf, -math.inf])
)
NAMES = (
    st.permutations(JOINTS)
    | st.just([*JOINTS, JOINT])
    | st.lists(st.sampled_from([*JOINTS, 'elbow_joint', '', 'gelenk_\u00e4']), max_size=4)
)
STEPS_NS = st.integers(0, 50_000_000) | st.integers(-2_000_000_000, 2_000_000_000)
WEIGHTS = st.lists(NUMBERS | st.floats(0.0, 4.0), max_size=2)


@pytest.fixture(scope='module')
def estimator_node(ros_environment):
    """An active node of this process; ``published`` has the numbers that it published."""
    joints = {'joints': JOINTS, 'joint_coefficients': [1.0, -2.0], 'reset_on_gap': True}
    with estimator_of_this_process({**PARAMETERS, **joints}) as node:
        session, published = node._session, []
        publish = session._publishers_of_estimates.publish

        def publish_and_record(estimate):
            published.extend(estimate)
            publish(estimate)

        session._publishers_of_estimates.publish = publish_and_record
        yield SimpleNamespace(
            receive=lambda message: session.on_joint_state(message, {}),
            report=session._on_period,
            published=published,
            reset=lambda: session._on_reset(Trigger.Request(), Trigger.Response()),
            remount=lambda: session._weighings._on_remount(Trigger.Request(), Trigger.Response()),
            weigh=lambda weight: session._weighings._on_weighed(Float64(data=weight)),
            refused=lambda: session._weighings.refused,
        )


@st.composite
def joint_states(draw):
    """Return joint states, most of them near each other in time, some of them usable."""
    stamp_ns = draw(st.one_of(st.just(START_NS), st.integers(-(2**61), 2**61)))
    messages = []
    for _ in range(draw(st.integers(1, 20))):
        names = draw(NAMES)
        as_many = st.lists(NUMBERS, min_size=len(names), max_size=len(names))
        positions = draw(as_many | st.lists(NUMBERS, max_size=4))
        stamp_ns += draw(STEPS_NS)
        stamp = divmod(stamp_ns, 1_000_000_000) if draw(st.integers(0, 9)) else (0, 0)
        messages.append(joint_state(names, positions, *stamp))
    return messages


def joint_state(names, positions, sec, nanosec):
    message = JointState(name=names, position=positions)
    message.header.stamp.sec, message.header.stamp.nanosec = sec, nanosec
    return message


def still_arm(position, stamps):
    """Return joint states of an arm that does not move, with stamps (s, ns)."""
    return [joint_state(JOINTS, [position, 0.0], *stamp) for stamp in stamps]


def receive_all(node, messages):
    """Start a pour, give messages to the node, and return the numbers that it publishes."""
    node.published.clear()
    assert node.reset().success
    for message in messages:
        node.receive(message)
    node.report()
    return node.published


@given(joint_states(), WEIGHTS, st.booleans())
@example(still_arm(0.1, [(2**31 - 1, 2**32 - 1), (2**31 - 1, 2**32 - 2)]), [], False)
@example(still_arm(1e39, [(1, 0), (1, 20_000_000), (1, 40_000_000)]), [], False)
@example(still_arm(-8e305, [(1, 0), (1, 20_000_000), (1, 40_000_000)]), [], False)
@example(still_arm(0.1, [(-(2**31), 0), (2**31 - 1, 0), (-(2**31), 1)]), [], False)
@settings(max_examples=60)
@pytest.mark.filterwarnings('ignore:overflow')
def test_whatever_comes_nothing_is_raised_and_only_numbers_are_published(
    estimator_node, messages, weights, is_remounted
):
    assert all(map(math.isfinite, receive_all(estimator_node, messages)))
    for weight in weights:
        refused = estimator_node.refused()
        estimator_node.weigh(weight)
        assert 0.0 <= weight <= PARAMETERS['pour.initial_weight'] or (
            estimator_node.refused() == refused + 1
        )
    if is_remounted:
        assert estimator_node.remount().success
    assert all(map(math.isfinite, receive_all(estimator_node, messages)))


def test_the_node_that_is_fed_with_whatever_comes_does_publish(estimator_node):
    published = receive_all(estimator_node, still_arm(0.5, [(1, 0), (1, 40_000_000)]))
    assert len(published) == 3 * len(Estimate._fields)
