# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.networks.initialization."""

import random

import keras
import numpy as np
import pytest

from training.networks.architectures import ARCHITECTURES, build_training_model
from training.networks.initialization import initialize


def everything(model):
    """Return the weights and the states of the dropout between layers."""
    dropouts = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    return [*model.get_weights(), *(np.asarray(layer.seed_generator.state) for layer in dropouts)]


def built(name, seed):
    keras.utils.set_random_seed(seed)
    return build_training_model(ARCHITECTURES[name], 9)


@pytest.mark.parametrize('name', ARCHITECTURES)
def test_a_seed_means_what_it_means_to_keras(name):
    expected = everything(built(name, 3))
    model = built(name, 4)
    assert any(np.any(table != wanted) for table, wanted in zip(everything(model), expected))
    initialize(model, 3)
    for table, wanted in zip(everything(model), expected):
        np.testing.assert_array_equal(table, wanted)


def test_nothing_else_has_a_say():
    models = []
    for disturbance in (1, 2):
        random.seed(disturbance)
        model = build_training_model(ARCHITECTURES['multi_gru'], 9)
        initialize(model, 5)
        random.seed(disturbance)
        features = np.ones((2, 4, 9), np.float32)
        models.append([*everything(model), np.asarray(model(features, training=True))])
    for table, disturbed in zip(*models):
        np.testing.assert_array_equal(table, disturbed)
