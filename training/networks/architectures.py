# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The four networks of Nosouhian et al. (2021), table 1, as networks over whole pours.

With nine features they have 29083 (Multi LSTM), 29073 (Multi GRU), 28881 (Single LSTM) and 28831
(Single GRU) trainable parameters. The counts are those of GRU layers with one bias vector
(``reset_after=False``).
"""

from dataclasses import dataclass

from pour_force_estimator.units import NEWTON_PER_LBF

from .backend import keras, Tensor
from .experts import ExpertMixture, Experts
from .recurrent import FusedGRU, FusedLSTM

RESPONSE_SCALE_N = NEWTON_PER_LBF
"""
What a 1 at the output of the last dense layer stands for [N].

It is one of the paper's unit: the initial weights, the learning rate and the
largest gradient are made for responses of about 1.
"""


@dataclass(frozen=True)
class Architecture:
    """
    Layers of a recurrent network.

    Attributes
    ----------
    name : str
        Name on the command line and in a model's metadata.
    cell : {'gru', 'lstm'}
        Kind of the recurrent layers.
    recurrent_units : tuple of int
        Units of the recurrent layers.
    dense_units : tuple of int
        Units of the dense layers between the last recurrent layer and the output; relu.
    output_activation : {'linear', 'relu'}
        Activation of the output layer of one unit; homogeneous, so that it does not matter
        whether `RESPONSE_SCALE_N` comes before or after it.
    dropout : float
        Rate of the dropout between recurrent layers.
    experts : Experts or None
        Features that the network mixes instead of giving an answer of its own.

    """

    name: str
    cell: str
    recurrent_units: tuple[int, ...]
    dense_units: tuple[int, ...] = ()
    output_activation: str = 'linear'
    dropout: float = 0.2
    experts: Experts | None = None

    @property
    def states_per_layer(self) -> tuple[str, ...]:
        """Names of the state tensors of one recurrent layer, a tuple of str."""
        return ('h', 'c') if self.cell == 'lstm' else ('h',)

    def recurrent_layer_names(self) -> tuple[str, ...]:
        """Names of the recurrent layers, a tuple of str."""
        return tuple(f'{self.cell}_{index}' for index in range(len(self.recurrent_units)))


MULTI_LSTM = Architecture('multi_lstm', 'lstm', (55, 27, 16), (64, 29), 'relu')
MULTI_GRU = Architecture('multi_gru', 'gru', (64, 32, 16), (64, 32), 'relu')
SINGLE_LSTM = Architecture('single_lstm', 'lstm', (80,))
SINGLE_GRU = Architecture('single_gru', 'gru', (93,))

ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (MULTI_LSTM, MULTI_GRU, SINGLE_LSTM, SINGLE_GRU)
}
"""All architectures by name."""


def build_sequence_model(architecture: Architecture, n_features: int) -> keras.Model:
    """
    Build the network over whole pours with the layers of Keras, as the paper describes it.

    It defines what `build_training_model` must compute.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    n_features : int
        Number of features.

    Returns
    -------
    keras.Model
        From standardized features of shape (batch, steps, n_features), padded with 0, to the
        response [N] of shape (batch, steps, 1).

    """
    inputs = keras.Input((None, n_features), name='features')
    hidden = keras.layers.Masking(0.0)(inputs)
    names = architecture.recurrent_layer_names()
    for index, (name, units) in enumerate(zip(names, architecture.recurrent_units)):
        if index:
            hidden = keras.layers.Dropout(architecture.dropout)(hidden)
        hidden = _recurrent_layer(architecture.cell, units, name)(hidden)
    for layer in dense_layers(architecture):
        hidden = layer(hidden)
    return keras.Model(inputs, _response(hidden, inputs, architecture), name=architecture.name)


def build_training_model(architecture: Architecture, n_features: int) -> keras.Model:
    """
    Build the network over whole pours that is fast to train.

    It has the weights and the outputs of `build_sequence_model` but no mask, so only the outputs
    at real steps mean anything: the loss must ignore the padding.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    n_features : int
        Number of features.

    Returns
    -------
    keras.Model
        From standardized features of shape (batch, steps, n_features), padded at the end, to the
        response [N] of shape (batch, steps, 1); of one that mixes K experts, their gates and the
        logit of the trust follow it: (batch, steps, 1 + K + 1).

    """
    fused_layer = FusedLSTM if architecture.cell == 'lstm' else FusedGRU
    inputs = keras.Input((None, n_features), name='features')
    hidden = keras.ops.transpose(inputs, (1, 0, 2))
    names = architecture.recurrent_layer_names()
    for index, (name, units) in enumerate(zip(names, architecture.recurrent_units)):
        if index:
            hidden = keras.layers.Dropout(architecture.dropout)(hidden)
        hidden = fused_layer(units, name)(hidden)
    for layer in dense_layers(architecture):
        hidden = layer(hidden)
    hidden = keras.ops.transpose(hidden, (1, 0, 2))
    return keras.Model(inputs, _response(hidden, inputs, architecture), name=architecture.name)


def layer_names(architecture: Architecture) -> tuple[str, ...]:
    """Return the names of the recurrent and the dense layers in their order, a tuple of str."""
    dense = (f'dense_{index}' for index in range(len(architecture.dense_units)))
    return (
        *architecture.recurrent_layer_names(),
        *dense,
        'evidence' if architecture.experts else 'weight',
    )


def dense_layers(architecture: Architecture) -> list[keras.layers.Dense]:
    """
    Build the dense layers; the last gives the weight, or what `experts.split_trust` splits.

    Parameters
    ----------
    architecture : Architecture
        The layers.

    Returns
    -------
    list of keras.layers.Dense

    """
    *hidden, last = layer_names(architecture)[len(architecture.recurrent_units) :]
    layers = [
        keras.layers.Dense(units, activation='relu', name=name)
        for name, units in zip(hidden, architecture.dense_units)
    ]
    if architecture.experts:
        outputs, activation = len(architecture.experts) + 1, 'linear'
    else:
        outputs, activation = 1, architecture.output_activation
    return [*layers, keras.layers.Dense(outputs, activation=activation, name=last)]


def _response(outputs: Tensor, features: Tensor, architecture: Architecture) -> Tensor:
    """Return the response [N] for the outputs of the last dense layer."""
    if architecture.experts:
        return ExpertMixture(architecture.experts)(outputs, features)
    return keras.layers.Rescaling(RESPONSE_SCALE_N, name='newton')(outputs)


def _recurrent_layer(cell: str, units: int, name: str) -> keras.layers.Layer:
    if cell == 'lstm':
        return keras.layers.LSTM(units, return_sequences=True, name=name)
    return keras.layers.GRU(units, reset_after=False, return_sequences=True, name=name)
