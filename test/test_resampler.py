# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.resampler: by hand, and with arbitrary stamps."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from pour_force_estimator.resampler import Interruption, MIN_STEP_SAMPLES, Resampler, Tick

MS = 1_000_000
START = 1_700_000_000_123_456_789
SAMPLES = st.builds(
    lambda start, steps, values: [
        (start + sum(steps[:index]), value) for index, value in enumerate(values[: len(steps)])
    ],
    st.integers(0, 2**61),
    st.lists(st.integers(1, 200 * MS), min_size=40, max_size=40),
    st.lists(st.floats(-4.0, 4.0), min_size=1, max_size=40),
)
RATES = st.sampled_from([5.0, 60.0, 59.94, 100.0, 1000.0 / 3.0])


def push_all(resampler, samples):
    """Return the ticks of all samples in one list."""
    return [tick for stamp, value in samples for tick in resampler.push(stamp, value)]


def arm(n=100, first=0, shift_ms=0):
    """Return n samples at 125 Hz, whose values are their numbers."""
    return [(START + (8 * k + shift_ms) * MS, float(k)) for k in range(first, first + n)]


def test_the_grid_does_not_drift():
    """After an hour at 60 Hz tick 216000 lies exactly an hour after the first."""
    resampler = Resampler(60.0, max_interpolated_gap_s=3601.0)
    ticks = push_all(resampler, [(START, 0.0), (START + 3_600_000_000_000, 1.0)])
    assert len(ticks) == 216_001
    assert ticks[-1] == (START + 3_600_000_000_000, 1.0)
    assert ticks[108_000] == (START + 1_800_000_000_000, 0.5)


def test_a_tick_waits_for_the_sample_at_or_after_it_and_is_interpolated():
    resampler = Resampler(10.0)
    assert resampler.push(0, 0.0) == [Tick(0, 0.0)]
    assert resampler.push(80 * MS, 1.0) == []
    assert resampler.push(120 * MS, 3.0) == [Tick(100 * MS, 2.0)]
    assert resampler.push(280 * MS, -1.0) == [Tick(200 * MS, 1.0)]


def test_samples_at_a_rounded_period_pass_unchanged():
    values = [float(k) / 7.0 for k in range(200)]
    samples = [(round(k * 1e9 / 60.0), value) for k, value in enumerate(values)]
    assert [tick.value for tick in push_all(Resampler(60.0), samples)] == values


@pytest.mark.parametrize(
    'samples, counters',
    [
        ([(0, 0.0), (0, 9.0), (80, 1.0), (80, 9.0), (120, 3.0)], {'repeated': 2}),
        ([(0, 0.0), (80, 1.0), (79, 9.0), (-920, 9.0), (120, 3.0)], {'out_of_order': 2}),
    ],
)
def test_repeated_and_late_samples_are_dropped(samples, counters):
    resampler = Resampler(10.0)
    ticks = push_all(resampler, [(START + ms * MS, value) for ms, value in samples])
    assert ticks == [Tick(START, 0.0), Tick(START + 100 * MS, 2.0)]
    assert resampler.counters == counters and resampler.interruption is None


def test_stamps_that_go_on_beyond_the_threshold_are_a_jump():
    resampler = Resampler(10.0, time_jump_threshold_s=1.0)
    resampler.push(START, 0.0)
    assert push_all(resampler, [(START - 1000 * MS - late, 1.0) for late in (0, 1)]) == []
    assert resampler.interruption is None
    assert resampler.push(START - 990 * MS, 2.0) == []
    assert resampler.interruption == Interruption('time_jump', START, START - 1000 * MS - 1)
    assert resampler.next_value == 1.0


@pytest.mark.parametrize('back_ms', [40, 600, 950])
def test_stamps_that_go_on_from_a_little_earlier_are_a_step(back_ms):
    resampler = Resampler(60.0)
    push_all(resampler, arm(200))
    last, after = arm(200)[-1][0], arm(59, 200, -back_ms)
    assert push_all(resampler, after) == []
    assert resampler.interruption == Interruption('time_step', last, after[0][0])
    assert resampler.counters['out_of_order'] < MIN_STEP_SAMPLES + 1


def test_three_samples_that_were_overtaken_are_no_step():
    resampler, samples = Resampler(60.0), arm(12)
    in_time, late = samples[:4] + samples[7:], samples[4:7]
    ticks = push_all(resampler, [*in_time[:5], *late, *in_time[5:]])
    assert ticks == push_all(Resampler(60.0), in_time)
    assert resampler.counters['out_of_order'] == 3 and resampler.interruption is None


@pytest.mark.parametrize('offset_s', [0.3, 5.0, 1e6, -1.5, -1e6])
def test_one_stray_stamp_is_dropped(offset_s):
    resampler, samples = Resampler(60.0), arm()
    stray = samples[50][0] + round(offset_s * 1e9), 99.0
    ticks = push_all(resampler, [*samples[:50], stray, *samples[50:]])
    assert ticks == push_all(Resampler(60.0), samples)
    assert resampler.counters == {'stray': 1} and resampler.interruption is None


@pytest.mark.parametrize('apart_ms', [-3_600_000, 3_600_000])
def test_two_clocks_end_the_ticks_until_reset(apart_ms):
    resampler = Resampler(60.0)
    samples = [arm(1, k, apart_ms * (k % 2))[0] for k in range(100)]
    assert len(push_all(resampler, samples)) < 10
    assert resampler.interruption.case == 'two_clocks'
    assert str(resampler.interruption).startswith('stamps of two clocks, 3')


def test_a_new_beginning_takes_the_samples_that_have_waited():
    resampler, again = Resampler(60.0), arm(50, shift_ms=-5000)
    push_all(resampler, arm(50))
    assert push_all(resampler, again[:2]) == []
    ticks = resampler.restart() + push_all(resampler, again[2:])
    assert ticks == push_all(Resampler(60.0), again)
    assert resampler.counters == {'time_jump': 1}


def test_a_gap_begins_beyond_the_longest_that_is_interpolated():
    resampler = Resampler(10.0, max_interpolated_gap_s=0.2)
    resampler.push(0, 0.0)
    assert len(resampler.push(200 * MS, 1.0)) == 2
    assert resampler.interruption is None
    assert push_all(resampler, [(400 * MS + 1, 1.0), (500 * MS, 1.0)]) == []
    assert resampler.interruption == Interruption('gap', 200 * MS, 400 * MS + 1)
    assert resampler.counters['gap'] == 1


@pytest.mark.parametrize('step_ms', [10, 1000.0 / 60.0, 33])
def test_samples_that_come_as_often_as_ticks_are_not_bridged_even_if_they_jitter(step_ms):
    resampler = Resampler(60.0)
    push_all(resampler, [(round(k * step_ms * MS), 0.0) for k in range(500)])
    assert resampler.counters == {}


def test_lost_samples_are_bridged_and_counted():
    resampler = Resampler(60.0)
    push_all(resampler, [(round(k * 1e9 / 60.0), float(k)) for k in range(4)])
    for number, bridged in ((15, 1), (18, 2), (20, 2)):  # 12, 3 and 2 ticks
        ticks = resampler.push(round(number * 1e9 / 60.0), float(number))
        expected = range(number + 1 - len(ticks), number + 1)
        assert [tick.value for tick in ticks] == pytest.approx(expected)
        assert resampler.counters == {'bridged': bridged}


@pytest.mark.parametrize('stamp', [10 * 1000 * MS, -10 * 1000 * MS])
def test_after_an_interruption_nothing_comes_until_reset(stamp):
    resampler = Resampler(10.0)
    resampler.push(0, 0.0)
    push_all(resampler, [(stamp, 1.0), (stamp + 10 * MS, 1.0)])
    cause = resampler.interruption
    assert cause is not None
    assert push_all(resampler, [(stamp + 10 * MS * k, 1.0) for k in range(2, 30)]) == []
    assert resampler.interruption is cause
    assert resampler.counters['after_interruption'] == 29
    resampler.reset()
    assert resampler.interruption is None
    assert resampler.push(stamp, 2.0) == [Tick(stamp, 2.0)]
    assert resampler.push(stamp + 100 * MS, 3.0) == [Tick(stamp + 100 * MS, 3.0)]


def test_interruptions_say_what_happened():
    assert str(Interruption('gap', 0, 1_250_000_000)) == 'a gap of 1.250 s in the samples'
    assert str(Interruption('time_jump', 2_500_000_000, 0)) == 'a jump of -2.500 s in the stamps'


@given(samples=SAMPLES, rate=RATES)
def test_ticks_are_the_regular_grid_with_values_between_those_of_the_neighbours(samples, rate):
    resampler, ticks, last = Resampler(rate), [], samples[0][1]
    for stamp, value in samples:
        for tick in resampler.push(stamp, value):
            assert min(last, value) - 1e-14 <= tick.value <= max(last, value) + 1e-14
            assert tick.stamp_ns != stamp or tick.value == value
            ticks.append(tick.stamp_ns)
        last = value
    start, end, expected = samples[0][0], samples[-1][0], []
    while (stamp := start + round(len(expected) * 1e9 / rate)) <= end:
        expected.append(stamp)
    assert ticks == expected
    assert set(resampler.counters) <= {'bridged'} and resampler.interruption is None


@given(samples=SAMPLES, rate=RATES, pieces=st.lists(st.integers(1, 10), max_size=10))
def test_the_delivery_does_not_matter(samples, rate, pieces):
    """In pieces of any size, each followed by samples that come twice: the same ticks."""
    expected = push_all(Resampler(rate), samples)
    resampler, second_stream = Resampler(rate), Resampler(rate)
    ticks, rest = [], list(samples)
    for size in [*pieces, len(samples)]:
        piece, rest = rest[:size], rest[size:]
        ticks += push_all(resampler, piece)
        push_all(second_stream, [(stamp // 2, -value) for stamp, value in piece])  # another stream
        assert push_all(resampler, piece[-1:]) == []
    assert ticks == expected


@given(samples=SAMPLES, rate=RATES, shift=st.integers(0, 2**61))
def test_only_differences_of_stamps_matter(samples, rate, shift):
    ticks = push_all(Resampler(rate), samples)
    shifted = push_all(Resampler(rate), [(stamp + shift, value) for stamp, value in samples])
    assert shifted == [Tick(tick.stamp_ns + shift, tick.value) for tick in ticks]
