# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Clocks that step, stray or are missing, and joints with two sources, over real DDS."""

from diagnostic_msgs.msg import DiagnosticStatus
from estimated_pour import end, JOINT, offline_estimates, Pour, regular_samples, START_NS
import pytest
from ros_peer import Peer

SECOND_NS = 1_000_000_000


def wait_for_error(peer, text, joint_states=0):
    """Wait for an ERROR that says `text`, after so many joint states; return its values."""
    _, values = peer.wait_for_status(
        lambda status, values: (
            status.level == DiagnosticStatus.ERROR
            and text in status.message
            and int(values['joint states']) >= joint_states
        ),
        f'an error with {text!r}',
    )
    return values


@pytest.mark.parametrize('shift_ns', [0, 3_000_000])
def test_two_publishers_of_a_joint_give_no_estimate_until_one_is_left(
    start_estimator, peer, shift_ns
):
    node = start_estimator()
    samples = regular_samples(126)
    with Peer() as liar:
        liar.wait_for_subscriber()
        for count, (stamp_ns, tilt) in enumerate(samples):
            peer.send_joint_state(stamp_ns, (JOINT,), (tilt,))
            peer.spin_until(0.0)
            if count % 2:
                liar.send_joint_state(stamp_ns + shift_ns, (JOINT,), (1.2 if count < 40 else 0.0,))
                liar.spin_until(0.0)
        wait_for_error(peer, "two sources of joint 'wrist_3_joint'", joint_states=189)
    assert peer.reset().success
    later = regular_samples(126, START_NS + 10 * SECOND_NS)
    for stamp_ns, tilt in later:
        peer.send_joint_state(stamp_ns, (JOINT,), (tilt,))
    expected = offline_estimates(later)
    peer.wait_until(
        lambda: peer.wrenches and peer.wrenches[-1][0] == expected[-1].stamp_ns,
        'the last estimate',
    )
    assert [wrench for wrench in peer.wrenches if wrench[0] >= later[0][0]] == [
        (estimate.stamp_ns, -estimate.poured_weight) for estimate in expected
    ]
    assert "two sources of joint 'wrist_3_joint'" in end(node)


def test_a_second_publisher_that_speaks_twice_in_a_pour_is_found(start_estimator, peer):
    node = start_estimator()
    with Peer() as liar:
        liar.wait_for_subscriber()
        for count, (stamp_ns, tilt) in enumerate(regular_samples(126)):
            peer.send_joint_state(stamp_ns, (JOINT,), (tilt,))
            peer.spin_until(0.0)
            if count in (50, 100):
                liar.send_joint_state(stamp_ns + 1_000_000, (JOINT,), (0.0,))
                liar.spin_until(0.0)
        wait_for_error(peer, "two sources of joint 'wrist_3_joint' (3 alternations, ", 128)
    assert 'publishers of /joint_states: ' in end(node)


def test_one_publisher_that_two_sources_share_is_found_by_the_pattern(start_estimator, peer):
    start_estimator()
    for count, (stamp_ns, tilt) in enumerate(regular_samples(126)):
        pose = 1.2 if count // 2 % 2 else tilt  # as a bag of two drivers, two messages each
        peer.send_joint_state(stamp_ns, (JOINT,), (pose,))
    wait_for_error(peer, "two sources of joint 'wrist_3_joint'", joint_states=126)


@pytest.mark.parametrize('back_s', [0.6, 0.95])
def test_a_small_step_back_ends_the_pour_and_says_so(start_estimator, peer, back_s):
    node = start_estimator()
    pour = Pour(peer)
    samples = regular_samples(250)
    pour.send(samples[:150])
    pour.send([(stamp_ns - round(back_s * 1e9), tilt) for stamp_ns, tilt in samples[150:]])
    values = wait_for_error(peer, 'a step of -', joint_states=250)
    assert int(values['samples out_of_order']) <= 4
    assert len(peer.weights) == len(pour.expected)
    pour.reset()
    pour.send(regular_samples(51, START_NS + 9 * SECOND_NS))
    pour.check()
    assert 'in the stamps: no estimate until ~/reset' in end(node)


def test_a_jump_back_with_a_tilted_cup_starts_no_pour(start_estimator, peer):
    node = start_estimator()
    pour = Pour(peer)
    samples = regular_samples(250)
    pour.send(samples[:100])
    pour.send([(stamp_ns - 2 * SECOND_NS, tilt) for stamp_ns, tilt in samples[100:]])
    wait_for_error(peer, 'a jump of -1.992 s')
    assert len(peer.weights) == len(pour.expected)
    assert 'a new pour starts' not in end(node)


@pytest.mark.parametrize(
    'stray_ns',
    [START_NS + 3600 * SECOND_NS, START_NS - 3600 * SECOND_NS, START_NS + 2 * SECOND_NS, 0],
)
def test_one_stray_stamp_is_dropped_and_counted(start_estimator, peer, stray_ns):
    node = start_estimator()
    samples = regular_samples(151)
    pour = Pour(peer)
    pour.send(samples[:70])
    pour.send_aside(stray_ns, (JOINT,), (samples[70][1],))
    pour.send(samples[71:])
    values = pour.check()
    assert values['samples stray' if stray_ns else 'refused unstamped'] == '1'
    output = end(node)
    assert 'new pour starts' not in output and 'no estimate' not in output


def test_joint_states_without_any_time_are_told_apart_from_none(start_estimator, peer):
    start_estimator(use_sim_time=True)
    for _ in range(50):
        peer.send_joint_state(0, (JOINT,), (0.5,))
    status, _ = peer.wait_for_status(
        lambda status, _: 'came without a stamp' in status.message, 'a status of missing time'
    )
    assert status.level == DiagnosticStatus.WARN
    assert '/clock' in status.message and not peer.weights


def test_two_clocks_on_the_topic_start_no_pour_per_message(start_estimator, peer):
    start_estimator(reset_on_gap=True)
    for count, (stamp_ns, tilt) in enumerate(regular_samples(60)):
        peer.send_joint_state(stamp_ns - (count % 2) * 3600 * SECOND_NS, (JOINT,), (tilt,))
    wait_for_error(peer, 'stamps of two clocks')
    assert len(peer.statuses) < 20
