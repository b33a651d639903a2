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
    RESPONSE_SCALE_N,
)


@pytest.fixture(autouse=True)
def seed():
    keras.utils.set_random_seed(7)


def set_constant(model, name, values):
    """Set each weight array of a layer to one number."""
    layer = model.get_layer(name)
    layer.set_weights(
        [np.full(weight.shape, value) for weight, value in zip(layer.get_weights(), values)]
    )


LAYERS = {
    'multi_lstm': ([55, 27, 16], [64, 29, 1], 29083),
    'multi_gru': ([64, 32, 16], [64, 32, 1], 29073),
    'single_lstm': ([80], [1], 28881),
    'single_gru': ([93], [1], 28831),
}
"""Units of recurrent and of dense layers, and parameters with nine features."""


@pytest.mark.parametrize('name', ARCHITECTURES)
def test_layers(name):
    assert ARCHITECTURES[name].name == name
    recurrent, dense, parameters = LAYERS[name]
    model = build_sequence_model(ARCHITECTURES[name], 9)
    assert (model.input_shape, model.output_shape) == ((None, None, 9), (None, None, 1))
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == parameters
    kind = keras.layers.LSTM if 'lstm' in name else keras.layers.GRU
    first = [layer for layer in model.layers if isinstance(layer, kind)]
    assert [layer.units for layer in first] == recurrent
    assert all(layer.return_sequences for layer in first)
    assert tuple(layer.name for layer in first) == ARCHITECTURES[name].recurrent_layer_names()
    last = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.name for layer in last] == ['dense_0', 'dense_1', 'weight'][-len(dense) :]
    activation = 'relu' if len(dense) == 3 else 'linear'
    assert [(layer.units, layer.activation.__name__) for layer in last] == [
        (units, activation) for units in dense
    ]
    assert dropout_rates(model) == [0.2] * (len(recurrent) - 1)
    assert isinstance(model.layers[1], keras.layers.Masking)


def dropout_rates(model):
    return [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]


@pytest.mark.parametrize('cell', ['gru', 'lstm'])
def test_cells_by_hand(cell):
    """
    With no weights but the candidate's bias b = 1, all gates are sigmoid(0) = 0.5.

    The state of a GRU, and the cell of an LSTM, is (1 - 0.5^t) tanh(b). The output adds three
    units twice and 0.25.
    """
    model = build_sequence_model(Architecture('small', cell, (3,)), 2)
    layer = model.get_layer(f'{cell}_0')
    set_constant(model, layer.name, (0.0, 0.0, 0.0))
    kernel, recurrent, bias = layer.get_weights()
    bias[6:9] = 1.0  # update, reset, candidate; or input, forget, candidate, output
    layer.set_weights([kernel, recurrent, bias])
    set_constant(model, 'weight', (2.0, 0.25))
    outputs = model.predict(np.ones((1, 4, 2)), verbose=0)[0, :, 0]
    state = np.tanh(1.0) * (1.0 - 0.5 ** np.arange(1, 5))
    hidden = state if cell == 'gru' else 0.5 * np.tanh(state)
    assert outputs == pytest.approx(RESPONSE_SCALE_N * (6.0 * hidden + 0.25), rel=1e-6)


@pytest.mark.parametrize('name', ['multi_gru', 'single_lstm'])
def test_outputs_do_not_see_the_future_nor_the_padding(name):
    model = build_sequence_model(ARCHITECTURES[name], 3)
    set_constant(model, 'weight', (0.5, 1.0))
    features = np.random.default_rng(0).normal(size=(2, 20, 3)).astype(np.float32)
    whole = model.predict(features, verbose=0)
    padded = np.concatenate([features[:, :12], np.zeros((2, 30, 3), np.float32)], axis=1)
    begin = model.predict(padded, verbose=0)[:, :12]
    assert begin == pytest.approx(whole[:, :12], abs=1e-6 * RESPONSE_SCALE_N)
    assert np.ptp(whole) > 1e-3


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


@pytest.mark.parametrize('name', ARCHITECTURES)
def test_training_has_the_loss_and_the_gradients_of_the_straightforward_way(name, padded):
    """Keras' own loss with the mask on the padded pours; ours on the pours cut to the longest."""
    reference, training = models = [
        build(ARCHITECTURES[name], 9) for build in (build_sequence_model, build_training_model)
    ]
    weights = reference.get_weights()
    weights[-1] = weights[-1] + 0.3  # keeps a last relu on
    for model in models:
        model.set_weights(weights)
        for layer in model.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.rate = 0.0
    reference.compile(loss='mean_squared_error')
    with tf.GradientTape() as tape:
        expected = reference(padded.features, training=True)
        expected_loss = reference.compute_loss(y=padded.response, y_pred=expected)
    expected_gradients = tape.gradient(expected_loss, reference.trainable_variables)
    arrays = padded.features, padded.response, padded.mask
    features, response, mask = (array[:, : padded.lengths.max()] for array in arrays)
    with tf.GradientTape() as tape:
        estimated = training(features, training=True)
        loss = squared_error(estimated, response, mask) / padded.lengths.sum()
    gradients = tape.gradient(loss, training.trainable_variables)
    real, tolerance = mask == 1.0, 2e-6 * RESPONSE_SCALE_N
    same = expected.numpy()[:, : mask.shape[1]]
    assert estimated.numpy()[real] == pytest.approx(same[real], abs=tolerance)
    assert np.ptp(estimated) > 0.01 and estimated.shape == same.shape
    assert float(loss) == pytest.approx(float(expected_loss), rel=1e-5)
    paths, new_paths = ([weight.path for weight in model.trainable_variables] for model in models)
    assert new_paths == paths
    for gradient, wanted in zip(gradients, expected_gradients):
        scale = np.abs(wanted).max()
        assert scale > 1e-6
        np.testing.assert_allclose(gradient, wanted, rtol=1e-3, atol=1e-5 * scale)


@pytest.mark.parametrize('name', ARCHITECTURES)
def test_the_same_seed_starts_both_models_with_the_same_weights(name):
    models = []
    for build in (build_sequence_model, build_training_model):
        keras.utils.set_random_seed(4)
        models.append(build(ARCHITECTURES[name], 9))
    weights, same = (model.get_weights() for model in models)
    assert len(weights) == len(same) and all(map(np.array_equal, weights, same))


def test_training_drops_between_recurrent_layers_alone():
    single, multi = (
        build_training_model(ARCHITECTURES[name], 2) for name in ('single_gru', 'multi_gru')
    )
    features = np.random.default_rng(0).normal(size=(2, 30, 2)).astype(np.float32)
    set_constant(multi, 'weight', (0.5, 1.0))
    assert np.array_equal(single(features, training=True), single(features, training=True))
    assert not np.allclose(multi(features, training=True), multi(features, training=True))
    assert dropout_rates(multi) == [0.2, 0.2]
