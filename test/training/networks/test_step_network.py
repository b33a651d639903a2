# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.networks.step_network: what several networks say together."""

import keras
import numpy as np
import pytest
from small_models import INTERVAL, make_spec, random_networks

from pour_force_estimator.features import feature_unit
from pour_force_estimator.features.physics import PHYSICS_FEATURES, PRIOR_FEATURES
from pour_force_estimator.model.step_model import StepModel
from training.evaluation.bulk import run_features
from training.export.onnx_file import convert, feature_specs, state_layout
from training.networks.architectures import Architecture
from training.networks.experts import Experts
from training.networks.scaling import FeatureScaling
from training.networks.step_network import build_step_model

FEATURES = ('theta', *PHYSICS_FEATURES, *PRIOR_FEATURES, 'h_pc')
SCALING = FeatureScaling(
    np.array([-40.0, *np.linspace(0.3, 0.9, 15), *[-3.0] * 15, 110.0]),
    np.array([25.0, *[0.3] * 15, *[1.5] * 15, 20.0]),
    np.zeros(32),
    np.ones(32),
)
CELLS = ['gru', 'lstm']
STEPS = 25


def architecture_of(cell):
    experts = Experts.among(FEATURES, PHYSICS_FEATURES, PRIOR_FEATURES, SCALING)
    return Architecture('small', cell, (5, 4), (3,), experts=experts)


def networks_of(cell, members, seed):
    return random_networks(architecture_of(cell), len(FEATURES), members, seed=seed, spread=0.8)


def export(cell, networks):
    """Return the `StepModel` of some networks, as a file holds it."""
    architecture = architecture_of(cell)
    spec = make_spec(
        features=feature_specs(FEATURES, map(feature_unit, FEATURES), SCALING),
        state=state_layout(architecture, len(networks)),
        interval=INTERVAL,
    )
    return StepModel(convert(build_step_model(architecture, SCALING, networks), spec))


def pours(number, seed=5):
    """Return raw features of some pours, shape (pours, steps, features)."""
    rng = np.random.default_rng(seed)
    shape = (number, STEPS, len(FEATURES))
    return (SCALING.mean + SCALING.scale * rng.normal(size=shape)).astype(np.float32)


def expected(networks, raw):
    """Return weights and gates from the evidence of Keras, with numpy alone."""
    standardized = ((raw - SCALING.mean) / SCALING.scale).astype(np.float32)
    gates = []
    for network in networks:
        reader = keras.Model(network.inputs, network.get_layer('evidence').output)
        evidence = reader.predict(standardized, verbose=0).astype(float)
        evidence, trust = evidence[..., :-1], 1.0 / (1.0 + np.exp(-evidence[..., -1:]))
        prior, posterior = (
            odds / odds.sum(axis=-1, keepdims=True)
            for odds in (np.exp(raw[..., 16:31]), np.exp(evidence + raw[..., 16:31]))
        )
        gates.append((1.0 - trust) * prior + trust * posterior)
    gates = np.mean(gates, axis=0)
    return (gates * raw[..., 1:16]).sum(axis=-1), gates


@pytest.mark.parametrize('cell', CELLS)
@pytest.mark.parametrize('members', [1, 3])
def test_the_gates_are_the_mean_of_those_of_keras(cell, members):
    networks, raw = networks_of(cell, members, seed=1), pours(3)
    weights, gates = run_features(export(cell, networks), list(raw))
    expected_weights, expected_gates = expected(networks, raw)
    assert gates == pytest.approx(expected_gates, abs=1e-5)
    assert weights == pytest.approx(expected_weights, abs=1e-5)
    assert np.ptp(gates, axis=1).max() > 0.05


@pytest.mark.parametrize('cell', CELLS)
def test_rows_of_a_batch_do_not_mix(cell):
    """Each pour is answered as if it were alone."""
    model, raw = export(cell, networks_of(cell, 2, seed=2)), pours(4)
    together = run_features(model, list(raw))
    for index, row in enumerate(raw):
        weights, gates = run_features(model, [row])
        assert together[0][index] == pytest.approx(weights[0], abs=1e-5)
        assert together[1][index] == pytest.approx(gates[0], abs=1e-5)


@pytest.mark.parametrize('silent', ['evidence', 'trust'])
def test_a_network_without_evidence_or_trust_says_the_prior(silent):
    (network,) = networks_of('gru', 1, seed=3)
    layer = network.get_layer('evidence')
    kernel, bias = layer.get_weights()
    if silent == 'evidence':
        kernel, bias = 0.0 * kernel, 0.0 * bias
    else:
        kernel[:, -1], bias[-1] = 0.0, -30.0
    layer.set_weights([kernel, bias])
    raw = pours(2)
    _, gates = run_features(export('gru', [network]), list(raw))
    odds = np.exp(raw[..., 16:31].astype(float))
    assert gates == pytest.approx(odds / odds.sum(axis=-1, keepdims=True), abs=1e-5)


def test_networks_may_come_from_a_generator():
    networks, raw = networks_of('gru', 2, seed=4), pours(2)[:, 0]
    model, lazy = (
        build_step_model(architecture_of('gru'), SCALING, wrap(networks)) for wrap in (list, iter)
    )
    state = np.zeros((2, 18), np.float32)
    for output, lazy_output in zip(model([raw, state]), lazy([raw, state])):
        assert np.array_equal(output, lazy_output)
