# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A transition that fails late is as one that never was."""

from estimated_pour import PARAMETERS
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from running import estimator_of_this_process

from pour_force_estimator.errors import WeighingError
from pour_force_estimator.ros import estimator_session


@pytest.fixture
def node(ros_environment):
    with estimator_of_this_process({**PARAMETERS, 'autostart': False}) as node:
        yield node


def fail(*arguments):
    raise WeighingError('no')


def interfaces(node):
    """Return the names of all topics and services of a node, each as often as it is offered."""
    return sorted(
        [publisher.topic_name for publisher in node.publishers]
        + [subscription.topic_name for subscription in node.subscriptions]
        + [node.resolve_service_name(service.srv_name) for service in node.services]
        + ['timer' for _ in node.timers]
    )


@pytest.mark.parametrize('part', ['Weighings', 'EstimatorDiagnostics'])
def test_a_configure_that_fails_late_leaves_nothing(node, monkeypatch, part):
    before = interfaces(node)
    with monkeypatch.context() as patch:
        patch.setattr(estimator_session, part, fail)
        assert node.trigger_configure() != TransitionCallbackReturn.SUCCESS
    assert interfaces(node) == before
    assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
    offered = interfaces(node)
    assert len(offered) > len(before)
    assert offered.count('/estimator/reset') == offered.count('/estimator/wrench') == 1


def test_an_activate_that_fails_leaves_the_node_inactive(node, monkeypatch):
    assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
    before = interfaces(node)
    with monkeypatch.context() as patch:
        patch.setattr('rclpy.lifecycle.LifecycleNode.on_activate', fail)
        assert node.trigger_activate() != TransitionCallbackReturn.SUCCESS
    assert interfaces(node) == before
    assert node.trigger_activate() == TransitionCallbackReturn.SUCCESS
    assert '/joint_states' in interfaces(node)
