# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.recipe.settings, ensemble and package: several networks as one model."""

from dataclasses import replace

import numpy as np
import pytest
from small_recipe import cup_fits, prepare_small, recordings, small_recipe

from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.features import CUP_KNOWN, FeatureBuilder, leaking_features
from pour_force_estimator.features.physics import PAST_ONSET, PHYSICS_FEATURES, PRIOR_FEATURES
from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.schemas import SCHEMAS
from training.errors import ExportError, TrainingError
from training.recipe import package
from training.recipe.ensemble import prepare, train_members
from training.recipe.examples import WEIGHED
from training.recipe.package import package_ensemble, UNCALIBRATED
from training.recipe.sessions import simulate_blind_sessions
from training.recipe.settings import BEST, PLAIN_PHYSICS, STEADY

TRAINING = {'schema': 'robot_trials'}


@pytest.fixture(scope='module')
def fits():
    return cup_fits()


@pytest.fixture(scope='module')
def prepared():
    return prepare_small(members=2, epochs=1)


@pytest.fixture(scope='module')
def members(prepared):
    (trained,) = train_members([prepared], jobs=1)
    return trained


@pytest.mark.parametrize('name', sorted(SCHEMAS))
def test_features_are_what_a_robot_knows(name):
    names = BEST.features(SCHEMAS[name])
    assert not leaking_features(names)
    assert 'theta_dot' not in names and len(set(names)) == len(names)
    assert names[-30:] == (*PHYSICS_FEATURES, *PRIOR_FEATURES)
    assert {'theta_velocity', 'f_init', PAST_ONSET, CUP_KNOWN} < set(names)
    # a network would learn by heart which day and which cup it is
    assert not {'theta', 'h_pc', 'd_pc'} & set(names)
    assert not set(names) & set(PLAIN_PHYSICS)
    FeatureBuilder(names, 60.0, 1)


def test_variants_of_the_features():
    schema = SCHEMAS['robot_trials']
    without = replace(BEST, without=('f_target', 'theta_velocity')).features(schema)
    assert set(BEST.features(schema)) - set(without) == {'f_target', 'theta_velocity'}
    plain = replace(BEST, experts=False).features(schema)
    assert set(PLAIN_PHYSICS) < set(plain)
    assert not set(plain) & {*PHYSICS_FEATURES, *PRIOR_FEATURES, PAST_ONSET}
    assert {'h_pc', 'd_pc'} < set(plain)
    assert CUP_KNOWN in without and CUP_KNOWN not in plain


def test_noise_is_on_what_is_measured_alone():
    names = BEST.features(SCHEMAS['robot_trials'])
    noise = dict(zip(names, BEST.fit_settings(names, 0).input_noise))
    assert {name for name, value in noise.items() if value} == set(names) - set(STEADY)
    assert noise['f_init'] == BEST.input_noise > 0.0
    assert noise[CUP_KNOWN] == 0.0


def test_each_member_has_its_own_seed():
    recipe = replace(BEST, seed=5)
    assert [recipe.fit_settings((), member).seed for member in range(3)] == [5, 6, 7]
    assert recipe.fit_settings((), 0).keep == 'last'


def test_what_is_prepared(prepared, fits):
    assert prepared.cup_fits is fits
    assert prepared.preprocessor.cups == tuple(fit.cup for fit in fits)
    lengths = [len(pour) for pour in recordings().pours[:8]]
    assert prepared.train.lengths.tolist() == lengths * len(WEIGHED)
    assert not prepared.train.blind.any() and not prepared.validation.blind.any()
    assert prepared.validation.lengths.tolist() == [len(pour) for pour in recordings().pours[8:]]
    assert len(prepared.architecture.experts) == len(PHYSICS_FEATURES)
    scaling, index = prepared.preprocessor.scaling, prepared.preprocessor.feature_names.index
    assert scaling.low[index(CUP_KNOWN)] == scaling.high[index(CUP_KNOWN)] == 1.0


def test_what_is_learned_is_the_poured_weight(fits):
    """Of the schema whose response is the weight that is left, too."""
    pours = recordings('dim').pours
    padded = prepare(small_recipe(), pours[:8], pours[8:], fits).train
    for row, pour in zip(padded.response, pours[:8] * len(WEIGHED)):
        assert row[: len(pour), 0] == pytest.approx(pour.poured_weight, abs=1e-6)


def test_simulated_pours_are_learned_from_but_not_watched(fits):
    pours, cups = recordings().pours, CupTable(fit.cup for fit in fits)
    simulated = simulate_blind_sessions(cups, 1, 1, 0, 60.0)
    padded = prepare(small_recipe(), pours[:8], pours[8:], fits, simulated)
    assert padded.train.blind.tolist() == [False] * (8 * len(WEIGHED)) + [True] * len(simulated)
    assert len(padded.validation.lengths) == 4


def test_members_differ_and_are_the_same_again(prepared, members):
    """They are plain data, so that they can come from another process."""
    (again,) = train_members([prepared], jobs=1)
    assert len(members) == 2 and members[0].seconds > 0.0
    assert all(isinstance(weights, np.ndarray) for weights in members[0].weights)
    for member, same in zip(members, again):
        assert member.history == same.history
        assert all(map(np.array_equal, member.weights, same.weights))
    assert not np.array_equal(members[0].weights[0], members[1].weights[0])


def test_members_are_told_of(prepared, fits):
    """And those of several ensembles do not get mixed up."""
    notes = []
    single = replace(prepared, recipe=small_recipe(members=1, epochs=2))
    pair, alone = train_members([prepared, single], notes.append, jobs=1)
    assert [len(member.history['loss']) for member in (*pair, *alone)] == [1, 1, 2]
    assert len(notes) == 3 and all(note.startswith('validation 0.') for note in notes)


def test_a_training_that_fails_twice(prepared):
    """Its steps are no numbers, so that the error is none either, with any seed."""
    recipe = replace(prepared.recipe, learning_rate=np.nan, clip_norm=0.0)
    wild = replace(prepared, recipe=recipe)
    with pytest.raises(TrainingError, match='^member 0: failed with two seeds$') as caught:
        train_members([wild], jobs=1)
    assert 'training diverged (loss is NaN)' in str(caught.value.__cause__)


def test_metadata(prepared, members):
    spec = StepModel(package_ensemble(prepared, members, TRAINING, name='mine')).spec
    assert (spec.name, spec.interval, spec.training) == ('mine', UNCALIBRATED, TRAINING)
    assert spec.response.weight_rule == 'response'
    assert spec.feature_names == prepared.preprocessor.feature_names
    assert tuple(cup for cup in spec.cups if cup.pours) == prepared.preprocessor.cups
    assert [(slot.layer, slot.size) for slot in spec.state] == [('gru_0', 6)]
    counts = sum(weights.size for member in members for weights in member.weights)
    sizes = {'members': 2, 'recurrent_units': [3], 'dense_units': [2]}
    assert spec.architecture == {'name': 'best', **sizes, 'trainable_parameters': counts}


@pytest.mark.parametrize('cell', ['gru', 'lstm'])
def test_a_recipe_without_experts_has_no_interval(cell):
    prepared = prepare_small(experts=False, epochs=1, cell=cell, members=2)
    (trained,) = train_members([prepared], jobs=1)
    model = StepModel(package_ensemble(prepared, trained, TRAINING))
    assert model.spec.interval is None
    features = np.zeros((1, len(model.spec.features)), np.float32)
    assert model.step(features, model.initial_state()).gates is None


def test_a_model_that_differs_from_keras_is_not_made(prepared, members, monkeypatch):
    """As if the first member had been exported for both."""
    build = package.build_step_model
    monkeypatch.setattr(
        package, 'build_step_model', lambda *options: build(*options[:2], options[2][:1] * 2)
    )
    with pytest.raises(ExportError, match='^the exported model differs from Keras by .* nothing'):
        package_ensemble(prepared, members, TRAINING)


def test_weights_that_are_no_number_in_one_pour_are_noticed(prepared, members):
    """Whichever pour it is: `max` would forget it behind another."""
    for pour in (0, 2):
        features = prepared.validation.features.copy()
        features[pour, 5] = np.nan
        poisoned = replace(prepared, validation=replace(prepared.validation, features=features))
        with pytest.raises(ExportError, match='differs from Keras by nan'):
            package_ensemble(poisoned, members, TRAINING)
