"""Tests of pour_force_estimator.resampler: by hand, and with arbitrary stamps."""

from hypothesis import given, strategies as st
import pytest

from pour_force_estimator.resampler import Interruption, Resampler, Tick

MS = 1_000_000
START = 1_700_000_000_123_456_789


def push_all(resampler, samples):
    """Return the ticks of all samples in one list."""
    return [tick for stamp, value in samples for tick in resampler.push(stamp, value)]


def test_the_first_sample_is_the_first_tick():
    assert Resampler(60.0).push(START, 0.25) == [Tick(START, 0.25)]


def test_ticks_lie_on_the_grid_of_the_rate():
    ticks = push_all(Resampler(60.0), [(START + 10 * MS * k, 0.0) for k in range(7)])
    assert [tick.stamp_ns - START for tick in ticks] == [0, 16_666_667, 33_333_333, 50_000_000]


def test_the_grid_does_not_drift():
    """After an hour at 60 Hz tick 216000 lies exactly an hour after the first."""
    resampler = Resampler(60.0, max_interpolated_gap_s=3601.0)
    resampler.push(START, 0.0)
    ticks = resampler.push(START + 3_600_000_000_000, 1.0)
    assert len(ticks) == 216_000
    assert ticks[-1] == (START + 3_600_000_000_000, 1.0)
    assert ticks[107_999] == (START + 1_800_000_000_000, 0.5)


def test_a_tick_waits_for_the_sample_at_or_after_it():
    resampler = Resampler(10.0)
    assert resampler.push(0, 1.0) == [Tick(0, 1.0)]
    assert resampler.push(99 * MS, 2.0) == []
    assert [tick.stamp_ns for tick in resampler.push(101 * MS, 3.0)] == [100 * MS]


def test_interpolation_by_hand():
    resampler = Resampler(10.0)
    resampler.push(0, 0.0)
    assert resampler.push(80 * MS, 1.0) == []
    assert resampler.push(120 * MS, 3.0) == [Tick(100 * MS, 2.0)]
    assert resampler.push(280 * MS, -1.0) == [Tick(200 * MS, 1.0)]


def test_a_sample_on_a_tick_passes_unchanged():
    values = [0.1, 0.2, 0.30000000000000004, 1e-300, -7.7]
    ticks = push_all(Resampler(10.0), [(START + 100 * MS * k, v) for k, v in enumerate(values)])
    assert ticks == [Tick(START + 100 * MS * k, v) for k, v in enumerate(values)]


def test_samples_at_a_rounded_period_pass_unchanged():
    values = [float(k) / 7.0 for k in range(200)]
    samples = [(round(k * 1e9 / 60.0), value) for k, value in enumerate(values)]
    assert [tick.value for tick in push_all(Resampler(60.0), samples)] == values


def test_repeated_stamps_are_dropped():
    resampler = Resampler(10.0)
    ticks = push_all(resampler, [(0, 0.0), (0, 9.0), (50 * MS, 0.5), (50 * MS, 9.0),
                                 (150 * MS, 1.5)])
    assert [tuple(tick) for tick in ticks] == [(0, 0.0), (100 * MS, 1.0)]
    assert resampler.counters == {'repeated': 2}
    assert resampler.interruption is None


def test_late_samples_are_dropped():
    resampler = Resampler(10.0)
    ticks = push_all(resampler, [(START, 0.0), (START + 80 * MS, 1.0), (START + 79 * MS, 9.0),
                                 (START - 920 * MS, 9.0), (START + 120 * MS, 3.0)])
    assert ticks == [Tick(START, 0.0), Tick(START + 100 * MS, 2.0)]
    assert resampler.counters == {'out_of_order': 2}


def test_an_earlier_stamp_is_a_jump_beyond_the_threshold():
    resampler = Resampler(10.0, time_jump_threshold_s=1.0)
    resampler.push(START, 0.0)
    assert resampler.push(START - 1000 * MS, 1.0) == []
    assert resampler.interruption is None
    assert resampler.push(START - 1000 * MS - 1, 1.0) == []
    assert resampler.interruption == Interruption('time_jump', START, START - 1000 * MS - 1)
    assert resampler.counters == {'out_of_order': 1, 'time_jump': 1}


def test_a_gap_begins_beyond_the_longest_that_is_interpolated():
    resampler = Resampler(10.0, max_interpolated_gap_s=0.2)
    resampler.push(0, 0.0)
    assert len(resampler.push(200 * MS, 1.0)) == 2
    assert resampler.interruption is None
    assert resampler.push(400 * MS + 1, 1.0) == []
    assert resampler.interruption == Interruption('gap', 200 * MS, 400 * MS + 1)
    assert resampler.counters['gap'] == 1


def test_lost_samples_are_bridged_and_counted():
    resampler = Resampler(60.0)
    push_all(resampler, [(round(k * 1e9 / 60.0), float(k)) for k in range(4)])
    assert resampler.counters == {}
    ticks = resampler.push(round(15 * 1e9 / 60.0), 15.0)
    assert [tick.value for tick in ticks] == pytest.approx(list(range(4, 16)))
    assert resampler.counters == {'bridged': 1}


@pytest.mark.parametrize('step_ms', [10, 1000.0 / 60.0])
def test_samples_that_come_as_often_as_ticks_are_not_bridged(step_ms):
    resampler = Resampler(60.0)
    push_all(resampler, [(round(k * step_ms * MS), 0.0) for k in range(500)])
    assert resampler.counters == {}


def test_two_ticks_at_once_are_jitter_and_three_are_bridged():
    resampler = Resampler(60.0)
    push_all(resampler, [(k * 33 * MS, 0.0) for k in range(4)])
    assert resampler.counters == {}
    assert len(resampler.push(150 * MS, 0.0)) == 4
    assert len(resampler.push(200 * MS, 0.0)) == 3
    assert resampler.counters == {'bridged': 2}


@pytest.mark.parametrize('stamp', [10 * 1000 * MS, -10 * 1000 * MS])
def test_after_an_interruption_nothing_comes_until_reset(stamp):
    resampler = Resampler(10.0)
    resampler.push(0, 0.0)
    resampler.push(stamp, 1.0)
    cause = resampler.interruption
    assert push_all(resampler, [(stamp + 10 * MS * k, 1.0) for k in range(1, 30)]) == []
    assert resampler.interruption is cause
    assert resampler.counters['after_interruption'] == 29
    resampler.reset()
    assert resampler.interruption is None
    assert resampler.push(stamp, 2.0) == [Tick(stamp, 2.0)]
    assert resampler.push(stamp + 100 * MS, 3.0) == [Tick(stamp + 100 * MS, 3.0)]


def test_counters_go_on_after_reset():
    resampler = Resampler(10.0)
    push_all(resampler, [(0, 0.0), (0, 0.0)])
    resampler.reset()
    push_all(resampler, [(0, 0.0), (0, 0.0)])
    assert resampler.counters == {'repeated': 2}


def test_interruptions_say_what_happened():
    assert str(Interruption('gap', 0, 1_250_000_000)) == 'a gap of 1.250 s in the samples'
    assert str(Interruption('time_jump', 2_500_000_000, 0)) == 'a jump of -2.500 s in the stamps'


SAMPLES = st.builds(
    lambda start, steps, values: [
        (start + sum(steps[:index]), value) for index, value in enumerate(values[:len(steps)])],
    st.integers(0, 2**61),
    st.lists(st.integers(1, 200 * MS), min_size=40, max_size=40),
    st.lists(st.floats(-4.0, 4.0), min_size=1, max_size=40))
RATES = st.sampled_from([5.0, 60.0, 59.94, 100.0, 1000.0 / 3.0])


@given(samples=SAMPLES, rate=RATES)
def test_ticks_are_the_regular_grid(samples, rate):
    resampler = Resampler(rate)
    ticks = push_all(resampler, samples)
    start, end = samples[0][0], samples[-1][0]
    expected = []
    while (stamp := start + round(len(expected) * 1e9 / rate)) <= end:
        expected.append(stamp)
    assert [tick.stamp_ns for tick in ticks] == expected
    assert set(resampler.counters) <= {'bridged'}
    assert resampler.interruption is None


@given(samples=SAMPLES, rate=RATES)
def test_values_lie_between_those_of_the_neighbours(samples, rate):
    resampler = Resampler(rate)
    last = samples[0][1]
    for stamp, value in samples:
        for tick in resampler.push(stamp, value):
            assert min(last, value) - 1e-14 <= tick.value <= max(last, value) + 1e-14
            if tick.stamp_ns == stamp:
                assert tick.value == value
        last = value


@given(samples=SAMPLES, rate=RATES, pieces=st.lists(st.integers(1, 10), max_size=10))
def test_the_delivery_does_not_matter(samples, rate, pieces):
    """In pieces of any size, each followed by samples that come twice: the same ticks."""
    expected = push_all(Resampler(rate), samples)
    resampler, other = Resampler(rate), Resampler(rate)
    ticks, rest = [], list(samples)
    for size in [*pieces, len(samples)]:
        piece, rest = rest[:size], rest[size:]
        ticks += push_all(resampler, piece)
        push_all(other, [(stamp // 2, -value) for stamp, value in piece])  # another stream
        assert push_all(resampler, piece[-1:]) == []
    assert ticks == expected


@given(samples=SAMPLES, rate=RATES, shift=st.integers(0, 2**61))
def test_only_differences_of_stamps_matter(samples, rate, shift):
    ticks = push_all(Resampler(rate), samples)
    shifted = push_all(Resampler(rate), [(stamp + shift, value) for stamp, value in samples])
    assert shifted == [Tick(tick.stamp_ns + shift, tick.value) for tick in ticks]


def foreseen(period_ns, count=60):
    """Return whether each sample was expected to complete a tick of 60 Hz, and whether it did."""
    resampler = Resampler(60.0)
    assert not resampler.is_tick_next
    found = []
    for index in range(count):
        expected = resampler.is_tick_next
        found.append((expected, bool(resampler.push(START + round(period_ns * index), 0.0))))
    return found[3:]


@pytest.mark.parametrize('rate_hz', [60.0, 100.0, 125.0, 250.0, 500.0, 1000.0])
def test_whether_the_next_sample_completes_a_tick(rate_hz):
    """Each that does is expected, in spite of rounding; few others are."""
    found = foreseen(1e9 / rate_hz)
    assert not any(completes and not expected for expected, completes in found)
    assert sum(expected and not completes for expected, completes in found) <= 6


def test_no_tick_is_next_after_an_interruption():
    resampler = Resampler(60.0)
    push_all(resampler, [(START, 0.0), (START + 10 * MS, 0.0), (START + 999 * MS, 0.0)])
    assert resampler.interruption and not resampler.is_tick_next
    resampler.reset()
    assert not resampler.is_tick_next
