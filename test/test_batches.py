"""Tests of training.batches."""

import numpy as np
import pytest

from training.architectures import SINGLE_GRU
from training.batches import LengthBatches
from training.fit import fit, FitSettings
from training.preprocessing import PaddedPours


def pours_of(lengths, seed=0):
    """Return pours of given lengths whose first feature names the pour."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(len(lengths), 50, 2)).astype(np.float32)
    features[:, :, 0] = np.arange(1, len(lengths) + 1)[:, np.newaxis]
    mask = np.arange(50) < np.array(lengths)[:, np.newaxis]
    response = rng.normal(size=(len(lengths), 50, 1)).astype(np.float32)
    return PaddedPours(
        features * mask[:, :, np.newaxis], response * mask[:, :, np.newaxis], np.array(lengths))


def pours_in(batches):
    """Return which pours each batch holds, a list of lists."""
    return [batches[index][0][:, 0, 0].astype(int).tolist() for index in range(len(batches))]


def test_each_pour_is_in_one_batch():
    lengths = np.random.default_rng(1).integers(10, 50, 23).tolist()
    batches = LengthBatches(pours_of(lengths), 5, 0)
    assert len(batches) == 5
    held = pours_in(batches)
    assert sorted(sum(held, [])) == list(range(1, 24))
    assert all(4 <= len(batch) <= 5 for batch in held)


def test_batches_are_cut_to_their_longest_pour():
    lengths = np.random.default_rng(1).integers(10, 50, 23).tolist()
    padded = pours_of(lengths)
    batches = LengthBatches(padded, 5, 0)
    for index, held in enumerate(pours_in(batches)):
        features, response = batches[index]
        longest = max(lengths[pour - 1] for pour in held)
        assert features.shape == (len(held), longest, 2)
        assert response.shape == (len(held), longest, 1)
        for row, pour in enumerate(held):
            assert np.array_equal(features[row], padded.features[pour - 1, :longest])
            assert np.array_equal(response[row], padded.response[pour - 1, :longest])


def test_pours_of_a_batch_have_similar_lengths():
    """Mixed at random, 15 of 16 batches of four would have a pour of 50 steps."""
    batches = LengthBatches(pours_of([10, 50] * 64), 4, 0)
    longest = [batches[index][0].shape[1] for index in range(len(batches))]
    assert np.mean(np.array(longest) == 50) < 0.8


def test_each_epoch_has_other_batches_and_the_seed_decides():
    padded = pours_of(np.random.default_rng(1).integers(30, 50, 20).tolist())
    batches, same, other = (LengthBatches(padded, 4, seed) for seed in (0, 0, 1))
    first = pours_in(batches)
    assert pours_in(same) == first != pours_in(other)
    batches.on_epoch_end()
    same.on_epoch_end()
    assert pours_in(batches) != first
    assert pours_in(same) == pours_in(batches)


def test_batches_whose_first_two_have_the_same_length():
    padded = pours_of([40] * 4 + [20] * 6)
    for seed in range(100):
        batches = LengthBatches(padded, 2, seed)
        lengths = [batches[index][0].shape[1] for index in range(len(batches))]
        if lengths[0] == lengths[1] and len(set(lengths)) > 1:
            break
    else:
        pytest.fail('no seed makes such batches')
    result = fit(SINGLE_GRU, padded, padded, FitSettings(epochs=1, batch_size=2, seed=seed))
    assert len(result.history['loss']) == 1
