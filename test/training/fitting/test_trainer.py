# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.fitting.trainer."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from training.fitting.batches import LengthBatches
from training.fitting.preprocessing import PaddedPours
from training.fitting.trainer import (
    BLIND_COST_N2,
    divergence,
    squared_error,
    surprise,
    Trainer,
    TRUST_COST_N2,
)
from training.networks.architectures import (
    Architecture,
    ARCHITECTURES,
    build_sequence_model,
    build_training_model,
    RESPONSE_SCALE_N,
)
from training.networks.experts import Experts
from training.networks.initialization import initialize


@pytest.fixture(scope='module')
def pours():
    """Return 20 pours of 5 to 40 steps with random features and responses."""
    rng = np.random.default_rng(4)
    lengths = rng.integers(5, 41, 20)
    mask = (np.arange(lengths.max()) < lengths[:, np.newaxis])[:, :, np.newaxis]
    features, response = (
        (rng.uniform(0.5, 1.5, (*mask.shape[:2], size)) * mask).astype(np.float32)
        for size in (3, 1)
    )
    return PaddedPours(features, response, lengths)


def compiled(model, learning_rate, **options):
    optimizer = keras.optimizers.Adam(learning_rate, **options)
    model.compile(optimizer=optimizer, loss='mean_squared_error')
    return model


def test_squared_error_by_hand():
    """A network without recurrence that says 2 N at each step; the third step is padding."""
    model = build_training_model(Architecture('flat', 'gru', ()), 1)
    model.set_weights([np.zeros((1, 1)), np.array([2.0 / RESPONSE_SCALE_N])])
    response = np.array([[[1.0], [5.0], [100.0]]], np.float32)
    mask = np.array([[1.0, 1.0, 0.0]], np.float32)
    outputs = model(np.ones((1, 3, 1), np.float32))
    assert float(squared_error(outputs, response, mask)) == pytest.approx(10.0)


def test_the_loss_is_the_mean_over_real_steps(pours):
    """At a learning rate of 0 all batches meet the same network, as numpy does."""
    model = compiled(build_training_model(ARCHITECTURES['single_gru'], 3), 0.0)
    loss = Trainer(model).train(LengthBatches(pours, 6, 0))
    errors = (model.predict(pours.features, verbose=0) - pours.response)[pours.mask == 1.0]
    assert loss == pytest.approx(np.mean(np.square(errors.astype(np.float64))), rel=1e-5)


@pytest.mark.parametrize('name', ['single_gru', 'single_lstm'])
def test_steps_are_those_of_keras(name, pours):
    """Two epochs of one batch each; without dropout, so that nothing is random.

    Gradients are those of a loss in the unit of the last layer, of which Adam's epsilon is made.
    """
    keras.utils.set_random_seed(5)
    sequence, epsilon = build_sequence_model(ARCHITECTURES[name], 3), 1e-7 * RESPONSE_SCALE_N**2
    scripted = compiled(sequence, 0.01, epsilon=epsilon)
    model = compiled(build_training_model(ARCHITECTURES[name], 3), 0.01)
    model.set_weights(scripted.get_weights())
    before = model.get_weights()
    options = {'batch_size': 20, 'epochs': 2, 'shuffle': False, 'verbose': 0}
    expected = scripted.fit(pours.features, pours.response, **options).history['loss']
    trainer = Trainer(model)
    losses = [trainer.train([pours]) for _ in range(2)]
    assert losses == pytest.approx(expected, rel=1e-5)
    for start, weights, wanted in zip(before, model.get_weights(), scripted.get_weights()):
        assert np.abs(weights - start).max() > 0.001
        np.testing.assert_allclose(weights, wanted, atol=1e-4)


EXPERTS = Experts((0, 1), (0.0,) * 2, (1.0,) * 2, (2, 3), (0.0,) * 2, (1.0,) * 2)


def mixing(seed=0):
    """Return a network that mixes two experts, and a third of whose features is the motion."""
    model = build_training_model(Architecture('mix', 'gru', (4,), experts=EXPERTS), 5)
    initialize(model, seed)
    return compiled(model, 0.01)


@pytest.fixture(scope='module')
def half_blind():
    """
    Return pours of which the second expert is always right, and the first is as probable.

    Of half of them the motion tells nothing, it is said.
    """
    rng = np.random.default_rng(2)
    features = rng.normal(size=(16, 20, 5)).astype(np.float32)
    features[..., 2:4] = np.log([0.7, 0.3])
    lengths = np.full(16, 20)
    return PaddedPours(features, features[..., 1:2].copy(), lengths, np.arange(16) < 8)


def test_a_network_begins_with_the_prior(half_blind):
    gates = mixing(3).predict(half_blind.features, verbose=0)[..., 1:-1]
    assert gates == pytest.approx(np.broadcast_to([0.7, 0.3], gates.shape), abs=1e-6)


def test_a_divergence_by_hand():
    """0.5 ln(0.5 / 0.25) + 0.5 ln(0.5 / 0.75) at each of two steps; the third is padding."""
    gates = np.full((1, 3, 2), [0.25, 0.75], np.float32)
    log_prior = np.full((1, 3, 2), 3.0, np.float32)  # not normalized
    mask = np.array([[1.0, 1.0, 0.0]], np.float32)
    expected = np.log(0.5 / 0.25) + np.log(0.5 / 0.75)
    assert float(divergence(gates, log_prior, mask)) == pytest.approx(expected, rel=1e-5)
    gates[:] = 0.5
    assert float(divergence(gates, log_prior, mask)) == pytest.approx(0.0, abs=1e-5)


def test_a_surprise_by_hand():
    """A trust of 0.75: ln(4) at each of the blind pour's two steps, ln(4 / 3) at the other's."""
    trust = np.full((2, 3), np.log(3.0), np.float32)
    mask = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]], np.float32)
    cost = surprise(trust, np.array([1.0, 0.0], np.float32), mask)
    assert float(cost) == pytest.approx(2.0 * np.log(4.0) + np.log(4.0 / 3.0), rel=1e-5)


def test_the_loss_of_blind_pours_is_divergence_and_surprise(half_blind):
    model = mixing()
    noise = (np.random.default_rng(1).normal(size=table.shape) for table in model.get_weights())
    model.set_weights([table + 0.3 * change for table, change in zip(model.get_weights(), noise)])
    outputs = model.predict(half_blind.features, verbose=0).astype(float)
    loss = Trainer(compiled(model, 0.0), EXPERTS).train([half_blind])
    errors = np.square(outputs[8:, :, 0] - half_blind.response[8:, :, 0]).sum()
    prior = np.array([0.7, 0.3])
    apart = (prior * np.log(prior / outputs[:8, :, 1:-1])).sum()
    towards = np.where(np.arange(16) < 8, 1.0, -1.0)[:, np.newaxis]
    surprised = np.log1p(np.exp(towards * outputs[:, :, -1])).sum()
    total = errors + BLIND_COST_N2 * apart + TRUST_COST_N2 * surprised
    assert loss == pytest.approx(total / (16 * 20), rel=1e-4)


def test_a_network_learns_which_motions_to_trust(half_blind):
    """The last feature tells them apart, and errors are as large as those of real pours."""
    features = half_blind.features.copy()
    features[..., :2] *= 0.02
    features[..., 4] = np.where(half_blind.blind, 1.0, -1.0)[:, np.newaxis]
    pours = replace(half_blind, features=features, response=features[..., 1:2])
    model = mixing()
    trainer = Trainer(model, EXPERTS)
    for _ in range(200):
        trainer.train([pours])
    trust = model.predict(features, verbose=0)[..., -1]
    assert trust[half_blind.blind, 5:].max() < -1.0 and trust[~half_blind.blind, 5:].min() > 1.0


def test_a_blind_pour_pulls_the_gates_to_the_prior(half_blind):
    """And one that tells something to the expert that is right."""
    shares = []
    for blind in (False, True):
        pours = replace(half_blind, blind=np.full(16, blind))
        model = mixing()
        weights = model.get_weights()
        weights[-1] = np.array([-1.0, 1.0, 3.0])  # the biases of evidence and trust
        model.set_weights(weights)
        before = model.predict(half_blind.features, verbose=0)[..., 2].mean()
        trainer = Trainer(model, EXPERTS)
        for _ in range(200):
            trainer.train([pours])
        shares.append(model.predict(half_blind.features, verbose=0)[..., 2].mean())
    assert before == pytest.approx(0.74, abs=0.01)
    assert shares[0] > 0.9
    assert shares[1] == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize('clip_norm', [None, 0.5])
def test_responses_in_newton_are_learned_as_those_in_the_unit_of_the_last_layer(
    monkeypatch, pours, clip_norm
):
    """What `RESPONSE_SCALE_N` is changes no weight, neither by Adam's epsilon nor by clipping."""
    learned = []
    for scale in (1.0, RESPONSE_SCALE_N):
        monkeypatch.setattr('training.networks.architectures.RESPONSE_SCALE_N', scale)
        monkeypatch.setattr('training.fitting.trainer.RESPONSE_SCALE_N', scale)
        model = build_training_model(ARCHITECTURES['single_gru'], 3)
        initialize(model, 0)
        trainer = Trainer(compiled(model, 0.01, clipnorm=clip_norm))
        scaled = replace(pours, response=(scale * pours.response).astype(np.float32))
        loss = [trainer.train(LengthBatches(scaled, 6, 0)) for _ in range(2)]
        learned.append((model.get_weights(), np.array(loss) / scale**2))
    (weights, loss), (same_weights, same_loss) = learned
    assert same_loss == pytest.approx(loss, rel=1e-5)
    for expected, received in zip(weights, same_weights):
        np.testing.assert_allclose(received, expected, atol=2e-5)
