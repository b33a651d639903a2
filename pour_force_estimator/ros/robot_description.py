# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where the URDF of the arm comes from."""

from collections.abc import Callable

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.subscription import Subscription
from rclpy.wait_for_message import wait_for_message
from std_msgs.msg import String

from ..errors import TiltError

TOPIC = 'robot_description'
"""Where robot_state_publisher keeps the URDF for whoever comes later."""

PATIENCE_S = 10.0

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def listen_for_robot_description(node: Node, on_urdf: Callable[[String], None]) -> Subscription:
    """Subscribe to the URDF for as long as it takes; call `on_urdf` with each that comes."""
    node.get_logger().info(f'waiting for a URDF on the topic {TOPIC}, however late it comes')
    return node.create_subscription(String, TOPIC, on_urdf, LATCHED)


def read_robot_description(node: Node) -> str:
    """
    Return the URDF: the parameter `robot_description`, or else what the topic of that name holds.

    Parameters
    ----------
    node : rclpy.node.Node
        The node; it need not be spun.

    Returns
    -------
    str
        URDF (XML).

    Raises
    ------
    TiltError
        If the parameter is empty and nothing came on the topic within `PATIENCE_S`.

    """
    urdf: str = node.get_parameter('robot_description').value
    if urdf:
        return urdf
    came, message = wait_for_message(
        String, node, TOPIC, time_to_wait=PATIENCE_S, qos_profile=LATCHED
    )
    if not came:
        raise TiltError(
            f'cup_frame is set, but there is no URDF: expected one in the parameter '
            f'robot_description, or on the topic {TOPIC} within {PATIENCE_S:g} s'
        )
    urdf = message.data
    return urdf
