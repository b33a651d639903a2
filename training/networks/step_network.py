# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The network that takes one step, written with as few operations as it can be.

At the size of these networks a step costs what its operations cost to start, so gates of one kind
are computed together and everything that is constant is computed here. It must compute what
`architectures.build_sequence_model` does; `export.onnx_file.check_against_keras` holds it to that.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from .architectures import Architecture
from .backend import keras, Tensor
from .experts import gates_of, mix, split_trust
from .merge import merged_weights, RecurrentWeights
from .scaling import FeatureScaling

ops = keras.ops


def build_step_model(
    architecture: Architecture,
    scaling: FeatureScaling,
    networks: Iterable[keras.Model],
) -> keras.Model:
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

    Returns
    -------
    keras.Model
        From raw features (batch, n_features) and state (batch, state_size) to weight (batch, 1)
        and next state (batch, state_size); and to gates (batch, n_experts) where experts are
        mixed.

    """
    networks = list(networks)
    recurrent, dense = merged_weights(architecture, networks, scaling)
    steps: dict[str, Callable[..., tuple[Tensor, list[Tensor]]]] = {
        'gru': _gru_step,
        'lstm': _lstm_step,
    }
    step = steps[architecture.cell]
    tensors = len(architecture.states_per_layer)
    sizes = [layer.bias.shape[1] for layer in recurrent for _ in range(tensors)]
    features = keras.Input((len(scaling.mean),), name='features')
    state = keras.Input((sum(sizes),), name='state')
    parts = iter(_split(state, sizes))
    hidden, next_parts = features, []
    for layer in recurrent:
        hidden, next_states = step(layer, hidden, *(next(parts) for _ in range(tensors)))
        next_parts += next_states
    for between in dense[:-1]:
        hidden = ops.relu(ops.matmul(hidden, between.kernel) + between.bias)
    answer = _answer(
        ops.matmul(hidden, dense[-1].kernel) + dense[-1].bias,
        features,
        architecture,
        len(networks),
    )
    outputs = {
        'weight': answer,
        'next_state': (ops.concatenate(next_parts, -1) if len(next_parts) > 1 else next_parts[0]),
    }
    if architecture.experts:
        outputs['weight'] = mix(answer, _columns(features, architecture.experts.columns))
        outputs['gates'] = answer
    # tf2onnx names the outputs of the graph after these layers.
    return keras.Model(
        [features, state],
        [keras.layers.Identity(name=name)(output) for name, output in outputs.items()],
    )


def _gru_step(
    layer: RecurrentWeights, inputs: Tensor, state: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Return output and next state of a GRU without ``reset_after``: gates z, r, candidate."""
    units = len(layer.recurrent)
    kernel, recurrent = (_side_by_side(table) for table in (layer.kernel, layer.recurrent))
    of_gates, of_candidate = _split(
        ops.matmul(inputs, kernel) + layer.bias.reshape(-1), (2 * units, units)
    )
    update, reset = _split(
        ops.sigmoid(of_gates + ops.matmul(state, recurrent[:, : 2 * units])), (units, units)
    )
    candidate = ops.tanh(of_candidate + ops.matmul(reset * state, recurrent[:, 2 * units :]))
    output = candidate + update * (state - candidate)
    return output, [output]


def _lstm_step(
    layer: RecurrentWeights, inputs: Tensor, output: Tensor, carry: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Return output and next states of an LSTM: gates i, f, candidate, o."""
    units = len(layer.recurrent)
    gates_first = [0, 1, 3, 2]
    kernel, recurrent = (
        _side_by_side(table[:, gates_first]) for table in (layer.kernel, layer.recurrent)
    )
    of_gates, of_candidate = _split(
        ops.matmul(inputs, kernel)
        + layer.bias[gates_first].reshape(-1)
        + ops.matmul(output, recurrent),
        (3 * units, units),
    )
    input_gate, forget_gate, output_gate = _split(ops.sigmoid(of_gates), (units, units, units))
    carry = forget_gate * carry + input_gate * ops.tanh(of_candidate)
    output = output_gate * ops.tanh(carry)
    return output, [output, carry]


def _side_by_side(table: np.ndarray) -> np.ndarray:
    """From a table (n_inputs, n_gates, n_units) to one of shape (n_inputs, n_gates * n_units)."""
    return table.reshape(len(table), -1)


def _split(tensor: Tensor, sizes: Sequence[int]) -> list[Tensor]:
    """Return the parts of a tensor's last axis that have `sizes`."""
    if len(sizes) == 1:
        return [tensor]
    return ops.split(tensor, np.cumsum(sizes)[:-1].tolist(), axis=-1)


def _answer(outputs: Tensor, features: Tensor, architecture: Architecture, members: int) -> Tensor:
    """Return what the members say on average, after the activation of their last layers."""
    outputs = ops.reshape(outputs, (-1, members, outputs.shape[-1] // members))
    if architecture.experts:
        prior = _columns(features, architecture.experts.prior_columns)
        answers = gates_of(*split_trust(outputs), ops.expand_dims(prior, 1))
    else:
        answers = keras.activations.get(architecture.output_activation)(outputs)
    return ops.mean(answers, axis=1)


def _columns(features: Tensor, columns: tuple[int, ...]) -> Tensor:
    """Return features that stand side by side."""
    return features[:, columns[0] : columns[-1] + 1]
