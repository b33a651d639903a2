# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.features.physics against the simulator."""

from dataclasses import replace
import math

from hypothetical_pours import BOTTLE, context_of, CYLINDER, turn
import numpy as np
import pytest

from pour_force_estimator.cups.cup import MAX_TILT, MIN_TILT
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.features.physics import (
    MIN_PRIOR,
    ONSET_RANGE_DEG,
    PAST_ONSET,
    PHYSICS_FEATURES,
    PhysicsFeatures,
    PRIOR_FEATURES,
)
from pour_force_estimator.hypotheses import hypotheses_of, Mounting
from pour_force_estimator.simulation import simulate_pour
from pour_force_estimator.units import degree_to_rad

ANSWERS = tuple(PHYSICS_FEATURES)
ALL = (*ANSWERS, *PRIOR_FEATURES, PAST_ONSET)


def run(tilts, context, cups, names=ANSWERS, rate=60.0, mounting=None):
    """Return the features at each of the tilts [rad], ndarray of shape (steps, names)."""
    features, row = PhysicsFeatures(names, rate, cups), np.full((1, len(names)), 7.0, np.float32)
    features.start(row, context, mounting)
    rows = []
    for tilt in np.asarray(tilts).tolist():
        features.step(row, tilt)
        rows.append(row[0].copy())
    return np.array(rows)


def check(features, cup, tilts, context, rate=60.0):
    """Check all features against the simulator: within 1 % of what is poured, or 0.027 N."""
    density, exact = context.relative_density or 1.0, {'delay_s': cup.delay_s, 'substeps': 3}
    for column in (0, 4, 7, 10, 14):
        held = replace(cup, angle_offset=cup.angle_offset + degree_to_rad(column - 7))
        expected = simulate_pour(held, context.initial_weight, tilts, rate, density, **exact)
        assert np.abs(features[:, column] - expected).max() <= max(0.01 * expected[-1], 0.0267)


@pytest.mark.parametrize('cup, largest', [(CYLINDER, 1.35), (BOTTLE, 2.0)])
@pytest.mark.parametrize('rate', [60.0, 125.0])
@pytest.mark.parametrize('density', [None, 1.3])
def test_features_are_what_the_simulator_pours(cup, largest, rate, density):
    tilts, context = turn(rate=rate, largest=largest), context_of(cup, density=density)
    features = run(tilts, context, [BOTTLE, CYLINDER], rate=rate)
    assert features[-1].min() > 0.05
    check(features, cup, tilts, context, rate)


def test_features_of_the_recorded_tilts(robot_trials):
    for pour in robot_trials.pours[::8]:
        size = {'height': pour.context.cup_height, 'diameter': pour.context.cup_diameter}
        cup = replace(CupTable([CYLINDER, BOTTLE]).find(**size), **size)
        check(run(pour.tilt, pour.context, [cup]), cup, pour.tilt, pour.context)


def test_columns_are_where_the_names_say():
    """And those of others are left alone."""
    steps = range(-7, 8)
    assert ANSWERS == tuple(f'physics_{step:+d}' for step in steps)
    assert tuple(PRIOR_FEATURES) == tuple(f'prior_{step:+d}' for step in steps)
    tilts, context = turn(), context_of(CYLINDER)
    whole = run(tilts, context, [CYLINDER], ALL)
    order = np.random.default_rng(0).permutation(len(ALL))[:20]
    part = run(tilts, context, [CYLINDER], ['theta', *(ALL[index] for index in order), 'f_init'])
    assert part[:, 1:-1].tobytes() == whole[:, order].tobytes()
    assert np.all(part[:, [0, -1]] == 7.0)


@pytest.mark.parametrize(
    'delay_s, rate, ticks', [(0.0, 60.0, 0), (0.08, 60.0, 5), (0.11, 100.0, 11), (0.24, 30.0, 7)]
)
def test_delay_is_a_whole_number_of_ticks(delay_s, rate, ticks):
    tilts, context = turn(rate=rate), context_of(CYLINDER)
    prompt = run(tilts, context, [replace(CYLINDER, delay_s=0.0)], rate=rate)
    late = run(tilts, context, [replace(CYLINDER, delay_s=delay_s)], rate=rate)
    assert np.all(late[:ticks] == 0.0)
    assert late[ticks:].tobytes() == prompt[: len(prompt) - ticks].tobytes()


@pytest.mark.parametrize('tilt, limit', [(-7.0, MIN_TILT), (7.0, MAX_TILT)])
def test_tilts_out_of_range_are_those_at_its_ends(tilt, limit):
    """But for one before or after, which is the mean of two."""
    context = context_of(CYLINDER)
    beyond, at_limit = (run([0.0, *[angle] * 20], context, [CYLINDER]) for angle in (tilt, limit))
    assert beyond[-1] == pytest.approx(at_limit[-1], rel=0.1, abs=1e-6)


def test_priors_are_logarithms_of_what_the_mounting_says():
    """Without a mounting it is a new one."""
    mounting = Mounting(hypotheses_of([CYLINDER], 0.120, 0.121))
    pour = (turn(), context_of(CYLINDER), [CYLINDER], tuple(PRIOR_FEATURES))
    assert np.array_equal(run(*pour), run(*pour, mounting=mounting))
    for _ in range(2):
        rows = run(*pour, mounting=mounting)
        assert np.ptp(rows, axis=0).max() == 0.0
        expected = np.log(np.maximum(mounting.pour_prior()[0], MIN_PRIOR))
        assert rows[0] == pytest.approx(expected, rel=1e-6)

        for _ in range(6):
            mounting.weigh(np.arange(15.0)[np.newaxis], 12.0, 20.0)
    assert rows[0].argmax() == 12 and rows[0].min() == np.float32(math.log(MIN_PRIOR))


def test_what_was_learned_is_taken_over_on_request():
    features, row = PhysicsFeatures(ALL, 60.0, [CYLINDER]), np.zeros((1, len(ALL)), np.float32)
    mounting, context = Mounting(hypotheses_of([CYLINDER], 0.120, 0.121)), context_of(CYLINDER)
    features.start(row, context, mounting)
    features.step(row, 0.1)
    before = row.copy()
    mounting.weigh(np.arange(15.0)[np.newaxis], 12.0, 20.0)
    features.step(row, 0.1)
    assert np.array_equal(row, before)
    features.take_prior(row)
    assert not np.array_equal(row, before)
    priors = run([0.1], context, [CYLINDER], tuple(PRIOR_FEATURES), mounting=mounting)
    assert np.array_equal(row[:, 15:30], priors)


def test_shares_of_the_shapes_are_those_under_each_offset():
    table = CupTable([CYLINDER])
    mounting = Mounting(hypotheses_of(table, 0.100, 0.130))
    features, row = PhysicsFeatures(ALL, 60.0, table), np.zeros((1, len(ALL)), np.float32)
    context = context_of(CupSpec.of_size(0.100, 0.130))
    features.start(row, context, mounting)
    expected = np.repeat(np.reshape(mounting.hypotheses.cup_prior, (-1, 1)), 15, axis=1)
    assert features.shares == pytest.approx(expected)
    for tilt in turn(largest=1.1).tolist():
        features.step(row, tilt)
    left = features.outflow.left
    mounting.weigh(left, float(left[:, 7].max()), context.initial_weight)
    features.take_prior(row)
    assert features.shares.sum(axis=0) == pytest.approx(1.0)
    assert np.ptp(features.shares, axis=1).max() > 0.05


@pytest.mark.parametrize('cup', [CYLINDER, BOTTLE, CupSpec.of_size(0.100, 0.130)])
def test_how_far_the_tilt_is_past_the_onset(cup):
    """It rises by a degree per degree within its range; at 0 the cup begins to pour."""
    low, high = ONSET_RANGE_DEG
    context, degrees = context_of(cup), np.arange(0.0, 150.0)
    rows = run(np.radians(degrees), context, [CYLINDER, BOTTLE], (PAST_ONSET,))[:, 0]
    assert rows.min() == low and rows.max() == high
    inside = (rows > low) & (rows < high)
    assert inside.sum() >= 55
    assert np.diff(rows[inside]) == pytest.approx(1.0, abs=1e-4)
    typical = hypotheses_of([CYLINDER, BOTTLE], cup.height, cup.diameter).typical
    onset = np.radians(np.interp(0.0, rows, degrees))
    volume = context.initial_weight / 9806.65
    assert typical.capacity(onset - 0.005) > volume > typical.capacity(onset + 0.005)
