# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of what estimators are judged beside."""

import numpy as np
import pytest
from small_sessions import CUPS, CYLINDER, EXACT

from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.units import newton_to_ml
from training.in_the_loop.baselines import (
    as_estimators,
    BASELINES,
    integrate,
    ORACLE,
    PHYSICS,
    volume_after_return,
)
from training.in_the_loop.cups import UNSEEN_CUPS
from training.in_the_loop.plan import draw_sessions
from training.in_the_loop.score import score_baselines
from training.in_the_loop.sessions import run_sessions, simulate_sessions

TABLE = CupTable([truth.nominal for truth in CUPS])


def test_where_physics_and_mounting_are_exact_physics_is_right():
    """Within what the encoder rounds: half a quantum is up to 1.2 ml."""
    motions, rng = ('planned', 'taught', 'jerky'), np.random.default_rng(0)
    pours = simulate_sessions(CUPS, 3, motions, rng, stages=2, **EXACT)
    scores = score_baselines(pours, TABLE)
    assert {score.method for score in scores} == set(BASELINES)
    assert max(score.final_ml for score in scores) < 1.5
    assert np.median([score.final_ml for score in scores]) < 0.5
    assert max(score.squared_ml2 / score.steps for score in scores) < 1.0


def final_errors_ml(cups, n, seed, **options):
    """Return the final errors of the oracle and of the physics, two lists."""
    rng = np.random.default_rng(seed)
    scores = score_baselines(
        simulate_sessions(cups, n, ('planned',), rng, stages=1, **{**EXACT, **options}), TABLE
    )
    return (
        [score.final_ml for score in scores if score.method == method]
        for method in (ORACLE, PHYSICS)
    )


def test_the_oracle_knows_the_mounting_and_cups_that_the_model_does_not():
    oracle, physics = final_errors_ml(CUPS, 4, seed=1, session_spread=0.05)
    assert max(oracle) < 1.5 and np.median(physics) > 8.0
    oracle, physics = final_errors_ml(UNSEEN_CUPS, 2, seed=2)
    assert max(oracle) < 1.5 and max(physics) > 20.0


def test_an_arm_that_looks_ahead_stops_at_its_target():
    """Within 3 ml where the mounting is known; one that does not pours too much."""
    missed = {'steered': [], 'steered_ahead': []}
    plan = draw_sessions(CUPS, 6, tuple(missed), np.random.default_rng(3), stages=1, **EXACT)
    for pour in run_sessions(plan, as_estimators(ORACLE, plan, TABLE)):
        assert pour.turned_by == 'target'
        missed[pour.motion].append(newton_to_ml(pour.final_weight - pour.context.target_weight))
    assert np.abs(missed['steered_ahead']).max() < 3.0
    assert np.min(missed['steered']) > 3.0


def test_steering_and_recorded_tilts_are_the_same_physics():
    plan = draw_sessions(CUPS, 1, ('steered',), np.random.default_rng(4), stages=2)
    pours = run_sessions(plan, as_estimators(PHYSICS, plan, TABLE))
    for pour, weight in zip(pours, integrate(PHYSICS, pours, TABLE)):
        assert pour.estimates.weight == pytest.approx(weight, abs=1e-9)


def test_a_cup_that_is_turned_back_faster_loses_less():
    cup = CupStack([CYLINDER.nominal] * 3)
    volume, tilt = np.full(3, 450e-6), np.full(3, 1.0)
    assert cup.capacity(tilt)[0] < 450e-6
    velocity, speed = np.array([0.0, 0.0, 0.3]), np.array([0.3, 1.5, 1.5])
    slow, fast, rising = volume_after_return(cup, volume, tilt, velocity, speed, 5.0)
    assert slow < fast < 450e-6 and rising < fast
