"""Where the URDF of the arm comes from."""

from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.wait_for_message import wait_for_message
from std_msgs.msg import String

from ..errors import TiltError

TOPIC = 'robot_description'
"""Where robot_state_publisher keeps the URDF for whoever comes later."""

PATIENCE_S = 5.0


def read_robot_description(node):
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
    urdf = node.get_parameter('robot_description').value
    if urdf:
        return urdf
    came, message = wait_for_message(
        String, node, TOPIC, time_to_wait=PATIENCE_S,
        qos_profile=QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))
    if not came:
        raise TiltError(
            f'cup_frame is set, but there is no URDF: expected one in the parameter '
            f'robot_description, or on the topic {TOPIC} within {PATIENCE_S:g} s')
    return message.data
