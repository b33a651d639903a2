"""Tests of training.trainer."""

import keras
import numpy as np
import pytest

from training.architectures import (
    Architecture, ARCHITECTURES, build_sequence_model, build_training_model)
from training.batches import LengthBatches
from training.preprocessing import PaddedPours
from training.trainer import squared_error, Trainer


@pytest.fixture(scope='module')
def pours():
    """Return 20 pours of 5 to 40 steps with random features and responses."""
    rng = np.random.default_rng(4)
    lengths = rng.integers(5, 41, 20)
    mask = (np.arange(lengths.max()) < lengths[:, np.newaxis])[:, :, np.newaxis]
    features, response = (
        (rng.uniform(0.5, 1.5, (*mask.shape[:2], size)) * mask).astype(np.float32)
        for size in (3, 1))
    return PaddedPours(features, response, lengths)


def compiled(model, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate), loss='mean_squared_error')
    return model


def test_squared_error_by_hand():
    """A network without recurrence that says 2 at each step; the third step is padding."""
    model = build_training_model(Architecture('flat', 'gru', ()), 1)
    model.set_weights([np.zeros((1, 1)), np.array([2.0])])
    response = np.array([[[1.0], [5.0], [100.0]]], np.float32)
    mask = np.array([[1.0, 1.0, 0.0]], np.float32)
    assert float(squared_error(model, np.ones((1, 3, 1), np.float32), response, mask)) == 10.0


def test_the_loss_is_the_mean_over_real_steps(pours):
    """At a learning rate of 0 all batches meet the same network, as numpy does."""
    model = compiled(build_training_model(ARCHITECTURES['single_gru'], 3), 0.0)
    loss = Trainer(model).train(LengthBatches(pours, 6, 0))
    errors = (model.predict(pours.features, verbose=0) - pours.response)[pours.mask == 1.0]
    assert loss == pytest.approx(np.mean(np.square(errors.astype(np.float64))), rel=1e-5)


@pytest.mark.parametrize('name', ['single_gru', 'single_lstm'])
def test_steps_are_those_of_keras(name, pours):
    """Two epochs of one batch each; without dropout, so that nothing is random."""
    scripted = compiled(build_sequence_model(ARCHITECTURES[name], 3), 0.01)
    model = compiled(build_training_model(ARCHITECTURES[name], 3), 0.01)
    model.set_weights(scripted.get_weights())
    before = model.get_weights()
    history = scripted.fit(
        pours.features, pours.response, batch_size=20, epochs=2, shuffle=False, verbose=0).history
    trainer = Trainer(model)
    losses = [trainer.train([pours]) for _ in range(2)]
    assert losses == pytest.approx(history['loss'], rel=1e-5)
    for start, own, wanted in zip(before, model.get_weights(), scripted.get_weights()):
        assert np.abs(own - start).max() > 0.005
        np.testing.assert_allclose(own, wanted, atol=1e-4)
