# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""An arm and a scale beside it, for tests of the nodes that watch pours."""

import time

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from rclpy.duration import Duration
from rclpy.qos import DurabilityPolicy, QoSProfile
from ros_peer import Peer, RELIABLE
from std_msgs.msg import Float64

from pour_force_estimator.ros.conversions import to_stamp

SPEED = 4.0
"""How many times faster than real time pours are played; delays of messages grow as much."""

ACKNOWLEDGED_WITHIN = Duration(seconds=60.0)

ATTEMPTS, PATIENCE_S, SHIFT_NS = 5, 20.0, 100_000_000_000
"""Pours that are played for nodes to meet by, the time for each to be seen [s], their distance."""

SEEN = '[monitor]: pour: '
"""What the monitor logs of a pour that it could compare with estimates."""

LOSSLESS = {
    f'qos_overrides./{topic}.subscription.{policy}': value
    for topic in ('joint_states', 'scale', 'scale_wrench', 'scale_other')
    for policy, value in (('reliability', 'reliable'), ('depth', 1000))
}


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
        self._other = None
        subscribe = self._node.create_subscription
        for name, kept in (
            ('error', self.errors),
            ('true_weight', self.true_weights),
            ('tilt', self.tilts),
        ):
            subscribe(
                Float64,
                f'/monitor/{name}',
                lambda message, kept=kept: kept.append(message.data),
                RELIABLE,
            )
        subscribe(
            DiagnosticArray,
            '/recorder/pours',
            lambda message: self.pours.append(
                {pair.key: pair.value for pair in message.status[0].values}
            ),
            QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL),
        )

    def offer(self, kind):
        """Make another scale, whose messages are of type `kind`, on /scale_other."""
        self._other = self._node.create_publisher(kind, '/scale_other', RELIABLE)

    def wait_for_watcher(self, wrench=False, joints=1):
        """Wait until a node listens to joints and scale."""
        scale = self._other or (self._wrenches if wrench else self._weights)
        self.wait_until(
            lambda: (
                scale.get_subscription_count() > 0
                and self._joints.get_subscription_count() >= joints
            ),
            'a watcher',
        )

    def meet_monitor(self, monitor, recording, start_ns, wrench=False):
        """
        Play pours for estimator and monitor to find each other by, all before `start_ns`.

        They do so about when this node finds both, but on a busy machine later, and nobody can be
        asked. What the monitor makes of these pours does not count; it has done so by the end.
        """
        self.wait_for_watcher(wrench, joints=2)

        def play(attempt_ns):
            assert self.reset().success
            already = len(self.wrenches)
            self.play(recording, attempt_ns, wrench=wrench)
            self.wait_for_estimates(already, recording)

        count = len(recording.poured)
        before = 0

        def is_seen():
            return monitor.output.count(SEEN) >= before + count

        for attempt in reversed(range(ATTEMPTS)):
            before = monitor.output.count(SEEN)
            play(start_ns - attempt * SHIFT_NS)
            if self.waits_for(is_seen, PATIENCE_S):
                return
        raise AssertionError(f'the monitor saw no pour: {monitor.output}')

    def play_until(self, condition, recording, start_ns, **options):
        """Play a pour, and later again, until a condition holds: nodes may have yet to meet."""
        for attempt in range(ATTEMPTS):
            self.play(recording, start_ns + attempt * SHIFT_NS, **options)
            if self.waits_for(condition, PATIENCE_S):
                return
        raise AssertionError(f'{ATTEMPTS} pours were not enough')

    def waits_for(self, condition, timeout_s):
        """Spin until `condition()` is true; return whether it was within a time [s]."""
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline_s:
                return False
            self._executor.spin_once(timeout_sec=0.05)
        return True

    def wait_for_estimates(self, already, recording):
        """Wait for all estimates of a recording, at 60 Hz, beside `already` that had come."""
        due = int(float(recording.time_s[-1]) * 60.0 + 1e-6) + 1
        self.wait_until(lambda: len(self.wrenches) >= already + due, f'{due} estimates')

    def play(
        self,
        recording,
        start_ns,
        load=12.0,
        delay_s=0.1,
        wrench=False,
        begin=0,
        end=None,
        reading=None,
    ):
        """
        Publish samples `begin` to `end` of a recording, each weight before its joint state.

        `reading` makes the messages of another scale, from index, stamp [ns] and weight [N].

        The second one waits until all reliable readers have acknowledged the first: a node may
        have been found here before it has found this one, and what comes meanwhile is lost.
        """
        weights = (load + recording.delayed(delay_s)).tolist()
        began_s = time.monotonic()
        readings = self._wrenches if wrench else self._weights
        if reading is not None:
            readings = self._other
        for index in range(begin, len(recording.time_s) if end is None else end):
            time_s = float(recording.time_s[index])
            stamp_ns = start_ns + round(time_s * 1e9)
            self.spin_until(began_s + (time_s - float(recording.time_s[begin])) / SPEED)
            self._executor.spin_once(timeout_sec=0.0)  # when late too
            if reading is not None:
                message = reading(index, stamp_ns, weights[index])
            elif wrench:
                message = WrenchStamped()
                message.header.stamp = to_stamp(stamp_ns)
                message.wrench.force.z = weights[index]
            else:
                message = Float64(data=weights[index])
            readings.publish(message)
            self.send_joint_state(
                stamp_ns, ('elbow_joint', 'wrist_3_joint'), (0.1, float(recording.tilt[index]))
            )
            if index == begin:
                for publisher in (readings, self._joints):
                    assert publisher.wait_for_all_acked(ACKNOWLEDGED_WITHIN)
                began_s = time.monotonic()
