"""Tests of training.step_network: which networks answer for known cups, and which for others."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from small_models import INTERVAL, make_spec

from pour_force_estimator.features import feature_unit
from pour_force_estimator.step_model import StepModel
from training.architectures import Architecture, build_sequence_model
from training.bulk import run_features
from training.experts import Experts
from training.export import convert, feature_specs, state_layout
from training.preprocessing import FeatureScaling
from training.step_network import build_step_model

EXPERTS = ('physics_-1.5', 'physics_+0.0', 'physics_+1.5')
FEATURES = ('theta', 'cup_known', *EXPERTS, 'h_pc')
KNOWN = FEATURES.index('cup_known')
SCALING = FeatureScaling(
    np.array([-40.0, 1.0, 0.3, 0.5, 0.7, 110.0]), np.array([25.0, 1.0, 0.2, 0.3, 0.4, 20.0]),
    np.zeros(6), np.ones(6))
CELLS = ['gru', 'lstm']
STEPS = 25


def architecture_of(cell):
    return Architecture('small', cell, (5, 4), (3,), experts=Experts.among(
        FEATURES, EXPERTS, SCALING, 'cup_known'))


def random_networks(cell, members, seed):
    networks, rng = [], np.random.default_rng(seed)
    for _ in range(members):
        network = build_sequence_model(architecture_of(cell), len(FEATURES))
        network.set_weights([
            rng.normal(0.0, 0.8, weights.shape) for weights in network.get_weights()])
        networks.append(network)
    return networks


def export(cell, networks, new_cup_networks=()):
    """Return the `StepModel` of some networks, as a file holds it."""
    architecture, members = architecture_of(cell), len(networks) + len(new_cup_networks)
    spec = make_spec(
        features=feature_specs(FEATURES, map(feature_unit, FEATURES), SCALING),
        state=state_layout(architecture, members), interval=INTERVAL)
    return StepModel(convert(
        build_step_model(architecture, SCALING, networks, new_cup_networks), spec))


@pytest.fixture(scope='module')
def ensembles():
    """Return a function that gives three networks for known cups, two for others, and a model."""
    made = {}

    def make(cell):
        if cell not in made:
            known, new = random_networks(cell, 3, seed=1), random_networks(cell, 2, seed=2)
            made[cell] = SimpleNamespace(known=known, new=new, model=export(cell, known, new))
        return made[cell]
    return make


def pours(flags, seed=5):
    """Return raw features of a pour for each of `flags`, shape (pours, steps, features)."""
    rng = np.random.default_rng(seed)
    shape = (len(flags), STEPS, len(FEATURES))
    raw = (SCALING.mean + SCALING.scale * rng.normal(size=shape)).astype(np.float32)
    raw[..., KNOWN] = np.reshape(flags, (-1, 1))
    return raw


def expected(networks, raw):
    """Return weights and spreads from the gates of Keras, with numpy alone."""
    standardized = ((raw - SCALING.mean) / SCALING.scale).astype(np.float32)
    gates = np.mean([
        keras.Model(network.inputs, network.get_layer('gates').output).predict(
            standardized, verbose=0) for network in networks], axis=0)
    answers = raw[..., KNOWN + 1:KNOWN + 4]
    weights = (gates * answers).sum(axis=-1)
    variances = (gates * np.square(answers - weights[..., np.newaxis])).sum(axis=-1)
    return weights, np.sqrt(variances)


@pytest.mark.parametrize('cell', CELLS)
@pytest.mark.parametrize('flag, kind', [(1.0, 'known'), (0.0, 'new')])
def test_the_right_networks_answer(ensembles, cell, flag, kind):
    """With their mean, and with the spread of their mean gates."""
    ensemble, raw = ensembles(cell), pours([flag] * 3)
    weights, spreads = run_features(ensemble.model, list(raw))
    right = expected(getattr(ensemble, kind), raw)
    wrong = expected(ensemble.new if kind == 'known' else ensemble.known, raw)
    assert weights == pytest.approx(right[0], abs=1e-5)
    assert spreads == pytest.approx(right[1], abs=2e-4)
    assert np.abs(weights - wrong[0]).max() > 0.05


@pytest.mark.parametrize('cell', CELLS)
def test_rows_of_a_batch_do_not_mix(ensembles, cell):
    """Each pour has its flag, and is answered as if it were alone."""
    ensemble, raw = ensembles(cell), pours([1.0, 0.0, 0.0, 1.0, 0.0])
    together = run_features(ensemble.model, list(raw))
    for index, one in enumerate(raw):
        weights, spreads = run_features(ensemble.model, [one])
        assert together[0][index] == pytest.approx(weights[0], abs=1e-5)
        assert together[1][index] == pytest.approx(spreads[0], abs=2e-4)
        networks = ensemble.known if one[0, KNOWN] else ensemble.new
        assert weights == pytest.approx(expected(networks, raw[index:index + 1])[0], abs=1e-5)


@pytest.mark.parametrize('cell', CELLS)
def test_networks_of_one_kind_are_nothing_to_the_other(cell):
    """To the bit: what they say has weight 0, however sure they are."""
    (one,), (other, third) = random_networks(cell, 1, seed=3), random_networks(cell, 2, seed=4)
    for network in (other, third):
        network.set_weights([10.0 * weights for weights in network.get_weights()])
    models = [export(cell, [one], [new]) for new in (other, third)]
    for flag, same in ((1.0, True), (0.0, False)):
        first, second = (run_features(model, list(pours([flag] * 2)))[0] for model in models)
        assert np.array_equal(first, second) is same


@pytest.mark.parametrize('cell', CELLS)
def test_single_networks_of_each_kind(cell):
    """And the mean of three is not that of two, whichever kind has more."""
    known, new = random_networks(cell, 1, seed=6), random_networks(cell, 3, seed=7)
    for first, second in ((known, new[:1]), (known, new), (new, known)):
        model = export(cell, first, second)
        for flag, networks in ((1.0, first), (0.0, second)):
            raw = pours([flag])
            assert run_features(model, list(raw))[0] == pytest.approx(
                expected(networks, raw)[0], abs=1e-5)


@pytest.mark.parametrize('cell', CELLS)
def test_without_networks_for_new_cups_the_flag_is_a_feature_like_others(cell):
    networks = random_networks(cell, 2, seed=8)
    model = export(cell, networks)
    for flag in (1.0, 0.0):
        raw = pours([flag] * 2)
        assert run_features(model, list(raw))[0] == pytest.approx(
            expected(networks, raw)[0], abs=1e-5)


def test_the_state_is_that_of_all_networks(ensembles):
    """Those that do not answer go on as well: a flag that changes finds them where they are."""
    ensemble, raw = ensembles('gru'), pours([1.0])
    assert ensemble.model.spec.state_size == 5 * (5 + 4)
    raw[0, STEPS // 2:, KNOWN] = 0.0
    weights, _ = run_features(ensemble.model, list(raw))
    early, late = (expected(networks, raw)[0] for networks in (ensemble.known, ensemble.new))
    half = STEPS // 2
    assert weights[0, :half] == pytest.approx(early[0, :half], abs=1e-5)
    assert weights[0, half:] == pytest.approx(late[0, half:], abs=1e-5)


def test_networks_may_come_from_a_generator(ensembles):
    known, new = ensembles('gru').known, ensembles('gru').new
    raw = pours([1.0, 0.0])[:, 0]
    model, lazy = (
        build_step_model(architecture_of('gru'), SCALING, wrap(known), wrap(new))
        for wrap in (list, iter))
    state = np.zeros((2, 45), np.float32)
    for one, other in zip(model([raw, state]), lazy([raw, state])):
        assert np.array_equal(one, other)
