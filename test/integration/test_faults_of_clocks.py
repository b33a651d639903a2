# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Clocks that step, stray or are missing, and joints with two sources, over real DDS."""

from diagnostic_msgs.msg import DiagnosticStatus
from estimated_pour import end, JOINT, offline_estimates, regular_samples, START_NS
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


def test_two_publishers_of_a_joint_give_no_estimate_until_one_is_left(pour, peer):
    with Peer() as liar:
        liar.wait_for_subscriber()
        for count, (stamp_ns, tilt) in enumerate(regular_samples(126)):
            peer.send_joint_state(stamp_ns, (JOINT,), (tilt,))
            if count % 2:
                liar.send_joint_state(stamp_ns + 3_000_000, (JOINT,), (1.2 * (count < 40),))
        wait_for_error(peer, "two sources of joint 'wrist_3_joint'", joint_states=189)
    assert peer.reset().success
    later = regular_samples(126, START_NS + 10 * SECOND_NS)
    for stamp_ns, tilt in later:
        peer.send_joint_state(stamp_ns, (JOINT,), (tilt,))
    expected = [(e.stamp_ns, -e.poured_weight) for e in offline_estimates(later)]
    peer.wait_until(lambda: peer.wrenches[-1:] == expected[-1:], 'the last estimate')
    assert [wrench for wrench in peer.wrenches if wrench[0] >= later[0][0]] == expected
    assert "two sources of joint 'wrist_3_joint'" in end(pour.node)


def test_a_second_publisher_that_speaks_twice_in_a_pour_is_found(pour, peer):
    samples = regular_samples(126)
    with Peer() as liar:
        liar.wait_for_subscriber()
        for begin, end_of_part in ((0, 50), (50, 100), (100, 126)):  # in turn, on any machine
            if begin:
                liar.send_joint_state(samples[begin][0] - 1_000_000, (JOINT,), (0.0,))
                liar.wait_until_received()
            for stamp_ns, tilt in samples[begin:end_of_part]:
                peer.send_joint_state(stamp_ns, (JOINT,), (tilt,))
            peer.wait_until_received()
        wait_for_error(peer, "two sources of joint 'wrist_3_joint' (3 alternations, ", 128)
    assert 'publishers of /joint_states: ' in end(pour.node)


def test_a_small_step_back_ends_the_pour_and_says_so(pour, peer):
    samples = regular_samples(250)
    pour.send(samples[:150])
    pour.send([(stamp_ns - 600_000_000, tilt) for stamp_ns, tilt in samples[150:]])
    values = wait_for_error(peer, 'a step of -', joint_states=250)
    assert int(values['samples out_of_order']) <= 4
    assert len(peer.weights) == len(pour.expected)
    pour.reset()
    pour.send(regular_samples(51, START_NS + 9 * SECOND_NS))
    pour.check()
    assert 'in the stamps: no estimate until ~/reset' in end(pour.node)


def test_a_stray_stamp_and_one_that_is_missing_are_dropped_and_counted(pour):
    samples = regular_samples(251)
    pour.send(samples[:70])
    pour.send_aside(START_NS + 3600 * SECOND_NS, (JOINT,), (samples[70][1],))
    pour.send(samples[71:150])
    pour.send_aside(0, (JOINT,), (samples[150][1],))
    pour.send(samples[151:])
    values = pour.check()
    assert (values['samples stray'], values['refused unstamped']) == ('1', '1')
    output = end(pour.node)
    assert 'new pour starts' not in output and 'no estimate' not in output


def test_joint_states_without_any_time_are_told_apart_from_none(start_estimator, peer):
    start_estimator(use_sim_time=True)

    def is_said():
        peer.send_joint_state(0, (JOINT,), (0.5,))
        return [status for status in peer.statuses if 'came without a stamp' in status.message]

    peer.wait_until(is_said, 'a status of missing time')
    status = is_said()[0]
    assert status.level == DiagnosticStatus.WARN
    assert '/clock' in status.message and not peer.weights


def test_two_clocks_on_the_topic_start_no_pour_per_message(start_estimator, peer):
    start_estimator(reset_on_gap=True)
    for count, (stamp_ns, tilt) in enumerate(regular_samples(60)):
        peer.send_joint_state(stamp_ns - (count % 2) * 3600 * SECOND_NS, (JOINT,), (tilt,))
    wait_for_error(peer, 'stamps of two clocks')
    assert len(peer.statuses) < 20
