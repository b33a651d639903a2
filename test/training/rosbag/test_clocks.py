# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Two clocks in one bag: removed where they differ steadily, refused where they do not."""

import numpy as np
import pytest
from small_bags import joint_states, readings, record, START_NS, wrenches, write_bag

S = 1_000_000_000


def set_clock(messages, seconds, begin_s=-1e12, end_s=1e12):
    """Change the stamps, not the arrivals, of what comes in a time; `seconds` of that time."""
    for received, _, message in messages:
        time_s = (received - START_NS) / S
        if begin_s < time_s < end_s:
            shift_s = seconds(time_s) if callable(seconds) else seconds
            stamp = message.header.stamp
            stamp.sec, stamp.nanosec = divmod(
                stamp.sec * S + stamp.nanosec + round(shift_s * S), S
            )
    return messages


def bag(tmp_path, *messages):
    return write_bag(tmp_path / 'bag', [row for rows in messages for row in rows])


def assert_right(outcome, poured):
    assert outcome.code == 0, outcome.errors
    assert outcome.weights == pytest.approx(poured, abs=0.01)
    assert outcome.report['scale']['delay_s'] == pytest.approx(0.2, abs=0.04)


@pytest.mark.parametrize('seconds', [30.0, 2.0, 0.5, -0.5, -9.0, -3600.0])
def test_a_clock_of_the_scale_that_is_apart_is_brought_back(
    tmp_path, three_pours, import_bag, seconds
):
    """By 9 s each weight was that of another pour, and its delay was believed."""
    outcome = import_bag(
        bag(tmp_path, joint_states(three_pours), set_clock(wrenches(three_pours), seconds))
    )
    assert_right(outcome, three_pours.poured)
    word = 'ahead of' if seconds > 0 else 'behind'
    assert (
        f'warning: bag, /scale: its clock is {abs(seconds):.2f} s {word} that of /joint_states'
    ) in outcome.errors
    assert f'({seconds:+.2f} and -0.00 s): removed' in outcome.errors


@pytest.mark.parametrize('seconds', [30.0, -1.6e9])
def test_a_clock_of_the_arm_that_is_apart_from_the_recorder(
    tmp_path, three_pours, import_bag, seconds
):
    """Readings without a stamp count by the recorder's clock; the arm may have that of a boot."""
    outcome = import_bag(
        bag(tmp_path, set_clock(joint_states(three_pours), seconds), readings(three_pours))
    )
    assert_right(outcome, three_pours.poured)
    assert f'{seconds:+.2f} s): removed' in outcome.errors


def test_both_topics_of_one_clock_may_be_apart_from_the_recorder(
    tmp_path, three_pours, import_bag
):
    """As in a recording of a bag that is played."""
    outcome = import_bag(
        bag(
            tmp_path,
            set_clock(joint_states(three_pours), -86400.0),
            set_clock(wrenches(three_pours), -86400.0),
        )
    )
    assert_right(outcome, three_pours.poured)
    assert 'clock' not in outcome.errors


def test_the_travel_of_messages_is_no_clock(tmp_path, three_pours, import_bag):
    """A radio link: 0.03 to 0.09 s, and once a second in which nothing comes through."""
    rng = np.random.default_rng(0)
    messages = []
    for received, topic, message in wrenches(three_pours):
        time_s = (received - START_NS) / S
        late_s = 14.5 - time_s if 13.5 < time_s < 14.5 else 0.03 + 0.06 * rng.random()
        messages.append((received + round(late_s * S), topic, message))
    outcome = import_bag(bag(tmp_path, joint_states(three_pours), messages))
    assert_right(outcome, three_pours.poured)
    assert 'clock' not in outcome.errors


def test_a_clock_that_drifts_is_followed(tmp_path, three_pours, import_bag):
    outcome = import_bag(
        bag(
            tmp_path,
            joint_states(three_pours),
            set_clock(wrenches(three_pours), lambda time_s: 5.0 + 0.0005 * time_s),
        )
    )
    assert_right(outcome, three_pours.poured)
    assert 'drift of +1.8' in outcome.errors


def test_a_clock_that_wanders_is_refused(tmp_path, import_bag):
    recording = record(4, seed=4, rest_s=5.0)
    outcome = import_bag(
        bag(
            tmp_path,
            joint_states(recording),
            set_clock(wrenches(recording), lambda time_s: 2.0 + np.sin(time_s / 8.0)),
        )
    )
    assert outcome.code == 2
    assert '/scale: its clock is +1.' in outcome.errors and 'not steadily' in outcome.errors


@pytest.mark.parametrize('seconds', [-0.95, -0.6, -0.2, 0.15, 0.6, 4.0])
@pytest.mark.parametrize('make', [readings, wrenches])
def test_a_step_of_the_arms_clock_costs_the_pour_that_it_tears(
    tmp_path, three_pours, import_bag, seconds, make
):
    step_s = three_pours.starts_s[1] + 1.5
    outcome = import_bag(
        bag(tmp_path, set_clock(joint_states(three_pours), seconds, step_s), make(three_pours))
    )
    assert_right(outcome, [three_pours.poured[0], three_pours.poured[2]])
    assert f'warning: bag, /joint_states, at {step_s:.1f}' in outcome.errors
    assert f': the clock jumps by {seconds:+.2f} s' in outcome.errors
    assert (
        f'the clock jumps by {seconds:+.2f} s on /joint_states'
        in outcome.errors.split('no pour:')[1]
    )


def test_single_stamps_that_stray_are_left_out(tmp_path, three_pours, import_bag):
    joints, scale = joint_states(three_pours), wrenches(three_pours)
    for begin_s, seconds in ((3.0, 1e6), (13.0, -50.0), (22.0, 2.0)):
        set_clock(joints, seconds, begin_s, begin_s + 0.015)
    set_clock(scale, 1e5, 4.0, 4.03)
    joints[700][2].header.stamp.sec = joints[700][2].header.stamp.nanosec = 0
    outcome = import_bag(bag(tmp_path, joints, scale))
    assert_right(outcome, three_pours.poured)
    assert '/joint_states: 1 messages without a stamp' in outcome.errors
    assert '/joint_states: 6 stamps stray by up to 1000000.00 s' in outcome.errors
    assert '/scale: ' in outcome.errors and 'no pour' not in outcome.errors


@pytest.mark.parametrize('seconds', [2.1, 9.5])
def test_weights_of_other_pours_are_refused_where_the_arrivals_tell_nothing(
    tmp_path, import_bag, seconds
):
    """As in bags whose arrivals were made from stamps."""
    recording = record(6, seed=4)
    path = bag(
        tmp_path,
        joint_states(recording),
        wrenches(recording, start_ns=START_NS + round(seconds * S)),
    )
    outcome = import_bag(path)
    assert outcome.code == 2
    assert 'Are the clocks of scale and joints apart? If not, give --scale-delay' in outcome.errors
    if seconds < 3.0:
        outcome = import_bag(path, '--scale-delay', f'{seconds + 0.2}')
        assert outcome.weights == pytest.approx(recording.poured, abs=0.01)
