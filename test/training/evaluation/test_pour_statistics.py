# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.evaluation.pour_statistics: pours made by hand, whose statistics are known."""

import numpy as np
import pytest
from small_pours import pour_of_readings

from pour_force_estimator.units import newton_to_lbf
from training.evaluation.pour_statistics import (
    duration,
    final_over_target,
    max_tilt,
    measure_pours,
    onset_angle,
    overshoot,
    peak_flow,
    rest_correlation,
    rest_noise,
    settled_weight,
    STATISTICS,
    summarize,
)

STEPS = 300
STEP = np.arange(STEPS)
TILT = 0.5 * np.minimum(STEP, 180.0)
"""Half a degree per step, up to 90 degrees at step 180."""

POURED = np.clip(0.008 * (STEP - 120), 0.0, 0.4)
"""Nothing until step 120, then 0.008 lbf per step, 0.4 lbf from step 170 on, as files hold it."""

LBF = 4.4482216152605
"""One pound-force [N]."""


def make_pour(poured=POURED, tilt=TILT, target=0.5):
    """Return a pour of the given readings [lbf] and tilts [degree]."""
    return pour_of_readings(tilt[: len(poured)], poured, 1.0, target)


def test_a_pour_by_hand():
    pour = make_pour()
    assert settled_weight(pour) == pytest.approx(0.4 * LBF)
    assert onset_angle(pour) == pytest.approx(61.5)  # 0.024 lbf at step 123
    assert peak_flow(pour) == pytest.approx(0.008 * 60.0 * 453.59237)
    assert duration(pour) == pytest.approx(5.0)
    assert max_tilt(pour) == pytest.approx(90.0)
    assert max_tilt(make_pour(tilt=130.0 - np.abs(STEP - 100.0))) == pytest.approx(130.0)
    assert overshoot(pour) == pytest.approx(0.0)
    assert final_over_target(pour) == pytest.approx(0.8)


def test_onset_is_seen_above_a_scale_that_starts_off_zero():
    assert onset_angle(make_pour(POURED + 0.034)) == pytest.approx(61.5)
    assert onset_angle(make_pour(POURED - 0.034)) == pytest.approx(61.5)


def test_a_short_burst_is_averaged_over_the_window():
    burst = np.where(STEP >= 150, 0.06, 0.0)
    assert peak_flow(make_pour(burst)) == pytest.approx(0.06 / 0.2 * 453.59237)


def test_overshoot_is_the_peak_above_the_end_and_moves_no_settled_weight():
    pour = make_pour(POURED + 0.05 * np.exp(-(((STEP - 175.0) / 4.0) ** 2)))
    assert overshoot(pour) == pytest.approx(0.05 * LBF)
    outlier = make_pour(np.where(STEP == STEPS - 3, 5.0, POURED))
    assert settled_weight(pour) == settled_weight(outlier) == pytest.approx(0.4 * LBF)


def test_alternating_noise_by_hand():
    pour = make_pour(POURED + 0.003 + 0.001 * (-1.0) ** STEP)
    assert rest_noise(pour) == pytest.approx(0.001 * LBF)
    assert rest_correlation(pour) == pytest.approx(-39.0 / 40.0)


@pytest.mark.parametrize('correlation', [0.0, 0.5])
def test_correlated_noise(correlation):
    """The estimate from n = 40 readings is too low by about (1 + 3 rho) / n."""
    noise = np.random.default_rng(0).standard_normal((600, STEPS))
    noise[:, 1:] *= np.sqrt(1.0 - correlation**2)
    for step in range(1, STEPS):
        noise[:, step] += correlation * noise[:, step - 1]
    pours = [make_pour(POURED + 0.0013 * row) for row in noise]
    estimated = np.mean([rest_correlation(pour) for pour in pours])
    assert estimated == pytest.approx(correlation - (1.0 + 3.0 * correlation) / 40.0, abs=0.02)
    noise_n = np.sqrt(np.mean([rest_noise(pour) ** 2 for pour in pours]))
    lower = np.sqrt(1.0 - (1.0 + correlation) / (1.0 - correlation) / 40.0)
    assert noise_n == pytest.approx(0.0013 * LBF * lower, rel=0.02)


def test_noise_while_liquid_moves_takes_no_part():
    noise = np.where(STEP < 40, 0.001, 0.02) * (-1.0) ** STEP
    noise[40:110] = 0.0
    assert rest_noise(make_pour(POURED + noise)) == pytest.approx(0.001 * LBF)


def test_a_pour_that_begins_at_once_has_no_rest():
    early = make_pour(np.clip(0.008 * (STEP - 30), 0.0, 0.4))
    assert np.isnan(rest_noise(early)) and np.isnan(rest_correlation(early))
    assert onset_angle(early) == pytest.approx(16.5)


def test_nothing_poured():
    pour = make_pour(np.zeros(STEPS))
    assert np.isnan(onset_angle(pour)) and np.isnan(rest_correlation(pour))
    assert rest_noise(pour) == peak_flow(pour) == overshoot(pour) == final_over_target(pour) == 0.0


def test_a_recording_shorter_than_the_flow_window():
    pour = make_pour(POURED[:12])
    assert np.isnan(peak_flow(pour)) and duration(pour) == pytest.approx(0.2)
    assert peak_flow(make_pour(POURED[:13])) == 0.0


def test_all_pours_are_measured_in_order():
    pours = [make_pour(scale * POURED) for scale in (1.0, 0.0, 2.0)]
    values = measure_pours(pours)
    assert list(values) == [statistic.name for statistic in STATISTICS]
    np.testing.assert_allclose(values['final_over_target'], [0.8, 0.0, 1.6])
    np.testing.assert_allclose(values['onset_angle'], [61.5, np.nan, 61.0])


def test_percentiles_leave_out_what_is_missing():
    values = {'a': np.array([np.nan, *range(101)]), 'b': np.array([np.nan]), 'c': np.array([])}
    summary = summarize(values)
    assert summary == {'a': [5.0, 50.0, 95.0], 'b': None, 'c': None}


def test_recorded_pours(robot_trials):
    """The ranges are those that were read off these pours by other means."""
    values = measure_pours(robot_trials.pours)
    summary = summarize(values)
    low, _, high = (newton_to_lbf(noise) for noise in summary['rest_noise'])
    assert 0.0009 < low < high < 0.0019
    assert 0.1 < summary['rest_correlation'][0] < summary['rest_correlation'][2] < 0.8
    assert newton_to_lbf(summary['overshoot'][1]) == pytest.approx(0.033, abs=0.003)
    assert summary['peak_flow'][1] == pytest.approx(151.0, rel=0.1)
    assert summary['duration'][0] == pytest.approx(4.8, abs=0.2)
    assert values['max_tilt'].max() == pytest.approx(131.0, abs=0.5)
    assert not np.isnan(values['onset_angle']).any()
