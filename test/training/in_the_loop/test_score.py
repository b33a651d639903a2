# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of scores and their figures, on pours made by hand."""

from dataclasses import replace
import math

import numpy as np
import pytest
from small_sessions import CYLINDER

from pour_force_estimator.context import PourContext
from pour_force_estimator.units import STANDARD_GRAVITY
from training.in_the_loop.estimators import Readings
from training.in_the_loop.score import ESTIMATOR, Score, score_estimates, score_targets
from training.in_the_loop.sessions import SimulatedPour
from training.in_the_loop.summary import summarize

ML = STANDARD_GRAVITY * 1e-3
"""Weight of a millilitre [N]."""


def make_pour(poured, weight, lower=None, upper=None, predicted=None, motion='steered_ahead'):
    """Return a pour of which 200 ml were wanted; all in ml."""
    nothing = [math.nan] * len(poured)
    readings = (ML * np.array(values or nothing) for values in (weight, lower, upper, predicted))
    where = {'truth': CYLINDER, 'cup': CYLINDER.nominal, 'session': 0, 'stage': 0}
    moved = {'motion': motion, 'session_offset': 0.0, 'offset': 0.0, 'return_speed': 1.0}
    return SimulatedPour(
        **where,
        **moved,
        context=PourContext(initial_weight=400 * ML, target_weight=200 * ML),
        tilt=np.zeros(len(poured)),
        poured=ML * np.array(poured),
        weighed=(),
        turned_by='target',
        estimates=Readings(*readings),
    )


def test_errors_of_a_pour():
    pour = make_pour([0, 100, 180, 190], [0, 110, 180, 170], predicted=[0, 150, 202, 210])
    (score,) = score_estimates([pour])
    assert score.method == ESTIMATOR and score.cup == 'cylinder'
    assert score.final_ml == pytest.approx(20.0)
    assert score.target_ml == pytest.approx(10.0)
    assert score.squared_ml2 == pytest.approx(500.0) and score.steps == 4
    assert score.predicted_ml == pytest.approx(12.0)
    assert math.isnan(score.final_covered) and math.isnan(score.width_ml)


def test_coverage_counts_steps_and_finals():
    poured, weight = [0.0, 0.5, 100, 180, 190], [0, 0, 100, 150, 170]
    bounds = [0, 0, 90, 140, 160], [1, 0, 110, 160, 190]
    (score,) = score_estimates([make_pour(poured, weight, *bounds)])
    assert score.final_covered == 1.0  # both ends belong to it
    assert score.steps_covered == 3.0 and score.steps == 5
    assert score.pouring_covered == 2.0 and score.pouring_steps == 3.0
    assert score.width_ml == pytest.approx(30.0)


def test_only_steered_pours_have_targets_to_meet():
    pour = make_pour([0, 10], [0, 10], motion='planned')
    assert math.isnan(score_estimates([pour])[0].target_ml)
    (steered,) = score_targets('oracle', [replace(pour, motion='steered')])
    assert steered.target_ml == pytest.approx(190.0)
    assert math.isnan(steered.final_ml)


def make_score(cup, final_ml, *, held=1.0, stage=0, motion='planned', method=ESTIMATOR, **others):
    errors = {'final_ml': final_ml, 'squared_ml2': 4.0 * 9.0, 'steps': 4, 'final_covered': held}
    covered = {'steps_covered': 4 * held, 'pouring_covered': 2 * held, 'pouring_steps': 2}
    return Score(method, cup, 'known', motion, stage, **{**errors, **covered, **others})


def test_figures_are_means_over_cups():
    """Medians 2 and 20, so 11, though most pours are of the first cup."""
    scores = [make_score('a', error) for error in (1.0, 2.0, 9.0, 2.0, 2.0)]
    scores += [make_score('b', 10.0, held=0.0), make_score('b', 30.0)]
    figures = summarize(scores)['known']
    planned = figures['motions']['planned']
    assert planned == figures['motions']['all'] == figures['motions']['open_loop']
    assert planned == {
        'pours': [7],
        'final_ml': {ESTIMATOR: {'median': [11.0], 'p90': [pytest.approx((6.2 + 28.0) / 2.0)]}},
        'rmse_ml': {ESTIMATOR: [3.0]},
        'coverage': {'finals': [0.75], 'steps': [0.75], 'pouring': [0.75]},
    }
    assert figures['cups']['b']['all']['final_ml'][ESTIMATOR]['median'] == [20.0]
    assert 'steered' not in figures['motions']


def test_figures_go_from_pour_to_pour():
    steered = {'motion': 'steered', 'target_ml': 3.0, 'steps': math.nan, 'squared_ml2': math.nan}
    scores = [
        make_score('a', 8.0, stage=0),
        make_score('a', 4.0, stage=1),
        make_score('a', 2.0, stage=1, method='physics'),
        make_score('a', 5.0, stage=0, motion='steered', target_ml=7.0, predicted_ml=6.0),
        make_score('a', math.nan, stage=1, method='oracle', **steered),
    ]
    motions = summarize(scores)['known']['motions']
    assert motions['planned']['final_ml'][ESTIMATOR]['median'] == [8.0, 4.0]
    assert motions['planned']['final_ml']['physics']['median'] == [None, 2.0]
    assert motions['steered']['target_ml']['oracle']['median'] == [None, 3.0]
    assert motions['steered']['pours'] == [1, 0]
    assert motions['steered']['predicted_ml'] == [6.0, None]
    assert list(summarize(scores)['known']['cups']) == ['a']
