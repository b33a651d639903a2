"""What a user would run in the place of `PourEstimator`, one step per call, and the bounds."""

import numpy as np

from pour_force_estimator.model_spec import INPUT_NAMES
from training.backend import keras, tf


def onnx_runtime(step_model):
    """
    Return a step of the bare ONNX Runtime call, with the same session.

    Parameters
    ----------
    step_model : StepModel
        The model.

    Returns
    -------
    callable
        From raw features of shape (1, n_features) to the response [lbf].

    """
    run, names = step_model._session.run, step_model.spec.output_names
    features_name, state_name = INPUT_NAMES
    state = step_model.initial_state()

    def step(features):
        nonlocal state
        outputs = run(names, {features_name: features, state_name: state})
        state = outputs[1]
        return outputs[0][0, 0]
    return step


def plain_numpy(network):
    """Return a step of a `PaperNetwork` in numpy alone; as `onnx_runtime`."""
    mean = network.scaling.mean.astype(np.float32)
    scale = network.scaling.scale.astype(np.float32)
    grus, dense = [], []
    for layer in network.sequence_model.layers:
        if isinstance(layer, keras.layers.GRU):
            kernel, recurrent, bias = layer.get_weights()
            units = layer.units
            grus.append((kernel, recurrent[:, :2 * units].copy(),
                         recurrent[:, 2 * units:].copy(), bias, units))
        elif isinstance(layer, keras.layers.Dense):
            dense.append(layer.get_weights())
    states = [np.zeros((1, units), np.float32) for *_, units in grus]

    def step(features):
        hidden = (features - mean) / scale
        for index, (kernel, recurrent, candidate_recurrent, bias, units) in enumerate(grus):
            state = states[index]
            inputs = hidden @ kernel + bias
            gates = 1.0 / (1.0 + np.exp(-(inputs[:, :2 * units] + state @ recurrent)))
            update, reset = gates[:, :units], gates[:, units:]
            candidate = np.tanh(inputs[:, 2 * units:] + (reset * state) @ candidate_recurrent)
            hidden = states[index] = candidate + update * (state - candidate)
        for kernel, bias in dense:
            hidden = np.maximum(hidden @ kernel + bias, 0.0)  # the paper's output has a relu too
        return hidden[0, 0]
    return step


def keras_stateful(network):
    """
    Return steps of a stateful Keras network in the three ways that Keras offers.

    Parameters
    ----------
    network : PaperNetwork
        The network.

    Returns
    -------
    dict of str to callable
        By name; as of `onnx_runtime`. Each has a state of its own.

    """
    for_function, for_batch, for_predict = (_stateful(network) for _ in range(3))
    traced = tf.function(for_function, input_signature=[
        tf.TensorSpec(for_function.input_shape, tf.float32)])
    return {
        'traced tf.function': _standardizing(network, lambda rows: traced(rows).numpy()),
        'predict_on_batch': _standardizing(network, for_batch.predict_on_batch),
        'predict': _standardizing(
            network, lambda rows: for_predict.predict(rows, verbose=0)),
    }


def whole_past(network):
    """
    Return what runs a whole past again, for who has no state: a traced network over sequences.

    Parameters
    ----------
    network : PaperNetwork
        The network.

    Returns
    -------
    callable
        From standardized features of shape (1, steps, n_features) to the response at the last
        step [lbf].

    """
    model = network.sequence_model
    shape = (1, None, model.input_shape[-1])
    call = tf.function(
        lambda rows: model(rows, training=False)[0, -1, 0],
        input_signature=[tf.TensorSpec(shape, tf.float32)])
    return lambda rows: call(rows).numpy()


def _standardizing(network, predict):
    mean = network.scaling.mean.astype(np.float32)
    scale = network.scaling.scale.astype(np.float32)
    return lambda features: predict(((features - mean) / scale)[np.newaxis])[0, 0, 0]


def _stateful(network):
    """Return the network with layers that keep their state, for one step of one pour."""
    inputs = keras.Input((1, len(network.scaling.mean)), batch_size=1)
    hidden = inputs
    for layer in network.sequence_model.layers:
        if isinstance(layer, keras.layers.GRU):
            hidden = keras.layers.GRU(
                layer.units, reset_after=False, return_sequences=True, stateful=True)(hidden)
        elif isinstance(layer, keras.layers.Dense):
            hidden = keras.layers.Dense(layer.units, activation=layer.activation)(hidden)
    model = keras.Model(inputs, hidden)
    model.set_weights(network.sequence_model.get_weights())
    return model
