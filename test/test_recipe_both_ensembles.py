"""Tests of training.recipe.ensemble and package: networks of known cups and of new ones."""

from dataclasses import replace

import numpy as np
import pytest
from small_recipe import prepare_small, recordings, rows_of, small_recipe

from pour_force_estimator.features import CUP_KNOWN
from pour_force_estimator.step_model import StepModel
from training.architectures import build_training_model
from training.bulk import run_features
from training.errors import ExportError
from training.fit import predict
from training.recipe import package
from training.recipe.ensemble import train_members
from training.recipe.new_cups import blind_columns, BLIND_TO, COPIES
from training.recipe.package import package_ensemble

TRAINING = {'schema': 'robot_trials'}


@pytest.fixture(scope='module')
def prepared():
    return prepare_small(members=2, epochs=1)


@pytest.fixture(scope='module')
def for_new_cups():
    """Return what is prepared for two networks of known cups and two of others."""
    return prepare_small(members=2, new_cup_members=2, epochs=1)


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


def test_simulated_pours_come_back_as_of_new_cups_too():
    padded = prepare_small(simulated_per_cup=1, new_cup_members=1)
    assert len(padded.new_cups.lengths) == COPIES * (8 + 2)


def test_nothing_is_prepared_for_new_cups_without_experts():
    assert prepare_small(experts=False, new_cup_members=2).new_cups is None


def test_members_for_known_cups_are_the_same_beside_others(four, prepared):
    (members,) = train_members([prepared], jobs=1)
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
def test_members_for_new_cups_see_as_many_pours_as_others(cell):
    """Each epoch has all copies; and both cells have their first kernel at the same place."""
    notes = []
    ready = prepare_small(new_cup_members=1, epochs=2 * COPIES + 1, cell=cell)
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
