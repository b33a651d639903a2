"""Tests of training.recipe.settings, ensemble and package: several networks as one model."""

from dataclasses import replace
import os
import signal

import numpy as np
import pytest
from small_recipe import recordings, small_recipe

from pour_force_estimator.features import CUP_KNOWN, FeatureBuilder, outcome_features
from pour_force_estimator.physics_features import PHYSICS_FEATURES
from pour_force_estimator.schemas import SCHEMAS
from pour_force_estimator.step_model import StepModel
from training.architectures import build_training_model
from training.bulk import run_features
from training.cup_fit import fit_cups
from training.errors import ExportError, TrainingError
from training.fit import predict
from training.recipe import ensemble, package
from training.recipe.ensemble import Member, prepare, train_members
from training.recipe.new_cups import blind_columns, BLIND_TO, COPIES
from training.recipe.package import package_ensemble, UNCALIBRATED
from training.recipe.settings import BEST, PLAIN_PHYSICS, STEADY

TRAINING = {'schema': 'robot_trials'}


@pytest.fixture(scope='module')
def fits():
    found = []
    fit_cups(recordings().pours, found.append)
    return found


@pytest.fixture(scope='module')
def prepared(fits):
    pours = recordings().pours
    return prepare(small_recipe(members=2, epochs=1), pours[:8], pours[8:], fits)


@pytest.fixture(scope='module')
def members(prepared):
    (trained,) = train_members([prepared], jobs=1)
    return trained


@pytest.mark.parametrize('name', sorted(SCHEMAS))
def test_features_are_what_a_robot_knows(name):
    names = BEST.features(SCHEMAS[name])
    assert not outcome_features(names)
    assert 'theta_dot' not in names and len(set(names)) == len(names)
    assert names[-len(PHYSICS_FEATURES):] == tuple(PHYSICS_FEATURES)
    assert {'theta', 'theta_velocity', 'theta_start', 'f_init', 'h_pc', 'd_pc'} < set(names)
    assert not set(names) & set(PLAIN_PHYSICS)
    FeatureBuilder(names, 60.0, 1)


def test_networks_of_a_recipe():
    """Only experts know how to take a cup for another."""
    assert BEST.new_cup_members > 0
    assert BEST.networks == BEST.members + BEST.new_cup_members
    assert replace(BEST, new_cup_members=0).networks == BEST.members
    assert replace(BEST, experts=False).networks == BEST.members


def test_variants_of_the_features():
    schema = SCHEMAS['robot_trials']
    without = replace(BEST, without=('f_target', 'theta_velocity')).features(schema)
    assert set(BEST.features(schema)) - set(without) == {'f_target', 'theta_velocity'}
    plain = replace(BEST, experts=False).features(schema)
    assert set(PLAIN_PHYSICS) < set(plain) and not set(plain) & set(PHYSICS_FEATURES)
    assert CUP_KNOWN in without and CUP_KNOWN not in plain


def test_noise_is_on_what_is_measured_alone():
    names = BEST.features(SCHEMAS['robot_trials'])
    noise = dict(zip(names, BEST.fit_settings(names, 0).input_noise))
    assert {name for name, value in noise.items() if value} == set(names) - set(STEADY)
    assert noise['theta'] == noise['f_init'] == BEST.input_noise > 0.0
    assert noise[CUP_KNOWN] == 0.0


def test_each_member_has_its_own_seed():
    recipe = replace(BEST, seed=5)
    assert [recipe.fit_settings((), member).seed for member in range(3)] == [5, 6, 7]
    assert recipe.fit_settings((), 0).keep == 'last'


def test_what_is_prepared(prepared, fits):
    assert prepared.cup_fits is fits
    assert prepared.preprocessor.cups == tuple(fit.cup for fit in fits)
    assert prepared.train.lengths.tolist() == [len(pour) for pour in recordings().pours[:8]]
    assert prepared.validation.lengths.tolist() == [len(pour) for pour in recordings().pours[8:]]
    assert len(prepared.architecture.experts) == len(PHYSICS_FEATURES)
    assert prepared.new_cups is None
    names = prepared.preprocessor.feature_names
    assert prepared.architecture.experts.known_column == names.index(CUP_KNOWN)
    low, high = prepared.preprocessor.scaling.low, prepared.preprocessor.scaling.high
    assert low[names.index(CUP_KNOWN)] == high[names.index(CUP_KNOWN)] == 1.0


def test_what_is_learned_is_the_poured_weight(fits):
    """Of the schema whose response is the weight that is left, too."""
    pours = recordings('dim').pours
    padded = prepare(small_recipe(), pours[:8], pours[8:], fits).train
    for row, pour in zip(padded.response, pours):
        assert row[:len(pour), 0] == pytest.approx(pour.poured_weight, abs=1e-6)


def test_simulated_pours_are_learned_from_but_not_watched(fits):
    pours = recordings().pours
    padded = prepare(small_recipe(simulated_per_cup=3), pours[:8], pours[8:], fits)
    assert len(padded.train.lengths) == 8 + 2 * 3
    assert len(padded.validation.lengths) == 4


def test_members_differ_and_are_the_same_again(prepared, members):
    (again,) = train_members([prepared], jobs=1)
    assert len(members) == 2
    for one, same in zip(members, again):
        assert one.history == same.history
        assert all(map(np.array_equal, one.weights, same.weights))
    assert not np.array_equal(members[0].weights[0], members[1].weights[0])


def test_members_are_told_of(prepared, fits):
    """And those of several ensembles do not get mixed up."""
    notes = []
    other = replace(prepared, recipe=small_recipe(members=1, epochs=2))
    two, one = train_members([prepared, other], notes.append, jobs=1)
    assert [len(member.history['loss']) for member in (*two, *one)] == [1, 1, 2]
    assert len(notes) == 3 and all(note.startswith('validation 0.') for note in notes)


def test_a_training_that_fails_twice(prepared):
    """Its steps are so large that the error is no number, with any seed."""
    wild = replace(prepared, recipe=replace(prepared.recipe, learning_rate=1e38, clip_norm=0.0))
    with pytest.raises(TrainingError, match='^member 0: failed with two seeds$') as caught:
        train_members([wild], jobs=1)
    assert 'the error became no number' in str(caught.value.__cause__)


def test_ctrl_c_leaves_no_member_that_has_learned_half(prepared, monkeypatch):
    """`fit` would return what it has."""
    fit, epochs = ensemble.fit, []

    def press(epoch, loss, val_loss):
        epochs.append(epoch)
        if epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(ensemble, 'fit', lambda *arguments: fit(*arguments, on_epoch=press))
    long = replace(prepared, recipe=small_recipe(members=2, epochs=100_000))
    with pytest.raises(KeyboardInterrupt):
        train_members([long], jobs=1)
    assert 2 <= len(epochs) < 100


def rows_of(prepared, pours):
    return [prepared.preprocessor.raw(pour) for pour in pours]


def test_the_model_says_the_mean_of_its_members(prepared, members):
    """All have the same experts, so that the mean of the gates gives that of the weights."""
    pours = recordings().pours[8:]
    rows, singles = rows_of(prepared, pours), []
    for member in members:
        content = package_ensemble(prepared, [member], TRAINING)
        singles.append(run_features(StepModel(content), rows)[0])
    both, spreads = run_features(
        StepModel(package_ensemble(prepared, members, TRAINING)), rows)
    assert np.abs(singles[0] - singles[1]).max() > 1e-4
    for pour, row, first, second, spread in zip(pours, both, *singles, spreads):
        steps = len(pour)
        assert row[:steps] == pytest.approx((first[:steps] + second[:steps]) / 2.0, abs=1e-5)
        assert (spread[:steps] >= 0.0).all() and spread[:steps].max() > 1e-3


def test_the_model_says_the_mean_of_keras(prepared, members):
    predicted = []
    for member in members:
        network = build_training_model(
            prepared.architecture, len(prepared.preprocessor.feature_names))
        network.set_weights(member.weights)
        predicted.append(predict(network, prepared.validation))
    model = StepModel(package_ensemble(prepared, members, TRAINING))
    stepped, _ = run_features(model, rows_of(prepared, recordings().pours[8:]))
    for row, *each in zip(stepped, *predicted):
        assert row[:len(each[0])] == pytest.approx(np.mean(each, axis=0), abs=1e-5)


def test_metadata(prepared, members):
    spec = StepModel(package_ensemble(
        prepared, members, TRAINING, name='mine', errors={'train': {'rmse_lbf': 0.5}})).spec
    assert (spec.name, spec.interval, spec.training) == ('mine', UNCALIBRATED, TRAINING)
    assert spec.measured_error == ('train', 0.5)
    assert spec.response.poured_weight == 'response'
    assert spec.feature_names == prepared.preprocessor.feature_names
    assert spec.cups == prepared.preprocessor.cups
    assert [(slot.layer, slot.size) for slot in spec.state] == [('gru_0', 6)]
    counts = sum(weights.size for member in members for weights in member.weights)
    assert spec.architecture == {
        'name': 'best', 'members': 2, 'new_cup_members': 0, 'recurrent_units': [3],
        'dense_units': [2], 'trainable_parameters': counts}


@pytest.mark.parametrize('cell', ['gru', 'lstm'])
def test_a_recipe_without_experts_has_no_interval(fits, cell):
    pours = recordings().pours
    prepared = prepare(
        small_recipe(experts=False, epochs=1, cell=cell, members=2), pours[:8], pours[8:], fits)
    (trained,) = train_members([prepared], jobs=1)
    model = StepModel(package_ensemble(prepared, trained, TRAINING))
    assert model.spec.interval is None
    assert len(model.step(np.zeros((1, len(model.spec.features)), np.float32),
                          model.initial_state())) == 2


def test_a_model_that_differs_from_keras_is_not_made(prepared, members, monkeypatch):
    """As if the first member had been exported for both."""
    build = package.build_step_model
    monkeypatch.setattr(
        package, 'build_step_model', lambda architecture, scaling, known, new:
        build(architecture, scaling, [known[0], known[0]], new))
    with pytest.raises(ExportError, match='^the exported model differs from Keras by .* nothing'):
        package_ensemble(prepared, members, TRAINING)


def test_weights_that_are_no_number_in_one_pour_are_noticed(prepared, members):
    """Whichever pour it is: `max` would forget it behind another."""
    for pour in (0, 2):
        features = prepared.validation.features.copy()
        features[pour, 5] = np.nan
        poisoned = replace(
            prepared, validation=replace(prepared.validation, features=features))
        with pytest.raises(ExportError, match='differs from Keras by nan'):
            package_ensemble(poisoned, members, TRAINING)


def test_a_member_is_plain_data(members):
    """So that it can come from another process."""
    assert all(isinstance(member, Member) for member in members)
    assert all(isinstance(weights, np.ndarray) for weights in members[0].weights)
    assert members[0].seconds > 0.0


@pytest.fixture(scope='module')
def for_new_cups(fits):
    """Return what is prepared for two networks of known cups and two of others."""
    pours = recordings().pours
    return prepare(
        small_recipe(members=2, new_cup_members=2, epochs=1), pours[:8], pours[8:], fits)


@pytest.fixture(scope='module')
def four(for_new_cups):
    (trained,) = train_members([for_new_cups], jobs=1)
    return trained


@pytest.fixture(scope='module')
def model_for_new_cups(for_new_cups, four):
    return StepModel(package_ensemble(for_new_cups, four, TRAINING))


def test_what_is_prepared_for_new_cups(for_new_cups, prepared):
    """The rest is what it was; that a cup is not known is in range."""
    assert for_new_cups.new_cups.lengths.tolist() == prepared.train.lengths.tolist() * COPIES
    assert np.array_equal(for_new_cups.train.features, prepared.train.features)
    column = for_new_cups.preprocessor.feature_names.index(CUP_KNOWN)
    scaling = for_new_cups.preprocessor.scaling
    assert (scaling.low[column], scaling.high[column]) == (0.0, 1.0)
    assert not for_new_cups.train.features[..., column].any()  # all known: the mean


def test_simulated_pours_come_back_as_of_new_cups_too(fits):
    pours = recordings().pours
    padded = prepare(
        small_recipe(simulated_per_cup=1, new_cup_members=1), pours[:8], pours[8:], fits)
    assert len(padded.new_cups.lengths) == COPIES * (8 + 2)


def test_nothing_is_prepared_for_new_cups_without_experts(fits):
    pours = recordings().pours
    assert prepare(small_recipe(
        experts=False, new_cup_members=2), pours[:8], pours[8:], fits).new_cups is None


def test_members_for_known_cups_are_the_same_beside_others(four, members):
    for one, same in zip(four[:2], members):
        assert all(map(np.array_equal, one.weights, same.weights))


def test_members_for_new_cups_see_nothing_that_tells_the_cup(for_new_cups, four):
    """They come last; what their first kernel had there, from its initialization, is gone."""
    assert len(four) == 4
    hidden = blind_columns(for_new_cups.preprocessor.feature_names)
    assert hidden.sum() == len(BLIND_TO) == 5
    for member in four[:2]:
        assert member.weights[0][hidden].any(axis=1).all()
    for member in four[2:]:
        assert len(member.weights[0]) == len(hidden)
        assert not member.weights[0][hidden].any()
        assert member.weights[0][~hidden].any(axis=1).all()
        assert all(weights.any() for weights in member.weights)
    assert not np.array_equal(four[2].weights[0], four[3].weights[0])


@pytest.mark.parametrize('cell', ['gru', 'lstm'])
def test_members_for_new_cups_see_as_many_pours_as_others(fits, cell):
    """Each epoch has all copies; and both cells have their first kernel at the same place."""
    pours, notes = recordings().pours, []
    recipe = small_recipe(new_cup_members=1, epochs=2 * COPIES + 1, cell=cell)
    ready = prepare(recipe, pours[:8], pours[8:], fits)
    ((known, new),) = train_members([ready], notes.append, jobs=1)
    assert len(notes) == 2
    assert len(known.history['loss']) == 2 * COPIES + 1 and len(new.history['loss']) == 2
    assert not new.weights[0][blind_columns(ready.preprocessor.feature_names)].any()
    assert new.history['loss'][1] < new.history['loss'][0]
    package_ensemble(ready, [known, new], TRAINING)


def test_members_of_ensembles_of_both_kinds_do_not_get_mixed_up(prepared, for_new_cups, four):
    one, two = train_members([replace(prepared, recipe=small_recipe(epochs=1)), replace(
        for_new_cups, recipe=replace(for_new_cups.recipe, members=1, new_cup_members=1))], jobs=1)
    assert (len(one), len(two)) == (1, 2)
    assert np.array_equal(one[0].weights[0], two[0].weights[0])
    hidden = blind_columns(prepared.preprocessor.feature_names)
    assert not two[1].weights[0][hidden].any() and one[0].weights[0][hidden].any()


def test_metadata_of_both_kinds(model_for_new_cups, four):
    spec = model_for_new_cups.spec
    assert (spec.architecture['members'], spec.architecture['new_cup_members']) == (2, 2)
    assert [(slot.layer, slot.size) for slot in spec.state] == [('gru_0', 12)]
    assert spec.architecture['trainable_parameters'] == sum(
        weights.size for member in four for weights in member.weights)
    known = spec.features[spec.feature_names.index(CUP_KNOWN)]
    assert (known.unit, known.low, known.high) == ('-', 0.0, 1.0)


def estimated(model, prepared, known, **values):
    """Return what a model says of the pours that are watched, with other raw features."""
    rows, names = [], prepared.preprocessor.feature_names
    for row in rows_of(prepared, recordings().pours[8:]):
        row = row.copy()
        for name, value in {CUP_KNOWN: known, **values}.items():
            row[:, names.index(name)] = value
        rows.append(row)
    return run_features(model, rows)


@pytest.mark.parametrize('values', [
    {'f_init': 9.0}, {'h_pc': 300.0}, {'d_pc': 60.0}, {'theta_start': -30.0},
    {'f_init': 0.1, 'h_pc': 50.0, 'd_pc': 200.0, 'theta_start': 20.0}])
def test_the_size_of_a_new_cup_says_nothing(model_for_new_cups, for_new_cups, values):
    """Of a known one, it does."""
    for known in (0.0, 1.0):
        plain = estimated(model_for_new_cups, for_new_cups, known)
        other = estimated(model_for_new_cups, for_new_cups, known, **values)
        differences = [np.abs(one - two).max() for one, two in zip(plain, other)]
        if known:
            assert max(differences) > 1e-4
        else:
            assert max(differences) <= 1e-6
    told = estimated(model_for_new_cups, for_new_cups, 0.0, f_target=3.0)
    assert np.abs(told[0] - plain[0]).max() > 1e-4


@pytest.mark.parametrize('known, chosen', [(1.0, slice(0, 2)), (0.0, slice(2, 4))])
def test_each_kind_says_the_mean_of_its_keras_networks(
        model_for_new_cups, for_new_cups, four, known, chosen):
    scaling, column = for_new_cups.preprocessor.scaling, CUP_KNOWN
    features = for_new_cups.validation.features.copy()
    column = for_new_cups.preprocessor.feature_names.index(column)
    features[..., column] = known - 1.0  # the mean over known cups is 1, the scale 1
    assert (scaling.mean[column], scaling.scale[column]) == (1.0, 1.0)
    predicted = []
    for member in four[chosen]:
        network = build_training_model(
            for_new_cups.architecture, len(for_new_cups.preprocessor.feature_names))
        network.set_weights(member.weights)
        predicted.append(predict(network, replace(for_new_cups.validation, features=features)))
    stepped, _ = estimated(model_for_new_cups, for_new_cups, known)
    for row, *each in zip(stepped, *predicted):
        assert row[:len(each[0])] == pytest.approx(np.mean(each, axis=0), abs=1e-5)


@pytest.mark.parametrize('mistake', [
    lambda known, new: (known, [new[0], new[0]]),
    lambda known, new: ([known[0], known[0]], new),
    lambda known, new: (known, known),
    lambda known, new: (new, new),
    lambda known, new: (new, known),
    lambda known, new: ([*known, *new], ()),
], ids=['new', 'known', 'all known', 'all new', 'exchanged', 'mean of all'])
def test_a_model_of_the_wrong_networks_is_not_made(for_new_cups, four, monkeypatch, mistake):
    build = package.build_step_model
    monkeypatch.setattr(
        package, 'build_step_model', lambda architecture, scaling, known, new:
        build(architecture, scaling, *mistake(known, new)))
    with pytest.raises(ExportError, match='^the exported model differs from Keras by .* nothing'):
        package_ensemble(for_new_cups, four, TRAINING)


@pytest.mark.parametrize('member', range(4))
def test_tampered_weights_of_any_network_are_noticed(for_new_cups, four, monkeypatch, member):
    """The file has other weights than the network that it is checked against."""
    build = package.build_step_model

    def tamper(architecture, scaling, known, new):
        network = build_training_model(architecture, len(scaling.mean))
        network.set_weights([1.01 * weights for weights in four[member].weights])
        networks = [*known, *new]
        networks[member] = network
        return build(architecture, scaling, networks[:2], networks[2:])

    monkeypatch.setattr(package, 'build_step_model', tamper)
    with pytest.raises(ExportError, match='^the exported model differs from Keras by '):
        package_ensemble(for_new_cups, four, TRAINING)
