# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.networks.architectures."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from training.fitting.preprocessing import PaddedPours
from training.fitting.trainer import squared_error
from training.networks.architectures import (
    Architecture,
    ARCHITECTURES,
    build_sequence_model,
    build_training_model,
    dense_layers,
    RESPONSE_SCALE_N,
)

SMALL_GRU = Architecture('small_gru', 'gru', (3,))
SMALL_LSTM = Architecture('small_lstm', 'lstm', (3,))


def set_constant(model, name, values):
    """Set each weight array of a layer to one number."""
    layer = model.get_layer(name)
    layer.set_weights(
        [np.full(weight.shape, value) for weight, value in zip(layer.get_weights(), values)]
    )


@pytest.mark.parametrize(
    'name, parameters',
    [('multi_lstm', 29083), ('multi_gru', 29073), ('single_lstm', 28881), ('single_gru', 28831)],
)
def test_parameters_with_nine_features(name, parameters):
    model = build_sequence_model(ARCHITECTURES[name], 9)
    assert model.count_params() == parameters
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == parameters


@pytest.mark.parametrize(
    'name, recurrent, dense',
    [
        ('multi_lstm', [55, 27, 16], [64, 29, 1]),
        ('multi_gru', [64, 32, 16], [64, 32, 1]),
        ('single_lstm', [80], [1]),
        ('single_gru', [93], [1]),
    ],
)
def test_layers(name, recurrent, dense):
    model = build_sequence_model(ARCHITECTURES[name], 9)
    kind = keras.layers.LSTM if 'lstm' in name else keras.layers.GRU
    found = [layer for layer in model.layers if isinstance(layer, kind)]
    assert [layer.units for layer in found] == recurrent
    assert all(layer.return_sequences for layer in found)
    assert tuple(layer.name for layer in found) == ARCHITECTURES[name].recurrent_layer_names()
    last = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.units for layer in last] == dense
    assert [layer.activation.__name__ for layer in last] == (
        ['relu', 'relu', 'relu'] if len(dense) == 3 else ['linear']
    )
    dropouts = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert [layer.rate for layer in dropouts] == [0.2] * (len(recurrent) - 1)
    assert isinstance(model.layers[1], keras.layers.Masking)


def test_names_are_those_of_the_command():
    assert {name: architecture.name for name, architecture in ARCHITECTURES.items()} == {
        name: name for name in ('multi_lstm', 'multi_gru', 'single_lstm', 'single_gru')
    }


@pytest.mark.parametrize('name, states', [('multi_lstm', ('h', 'c')), ('single_gru', ('h',))])
def test_states_per_layer(name, states):
    assert ARCHITECTURES[name].states_per_layer == states


@pytest.mark.parametrize('name', ARCHITECTURES)
@pytest.mark.parametrize('n_features', [1, 6])
def test_shapes(name, n_features):
    model = build_sequence_model(ARCHITECTURES[name], n_features)
    assert model.input_shape == (None, None, n_features)
    assert model.output_shape == (None, None, 1)


def test_gru_by_hand():
    """
    With no weights but the candidate's bias b, h_t = (1 - 0.5^t) tanh(b).

    Both gates are sigmoid(0) = 0.5. The output adds three units twice and 0.25.
    """
    model = build_sequence_model(SMALL_GRU, 2)
    set_constant(model, 'gru_0', (0.0, 0.0, 0.0))
    kernel, recurrent, bias = model.get_layer('gru_0').get_weights()
    bias[6:] = 1.0
    model.get_layer('gru_0').set_weights([kernel, recurrent, bias])
    set_constant(model, 'weight', (2.0, 0.25))
    outputs = model.predict(np.ones((1, 4, 2)), verbose=0)[0, :, 0]
    hidden = np.tanh(1.0) * (1.0 - 0.5 ** np.arange(1, 5))
    assert outputs == pytest.approx(RESPONSE_SCALE_N * (6.0 * hidden + 0.25), rel=1e-6)


def test_lstm_by_hand():
    """With no weights but the candidate's bias b, c_t = 0.5 c + 0.5 tanh(b), h = 0.5 tanh(c)."""
    model = build_sequence_model(SMALL_LSTM, 2)
    set_constant(model, 'lstm_0', (0.0, 0.0, 0.0))
    kernel, recurrent, bias = model.get_layer('lstm_0').get_weights()
    bias[6:9] = 1.0  # input, forget, candidate, output
    model.get_layer('lstm_0').set_weights([kernel, recurrent, bias])
    set_constant(model, 'weight', (2.0, 0.25))
    outputs = model.predict(np.ones((1, 4, 2)), verbose=0)[0, :, 0]
    cell = np.tanh(1.0) * (1.0 - 0.5 ** np.arange(1, 5))
    expected = 6.0 * 0.5 * np.tanh(cell) + 0.25
    assert outputs == pytest.approx(RESPONSE_SCALE_N * expected, rel=1e-6)


@pytest.mark.parametrize('name', ['multi_gru', 'single_lstm'])
def test_outputs_do_not_see_the_future_nor_the_padding(name):
    model = build_sequence_model(ARCHITECTURES[name], 3)
    set_constant(model, 'weight', (0.5, 1.0))
    features = np.random.default_rng(0).normal(size=(2, 20, 3)).astype(np.float32)
    whole = model.predict(features, verbose=0)
    padded = np.concatenate([features[:, :12], np.zeros((2, 30, 3), np.float32)], axis=1)
    assert model.predict(padded, verbose=0)[:, :12] == pytest.approx(
        whole[:, :12], abs=1e-6 * RESPONSE_SCALE_N
    )
    assert np.ptp(whole) > 1e-3


def test_dense_layers_have_names():
    assert [layer.name for layer in dense_layers(ARCHITECTURES['multi_gru'])] == [
        'dense_0',
        'dense_1',
        'weight',
    ]


PADDED_STEPS = 500


@pytest.fixture(scope='module')
def padded():
    """Return a batch of eight pours of different lengths, far shorter than their padding."""
    rng = np.random.default_rng(2)
    lengths = np.array([131, 260, 87, 311, 222, 320, 40, 175])
    mask = (np.arange(PADDED_STEPS) < lengths[:, np.newaxis])[:, :, np.newaxis]
    features = rng.normal(size=(8, PADDED_STEPS, 9)) * mask
    response = RESPONSE_SCALE_N * rng.uniform(0.5, 1.5, size=(8, PADDED_STEPS, 1)) * mask
    return PaddedPours(features.astype(np.float32), response.astype(np.float32), lengths)


def both_models(name):
    """Return the network of Keras' layers and the one to train, with the same weights."""
    architecture = ARCHITECTURES[name]
    reference = build_sequence_model(architecture, 9)
    training = build_training_model(architecture, 9)
    weights = reference.get_weights()
    weights[-1] = weights[-1] + 0.3  # keeps a last relu on
    reference.set_weights(weights)
    training.set_weights(weights)
    for layer in (*reference.layers, *training.layers):
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return reference, training


@pytest.mark.parametrize('name', ARCHITECTURES)
def test_training_has_the_loss_and_the_gradients_of_the_straightforward_way(name, padded):
    """Keras' own loss with the mask on the padded pours; ours on the pours cut to the longest."""
    reference, training = both_models(name)
    reference.compile(loss='mean_squared_error')
    with tf.GradientTape() as tape:
        expected = reference.compute_loss(
            y=padded.response, y_pred=reference(padded.features, training=True)
        )
    expected_gradients = tape.gradient(expected, reference.trainable_variables)
    longest = padded.lengths.max()
    with tf.GradientTape() as tape:
        loss = (
            squared_error(
                training(padded.features[:, :longest], training=True),
                padded.response[:, :longest],
                padded.mask[:, :longest],
            )
            / padded.lengths.sum()
        )
    gradients = tape.gradient(loss, training.trainable_variables)
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)
    assert [weight.path for weight in training.trainable_variables] == [
        weight.path for weight in reference.trainable_variables
    ]
    for gradient, wanted in zip(gradients, expected_gradients):
        scale = np.abs(wanted).max()
        assert scale > 1e-6
        np.testing.assert_allclose(gradient, wanted, rtol=1e-3, atol=1e-5 * scale)


@pytest.mark.parametrize('name', ARCHITECTURES)
def test_both_models_predict_the_same(name, padded):
    reference, training = both_models(name)
    longest = padded.lengths.max()
    expected = reference.predict(padded.features, verbose=0)
    predicted = training.predict(padded.features[:, :longest], verbose=0)
    assert predicted.shape == (8, longest, 1)
    real = padded.mask == 1.0
    assert predicted[real[:, :longest]] == pytest.approx(
        expected[real], abs=2e-6 * RESPONSE_SCALE_N
    )
    assert np.ptp(predicted) > 0.01


@pytest.mark.parametrize('name', ARCHITECTURES)
def test_the_same_seed_starts_both_models_with_the_same_weights(name):
    models = []
    for build in (build_sequence_model, build_training_model):
        keras.utils.set_random_seed(4)
        models.append(build(ARCHITECTURES[name], 9))
    for first, second in zip(*(model.get_weights() for model in models)):
        assert np.array_equal(first, second)
    assert models[0].count_params() == models[1].count_params()


def test_training_drops_between_recurrent_layers_alone():
    single, multi = (
        build_training_model(ARCHITECTURES[name], 2) for name in ('single_gru', 'multi_gru')
    )
    features = np.random.default_rng(0).normal(size=(2, 30, 2)).astype(np.float32)
    set_constant(multi, 'weight', (0.5, 1.0))
    assert np.array_equal(single(features, training=True), single(features, training=True))
    assert not np.allclose(multi(features, training=True), multi(features, training=True))
    rates = [layer.rate for layer in multi.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.2, 0.2]
