# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.networks.merge: wide networks in numpy, beside Keras and each alone."""

import numpy as np
import pytest
from small_models import random_networks

from training.networks.architectures import Architecture
from training.networks.merge import merged_weights
from training.networks.scaling import FeatureScaling

FEATURES = 3
STEPS = 12
CELLS = ['gru', 'lstm']
SCALING = FeatureScaling(
    np.array([10.0, -2.0, 0.5]), np.array([4.0, 0.5, 30.0]), np.zeros(3), np.ones(3)
)


def architecture_of(cell):
    return Architecture('small', cell, (5, 4), (3,))


def networks_of(cell, members):
    """Return so many networks, of which no weight is 0."""
    return random_networks(architecture_of(cell), FEATURES, members, seed=3, spread=0.6)


def raw_features():
    """Return features of one pour, ndarray of shape (steps, features), float64."""
    standardized = np.random.default_rng(4).normal(size=(STEPS, FEATURES))
    return SCALING.mean + SCALING.scale * standardized


def sigmoid(values):
    return 1.0 / (1.0 + np.exp(-values))


def gru(layer, inputs):
    """Return the states of all steps, as Cho et al. (2014) wrote the layer down."""
    states, state = [], np.zeros(len(layer.recurrent))
    for row in inputs:
        given = np.tensordot(row, layer.kernel, axes=1) + layer.bias
        update, reset = (
            sigmoid(given[gate] + state @ layer.recurrent[:, gate]) for gate in (0, 1)
        )
        candidate = np.tanh(given[2] + (reset * state) @ layer.recurrent[:, 2])
        state = update * state + (1.0 - update) * candidate
        states.append(state)
    return np.array(states)


def lstm(layer, inputs):
    """Return the outputs of all steps, as Hochreiter and Gers wrote the layer down."""
    outputs, output, carry = [], *np.zeros((2, len(layer.recurrent)))
    for row in inputs:
        given = np.tensordot(row, layer.kernel, axes=1) + layer.bias
        gates = given + np.tensordot(output, layer.recurrent, axes=1)
        input_gate, forget_gate, candidate, output_gate = gates
        carry = sigmoid(forget_gate) * carry + sigmoid(input_gate) * np.tanh(candidate)
        output = sigmoid(output_gate) * np.tanh(carry)
        outputs.append(output)
    return np.array(outputs)


def computed(cell, recurrent, dense, features):
    """Return what a network says at each step, ndarray of shape (steps, outputs)."""
    hidden = features
    for layer in recurrent:
        hidden = {'gru': gru, 'lstm': lstm}[cell](layer, hidden)
    for layer in dense[:-1]:
        hidden = np.maximum(hidden @ layer.kernel + layer.bias, 0.0)
    return hidden @ dense[-1].kernel + dense[-1].bias


@pytest.mark.parametrize('cell', CELLS)
@pytest.mark.parametrize('members', [1, 2, 3])
def test_each_network_computes_what_it_computes_alone(cell, members):
    """The scaling of the features goes into the first layer: they are raw here."""
    networks, raw = networks_of(cell, members), raw_features()
    standardized = ((raw - SCALING.mean) / SCALING.scale).astype(np.float32)[np.newaxis]
    layers = merged_weights(architecture_of(cell), networks, SCALING)
    assert {table.dtype for layer in sum(layers, []) for table in layer} == {np.dtype('float32')}
    wide = computed(cell, *layers, raw)
    assert wide.shape == (STEPS, members)
    for member, network in enumerate(networks):
        alone = computed(cell, *merged_weights(architecture_of(cell), [network], SCALING), raw)
        assert wide[:, member] == pytest.approx(alone[:, 0], rel=1e-12, abs=1e-12)
        expected = network.predict(standardized, verbose=0)[0, :, 0]
        assert wide[:, member] == pytest.approx(expected, abs=2e-5)
        assert np.ptp(expected) > 0.05
    assert members == 1 or np.abs(wide[:, 0] - wide[:, 1]).max() > 0.1


def test_the_networks_keep_their_weights():
    networks = networks_of('gru', 2)
    before = [network.get_weights() for network in networks]
    merged_weights(architecture_of('gru'), networks, SCALING)
    for network, weights in zip(networks, before):
        assert all(map(np.array_equal, network.get_weights(), weights))
