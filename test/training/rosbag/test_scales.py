# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What scales publish: spikes, wrenches that turn with the cup, and messages of many kinds."""

import numpy as np
import pytest
from small_bags import float64, joint_states, readings, record, TYPES, wrench, write_bag

from pour_force_estimator.units import STANDARD_GRAVITY

GRAM = STANDARD_GRAVITY / 1000.0
FULL_SCALE = 8388607 * GRAM


def bag(tmp_path, recording, scale):
    return write_bag(tmp_path / 'bag', [*joint_states(recording), *scale])


def with_spikes(messages, spikes):
    """Return readings, those at indices of `spikes` replaced [N]."""
    return [
        (received, topic, float64(spikes.get(index, message.data)))
        for index, (received, topic, message) in enumerate(messages)
    ]


def index_at(recording, pour, seconds, rate_hz):
    """Return the index of a reading some time after the motion of a pour has begun."""
    return round((recording.starts_s[pour] + seconds) * rate_hz)


@pytest.mark.parametrize('rate_hz', [10.0, 50.0])
def test_one_spike_is_left_out_and_counted(tmp_path, three_pours, import_bag, rate_hz):
    """At full scale between two pours, and of -314 g within one: 1.9 N of its label, once."""
    scale = readings(three_pours, rate_hz=rate_hz)
    within = index_at(three_pours, 1, 2.5, rate_hz)
    outcome = import_bag(
        bag(
            tmp_path,
            three_pours,
            with_spikes(
                scale,
                {
                    index_at(three_pours, 0, -1.0, rate_hz): FULL_SCALE,
                    within: scale[within][2].data - 314.0 * GRAM,
                },
            ),
        )
    )
    assert outcome.code == 0, outcome.errors
    assert outcome.weights == pytest.approx(three_pours.poured, abs=0.02)
    assert f'warning: bag, /scale: 2 of {len(scale)} readings are spikes' in outcome.errors
    assert [pour['spikes'] for pour in outcome.report['pours']] == [1, 1, 0]
    assert outcome.output.count('1 spikes left out') == 2


@pytest.mark.parametrize('seed', range(3))
def test_two_percent_of_spikes_cost_no_pour(tmp_path, three_pours, import_bag, seed):
    rng = np.random.default_rng(seed)
    scale = readings(three_pours, rate_hz=80.0)
    spiked = np.flatnonzero(rng.random(len(scale)) < 0.02)
    outcome = import_bag(
        bag(
            tmp_path,
            three_pours,
            with_spikes(
                scale,
                {
                    int(index): float(rng.choice([-3.08, FULL_SCALE, -FULL_SCALE]))
                    for index in spiked
                },
            ),
        )
    )
    assert outcome.code == 0, outcome.errors
    assert outcome.weights == pytest.approx(three_pours.poured, abs=0.02)
    assert f'{len(spiked)} of {len(scale)} readings are spikes' in outcome.errors


def test_spikes_in_a_row_cost_their_pour_and_no_other(tmp_path, three_pours, import_bag):
    """Not the whole import, which would name a step of the output that is out of range."""
    begin = index_at(three_pours, 1, 2.0, 50.0)
    scale = with_spikes(readings(three_pours), dict.fromkeys(range(begin, begin + 5), FULL_SCALE))
    outcome = import_bag(bag(tmp_path, three_pours, scale))
    assert outcome.weights == pytest.approx(
        [three_pours.poured[0], three_pours.poured[2]], abs=0.02
    )
    assert 'the weight is off by 7.' in outcome.errors


def test_a_pour_with_too_many_spikes_is_refused_by_that_name(tmp_path, three_pours, import_bag):
    scale = readings(three_pours)
    begin = index_at(three_pours, 2, -0.5, 50.0)
    outcome = import_bag(
        bag(
            tmp_path,
            three_pours,
            with_spikes(scale, dict.fromkeys(range(begin, begin + 250, 7), FULL_SCALE)),
        )
    )
    assert outcome.weights == pytest.approx(three_pours.poured[:2], abs=0.02)
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
        time_s = (received - 1_700_000_000_003_000_000) * 1e-9
        pour = sum(time_s >= np.array(recording.starts_s) - 2.0) - 1
        weight = 2.5 + recording.initial_weights[max(pour, 0)]
        left = np.interp(time_s, recording.time_s, recording.left)
        weight -= left - sum(recording.poured[: max(pour, 0)])
        tilt = message.position[-1]
        stamp_ns = received - 3_000_000
        axes = {'z': weight * np.cos(tilt), 'x': weight * np.sin(tilt)}
        messages.append(
            (
                received,
                '/scale',
                wrench(stamp_ns, **(axes if component == 'norm' else {'z': axes[component]})),
            )
        )
    return messages


@pytest.mark.parametrize('component', ['z', 'x'])
def test_a_wrench_that_turns_with_the_cup_is_refused(tmp_path, long_rests, import_bag, component):
    outcome = import_bag(bag(tmp_path, long_rests, turned(long_rests, component)))
    assert outcome.code == 2
    lines = [line for line in outcome.errors.splitlines() if ', at ' in line]
    assert len(lines) == 3
    for line in lines:
        assert 'the poured weight falls by ' in line
        assert 'Record its force in a frame that does not turn, its magnitude (norm)' in line


def test_the_magnitude_of_that_wrench_is_taken(tmp_path, long_rests, import_bag):
    outcome = import_bag(
        bag(tmp_path, long_rests, turned(long_rests, 'norm')), '--scale-component', 'norm'
    )
    assert outcome.weights == pytest.approx(long_rests.poured, abs=0.02)
    assert outcome.report['scale']['sign'] == -1


@pytest.mark.parametrize(
    'kind, unit, newton',
    [
        ('Float32', 'newton', 1.0),
        ('Int32', 'g', GRAM),
        ('Int64', 'g', GRAM),
        ('Int16', 'g', GRAM),
        ('UInt16', 'g', GRAM),
        ('UInt32', 'g', GRAM),
    ],
)
def test_numbers_of_any_kind(tmp_path, three_pours, import_bag, kind, unit, newton):
    name = f'std_msgs/msg/{kind}'
    convert = float if kind == 'Float32' else round
    scale = [
        (received, topic, TYPES.types[name](convert(message.data / newton)))
        for received, topic, message in readings(three_pours)
    ]
    outcome = import_bag(bag(tmp_path, three_pours, scale), '--scale-unit', unit)
    assert outcome.code == 0, outcome.errors
    assert outcome.weights == pytest.approx(three_pours.poured, abs=0.02)


def test_a_wrench_without_a_header(tmp_path, three_pours, import_bag):
    scale = [
        (received, topic, wrench(0, z=message.data).wrench)
        for received, topic, message in readings(three_pours)
    ]
    outcome = import_bag(bag(tmp_path, three_pours, scale))
    assert outcome.code == 0, outcome.errors
    assert outcome.weights == pytest.approx(three_pours.poured, abs=0.02)
