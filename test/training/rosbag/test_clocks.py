# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Two clocks in one bag: removed where they differ steadily, refused where they do not."""

from itertools import product

import numpy as np
import pytest
from small_bags import joint_states, readings, record, START_NS, wrenches

S = 1_000_000_000


def set_clock(messages, seconds, begin_s=-1e12, end_s=1e12):
    """Change the stamps, not the arrivals, of what comes in a time; `seconds` of that time."""
    for received, _, message in messages:
        time_s = (received - START_NS) / S
        if begin_s < time_s < end_s:
            shift_s = seconds(time_s) if callable(seconds) else seconds
            stamp = message.header.stamp
            stamp_ns = stamp.sec * S + stamp.nanosec + round(shift_s * S)
            stamp.sec, stamp.nanosec = divmod(stamp_ns, S)
    return messages


def check(outcome, poured):
    outcome.check(poured, 0.01)
    assert outcome.report['scale']['delay_s'] == pytest.approx(0.2, abs=0.04)


@pytest.mark.parametrize('seconds', [2.0, 0.5, -0.5, -9.0, -3600.0])
def test_a_clock_of_the_scale_that_is_apart_is_brought_back(three_pours, import_messages, seconds):
    """By 9 s each weight was that of another pour, and its delay was believed."""
    outcome = import_messages(joint_states(three_pours), set_clock(wrenches(three_pours), seconds))
    check(outcome, three_pours.poured)
    apart = f'{abs(seconds):.2f} s {"ahead of" if seconds > 0 else "behind"}'
    assert f'warning: bag, /scale: its clock is {apart} that of /joint_states' in outcome.errors
    assert f'({seconds:+.2f} and -0.00 s): removed' in outcome.errors


@pytest.mark.parametrize('seconds', [30.0, -1.6e9])
def test_a_clock_of_the_arm_that_is_apart_from_the_recorder(three_pours, import_messages, seconds):
    """Readings without a stamp count by the recorder's clock; the arm may have that of a boot."""
    outcome = import_messages(set_clock(joint_states(three_pours), seconds), readings(three_pours))
    check(outcome, three_pours.poured)
    assert f'{seconds:+.2f} s): removed' in outcome.errors


def test_both_topics_of_one_clock_may_be_apart_from_the_recorder(three_pours, import_messages):
    """As in a recording of a bag that is played."""
    both = (set_clock(make(three_pours), -86400.0) for make in (joint_states, wrenches))
    outcome = import_messages(*both)
    check(outcome, three_pours.poured)
    assert 'clock' not in outcome.errors


def test_the_travel_of_messages_is_no_clock(three_pours, import_messages):
    """A radio link: 0.03 to 0.09 s, and once a second in which nothing comes through."""
    rng = np.random.default_rng(0)
    messages = []
    for received, topic, message in wrenches(three_pours):
        time_s = (received - START_NS) / S
        late_s = 14.5 - time_s if 13.5 < time_s < 14.5 else 0.03 + 0.06 * rng.random()
        messages.append((received + round(late_s * S), topic, message))
    outcome = import_messages(joint_states(three_pours), messages)
    check(outcome, three_pours.poured)
    assert 'clock' not in outcome.errors


def test_a_clock_that_drifts_is_followed(three_pours, import_messages):
    scale = set_clock(wrenches(three_pours), lambda time_s: 5.0 + 0.0005 * time_s)
    outcome = import_messages(joint_states(three_pours), scale)
    check(outcome, three_pours.poured)
    assert 'drift of +1.8' in outcome.errors


def test_a_clock_that_wanders_is_refused(import_messages):
    recording = record(4, seed=4, rest_s=5.0)
    scale = set_clock(wrenches(recording), lambda time_s: 2.0 + np.sin(time_s / 8.0))
    errors = import_messages(joint_states(recording), scale).refusal
    assert '/scale: its clock is +1.' in errors and 'not steadily' in errors


@pytest.mark.parametrize(
    'scale, seconds',
    [
        *product(['without stamps', 'steady'], [-0.95, -0.6, -0.2, 0.15, 0.6, 4.0]),
        *product(['steps with the arm'], [-5.0, 5.0]),
    ],
)
def test_a_step_of_the_arms_clock_costs_the_pour_that_it_tears(
    three_pours, import_messages, scale, seconds
):
    step_s = three_pours.starts_s[1] + 1.5
    joints = set_clock(joint_states(three_pours), seconds, step_s)
    weights = (readings if scale == 'without stamps' else wrenches)(three_pours)
    if scale == 'steps with the arm':
        set_clock(weights, seconds, step_s)
    outcome = import_messages(joints, weights)
    check(outcome, [three_pours.poured[0], three_pours.poured[2]])
    jump = f'the clock jumps by {seconds:+.2f} s'
    topics = ['/joint_states'] + ['/scale'] * (scale == 'steps with the arm')
    assert all(f'warning: bag, {topic}, at {step_s:.1f}' in outcome.errors for topic in topics)
    assert f': {jump}' in outcome.errors
    assert f'{jump} on {topics[-1]}' in outcome.errors.split('no pour:')[1]


def test_single_stamps_that_stray_are_left_out(three_pours, import_messages):
    joints, scale = joint_states(three_pours), wrenches(three_pours)
    for begin_s, seconds in ((3.0, 1e6), (13.0, -50.0), (22.0, 2.0)):
        set_clock(joints, seconds, begin_s, begin_s + 0.015)
    set_clock(scale, 1e5, 4.0, 4.03)
    joints[700][2].header.stamp.sec = joints[700][2].header.stamp.nanosec = 0
    outcome = import_messages(joints, scale)
    check(outcome, three_pours.poured)
    assert '/joint_states: 1 messages without a stamp' in outcome.errors
    assert '/joint_states: 6 stamps stray by up to 1000000.00 s' in outcome.errors
    assert '/scale: ' in outcome.errors and 'no pour' not in outcome.errors


@pytest.mark.parametrize('seconds', [2.1, 9.5])
def test_weights_of_other_pours_are_refused_where_the_arrivals_tell_nothing(
    make_bag, import_bag, seconds
):
    """As in bags whose arrivals were made from stamps."""
    recording = record(6, seed=4)
    late = wrenches(recording, start_ns=START_NS + round(seconds * S))
    path = make_bag(joint_states(recording), late)
    advice = 'Are the clocks of scale and joints apart? If not, give --scale-delay'
    assert advice in import_bag(path).refusal
    if seconds < 3.0:
        import_bag(path, '--scale-delay', f'{seconds + 0.2}').check(recording.poured, 0.01)
