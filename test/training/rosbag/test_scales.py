# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What scales publish: spikes, wrenches that turn with the cup, and messages of many kinds."""

import numpy as np
import pytest
from small_bags import joint_states, readings, record, START_NS, TYPES, wrench

from pour_force_estimator.units import STANDARD_GRAVITY

GRAM = STANDARD_GRAVITY / 1000.0
FULL_SCALE = 8388607 * GRAM


def with_spikes(messages, spikes):
    """Return readings, those at indices of `spikes` replaced [N]."""
    for index, newton in spikes.items():
        messages[index][2].data = newton
    return messages


def index_at(recording, pour, seconds, rate_hz=50.0):
    """Return the index of a reading some time after the motion of a pour has begun."""
    return round((recording.starts_s[pour] + seconds) * rate_hz)


@pytest.mark.parametrize('rate_hz', [10.0, 50.0])
def test_one_spike_is_left_out_and_counted(three_pours, import_messages, rate_hz):
    """At full scale between two pours, and of -314 g within one: 1.9 N of its label, once."""
    scale = readings(three_pours, rate_hz=rate_hz)
    within = index_at(three_pours, 1, 2.5, rate_hz)
    between = index_at(three_pours, 0, -1.0, rate_hz)
    spikes = {between: FULL_SCALE, within: scale[within][2].data - 314.0 * GRAM}
    outcome = import_messages(joint_states(three_pours), with_spikes(scale, spikes))
    outcome.check(three_pours.poured)
    assert f'warning: bag, /scale: 2 of {len(scale)} readings are spikes' in outcome.errors
    assert [pour['spikes'] for pour in outcome.report['pours']] == [1, 1, 0]
    assert outcome.output.count('1 spikes left out') == 2


@pytest.mark.parametrize('seed', range(3))
def test_two_percent_of_spikes_cost_no_pour(three_pours, import_messages, seed):
    rng = np.random.default_rng(seed)
    scale = readings(three_pours, rate_hz=80.0)
    spiked = np.flatnonzero(rng.random(len(scale)) < 0.02)
    spikes = dict(zip(spiked, rng.choice([-3.08, FULL_SCALE, -FULL_SCALE], len(spiked)).tolist()))
    outcome = import_messages(joint_states(three_pours), with_spikes(scale, spikes))
    outcome.check(three_pours.poured)
    assert f'{len(spiked)} of {len(scale)} readings are spikes' in outcome.errors


def test_spikes_in_a_row_cost_their_pour_and_no_other(three_pours, import_messages):
    """Not the whole import, which would name a step of the output that is out of range."""
    begin = index_at(three_pours, 1, 2.0)
    scale = with_spikes(readings(three_pours), dict.fromkeys(range(begin, begin + 5), FULL_SCALE))
    outcome = import_messages(joint_states(three_pours), scale)
    outcome.check([three_pours.poured[0], three_pours.poured[2]])
    assert 'the weight is off by 7.' in outcome.errors


def test_a_pour_with_too_many_spikes_is_refused_by_that_name(three_pours, import_messages):
    begin = index_at(three_pours, 2, -0.5)
    spikes = dict.fromkeys(range(begin, begin + 250, 7), FULL_SCALE)
    scale = with_spikes(readings(three_pours), spikes)
    outcome = import_messages(joint_states(three_pours), scale)
    outcome.check(three_pours.poured[:2])
    assert 'no pour: bag, at 20.' in outcome.errors
    assert 'too many spikes: 36 of ' in outcome.errors


@pytest.fixture(scope='module')
def long_rests():
    """Return three pours with time to fill the cup again between them."""
    return record(3, seed=4, rest_s=4.0)


def turned(recording, component):
    """Return what a sensor between arm and cup feels along an axis that turns with the cup."""
    messages = []
    for received, _, message in joint_states(recording):
        time_s = (received - START_NS - 3_000_000) * 1e-9
        pour = sum(time_s >= np.array(recording.starts_s) - 2.0) - 1
        weight = 2.5 + recording.initial_weights[max(pour, 0)]
        left = np.interp(time_s, recording.time_s, recording.left)
        weight -= left - sum(recording.poured[: max(pour, 0)])
        tilt = message.position[-1]
        axes = {'z': weight * np.cos(tilt), 'x': weight * np.sin(tilt)}
        force = axes if component == 'norm' else {'z': axes[component]}
        messages.append((received, '/scale', wrench(received - 3_000_000, **force)))
    return messages


@pytest.mark.parametrize('component', ['z', 'x'])
def test_a_wrench_that_turns_with_the_cup_is_refused(long_rests, import_messages, component):
    errors = import_messages(joint_states(long_rests), turned(long_rests, component)).refusal
    lines = [line for line in errors.splitlines() if ', at ' in line]
    assert len(lines) == 3
    for line in lines:
        assert 'the poured weight falls by ' in line
        assert 'Record its force in a frame that does not turn, its magnitude (norm)' in line


def test_the_magnitude_of_that_wrench_is_taken(long_rests, import_messages):
    scale, options = turned(long_rests, 'norm'), ('--scale-component', 'norm')
    outcome = import_messages(joint_states(long_rests), scale, options=options)
    outcome.check(long_rests.poured)
    assert outcome.report['scale']['sign'] == -1


@pytest.mark.parametrize('kind', ['Float32', 'Int32', 'Int64', 'Int16', 'UInt16', 'UInt32'])
def test_numbers_of_any_kind(three_pours, import_messages, kind):
    message_type = TYPES.types[f'std_msgs/msg/{kind}']
    convert, unit, newton = (float, 'newton', 1.0) if kind == 'Float32' else (round, 'g', GRAM)
    scale = [
        (received, topic, message_type(convert(message.data / newton)))
        for received, topic, message in readings(three_pours)
    ]
    outcome = import_messages(joint_states(three_pours), scale, options=('--scale-unit', unit))
    outcome.check(three_pours.poured)


def test_a_wrench_without_a_header(three_pours, import_messages):
    scale = [(*row[:2], wrench(0, z=row[2].data).wrench) for row in readings(three_pours)]
    import_messages(joint_states(three_pours), scale).check(three_pours.poured)
