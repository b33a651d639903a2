# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with arms and bags, against the installed node over real DDS."""

import math
import time

from diagnostic_msgs.msg import DiagnosticStatus
from estimated_pour import bits, end, JOINT, offline_estimates, Pour, regular_samples, START_NS
import numpy as np
import pytest
from ros_peer import Peer


def test_a_publisher_that_dies_and_returns_is_estimated_again_after_a_reset(start_estimator, peer):
    node = start_estimator()
    pour = Pour(peer)
    pour.send(regular_samples(51))
    peer.renew_publisher()
    peer.statuses.clear()
    pour.send(regular_samples(10, START_NS + 2_400_000_000))
    status, values = peer.wait_for_status(
        lambda _, values: values.get('samples after_interruption') == '9', 'status of a gap'
    )
    assert status.level == DiagnosticStatus.ERROR
    assert status.message == (
        'no estimate after a gap of 2.000 s in the samples: call ~/reset to start anew'
    )
    assert values['samples gap'] == '1'
    assert len(peer.weights) == len(pour.expected)
    pour.reset()
    pour.send(regular_samples(51, START_NS + 3_000_000_000))
    pour.check()
    assert end(node).count('a gap of 2.000 s in the samples: no estimate until ~/reset') == 1


def test_a_publisher_that_dies_and_returns_starts_a_new_pour_with_reset_on_gap(
    start_estimator, peer
):
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


def test_lost_samples_are_bridged(start_estimator, peer):
    start_estimator()
    whole = regular_samples(251)
    kept = np.random.default_rng(5).random(251) >= 0.05
    kept[0] = kept[-1] = True
    kept[100:110] = False  # 88 ms, within max_interpolated_gap
    pour = Pour(peer)
    pour.send([sample for sample, is_kept in zip(whole, kept) if is_kept])
    assert int(pour.check()['samples bridged']) >= 1
    assert [stamp_ns for stamp_ns, _ in peer.wrenches] == [
        estimate.stamp_ns for estimate in offline_estimates(whole)
    ]


def test_samples_that_overtake_others_make_those_too_late(start_estimator, peer):
    start_estimator()
    samples = regular_samples(201)
    late = [samples[count] for count in range(5, 195, 10)]
    for count in range(5, 195, 10):
        samples[count], samples[count + 1] = samples[count + 1], samples[count]
    pour = Pour(peer)
    pour.send(samples)
    assert pour.check()['samples out_of_order'] == str(len(late))
    assert pour.expected == offline_estimates([sample for sample in samples if sample not in late])


def test_repeated_stamps_are_dropped(start_estimator, peer):
    start_estimator()
    samples = regular_samples(126)
    pour = Pour(peer)
    pour.send(
        [
            again
            for count, (stamp_ns, tilt) in enumerate(samples)
            for again in [(stamp_ns, tilt), (stamp_ns, tilt + 0.1)][: 1 + (count % 3 == 0)]
        ]
    )
    assert pour.check()['samples repeated'] == '42'
    assert pour.expected == offline_estimates(samples)


def test_bursts_of_nan_and_infinity_are_refused(start_estimator, peer):
    start_estimator()
    samples = regular_samples(201)
    pour = Pour(peer)
    for begin, value in ((0, math.nan), (50, math.inf), (100, -math.inf)):
        pour.send(samples[begin : begin + 40])
        for stamp_ns, _ in samples[begin + 40 : begin + 50]:
            pour.send_aside(stamp_ns, (JOINT,), (value,))
    pour.send(samples[150:])
    assert pour.check()['refused not_finite'] == '30'


def test_nan_in_another_joint_does_not_matter(start_estimator, peer):
    start_estimator()
    pour = Pour(peer)
    pour.send(regular_samples(51), (JOINT, 'gripper_joint'), (math.nan,))
    assert not [key for key in pour.check() if key.startswith('refused')]


@pytest.mark.parametrize('jump', [2.0, -2.0, 9e3])
def test_a_position_that_jumps_faster_than_a_joint_can_is_refused(start_estimator, peer, jump):
    start_estimator()
    samples = regular_samples(151)
    pour = Pour(peer)
    pour.send(samples[:70])
    pour.send_aside(samples[70][0], (JOINT,), (samples[70][1] + jump,))
    pour.send(samples[71:])
    assert pour.check()['refused too_fast'] == '1'


def test_a_looped_bag_starts_a_new_pour(start_estimator, peer):
    node = start_estimator()
    samples = regular_samples(151)
    pour = Pour(peer)
    for _ in range(3):
        pour.send(samples)
    values = pour.check()
    assert values['samples time_jump'] == '2'
    assert 'samples out_of_order' not in values
    loops = np.split(np.array(peer.weights), 3)
    assert bits(loops[0]) == bits(loops[1]) == bits(loops[2])
    output = end(node)
    warnings = [
        line
        for line in output.splitlines()
        if 'a jump of -1.200 s in the stamps: a new pour starts' in line
    ]
    assert warnings and all('WARN' in line for line in warnings)


def test_two_publishers_of_different_joints(start_estimator, peer):
    start_estimator()
    samples = regular_samples(151)
    pour = Pour(peer)
    with Peer() as gripper:
        gripper.wait_for_subscriber()
        for count in range(0, 151, 10):
            for stamp_ns, _ in samples[count : count + 10]:
                gripper.send_joint_state(
                    stamp_ns - 1_000_000, ('left_finger', 'right_finger'), (0.1, 0.2)
                )
            pour.send(samples[count : count + 10])
        peer.wait_for_status(
            lambda _, values: values.get('refused partial') == '151', '151 partial messages'
        )
    assert pour.check()['joint states'] == '302'


def test_an_arm_at_1000_hz_loses_nothing(start_estimator, peer):
    start_estimator()
    samples = regular_samples(3001, rate_hz=1000.0)  # 3 s
    pour = Pour(peer)
    began_s = time.monotonic()
    for count, (stamp_ns, tilt) in enumerate(samples[:-1]):
        peer.spin_until(began_s + count * 1e-3)
        pour.send_aside(stamp_ns, (JOINT,), (tilt,))
    pour.follow(samples[:-1])
    pour.send(samples[-1:])
    values = pour.check()
    assert values['joint states'] == '3001'
    assert not [key for key in values if key.startswith(('refused', 'samples'))]


def test_a_joint_that_is_renamed_ends_the_estimates_and_nothing_else(start_estimator, peer):
    start_estimator()
    samples = regular_samples(101)
    pour = Pour(peer)
    pour.send(samples[:60])
    for stamp_ns, tilt in samples[60:75]:
        pour.send_aside(stamp_ns, ('renamed_joint',), (tilt,))
    status, _ = peer.wait_for_status(
        lambda status, values: (
            values.get('refused partial') == '15' and status.level == DiagnosticStatus.WARN
        ),
        'a warning of a renamed joint',
    )
    assert len(peer.weights) == len(pour.expected)
    pour.send(samples[75:])  # 120 ms later, under its old name
    pour.check()


def test_diagnostics_name_the_joints_after_one_was_renamed(start_estimator, peer):
    start_estimator()
    samples = regular_samples(20)
    Pour(peer).send(samples[:10])
    peer.statuses.clear()

    def is_warned():
        peer.send_joint_state(samples[10][0], ('renamed_joint',), (0.0,))
        return len(peer.statuses) >= 3

    peer.wait_until(is_warned, 'three reports')
    assert 'renamed_joint' in peer.statuses[-1].message


def test_unequal_arrays_and_empty_messages_are_skipped(start_estimator, peer):
    start_estimator()
    samples = regular_samples(51)
    pour = Pour(peer)
    for count in range(0, 51, 5):
        stamp_ns = samples[count][0] - 1_000_000
        pour.send_aside(stamp_ns, (JOINT,), ())  # as of publishers of velocities alone
        pour.send_aside(stamp_ns, (JOINT, 'other_joint'), (9.0,))
        pour.send_aside(stamp_ns, (), (9.0,))
        pour.send_aside(stamp_ns, (), ())
        pour.send(samples[count : count + 5])
    values = pour.check()
    assert values['refused unequal_arrays'] == '33'
    assert values['refused partial'] == '11'


def test_zero_stamps_give_estimates_and_one_warning(start_estimator, peer):
    node = start_estimator()
    began_s = time.monotonic()
    for count in range(50):
        peer.send_joint_state(0, (JOINT,), (0.5,))
        peer.spin_until(began_s + count * 0.01)
    _, values = peer.wait_for_status(
        lambda _, values: values['joint states without a stamp'] == '50', '50 joint states'
    )
    # The tilt does not change, so that the times of arrival do not matter.
    count = len(peer.weights)
    assert count == int(values['estimates']) > 15
    still = offline_estimates([(START_NS + 10_000_000 * step, 0.5) for step in range(6 * count)])
    assert bits(peer.weights) == bits([estimate.poured_weight for estimate in still[:count]])
    stamps = [stamp_ns for stamp_ns, _ in peer.wrenches]
    assert abs(stamps[0] * 1e-9 - time.time()) < 30.0
    assert end(node).count('joint states without a stamp') == 1
