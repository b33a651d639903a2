# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with arms and bags over real DDS; what goes wrong once is in test_soak."""

import time

from diagnostic_msgs.msg import DiagnosticStatus
from estimated_pour import bits, end, JOINT, offline_estimates, Pour, regular_samples, START_NS
from ros_peer import Peer


def test_a_publisher_that_dies_and_returns_is_estimated_again_after_a_reset(pour, peer):
    pour.send(regular_samples(51))
    peer.renew_publisher()
    peer.statuses.clear()
    pour.send(regular_samples(10, START_NS + 2_400_000_000))
    status, values = peer.wait_for_values({'samples after_interruption': '9'})
    assert status.level == DiagnosticStatus.ERROR
    assert status.message == (
        'no estimate after a gap of 2.000 s in the samples: call ~/reset to start anew'
    )
    assert values['samples gap'] == '1'
    assert len(peer.weights) == len(pour.expected)
    pour.reset()
    pour.send(regular_samples(51, START_NS + 3_000_000_000))
    pour.check()
    assert end(pour.node).count('a gap of 2.000 s in the samples: no estimate until ~/reset') == 1


def test_a_publisher_that_dies_and_returns_starts_a_pour_with_reset_on_gap(start_estimator, peer):
    node = start_estimator(reset_on_gap=True)
    pour = Pour(peer, reset_on_gap=True)
    pour.send(regular_samples(51))
    peer.renew_publisher()
    later = regular_samples(51, START_NS + 2_400_000_000)
    before = len(peer.weights)
    pour.send(later)
    assert [stamp_ns for stamp_ns, _ in peer.wrenches[before:]] == [
        estimate.stamp_ns for estimate in offline_estimates(later)
    ]
    assert pour.check()['samples gap'] == '1'
    assert end(node).count('a gap of 2.000 s in the samples: a new pour starts') == 1


def test_two_publishers_of_different_joints(pour, peer):
    samples = regular_samples(151)
    with Peer() as gripper:
        gripper.wait_for_subscriber()
        for count in range(0, 151, 10):
            for stamp_ns, _ in samples[count : count + 10]:
                gripper.send_joint_state(stamp_ns - 1_000_000, ('left', 'right'), (0.1, 0.2))
            pour.send(samples[count : count + 10])
        peer.wait_for_values({'refused partial': '151'})
    assert pour.check()['joint states'] == '302'


def test_an_arm_at_1000_hz_loses_nothing(pour, peer):
    samples = regular_samples(3001, rate_hz=1000.0)  # 3 s
    for begin in range(0, 3000, 500):  # a busy machine may be slow, but takes half a second
        began_s = time.monotonic()
        for count, (stamp_ns, tilt) in enumerate(samples[begin : begin + 500]):
            peer.spin_until(began_s + count * 1e-3)
            pour.send_aside(stamp_ns, (JOINT,), (tilt,))
        pour.follow(samples[begin : begin + 500])
        pour.wait()
    pour.send(samples[-1:])
    values = pour.check()
    assert values['joint states'] == '3001'
    assert not [key for key in values if key.startswith(('refused', 'samples'))]


def test_a_joint_that_is_renamed_ends_the_estimates_and_nothing_else(pour, peer):
    samples = regular_samples(101)
    pour.send(samples[:60])
    stamp_ns, tilt = samples[70]

    def is_named():
        pour.send_aside(stamp_ns, ('renamed_joint',), (tilt,))
        return any('renamed_joint' in status.message for status in peer.statuses)

    peer.wait_until(is_named, 'a report that names the joint')
    assert len(peer.weights) == len(pour.expected)
    pour.send(samples[75:])  # 120 ms later, under its old name
    assert int(pour.check()['refused partial']) > 0


def test_zero_stamps_give_estimates_and_one_warning(start_estimator, peer):
    node, sent = start_estimator(max_interpolated_gap=10.0), []

    def is_estimated():
        peer.send_joint_state(0, (JOINT,), (0.5,))
        sent.append(0)
        return len(peer.weights) > 15

    peer.wait_until(is_estimated, '16 estimates')
    _, values = peer.wait_for_values({'joint states without a stamp': str(len(sent))})
    count = int(values['estimates'])
    peer.wait_until(lambda: len(peer.wrenches) == len(peer.weights) == count, 'all estimates')
    # The tilt does not change, so that the times of arrival do not matter.
    still = offline_estimates([(START_NS + 10_000_000 * step, 0.5) for step in range(6 * count)])
    assert bits(peer.weights) == bits([estimate.poured_weight for estimate in still[:count]])
    assert abs(peer.wrenches[0][0] * 1e-9 - time.time()) < 300.0
    assert end(node).count('joint states without a stamp') == 1
