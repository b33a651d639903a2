"""
The network that takes one step, written with as few operations as it can be.

At the size of these networks a step costs what its operations cost to start, so gates of one kind
are computed together and everything that is constant is computed here. It must compute what
`architectures.build_sequence_model` does; `export.check_against_keras` holds it to that.
"""

import numpy as np

from .backend import keras
from .experts import mix
from .merge import merged_weights

ops = keras.ops


def build_step_model(architecture, scaling, networks, new_cup_networks=()):
    """
    Build the network that takes one step.

    Parameters
    ----------
    architecture : Architecture
        Layers of the trained networks.
    scaling : FeatureScaling
        The scaler to put inside.
    networks : sequence of keras.Model
        Trained networks, whose last layers are averaged: their weights, or, of networks that mix
        experts, their gates.
    new_cup_networks : sequence of keras.Model
        Networks that answer in their place where the feature at
        ``architecture.experts.known_column`` is 0.

    Returns
    -------
    keras.Model
        From raw features (batch, n_features) and state (batch, state_size) to weight (batch, 1)
        and next state (batch, state_size); and to spread (batch, 1) where experts are mixed.

    """
    networks, new_cup_networks = list(networks), list(new_cup_networks)
    recurrent, dense = merged_weights(architecture, networks + new_cup_networks, scaling)
    step = {'gru': _gru_step, 'lstm': _lstm_step}[architecture.cell]
    tensors = len(architecture.states_per_layer)
    sizes = [layer.bias.shape[1] for layer in recurrent for _ in range(tensors)]
    features = keras.Input((len(scaling.mean),), name='features')
    state = keras.Input((sum(sizes),), name='state')
    parts = iter(_split(state, sizes))
    hidden, next_parts = features, []
    for layer in recurrent:
        hidden, own = step(layer, hidden, *(next(parts) for _ in range(tensors)))
        next_parts += own
    for layer in dense[:-1]:
        hidden = ops.relu(ops.matmul(hidden, layer.kernel) + layer.bias)
    answer = _answer(
        ops.matmul(hidden, dense[-1].kernel) + dense[-1].bias, features, architecture,
        len(networks), len(new_cup_networks))
    outputs = {'weight': answer, 'next_state': (
        ops.concatenate(next_parts, -1) if len(next_parts) > 1 else next_parts[0])}
    if architecture.experts:
        first, last = architecture.experts.columns[0], architecture.experts.columns[-1] + 1
        outputs['weight'], outputs['spread'] = mix(answer, features[:, first:last])
    # tf2onnx names the outputs of the graph after these layers.
    return keras.Model([features, state], [
        keras.layers.Identity(name=name)(output) for name, output in outputs.items()])


def _gru_step(layer, inputs, state):
    """Return output and next state of a GRU without ``reset_after``: gates z, r, candidate."""
    units = len(layer.recurrent)
    kernel, recurrent = (_side_by_side(table) for table in (layer.kernel, layer.recurrent))
    of_gates, of_candidate = _split(
        ops.matmul(inputs, kernel) + layer.bias.reshape(-1), (2 * units, units))
    update, reset = _split(
        ops.sigmoid(of_gates + ops.matmul(state, recurrent[:, :2 * units])), (units, units))
    candidate = ops.tanh(of_candidate + ops.matmul(reset * state, recurrent[:, 2 * units:]))
    output = candidate + update * (state - candidate)
    return output, [output]


def _lstm_step(layer, inputs, output, carry):
    """Return output and next states of an LSTM: gates i, f, candidate, o."""
    units = len(layer.recurrent)
    gates_first = [0, 1, 3, 2]
    kernel, recurrent = (
        _side_by_side(table[:, gates_first]) for table in (layer.kernel, layer.recurrent))
    of_gates, of_candidate = _split(
        ops.matmul(inputs, kernel) + layer.bias[gates_first].reshape(-1)
        + ops.matmul(output, recurrent), (3 * units, units))
    take, keep, give = _split(ops.sigmoid(of_gates), (units, units, units))
    carry = keep * carry + take * ops.tanh(of_candidate)
    output = give * ops.tanh(carry)
    return output, [output, carry]


def _side_by_side(table):
    """From a table (n_inputs, n_gates, n_units) to one of shape (n_inputs, n_gates * n_units)."""
    return table.reshape(len(table), -1)


def _split(tensor, sizes):
    """Return the parts of a tensor's last axis that have `sizes`."""
    if len(sizes) == 1:
        return [tensor]
    return ops.split(tensor, np.cumsum(sizes)[:-1].tolist(), axis=-1)


def _answer(outputs, features, architecture, members, new_cup_members):
    """
    Return what the members say on average, after the activation of their last layers.

    That is the mean over the first of them where the cup is known, and over the others where not.
    """
    activation = keras.activations.get(
        'softmax' if architecture.experts else architecture.output_activation)
    total = members + new_cup_members
    if total == 1:
        return activation(outputs)
    answers = activation(ops.reshape(outputs, (-1, total, outputs.shape[-1] // total)))
    if not new_cup_members:
        return ops.mean(answers, axis=1)
    column = architecture.experts.known_column
    of_known = np.repeat([1.0 / members, 0.0], [members, new_cup_members])
    of_new = np.repeat([0.0, 1.0 / new_cup_members], [members, new_cup_members])
    shares = features[:, column:column + 1] * np.float32(of_known - of_new) + np.float32(of_new)
    return ops.sum(ops.expand_dims(shares, -1) * answers, axis=1)
