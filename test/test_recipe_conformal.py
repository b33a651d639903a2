"""Tests of training.recipe.conformal."""

import numpy as np
import pytest

from pour_force_estimator.interval import half_width
from pour_force_estimator.model_spec import IntervalSpec
from training.metrics import FINAL_STEPS
from training.recipe.conformal import (
    calibrate, conformal_quantile, coverages, half_widths, QUIET_LBF)

STEPS = FINAL_STEPS + 5


def constant(values):
    """Return pours whose error, or spread, is one value at all steps."""
    return [np.full(STEPS, value) for value in values]


@pytest.mark.parametrize('n, coverage, rank', [
    (9, 0.9, 9),      # 10 x 0.9
    (10, 0.9, 10),    # 11 x 0.9 = 9.9
    (19, 0.9, 18),    # 20 x 0.9
    (99, 0.9, 90),    # 100 x 0.9
    (3, 0.5, 2),      # 4 x 0.5
    (4, 0.5, 3),      # 5 x 0.5 = 2.5
    (5, 0.9, 5),      # 6 x 0.9 = 5.4, of which there is none: the largest
])
def test_quantiles_by_hand(n, coverage, rank):
    scores = np.random.default_rng(0).permutation(np.arange(1.0, n + 1.0))
    assert conformal_quantile(scores, coverage) == rank


def test_half_widths_by_hand_and_as_the_node_has_them():
    interval = IntervalSpec(0.9, noise=3.0, factor=2.0)
    spreads = np.array([0.0, 2.0])
    assert half_widths(interval, spreads).tolist() == [3.0, 5.0]
    assert [half_width(interval, spread, 0.0) for spread in spreads] == [3.0, 5.0]


def test_noise_is_read_off_where_nothing_flows():
    """Errors of 1 to 11 mlbf, of which 90 % are below 10, while the spread says nothing."""
    quiet = np.append(np.arange(1.0, 12.0) * 1e-3, np.ones(9))
    spread = np.append(np.full(11, 0.5 * QUIET_LBF), np.full(9, 10.0))
    assert calibrate([-quiet], [spread], 0.9).noise == pytest.approx(0.010)


def test_without_a_quiet_step_the_noise_is_the_largest_quiet_spread():
    assert calibrate(constant([0.5]), constant([1.0]), 0.9).noise == QUIET_LBF


def test_factor_by_hand():
    """Nine pours with errors of 1 to 9 spreads beside a noise: the largest, for 90 % of ten."""
    noise, spread = QUIET_LBF, 0.1
    errors = [sign * np.hypot(noise, factor * spread)
              for factor, sign in zip(range(1, 10), (1, -1) * 5)]
    interval = calibrate(constant(errors), constant([spread] * 9), 0.9)
    assert (interval.coverage, interval.factor) == (0.9, pytest.approx(9.0))
    assert calibrate(constant(errors), constant([spread] * 9), 0.5).factor == pytest.approx(5.0)


def test_the_factor_is_that_of_the_final_weight():
    errors, spreads = constant([0.2] * 9), constant([0.1] * 9)
    expected = calibrate(errors, spreads, 0.9)
    for error in errors:
        error[:-FINAL_STEPS] = 7.0
    assert calibrate(errors, spreads, 0.9) == expected


def test_errors_within_the_noise_need_no_factor():
    errors, spreads = constant([0.1] * 10), constant([1e-6] * 10)
    interval = calibrate(errors, spreads, 0.9)
    assert interval.noise == pytest.approx(0.1)
    assert interval.factor == pytest.approx(0.0, abs=1e-3)


def test_coverages_by_hand():
    interval = IntervalSpec(0.9, noise=3.0, factor=2.0)
    spreads = constant([2.0, 2.0, 0.0])  # half-widths of 5, 5 and 3
    errors = constant([4.9, -5.1, 2.9])
    errors[0][:5] = 6.0  # before the last steps
    errors[2][-1] = -3.1
    steps, finals = coverages(interval, errors, spreads)
    assert steps.tolist() == [1.0 - 5.0 / STEPS, 0.0, 1.0 - 1.0 / STEPS]
    assert finals.tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize('n', [19, 39, 66])
def test_the_next_pour_is_inside_as_often_as_promised(n):
    """
    Whatever the distribution: ``ceil(0.9 (n + 1)) / (n + 1)`` for exchangeable pours.

    The coverage given n pours is beta distributed, with a standard deviation of at most 0.066
    for 19 of them, so that the mean over 400 draws is within 0.013 in 9999 of 10 000 cases.
    """
    rng = np.random.default_rng(n)

    def draw(number):
        spreads = rng.uniform(0.01, 0.2, number)
        return constant(spreads * rng.standard_t(3, number)), constant(spreads)

    covered = []
    for _ in range(400):
        interval = calibrate(*draw(n), 0.9)
        covered.append(coverages(interval, *draw(200))[1].mean())
    assert np.mean(covered) == pytest.approx(np.ceil(0.9 * (n + 1)) / (n + 1), abs=0.013)
