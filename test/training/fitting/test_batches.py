# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.fitting.batches."""

import numpy as np
import pytest

from training.fitting.batches import BATCHES_PER_POOL, LengthBatches, sorted_batches
from training.fitting.preprocessing import PaddedPours


def pours_of(lengths, seed=0):
    """Return pours of given lengths whose first feature names the pour."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(len(lengths), 50, 2)).astype(np.float32)
    features[:, :, 0] = np.arange(1, len(lengths) + 1)[:, np.newaxis]
    mask = np.arange(50) < np.array(lengths)[:, np.newaxis]
    response = rng.normal(size=(len(lengths), 50, 1)).astype(np.float32)
    mask = mask[:, :, np.newaxis]
    return PaddedPours(features * mask, response * mask, np.array(lengths))


def random_lengths(number, shortest=10):
    return np.random.default_rng(1).integers(shortest, 50, number).tolist()


def held_by(batch):
    """Return which pours a batch holds, from 1."""
    return batch.features[:, 0, 0].astype(int).tolist()


def epoch(batches):
    """Return which pours each batch of the next epoch holds, a list of lists."""
    return [held_by(batch) for batch in batches]


def check_cut(padded, pours, batch):
    """Check that a batch holds `pours`, from 1, up to the end of the longest."""
    longest = max(padded.lengths[pour - 1] for pour in pours)
    assert batch.features.shape == (len(pours), longest, 2)
    assert batch.response.shape == (len(pours), longest, 1)
    for row, pour in enumerate(pours):
        assert np.array_equal(batch.features[row], padded.features[pour - 1, :longest])
        assert np.array_equal(batch.response[row], padded.response[pour - 1, :longest])
        assert batch.lengths[row] == padded.lengths[pour - 1]


def test_each_pour_is_in_one_batch():
    batches = LengthBatches(pours_of(random_lengths(23)), 5, 0)
    held = epoch(batches)
    assert len(batches) == len(held) == 5
    assert sorted(sum(held, [])) == list(range(1, 24))
    assert all(4 <= len(batch) <= 5 for batch in held)


@pytest.mark.parametrize('number', [23, 5 * 2 * BATCHES_PER_POOL])
@pytest.mark.parametrize('noise', [(), (0.0, 0.0)])
def test_batches_are_cut_to_their_longest_pour(number, noise):
    padded = pours_of(random_lengths(number))
    for batch in LengthBatches(padded, 5, 0, noise):
        check_cut(padded, held_by(batch), batch)


def test_pours_of_a_batch_have_similar_lengths():
    """Mixed at random, 15 of 16 batches of four would have a pour of 50 steps."""
    longest = [batch.features.shape[1] for batch in LengthBatches(pours_of([10, 50] * 64), 4, 0)]
    assert np.mean(np.array(longest) == 50) < 0.8


@pytest.mark.parametrize(
    'n_batches', [5, BATCHES_PER_POOL, 2 * BATCHES_PER_POOL - 1, 2 * BATCHES_PER_POOL]
)
def test_each_epoch_has_other_batches_and_the_seed_decides(n_batches):
    padded = pours_of(random_lengths(4 * n_batches, shortest=30))
    batches, same, reseeded = (LengthBatches(padded, 4, seed) for seed in (0, 0, 1))
    first = epoch(batches)
    assert epoch(same) == first != epoch(reseeded)
    second = epoch(batches)
    assert epoch(same) == second
    together = {frozenset(pours) for pours in first} & {frozenset(pours) for pours in second}
    assert len(together) < 0.5 * n_batches


def noisy(padded, seed=0):
    """Return the batches of two epochs."""
    batches = LengthBatches(padded, 5, seed, (0.0, 0.5))
    return [*batches, *batches]


def test_noise_is_constant_over_a_pour_and_on_its_features_alone():
    padded = pours_of(random_lengths(23))
    errors = []
    for batch in noisy(padded):
        for row, pour in enumerate(held_by(batch)):
            steps = batch.features.shape[1]
            difference = batch.features[row] - padded.features[pour - 1, :steps]
            assert not difference[:, 0].any()
            assert difference[:, 1] == pytest.approx(difference[0, 1], abs=1e-6)
            assert np.array_equal(batch.response[row], padded.response[pour - 1, :steps])
            errors.append(difference[0, 1])
    assert len(set(np.round(errors, 5))) == 2 * 23  # another one in each epoch
    assert np.std(errors) == pytest.approx(0.5, rel=0.3)
    assert np.mean(errors) == pytest.approx(0.0, abs=0.25)


def test_the_seed_decides_about_the_noise():
    padded = pours_of(random_lengths(23))
    before = padded.features.copy()
    batches, same, reseeded = (noisy(padded, seed) for seed in (0, 0, 1))
    assert all(np.array_equal(a.features, b.features) for a, b in zip(batches, same))
    assert not np.array_equal(batches[0].features[:, :10], reseeded[0].features[:, :10])
    assert np.array_equal(padded.features, before)  # the pours are as they were


@pytest.mark.parametrize('batch_size', [1, 4, 100])
def test_sorted_batches(batch_size):
    padded = pours_of(random_lengths(23))
    chosen = []
    for pours, batch in sorted_batches(padded, batch_size):
        check_cut(padded, (pours + 1).tolist(), batch)
        chosen.extend(pours)
    assert sorted(chosen) == list(range(23))
    assert np.all(np.diff(padded.lengths[chosen]) >= 0)
