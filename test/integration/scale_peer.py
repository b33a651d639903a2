# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""An arm and a scale beside it, for tests of the nodes that watch pours."""

import time

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from rclpy.duration import Duration
from ros_peer import LATCHED, Peer, RELIABLE, TIMEOUT_S
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from pour_force_estimator.pours.log import read_log
from pour_force_estimator.ros.conversions import to_ns

SPEED = 4.0
"""How many times faster than real time pours are played; delays of messages grow as much."""

LOAD, DELAY_S = 12.0, 0.1
"""What lies on the scale before [N], and the delay of its readings [s]."""

ATTEMPTS, PATIENCE_S, SHIFT_NS = 5, 20.0, 100_000_000_000
"""Pours that are played for nodes to meet by, the time for each to be seen [s], their distance."""

MAX_AHEAD = 30
"""Samples that are sent before their estimates must have come; queues drop what is too much."""

SEEN = '[monitor]: pour: '
"""What the monitor logs of a pour that it could compare with estimates."""

LOSSLESS = {
    f'qos_overrides./{topic}.subscription.{policy}': value
    for topic in ('joint_states', 'scale', 'scale_other')
    for policy, value in (('reliability', 'reliable'), ('depth', 1000))
}


def first_values(message):
    return {pair.key: pair.value for pair in message.status[0].values}


def stamped_weight(message):
    return to_ns(message.header.stamp), -message.wrench.force.z


def stamped_tilt(message):
    assert list(message.name) == ['tilt']
    return to_ns(message.header.stamp), message.position[0]


class ScalePeer(Peer):
    """
    Plays recordings and keeps what recorder and monitor publish.

    ``errors`` and ``true_weights`` [N] and ``tilts`` [rad] are those of the monitor; with their
    stamps [ns] they are ``stamped_errors``, ``stamped_weights`` and ``stamped_tilts``. ``pours``
    are the values of the recorder, dicts of str to str.
    """

    def __init__(self):
        super().__init__()
        self.errors, self.true_weights, self.tilts, self.pours = [], [], [], []
        self.stamped_errors, self.stamped_weights, self.stamped_tilts = [], [], []
        self.offer(Float64, lambda index, stamp_ns, weight: Float64(data=weight), '/scale')
        self.keep(self.errors, Float64, '/monitor/error')
        self.keep(self.true_weights, Float64, '/monitor/true_weight')
        self.keep(self.tilts, Float64, '/monitor/tilt')
        self.keep(self.stamped_errors, WrenchStamped, '/monitor/wrench/error', stamped_weight)
        self.keep(self.stamped_weights, WrenchStamped, '/monitor/wrench', stamped_weight)
        self.keep(self.stamped_tilts, JointState, '/monitor/joint_states', stamped_tilt)
        self.keep(self.pours, DiagnosticArray, '/recorder/pours', first_values, LATCHED)

    def offer(self, kind, reading, topic='/scale_other'):
        """Be a scale of such messages; `reading` makes them of index, stamp and weight."""
        self._scale = self._node.create_publisher(kind, topic, RELIABLE)
        self._reading = reading

    def wait_for_watcher(self, joints=1):
        """Wait until a node listens to joints and scale."""
        self.wait_until(
            lambda: (
                self._scale.get_subscription_count() > 0
                and self._joints.get_subscription_count() >= joints
            ),
            'a watcher',
        )

    def wait_for_pours(self, count, key='pours'):
        """Wait until the recorder has counted so many pours; return what it says then."""
        self.wait_until(lambda: self.pours and self.pours[-1][key] == str(count), f'{count} {key}')
        return self.pours[-1]

    def wait_for_rows(self, log, count):
        """Wait until the log of the monitor has so many rows; return them."""
        self.wait_until(lambda: log.exists() and len(read_log(log)) == count, f'row {count}')
        return read_log(log)

    def play_estimated(self, recording, start_ns, end=None):
        """Play a pour, no further ahead than its estimates at 60 Hz come, and wait for all."""
        already = len(self.wrenches)

        def keep_pace(index):
            if index and index % MAX_AHEAD == 0:
                self.wait_for_estimates(already, recording, index)

        self.play(recording, start_ns, end=end, keep_pace=keep_pace)
        self.wait_for_estimates(already, recording, end)

    def meet_monitor(self, monitor, recording, start_ns):
        """
        Play pours for estimator and monitor to find each other by, all before `start_ns`.

        They do so about when this node finds both, but on a busy machine later, and nobody can be
        asked. What the monitor makes of these pours does not count; it has done so by the end.
        """
        self.wait_for_watcher(joints=2)
        for attempt in reversed(range(ATTEMPTS)):
            due = monitor.output.count(SEEN) + len(recording.poured)
            assert self.reset().success
            self.play_estimated(recording, start_ns - attempt * SHIFT_NS)
            if self.has_come(lambda due=due: monitor.output.count(SEEN) >= due):
                return
        raise AssertionError(f'the monitor saw no pour: {monitor.output}')

    def play_until(self, condition, recording, start_ns, **options):
        """Play a pour, and later again, until a condition holds: nodes may have yet to meet."""
        for attempt in range(ATTEMPTS):
            self.play(recording, start_ns + attempt * SHIFT_NS, **options)
            if self.has_come(condition):
                return
        raise AssertionError(f'{ATTEMPTS} pours were not enough')

    def has_come(self, condition):
        """Spin until `condition()` is true; return whether it was within `PATIENCE_S`."""
        deadline_s = time.monotonic() + PATIENCE_S
        self.wait_until(lambda: condition() or time.monotonic() > deadline_s, 'any of both')
        return condition()

    def wait_for_estimates(self, already, recording, end=None):
        """Wait for all estimates of a recording, at 60 Hz, beside `already` that had come."""
        due = int(float(recording.time_s[:end][-1]) * 60.0 + 1e-6) + 1
        self.wait_until(lambda: len(self.wrenches) >= already + due, f'{due} estimates')

    def play(self, recording, start_ns, begin=0, end=None, keep_pace=lambda index: None):
        """
        Publish samples `begin` to `end` of a recording, each weight before its joint state.

        `keep_pace(index)` is called before each sample and may wait for what the last ones gave.

        The second one waits until all reliable readers have acknowledged the first: a node may
        have been found here before it has found this one, and what comes meanwhile is lost.
        """
        weights = (LOAD + recording.delayed(DELAY_S)).tolist()
        began_s = time.monotonic()
        for index in range(len(weights))[begin:end]:
            time_s = float(recording.time_s[index])
            stamp_ns = start_ns + round(time_s * 1e9)
            keep_pace(index)
            self.spin_until(began_s + (time_s - float(recording.time_s[begin])) / SPEED)
            self._scale.publish(self._reading(index, stamp_ns, weights[index]))
            self.send_joint_state(
                stamp_ns, ('elbow_joint', 'wrist_3_joint'), (0.1, float(recording.tilt[index]))
            )
            if index == begin:
                assert self._scale.wait_for_all_acked(Duration(seconds=TIMEOUT_S))
                self.wait_until_received()
                began_s = time.monotonic()
