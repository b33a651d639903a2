# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Between ROS messages and the numbers that the estimator works with."""

from builtin_interfaces.msg import Time
from geometry_msgs.msg import WrenchStamped

SEQUENCE_NUMBER = 'publication_sequence_number'
"""Key of rclpy's message info; its value is None where the middleware numbers nothing."""


def to_ns(stamp: Time) -> int:
    """Return a builtin_interfaces/Time as an int [ns]."""
    ns: int = stamp.sec * 1_000_000_000 + stamp.nanosec
    return ns


def to_stamp(stamp_ns: int) -> Time:
    """Return an int [ns] as a builtin_interfaces/Time."""
    stamp = Time()
    set_stamp(stamp, stamp_ns)
    return stamp


def set_stamp(stamp: Time, stamp_ns: int) -> None:
    """Set a builtin_interfaces/Time to an int [ns]."""
    stamp.sec, stamp.nanosec = divmod(stamp_ns, 1_000_000_000)


def weight_wrench(stamp_ns: int, weight: float, frame_id: str) -> WrenchStamped:
    """
    Return a weight as a stamped wrench.

    Parameters
    ----------
    stamp_ns : int
        Time of the weight [ns].
    weight : float
        Weight [N].
    frame_id : str
        Frame whose z axis points up.

    Returns
    -------
    geometry_msgs.msg.WrenchStamped
        The force points along -z, as a weight does.

    """
    message = WrenchStamped()
    set_stamp(message.header.stamp, stamp_ns)
    message.header.frame_id = frame_id
    message.wrench.force.z = -weight
    return message
