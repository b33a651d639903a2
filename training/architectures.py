"""
The four networks of Nosouhian et al. (2021), table 1, as networks over whole pours.

With nine features they have 29083 (Multi LSTM), 29073 (Multi GRU), 28881 (Single LSTM) and 28831
(Single GRU) trainable parameters. The counts are those of GRU layers with one bias vector
(``reset_after=False``).
"""

from dataclasses import dataclass

from .backend import keras


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
    output_activation : str
        Activation of the output layer of one unit.
    dropout : float
        Rate of the dropout between recurrent layers.

    """

    name: str
    cell: str
    recurrent_units: tuple
    dense_units: tuple = ()
    output_activation: str = 'linear'
    dropout: float = 0.2

    @property
    def states_per_layer(self):
        """Names of the state tensors of one recurrent layer, a tuple of str."""
        return ('h', 'c') if self.cell == 'lstm' else ('h',)

    def recurrent_layer_names(self):
        """Names of the recurrent layers, a tuple of str."""
        return tuple(f'{self.cell}_{index}' for index in range(len(self.recurrent_units)))


MULTI_LSTM = Architecture('multi_lstm', 'lstm', (55, 27, 16), (64, 29), 'relu')
MULTI_GRU = Architecture('multi_gru', 'gru', (64, 32, 16), (64, 32), 'relu')
SINGLE_LSTM = Architecture('single_lstm', 'lstm', (80,))
SINGLE_GRU = Architecture('single_gru', 'gru', (93,))

ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (MULTI_LSTM, MULTI_GRU, SINGLE_LSTM, SINGLE_GRU)}
"""All architectures by name."""


def build_sequence_model(architecture, n_features):
    """
    Build the network that is trained on whole pours.

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
        response of shape (batch, steps, 1).

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
    return keras.Model(inputs, hidden, name=architecture.name)


def build_cell(architecture, units, name):
    """Build one recurrent cell, with the same weights as a layer of the sequence model."""
    if architecture.cell == 'lstm':
        return keras.layers.LSTMCell(units, name=name)
    return keras.layers.GRUCell(units, reset_after=False, name=name)


def dense_layers(architecture):
    """Build the dense layers and the output layer, a list of keras.layers.Dense."""
    hidden = [
        keras.layers.Dense(units, activation='relu', name=f'dense_{index}')
        for index, units in enumerate(architecture.dense_units)]
    return [*hidden, keras.layers.Dense(
        1, activation=architecture.output_activation, name='weight')]


def _recurrent_layer(cell, units, name):
    if cell == 'lstm':
        return keras.layers.LSTM(units, return_sequences=True, name=name)
    return keras.layers.GRU(units, reset_after=False, return_sequences=True, name=name)
