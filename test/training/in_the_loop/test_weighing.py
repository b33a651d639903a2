# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of weighing in the loop, by a model that reads nothing off the motion."""

import numpy as np
import pytest

from pour_force_estimator import StepModel
from pour_force_estimator.units import newton_to_ml
from training.in_the_loop.cups import KNOWN, known_cups
from training.in_the_loop.estimators import PourEstimators
from training.in_the_loop.measure import estimator_factory, portions, run_portion
from training.in_the_loop.plan import draw_sessions
from training.in_the_loop.score import ESTIMATOR
from training.in_the_loop.sessions import run_sessions
from training.recipe.sessions import prior_model


@pytest.fixture(scope='module')
def prior():
    """Return the ONNX file of the model."""
    return prior_model(StepModel.load('robot_trials').spec.cups, 60.0)


@pytest.fixture(scope='module')
def measured(prior, tmp_path_factory):
    path = tmp_path_factory.mktemp('prior') / 'prior.onnx'
    path.write_bytes(prior)
    return run_portion(portions(str(path), [KNOWN], ['planned'], 6, 2, seed=0)[0])


def test_one_weighing_tells_most_of_the_offset_and_the_interval_narrows_and_holds(measured):
    assert (measured.weighings_told, measured.weighings_refused) == (30, 0)
    scores = [score for score in measured.scores if score.method == ESTIMATOR]
    finals, widths, covered = (
        [[getattr(score, name) for score in scores if score.stage == stage] for stage in (0, 1)]
        for name in ('final_ml', 'width_ml', 'final_covered')
    )
    cold, weighed = map(np.median, finals)
    assert 10.0 < cold < 50.0
    assert weighed < 15.0 and weighed < 0.6 * cold
    assert np.median(widths[1]) < 0.7 * np.median(widths[0]) < 200.0
    assert min(map(np.mean, covered)) > 0.7


def test_an_arm_that_looks_ahead_stops_at_its_target_once_it_weighed(prior):
    model, rng = StepModel(prior), np.random.default_rng(1)
    options = {'stages': 3, 'pour_spread': 0.0, 'discharge_spread': 0.0}
    plan = draw_sessions(known_cups(model.spec.cups)[:1], 4, ('steered_ahead',), rng, **options)
    pours = run_sessions(plan, PourEstimators(estimator_factory(model)))
    last = [pour for pour in pours if pour.stage == 2]
    missed = [abs(pour.final_weight - pour.context.target_weight) for pour in last]
    assert newton_to_ml(np.median(missed)) < 6.0
    assert {pour.turned_by for pour in last} == {'target'}
