# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.meters."""

import pytest

from pour_force_estimator.meters import LatencyMeter, RateMeter


@pytest.fixture
def rate_meter():
    return RateMeter()


@pytest.mark.parametrize('stamps', [(), (5,), (7, 7, 7), (30, 20, 10), (2**61, -(2**61))])
def test_without_two_stamps_that_go_on_nothing_is_measured(rate_meter, stamps):
    for stamp_ns in stamps:
        rate_meter.add(stamp_ns)
    assert rate_meter.take() == (0.0, 0.0)


@pytest.mark.parametrize(
    'stamps_ms, rate, jitter',
    [
        ([1_700_000_000_000 + count * 8 for count in range(11)], 125.0, 0.0),
        ([0, 9, 20, 29, 40], 100.0, 0.001),  # steps of 9 and 11 ms
        ([0, 10, 20, 5000, 5010, 5020], 100.0, None),
    ],
    ids=['regular', 'jitter', 'long gap'],
)
def test_rate_is_that_of_most_steps_and_jitter_their_deviation(
    rate_meter, stamps_ms, rate, jitter
):
    for stamp_ms in stamps_ms:
        rate_meter.add(stamp_ms * 1_000_000)
    rate_hz, jitter_s = rate_meter.take()
    assert rate_hz == pytest.approx(rate, rel=1e-12)
    assert jitter is None or jitter_s == pytest.approx(jitter, abs=1e-15)


def test_the_step_between_two_periods_belongs_to_the_second(rate_meter):
    rate_meter.add(0)
    rate_meter.add(10_000_000)
    assert rate_meter.take()[0] == pytest.approx(100.0)
    rate_meter.add(30_000_000)
    assert rate_meter.take()[0] == pytest.approx(50.0)
    assert rate_meter.take() == (0.0, 0.0)


def test_nothing_is_kept_from_one_period_to_the_next_but_a_sample(rate_meter):
    for _ in range(3):
        for stamp_ns in range(1000):
            rate_meter.add(stamp_ns)
        rate_meter.take()
    assert len(rate_meter._stamps) == 1


def test_latency_is_told_by_its_median_and_99th_percentile_of_each_period():
    meter = LatencyMeter()
    assert meter.take() == (0.0, 0.0)
    for duration_us in range(101):
        meter.add(duration_us * 1000)
    assert meter.take() == (pytest.approx(50e-6), pytest.approx(99e-6))
    meter.add(2_000_000)
    assert meter.take() == (pytest.approx(0.002), pytest.approx(0.002))
    assert meter.take() == (0.0, 0.0)
