"""Between ROS messages and the numbers that the estimator works with."""

from builtin_interfaces.msg import Time
from geometry_msgs.msg import WrenchStamped


def to_ns(stamp):
    """Return a builtin_interfaces/Time as an int [ns]."""
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def to_stamp(stamp_ns):
    """Return an int [ns] as a builtin_interfaces/Time."""
    sec, nanosec = divmod(stamp_ns, 1_000_000_000)
    return Time(sec=sec, nanosec=nanosec)


def weight_wrench(stamp_ns, weight, frame_id):
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
    message.header.stamp = to_stamp(stamp_ns)
    message.header.frame_id = frame_id
    message.wrench.force.z = -weight
    return message


class JointReader:
    """
    Picks the positions of some joints out of sensor_msgs/JointState messages.

    The order of the joints in a message may change at any time; it is looked up again only then,
    since comparing lists of names is cheaper than searching them.

    Parameters
    ----------
    joints : sequence of str
        Names of the joints.

    Attributes
    ----------
    seen : set of str
        Names of all joints in the messages so far.

    """

    def __init__(self, joints):
        self.joints = tuple(joints)
        self.seen = set()
        self._names = None
        self._indices = None

    def positions(self, message):
        """
        Return the positions of the joints.

        Parameters
        ----------
        message : sensor_msgs.msg.JointState
            Any joint state.

        Returns
        -------
        list of float or None
            Positions [rad] in the order of `joints`; None if the message lacks one of them.

        """
        if message.name != self._names:
            self._look_up(message.name)
        if self._indices is None or len(message.position) != len(message.name):
            return None
        return [message.position[index] for index in self._indices]

    def missing(self):
        """Return those of `joints` that were in no message so far, a list of str."""
        return [joint for joint in self.joints if joint not in self.seen]

    def _look_up(self, names):
        self._names = list(names)
        self.seen.update(names)
        try:
            self._indices = [self._names.index(joint) for joint in self.joints]
        except ValueError:
            self._indices = None
