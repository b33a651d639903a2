"""An arm and a scale beside it, for tests of the nodes that watch pours."""

from pathlib import Path
import sys
import time

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from rclpy.duration import Duration
from rclpy.qos import DurabilityPolicy, QoSProfile
from ros_peer import Peer, RELIABLE
from std_msgs.msg import Float64

from pour_force_estimator.ros.conversions import to_stamp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for small_bags

SPEED = 4.0
"""How many times faster than real time pours are played; delays of messages grow as much."""

ACKNOWLEDGED_WITHIN = Duration(seconds=20.0)

LOSSLESS = {
    f'qos_overrides./{topic}.subscription.{policy}': value
    for topic in ('joint_states', 'scale', 'scale_wrench')
    for policy, value in (('reliability', 'reliable'), ('depth', 1000))}


class ScalePeer(Peer):
    """
    Plays recordings and keeps what recorder and monitor publish.

    Attributes
    ----------
    errors, true_weights, tilts : list of float
        Messages of the monitor [N, N, rad].
    pours : list of dict of str to str
        Values of the messages of the recorder.

    """

    def __init__(self):
        super().__init__()
        self.errors, self.true_weights, self.tilts, self.pours = [], [], [], []
        create = self._node.create_publisher
        self._weights = create(Float64, '/scale', RELIABLE)
        self._wrenches = create(WrenchStamped, '/scale_wrench', RELIABLE)
        subscribe = self._node.create_subscription
        for name, kept in (('error', self.errors), ('true_weight', self.true_weights),
                           ('tilt', self.tilts)):
            subscribe(Float64, f'/monitor/{name}',
                      lambda message, kept=kept: kept.append(message.data), RELIABLE)
        subscribe(
            DiagnosticArray, '/recorder/pours',
            lambda message: self.pours.append(
                {pair.key: pair.value for pair in message.status[0].values}),
            QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL))

    def wait_for_watcher(self, wrench=False, joints=1):
        """Wait until a node listens to joints and scale."""
        scale = self._wrenches if wrench else self._weights
        self.wait_until(
            lambda: (scale.get_subscription_count() > 0
                     and self._joints.get_subscription_count() >= joints), 'a watcher')

    def meet_monitor(self, recording, start_ns, wrench=False):
        """
        Play a pour for estimator and monitor to find each other by.

        They do so about when this node finds both, but on a busy machine later, and nobody can be
        asked. What the monitor makes of this pour does not count.
        """
        self.wait_for_watcher(wrench, joints=2)
        assert self.reset().success
        already = len(self.wrenches)
        self.play(recording, start_ns, wrench=wrench)
        self.wait_for_estimates(already, recording)
        self.spin_until(time.monotonic() + 1.5)  # longer than the monitor waits for estimates

    def wait_for_estimates(self, already, recording):
        """Wait for all estimates of a recording, at 60 Hz, beside `already` that had come."""
        due = int(float(recording.time_s[-1]) * 60.0 + 1e-6) + 1
        self.wait_until(lambda: len(self.wrenches) >= already + due, f'{due} estimates')

    def play(self, recording, start_ns, load=12.0, delay_s=0.1, wrench=False, begin=0, end=None):
        """
        Publish samples `begin` to `end` of a recording, each weight before its joint state.

        The second one waits until all reliable readers have acknowledged the first: a node may
        have been found here before it has found this one, and what comes meanwhile is lost.
        """
        weights = (load + recording.delayed(delay_s)).tolist()
        began_s = time.monotonic()
        readings = self._wrenches if wrench else self._weights
        for index in range(begin, len(recording.time_s) if end is None else end):
            time_s = float(recording.time_s[index])
            stamp_ns = start_ns + round(time_s * 1e9)
            self.spin_until(began_s + (time_s - float(recording.time_s[begin])) / SPEED)
            self._executor.spin_once(timeout_sec=0.0)  # when late too
            if wrench:
                message = WrenchStamped()
                message.header.stamp = to_stamp(stamp_ns)
                message.wrench.force.z = weights[index]
            else:
                message = Float64(data=weights[index])
            readings.publish(message)
            self.send_joint_state(
                stamp_ns, ('elbow_joint', 'wrist_3_joint'), (0.1, float(recording.tilt[index])))
            if index == begin:
                for publisher in (readings, self._joints):
                    assert publisher.wait_for_all_acked(ACKNOWLEDGED_WITHIN)
                began_s = time.monotonic()
