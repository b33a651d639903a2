# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.meters."""

import pytest

from pour_force_estimator.meters import LatencyMeter, RateMeter


@pytest.fixture
def rate_meter():
    return RateMeter()


def test_nothing_is_measured_without_two_samples(rate_meter):
    assert rate_meter.take() == (0.0, 0.0)
    rate_meter.add(5)
    assert rate_meter.take() == (0.0, 0.0)


def test_a_regular_signal_has_its_rate_and_no_jitter(rate_meter):
    for count in range(11):
        rate_meter.add(1_700_000_000_000_000_000 + count * 8_000_000)
    rate_hz, jitter_s = rate_meter.take()
    assert rate_hz == pytest.approx(125.0, rel=1e-12)
    assert jitter_s == pytest.approx(0.0, abs=1e-15)


def test_jitter_is_the_standard_deviation_of_the_steps(rate_meter):
    for stamp_ms in (0, 9, 20, 29, 40):  # steps of 9 and 11 ms
        rate_meter.add(stamp_ms * 1_000_000)
    rate_hz, jitter_s = rate_meter.take()
    assert rate_hz == pytest.approx(100.0)
    assert jitter_s == pytest.approx(0.001)


def test_one_long_gap_does_not_change_the_rate(rate_meter):
    for stamp_ms in (0, 10, 20, 5000, 5010, 5020):
        rate_meter.add(stamp_ms * 1_000_000)
    assert rate_meter.take()[0] == pytest.approx(100.0)


def test_the_step_between_two_periods_belongs_to_the_second(rate_meter):
    rate_meter.add(0)
    rate_meter.add(10_000_000)
    assert rate_meter.take()[0] == pytest.approx(100.0)
    rate_meter.add(30_000_000)
    assert rate_meter.take()[0] == pytest.approx(50.0)
    assert rate_meter.take() == (0.0, 0.0)


@pytest.mark.parametrize('stamps', [(7, 7, 7), (30, 20, 10), (2**61, -(2**61))])
def test_stamps_that_do_not_go_on_have_no_rate(rate_meter, stamps):
    for stamp_ns in stamps:
        rate_meter.add(stamp_ns)
    assert rate_meter.take() == (0.0, 0.0)


def test_nothing_is_kept_from_one_period_to_the_next_but_a_sample(rate_meter):
    for _ in range(3):
        for stamp_ns in range(1000):
            rate_meter.add(stamp_ns)
        rate_meter.take()
    assert len(rate_meter._stamps) == 1


def test_latency_is_told_by_its_median_and_99th_percentile():
    meter = LatencyMeter()
    for duration_us in range(101):
        meter.add(duration_us * 1000)
    assert meter.take() == (pytest.approx(50e-6), pytest.approx(99e-6))


def test_latency_starts_anew_with_each_period():
    meter = LatencyMeter()
    assert meter.take() == (0.0, 0.0)
    meter.add(2_000_000)
    assert meter.take() == (pytest.approx(0.002), pytest.approx(0.002))
    assert meter.take() == (0.0, 0.0)
