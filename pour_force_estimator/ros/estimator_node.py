# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The node that estimates the poured weight from the joints of an arm.

::

    ros2 run pour_force_estimator estimator --ros-args --params-file estimator.yaml

A lifecycle node. It loads and verifies its model when it is configured, listens while it is
active, and forgets the model when it is cleaned up. With the parameter ``autostart`` it configures
and activates itself.
"""

import sys
from typing import Any

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.subscription import Subscription
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from .estimator_session import EstimatorSession
from .lifecycle import (
    all_or_nothing,
    logged_transition,
    RobustLifecycleNode,
    spin_until_shutdown,
)
from .node_command import node_command
from .parameters import declare_parameters
from .robot_description import listen_for_robot_description

JOINT_STATES_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
"""Best effort takes from any publisher; 50 messages are 50 ms at 1000 Hz."""


class EstimatorNode(RobustLifecycleNode):
    """
    Publishes the estimated poured weight; see ``docs/node.md`` for topics and parameters.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.lifecycle.LifecycleNode`, for example ``parameter_overrides``.

    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('estimator', **kwargs)
        declare_parameters(self)
        self._session: EstimatorSession | None = None
        self._subscription: Subscription | None = None
        self._description_subscription: Subscription | None = None
        if self.get_parameter('autostart').value and not self._start():
            if self.get_parameter('cup_frame').value and (
                not self.get_parameter('robot_description').value
            ):
                self._description_subscription = listen_for_robot_description(
                    self, self._on_robot_description
                )

    def _start(self) -> bool:
        """Configure and activate; return whether the node is configured."""
        if self.trigger_configure() != TransitionCallbackReturn.SUCCESS:
            return False
        self.trigger_activate()
        return True

    def _on_robot_description(self, message: String) -> None:
        """Try again with a URDF that has come late, unless someone else has configured."""
        subscription = self._description_subscription
        if subscription is not None and (self._session is not None or self._start()):
            self.destroy_subscription(subscription)
            self._description_subscription = None

    @logged_transition
    def on_configure(self, state: LifecycleState) -> None:
        """Read the parameters, load and verify the model, offer topics and services."""
        self._session = EstimatorSession(self, self._joint_states_topic)

    @logged_transition
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start a pour and listen to the joints."""
        assert self._session is not None  # as after any configure
        self._session.start_pour()
        # Subscriptions are not managed by the lifecycle, so that an inactive node must have none.
        with all_or_nothing(self):
            subscription = self.create_subscription(
                JointState,
                'joint_states',
                self._session.on_joint_state,  # type: ignore[arg-type]
                JOINT_STATES_QOS,
                qos_overriding_options=QoSOverridingOptions.with_default_policies(),
            )
            result = super().on_activate(state)
        self._subscription = subscription
        return result

    @logged_transition
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop listening."""
        assert self._session is not None
        result = super().on_deactivate(state)
        self._destroy_subscription()
        self._session.publish_diagnostics()
        return result

    @logged_transition
    def on_cleanup(self, state: LifecycleState) -> None:
        """Forget the model and withdraw topics and services."""
        self._release()

    @logged_transition
    def on_shutdown(self, state: LifecycleState) -> None:
        """Release everything, in whatever state the node is."""
        self._release()

    def _release(self) -> None:
        self._destroy_subscription()
        if self._session is not None:
            self._session.destroy()
            self._session = None

    def _joint_states_topic(self) -> str | None:
        """Return the topic that the joints are heard on; None while the node is inactive."""
        return None if self._subscription is None else self._subscription.topic_name

    def _destroy_subscription(self) -> None:
        if self._subscription is not None:
            self.destroy_subscription(self._subscription)
            self._subscription = None


@node_command('estimator')
def main(args: list[str] | None = None) -> int:
    """Run the node; return its exit code."""
    spin_until_shutdown(EstimatorNode, args)
    return 0


if __name__ == '__main__':
    sys.exit(main())
