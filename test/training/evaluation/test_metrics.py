# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.evaluation.metrics against numbers computed by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from pour_force_estimator import PourContext
from training.evaluation.metrics import interval_scores, weight_errors

ML_PER_NEWTON = 1000.0 / 9.80665
"""Of water."""


def test_errors_by_hand():
    """Errors 0.5, -0.5, 1 and 0 N: each step counts once, however long its pour is."""
    errors = weight_errors(
        [np.array([0.0, 1.0, 1.0]), np.array([2.0])],
        [np.array([0.5, 0.5, 2.0]), np.array([2.0])],
        [1.0, 1.0],
    )
    rmse = (1.5 / 4.0) ** 0.5
    steps = {'mse_newton2': 0.375, 'rmse_newton': rmse, 'rmse_ml': rmse * ML_PER_NEWTON}
    final_ml = ML_PER_NEWTON / 3.0
    finals = {'final_error_ml_median': final_ml / 2.0, 'final_error_ml_p90': 0.9 * final_ml}
    counts = {'pours': 2, 'steps': 4}
    assert errors == pytest.approx({**steps, 'mae_newton': 0.5, **finals, **counts})


def test_final_error_is_that_of_the_mean_over_the_last_quarter_second():
    estimated = np.r_[np.full(25, 9.0), np.tile([0.1, -0.1, 0.3], 5)]
    errors = weight_errors([np.zeros(40)], [estimated], [1.0])
    assert errors['final_error_ml_median'] == pytest.approx(0.1 * ML_PER_NEWTON)


def test_median_and_90th_percentile():
    """Of final errors, which have no sign."""
    estimated = [np.full(20, (-1.0) ** k * 0.1 * k) for k in range(11)]
    errors = weight_errors([np.zeros(20)] * 11, estimated, [1.0] * 11)
    assert errors['final_error_ml_median'] == pytest.approx(0.5 * ML_PER_NEWTON)
    assert errors['final_error_ml_p90'] == pytest.approx(0.9 * ML_PER_NEWTON)


def test_each_pour_has_its_own_density():
    errors = weight_errors([np.zeros(20)] * 2, [np.ones(20)] * 2, [1.0, 2.0])
    assert errors['rmse_ml'] == pytest.approx(ML_PER_NEWTON * (1.25 / 2.0) ** 0.5)
    assert errors['final_error_ml_median'] == pytest.approx(ML_PER_NEWTON * 0.75)
    assert errors['rmse_newton'] == 1.0


def pour_of(measured, **context):
    return SimpleNamespace(poured_weight=np.array(measured), context=PourContext(**context))


def test_interval_scores_by_hand():
    """Of four steps, the first and the last are held; of two final weights, the second is."""
    scores = interval_scores(
        [pour_of([0.0, 1.0, 1.0]), pour_of([2.0], relative_density=2.0)],
        [np.array([0.0, 1.1, 1.1]), np.array([2.0])],
        [np.array([0.5, 2.1, 1.2]), np.array([2.4])],
    )
    width_ml = ML_PER_NEWTON * (0.5 + 1.0 + 0.1 + 0.4 / 2.0) / 4.0
    shares = {'interval_coverage_steps': 0.5, 'interval_coverage_final': 0.5}
    assert scores == pytest.approx({**shares, 'interval_width_ml_mean': width_ml})


def test_the_final_weight_and_its_bounds_are_means_over_the_last_quarter_second():
    measured = np.r_[np.full(25, 9.0), np.tile([0.9, 1.0, 1.1], 5)]
    low, high = np.r_[np.full(25, 0.0), np.full(15, 0.95)], np.full(40, 1.05)
    scores, higher = (
        interval_scores([pour_of(measured)], [low + add], [high + add]) for add in (0.0, 0.06)
    )
    assert [result['interval_coverage_final'] for result in (scores, higher)] == [1.0, 0.0]
    assert scores['interval_coverage_steps'] == pytest.approx(5.0 / 40.0)


def test_readings_beyond_what_is_possible_are_cut_as_the_bounds_are():
    pour = pour_of([-0.02, 0.5, 1.02], initial_weight=1.0)
    for least, most, coverage in ((0.0, 1.0, 1.0), (0.01, 0.99, 1.0 / 3.0)):
        low, high = np.array([least, 0.4, 0.9]), np.array([0.1, 0.6, most])
        scores = interval_scores([pour], [low], [high])
        assert scores['interval_coverage_steps'] == pytest.approx(coverage)
