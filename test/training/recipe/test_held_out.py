# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.recipe.held_out, and of the coverage that is judged with it."""

from dataclasses import replace

import numpy as np
import pytest
from small_recipe import cup_fits, FOLDS, made, recordings, small_recipe

from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.model.step_model import StepModel
from training.errors import TrainingError
from training.evaluation.bulk import estimate_pours, PourEstimate
from training.evaluation.metrics import pour_errors
from training.recipe import held_out as held_out_module
from training.recipe.build import nested_coverage
from training.recipe.held_out import (
    cup_labels,
    cup_of,
    each_member_alone,
    estimate_held_out,
    folds_by_cup,
    folds_by_trial,
    HeldOut,
)
from training.recipe.sessions import simulate_blind_sessions


@pytest.fixture(scope='module')
def held_out():
    return made().built.held_out


def pours_of_sizes(*counts):
    """Return so many pours of each of several cups (only their sizes matter), mixed."""
    pour, pours = recordings().pours[0], []
    for cup, count in enumerate(counts):
        data = pour.data.copy()
        data[:, pour.schema.index('h_pc')] = 100.0 + cup
        pours += [replace(pour, data=data)] * count
    return [pours[index] for index in np.random.default_rng(0).permutation(len(pours))]


def table_of(pours, folds):
    """Return the number of pours of each cup in each fold, ndarray of shape (cups, folds)."""
    labels = cup_labels(pours)
    return np.array(
        [
            np.bincount(folds[labels == label], minlength=folds.max() + 1)
            for label in range(labels.max() + 1)
        ]
    )


def test_folds_hold_each_cup_evenly():
    pours = pours_of_sizes(21, 7, 16)
    counts = table_of(pours, folds_by_trial(pours))
    assert counts.shape == (3, 5)
    assert np.all(np.ptp(counts, axis=1) <= 1)


def test_the_seed_decides_about_the_folds():
    pours = pours_of_sizes(10, 10)
    assert np.array_equal(folds_by_trial(pours), folds_by_trial(pours))
    assert np.array_equal(folds_by_trial(pours, seed=3), folds_by_trial(pours, seed=3))
    assert not np.array_equal(folds_by_trial(pours), folds_by_trial(pours, seed=3))


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize('counts', [(9, 2, 2), (9, 3, 3), (12, 1), (2,) * 5, (6, 6, 1)])
def test_cups_with_few_pours_are_dealt_out_too(counts):
    pours = pours_of_sizes(*counts)
    dealt = table_of(pours, folds_by_trial(pours)).sum(axis=0)
    assert len(dealt) == 5 and np.ptp(dealt) <= len(counts)
    assert dealt.min() >= 1


def test_fewer_pours_than_folds():
    with pytest.raises(TrainingError) as caught:
        folds_by_trial(pours_of_sizes(2, 2))
    assert str(caught.value) == 'folds: expected at least 5 pours, received 4'


def test_a_fold_for_each_cup():
    pours = pours_of_sizes(4, 1, 3)
    assert np.array_equal(folds_by_cup(pours), cup_labels(pours))


def test_one_cup_cannot_be_left_out():
    with pytest.raises(TrainingError) as caught:
        folds_by_cup(pours_of_sizes(6))
    assert str(caught.value) == 'folds: expected pours of at least two cups, received one cup'


def test_cups_are_numbered_by_their_sizes():
    pours = recordings().pours
    sizes = np.array([pour.context.cup_height for pour in pours])
    assert cup_labels(pours).tolist() == (sizes > 0.1).astype(int).tolist()
    assert cup_of(pours[0]) == (pytest.approx(0.081), pytest.approx(0.088))


def test_no_model_learned_from_the_pours_that_it_estimates():
    """A model knows the mean of each feature over the pours that it learned from."""
    pours = recordings().pours
    folds = folds_by_trial(pours, FOLDS)
    held_out = estimate_held_out(small_recipe(epochs=1), pours, folds, jobs=1)
    assert np.bincount(folds).tolist() == [4] * FOLDS and len(held_out.models) == FOLDS
    for fold, content in enumerate(held_out.models):
        scaler = {feature.name: feature for feature in StepModel(content).spec.features}['f_init']
        values = np.concatenate(
            [
                np.full(len(pour), pour.context.initial_weight)
                for pour, pour_fold in zip(pours, folds)
                if pour_fold != fold
            ]
        )
        assert scaler.mean == pytest.approx(values.mean(), rel=1e-6)
        assert scaler.low == pytest.approx(values.min(), rel=1e-6)
        for index in np.flatnonzero(folds == fold):
            initial = np.full(len(pours[index]), pours[index].context.initial_weight)
            more = np.append(values, initial).mean()
            assert abs(scaler.mean - more) > 1e-5 * abs(more)


def test_sessions_of_a_cup_that_is_held_out_are_held_out_too():
    """Where cups are left out; those of cups that nobody fitted stay."""
    fits = cup_fits()
    simulated = simulate_blind_sessions(CupTable(fit.cup for fit in fits), 1, 1, 0, 60.0)
    kept = held_out_module._without_other_cups(simulated, fits[:1])
    groups = [(pour.truth.group, pour.truth.nominal.height) for pour in kept]
    assert ('known', fits[0].cup.height) in groups and ('known', fits[1].cup.height) not in groups
    assert len(kept) == len(simulated) - sum(
        pour.truth.nominal == fits[1].cup for pour in simulated
    )
    assert held_out_module._without_other_cups(None, fits) is None
    assert len(held_out_module._without_other_cups(simulated, fits)) == len(simulated)


def test_each_pour_is_estimated_by_the_model_of_its_fold(held_out):
    for index, (pour, fold) in enumerate(zip(held_out.pours, held_out.folds)):
        (estimate,) = estimate_pours(StepModel(held_out.models[fold]), [pour])
        for one, other in zip(held_out.estimates[index], estimate):
            assert one == pytest.approx(other, abs=1e-5)
        assert held_out.differences[index] == pytest.approx(
            estimate.weight - pour.poured_weight, abs=1e-5
        )


def test_cups_are_fitted_without_the_pours_that_are_held_out(held_out):
    """Other pours, another fit: the models of no two folds have the same cups."""
    cups = [StepModel(content).spec.cups for content in held_out.models]
    assert all(len([cup for cup in table if not cup.is_shape_alone]) == 2 for table in cups)
    assert len(set(cups)) == FOLDS
    assert made().built.prepared.preprocessor.cups not in cups


def test_errors_of_folds_are_those_of_their_pours(held_out):
    assert held_out.errors() == pour_errors(held_out.pours, held_out.estimated)
    folds = held_out.fold_errors()
    assert sum(fold['pours'] for fold in folds) == len(held_out.pours)
    own = np.flatnonzero(held_out.folds == 2)
    assert folds[2] == pour_errors(
        [held_out.pours[index] for index in own], [held_out.estimated[index] for index in own]
    )


def test_the_members_alone_are_on_average_the_ensemble():
    """The experts are the same for all of them, and the gates are averaged."""
    pours = recordings().pours
    held_out = estimate_held_out(
        small_recipe(members=2, epochs=1), pours, folds_by_trial(pours, 2), jobs=1
    )
    alone = each_member_alone(held_out)
    assert len(alone) == 2
    for index, estimate in enumerate(held_out.estimated):
        own = [member.estimated[index] for member in alone]
        assert np.mean(own, axis=0) == pytest.approx(estimate, abs=1e-5)
    assert any(
        np.abs(np.subtract(*own)).max() > 1e-4
        for own in zip(alone[0].estimated, alone[1].estimated)
    )
    assert alone[0].errors() != alone[1].errors()


def with_errors(errors, folds):
    """Return a `HeldOut` whose estimates are off by one value each, and reach 0.1 N around."""
    pours = recordings().pours[: len(errors)]
    return HeldOut(
        pours,
        [
            PourEstimate(weight, weight - 0.1, weight + 0.1)
            for pour, error in zip(pours, errors)
            for weight in (pour.poured_weight + error,)
        ],
        np.array(folds),
        [],
        [],
    )


def test_coverage_is_judged_with_the_other_folds():
    """
    Two pours of ten are off by ten times as much as the others.

    Calibrated on the others alone, the interval of their fold holds neither; with either of them
    it would hold both. In two folds, the larger of them lets the interval hold the smaller.
    """
    folds = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    coverage = nested_coverage(with_errors([1.0, -1.0, *[0.1] * 8], folds))
    assert coverage == {'steps': pytest.approx(0.8), 'finals': pytest.approx(0.8)}
    apart = nested_coverage(with_errors([1.0, *[0.1] * 8, -1.1], folds))
    assert apart == {'steps': pytest.approx(0.9), 'finals': pytest.approx(0.9)}
