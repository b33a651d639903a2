# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Several trained networks of one architecture as the weights of one that is as wide as all of them.

The networks share their inputs and nothing else, so that the tables of the wide one are block
diagonal. A step of it starts as few operations as a step of a single network, and at these sizes
starting them is what a step costs: multiplying by the zeros is cheaper than three steps.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .architectures import Architecture, layer_names, RESPONSE_SCALE_N
from .backend import keras
from .scaling import FeatureScaling


class RecurrentWeights(NamedTuple):
    """
    A GRU or LSTM layer; the gates are in the order of Keras.

    Attributes
    ----------
    kernel : ndarray of shape (n_inputs, n_gates, n_units), float32
        From the inputs.
    recurrent : ndarray of shape (n_units, n_gates, n_units), float32
        From the state.
    bias : ndarray of shape (n_gates, n_units), float32
        Added to both.

    """

    kernel: np.ndarray
    recurrent: np.ndarray
    bias: np.ndarray


class DenseWeights(NamedTuple):
    """
    A dense layer.

    Attributes
    ----------
    kernel : ndarray of shape (n_inputs, n_units), float32
        From the inputs.
    bias : ndarray of shape (n_units,), float32
        Added to them.

    """

    kernel: np.ndarray
    bias: np.ndarray


def merged_weights(
    architecture: Architecture,
    networks: Sequence[keras.Model],
    scaling: FeatureScaling,
) -> tuple[list[RecurrentWeights], list[DenseWeights]]:
    """
    Return the layers of one network over raw features that computes several over scaled ones.

    Parameters
    ----------
    architecture : Architecture
        Layers of each network.
    networks : sequence of keras.Model
        The trained networks.
    scaling : FeatureScaling
        What standardized their features; it goes into the first layer.

    Returns
    -------
    recurrent : list of RecurrentWeights
        The recurrent layers; the units of the first network come first.
    dense : list of DenseWeights
        The dense layers likewise; the last gives the response [N], or the evidence.

    """
    layers = [
        [network.get_layer(name).get_weights() for network in networks]
        for name in layer_names(architecture)
    ]
    depth = len(architecture.recurrent_units)
    recurrent = [
        _merged_recurrent([_by_gate(*weights) for weights in layer], shared_inputs=not index)
        for index, layer in enumerate(layers[:depth])
    ]
    recurrent[0] = _over_raw_features(recurrent[0], scaling)
    dense = [_merged_dense(layer) for layer in layers[depth:]]
    if not architecture.experts:
        dense[-1] = _in_newton(dense[-1])
    return recurrent, dense


def _by_gate(kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> RecurrentWeights:
    units = len(recurrent)
    return RecurrentWeights(
        kernel.reshape(len(kernel), -1, units),
        recurrent.reshape(units, -1, units),
        bias.reshape(-1, units),
    )


def _merged_recurrent(layers: Sequence[RecurrentWeights], shared_inputs: bool) -> RecurrentWeights:
    kernels, recurrents, biases = zip(*layers)
    return RecurrentWeights(
        np.concatenate(kernels, axis=2) if shared_inputs else _block_diagonal(kernels),
        _block_diagonal(recurrents),
        np.concatenate(biases, axis=1),
    )


def _merged_dense(layers: Sequence[Sequence[np.ndarray]]) -> DenseWeights:
    kernels, biases = zip(*layers)
    return DenseWeights(_block_diagonal(kernels), np.concatenate(biases))


def _in_newton(layer: DenseWeights) -> DenseWeights:
    """Return the last dense layer with `RESPONSE_SCALE_N` in it."""
    scale = np.float32(RESPONSE_SCALE_N)
    return DenseWeights(scale * layer.kernel, scale * layer.bias)


def _block_diagonal(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """Lay out arrays of shape (n_inputs, ..., n_units) along the diagonal of the outer axes."""
    rows, columns = (sum(block.shape[axis] for block in blocks) for axis in (0, -1))
    merged = np.zeros((rows, *blocks[0].shape[1:-1], columns), np.float32)
    row = column = 0
    for block in blocks:
        merged[row : row + len(block), ..., column : column + block.shape[-1]] = block
        row += len(block)
        column += block.shape[-1]
    return merged


def _over_raw_features(layer: RecurrentWeights, scaling: FeatureScaling) -> RecurrentWeights:
    """Return `layer` for features x instead of (x - mean) / scale."""
    kernel = layer.kernel / scaling.scale[:, np.newaxis, np.newaxis]
    bias = layer.bias - np.tensordot(scaling.mean, kernel, axes=1)
    return RecurrentWeights(kernel.astype(np.float32), layer.recurrent, bias.astype(np.float32))
