# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.recipe.held_out, and of the coverage that is judged with it."""

from dataclasses import replace

import numpy as np
import pytest
from small_recipe import best_run, cup_fits, FOLDS, recordings, small_recipe

from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.model.step_model import StepModel
from training.cups.grouping import cup_labels
from training.errors import TrainingError
from training.evaluation.bulk import BulkEstimate, estimate_in_bulk
from training.evaluation.metrics import pour_errors
from training.recipe import held_out as held_out_module
from training.recipe.build import nested_coverage
from training.recipe.held_out import (
    each_member_alone,
    estimate_held_out,
    folds_by_cup,
    folds_by_trial,
    HeldOut,
)
from training.recipe.sessions import simulate_blind_sessions


@pytest.fixture(scope='module')
def held_out():
    return best_run().built.held_out


def pours_of_sizes(*counts):
    """Return so many pours of each of several cups (only their sizes matter), mixed."""
    pour, pours = recordings().pours[0], []
    for cup, count in enumerate(counts):
        data = pour.data.copy()
        data[:, pour.schema.index('h_pc')] = 100.0 + cup
        pours += [replace(pour, data=data)] * count
    return [pours[index] for index in np.random.default_rng(0).permutation(len(pours))]


def test_folds_hold_each_cup_evenly():
    pours = pours_of_sizes(21, 7, 16)
    folds, labels = folds_by_trial(pours), cup_labels(pours)
    for label in range(3):
        counts = np.bincount(folds[labels == label], minlength=5)
        assert len(counts) == 5 and np.ptp(counts) <= 1


def test_the_seed_decides_about_the_folds():
    pours = pours_of_sizes(10, 10)
    assert np.array_equal(folds_by_trial(pours), folds_by_trial(pours))
    assert np.array_equal(folds_by_trial(pours, seed=3), folds_by_trial(pours, seed=3))
    assert not np.array_equal(folds_by_trial(pours), folds_by_trial(pours, seed=3))


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('counts', [(9, 2, 2), (9, 3, 3), (12, 1), (2,) * 5, (6, 6, 1)])
def test_cups_with_few_pours_are_dealt_out_too(counts):
    pours = pours_of_sizes(*counts)
    dealt = np.bincount(folds_by_trial(pours))
    assert len(dealt) == 5 and np.ptp(dealt) <= len(counts)
    assert dealt.min() >= 1


def test_a_fold_for_each_cup():
    pours = pours_of_sizes(4, 1, 3)
    assert np.array_equal(folds_by_cup(pours), cup_labels(pours))


@pytest.mark.parametrize(
    'deal, counts, message',
    [
        (folds_by_trial, (2, 2), 'at least 5 pours, received 4'),
        (folds_by_cup, (6,), 'pours of at least two cups, received one cup'),
    ],
)
def test_pours_that_make_no_folds(deal, counts, message):
    with pytest.raises(TrainingError, match=f'^folds: expected {message}$'):
        deal(pours_of_sizes(*counts))


def test_no_model_learned_from_the_pours_that_it_estimates():
    """A model knows the mean of each feature over the pours that it learned from."""
    pours = recordings().pours
    folds = folds_by_trial(pours, FOLDS)
    weights = [np.full(len(pour), pour.context.initial_weight) for pour in pours]
    held_out = estimate_held_out(small_recipe(epochs=1), pours, folds, jobs=1)
    assert np.bincount(folds).tolist() == [4] * FOLDS and len(held_out.models) == FOLDS
    for fold, content in enumerate(held_out.models):
        scaler = {feature.name: feature for feature in StepModel(content).spec.features}['f_init']
        values = np.concatenate([row for row, left_out in zip(weights, folds) if left_out != fold])
        assert scaler.mean == pytest.approx(values.mean(), rel=1e-6)
        assert scaler.low == pytest.approx(values.min(), rel=1e-6)
        for index in np.flatnonzero(folds == fold):
            more = np.append(values, weights[index]).mean()
            assert abs(scaler.mean - more) > 1e-5 * abs(more)


def test_sessions_of_a_cup_that_is_held_out_are_held_out_too():
    """Where cups are left out; those of cups that nobody fitted stay."""
    fits = cup_fits()
    simulated = simulate_blind_sessions(CupTable(fit.cup for fit in fits), 1, 1, 0, 60.0)
    kept = held_out_module._without_other_cups(simulated, fits[:1])
    groups = [(pour.truth.group, pour.truth.nominal.height) for pour in kept]
    assert ('known', fits[0].cup.height) in groups and ('known', fits[1].cup.height) not in groups
    left_out = [pour for pour in simulated if pour.truth.nominal == fits[1].cup]
    assert len(kept) == len(simulated) - len(left_out)
    assert held_out_module._without_other_cups(None, fits) is None
    assert len(held_out_module._without_other_cups(simulated, fits)) == len(simulated)


def test_each_pour_is_estimated_by_the_model_of_its_fold(held_out):
    for index, (pour, fold) in enumerate(zip(held_out.pours, held_out.folds)):
        (estimate,) = estimate_in_bulk(StepModel(held_out.models[fold]), [pour])
        for values, expected in zip(held_out.estimates[index], estimate):
            assert values == pytest.approx(expected, abs=1e-5)
        assert held_out.differences[index] == pytest.approx(
            estimate.weight - pour.poured_weight, abs=1e-5
        )


def test_cups_are_fitted_without_the_pours_that_are_held_out(held_out):
    """Other pours, another fit: the models of no two folds have the same cups."""
    cups = [StepModel(content).spec.cups for content in held_out.models]
    assert all(len([cup for cup in table if not cup.is_shape_alone]) == 2 for table in cups)
    assert len(set(cups)) == FOLDS
    assert best_run().built.prepared.preprocessor.cups not in cups


def test_errors_of_folds_are_those_of_their_pours(held_out):
    assert held_out.errors() == pour_errors(held_out.pours, held_out.estimated)
    folds = held_out.fold_errors()
    assert sum(fold['pours'] for fold in folds) == len(held_out.pours)
    last = zip(held_out.pours, held_out.estimated, held_out.folds)
    pours, estimated, _ = zip(*(row for row in last if row[2] == 2))
    assert folds[2] == pour_errors(pours, estimated)


def test_the_members_alone_are_on_average_the_ensemble():
    """The experts are the same for all of them, and the gates are averaged."""
    pours = recordings().pours
    recipe = small_recipe(members=2, epochs=1)
    held_out = estimate_held_out(recipe, pours, folds_by_trial(pours, 2), jobs=1)
    first, second = each_member_alone(held_out)
    singles = list(zip(first.estimated, second.estimated))
    for estimate, single in zip(held_out.estimated, singles):
        assert np.mean(single, axis=0) == pytest.approx(estimate, abs=1e-5)
    assert max(np.abs(of_first - of_second).max() for of_first, of_second in singles) > 1e-4


def with_errors(errors, folds):
    """Return a `HeldOut` whose estimates are off by one value each, and reach 0.1 N around."""
    pours = recordings().pours[: len(errors)]
    weights = [pour.poured_weight + error for pour, error in zip(pours, errors)]
    estimates = [BulkEstimate(weight, weight - 0.1, weight + 0.1) for weight in weights]
    return HeldOut(pours, estimates, np.array(folds), [], [])


def test_coverage_is_judged_with_the_other_folds():
    """
    Two pours of ten are off by ten times as much as the others.

    Calibrated on the others alone, the interval of their fold holds neither; with either of them
    it would hold both. In two folds, the larger of them lets the interval hold the smaller.
    """
    folds = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    for errors, covered in (([1.0, -1.0, *[0.1] * 8], 0.8), ([1.0, *[0.1] * 8, -1.1], 0.9)):
        coverage = nested_coverage(with_errors(errors, folds))
        assert coverage == pytest.approx({'steps': covered, 'finals': covered})
