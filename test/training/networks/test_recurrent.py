# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.networks.recurrent against the layers of Keras."""

from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from training.networks.recurrent import FusedGRU, FusedLSTM, STEPS_PER_ITERATION

LAYERS = {
    'gru': (FusedGRU, partial(keras.layers.GRU, reset_after=False)),
    'lstm': (FusedLSTM, keras.layers.LSTM),
}
UNITS, INPUTS, BATCH = 5, 3, 4


def built_pair(cell):
    """Return a fused layer and that of Keras, with the same random weights, biases too."""
    fused_class, keras_layer = LAYERS[cell]
    fused = fused_class(UNITS, 'layer')
    reference = keras_layer(UNITS, return_sequences=True, name='layer')
    fused.build((None, None, INPUTS))
    reference.build((None, None, INPUTS))
    rng = np.random.default_rng(3)
    fused.set_weights([rng.normal(0.0, 0.7, weight.shape) for weight in fused.get_weights()])
    reference.set_weights(fused.get_weights())
    return fused, reference


def random_sequences(steps, seed=0):
    """Return inputs of shape (steps, BATCH, INPUTS)."""
    return np.random.default_rng(seed).normal(size=(steps, BATCH, INPUTS)).astype(np.float32)


def time_first(layer):
    """Return a layer of Keras as a function of sequences (steps, batch, inputs)."""
    return lambda inputs: tf.transpose(layer(tf.transpose(inputs, (1, 0, 2))), (1, 0, 2))


def outputs_and_gradients(function, weights, inputs, seed=1):
    """Return outputs, and gradients of a random sum of them by the inputs and the weights."""
    inputs = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = function(inputs)
        factors = np.random.default_rng(seed).normal(size=outputs.shape).astype(np.float32)
        total = tf.reduce_sum(outputs * factors)
    gradients = tape.gradient(total, [inputs, *weights])
    return outputs.numpy(), [gradient.numpy() for gradient in gradients]


@pytest.mark.parametrize('cell', LAYERS)
@pytest.mark.parametrize(
    'steps', [1, STEPS_PER_ITERATION - 1, STEPS_PER_ITERATION, 2 * STEPS_PER_ITERATION + 3]
)
def test_outputs_and_gradients_are_those_of_keras(cell, steps):
    fused, reference = built_pair(cell)
    inputs = random_sequences(steps)
    outputs, gradients = outputs_and_gradients(fused, fused.trainable_variables, inputs)
    variables = reference.trainable_variables
    expected, expected_gradients = outputs_and_gradients(time_first(reference), variables, inputs)
    assert outputs.shape == (steps, BATCH, UNITS)
    assert outputs == pytest.approx(expected, abs=1e-6)
    shapes = [(steps, BATCH, INPUTS), *(weight.shape for weight in fused.get_weights())]
    assert [gradient.shape for gradient in gradients] == shapes
    for gradient, wanted in zip(gradients, expected_gradients):
        np.testing.assert_allclose(gradient, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.parametrize('cell', LAYERS)
def test_weights_have_the_names_and_shapes_of_keras(cell):
    fused, expected = (
        [(weight.path, tuple(weight.shape)) for weight in layer.weights]
        for layer in built_pair(cell)
    )
    assert fused == expected


@pytest.mark.parametrize('cell', LAYERS)
def test_steps_and_batch_may_change_within_one_graph(cell):
    fused, reference = built_pair(cell)
    graph = tf.function(fused, input_signature=[tf.TensorSpec((None, None, INPUTS), tf.float32)])
    for steps, batch in ((5, 4), (17, 2), (8, 1)):
        inputs = random_sequences(steps)[:, :batch]
        expected = time_first(reference)(inputs).numpy()
        assert graph(inputs).numpy() == pytest.approx(expected, abs=1e-6)
    assert graph.experimental_get_tracing_count() == 1
