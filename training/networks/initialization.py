# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Initial weights and dropout that follow from a seed alone.

Keras draws the seeds of its layers from Python's global generator. Other threads draw from that
too, those of a Dask worker several times a second, and the same seed would give another network.
"""

import random

from .backend import keras

_MAX_SEED = 10**9


def initialize(model: keras.Model, seed: int) -> None:
    """
    Draw the initial weights of a network anew, and let its dropout begin anew.

    The seeds of the layers are drawn in the order of Keras, so that a network is the same as after
    ``keras.utils.set_random_seed(seed)`` where nobody else draws.

    Parameters
    ----------
    model : keras.Model
        A network of recurrent, dense and dropout layers; its biases stay as they are.
    seed : int
        Same seed, same network.

    """
    generator = random.Random(seed)

    def draw() -> int:
        return generator.randint(1, _MAX_SEED)

    for layer in model.layers:
        if isinstance(layer, keras.layers.RNN):
            kernel, recurrent_kernel, _ = layer.cell.trainable_variables
            _fill(kernel, keras.initializers.GlorotUniform(draw()))
            _fill(recurrent_kernel, keras.initializers.Orthogonal(seed=draw()))
            draw()  # of dropout within the layer, which these do not have
        elif layer.name == 'evidence':  # a network begins with what was known before the pour
            _fill(layer.kernel, keras.initializers.Zeros())
        elif isinstance(layer, keras.layers.Dense):
            _fill(layer.kernel, keras.initializers.GlorotUniform(draw()))
        elif isinstance(layer, keras.layers.Dropout):
            layer.seed_generator.state.assign((draw(), 0))


def _fill(variable: keras.Variable, initializer: keras.initializers.Initializer) -> None:
    variable.assign(initializer(variable.shape))
