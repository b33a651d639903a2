# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.fitting.datasets."""

import numpy as np
import pytest
from small_pours import pours_array

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.recordings import load_recordings
from training.fitting.datasets import split_pours


def indices(split):
    return {part: [pour.index for pour in pours] for part, pours in split.parts().items()}


@pytest.fixture
def recordings(tmp_path):
    """Return 40 pours."""
    np.save(tmp_path / 'pours.npy', np.repeat(pours_array('robot_trials', 1), 40, axis=0))
    return load_recordings(tmp_path / 'pours.npy', 'robot_trials')


def test_the_seed_decides(recordings):
    first = indices(split_pours(recordings.pours, 0))
    assert indices(split_pours(recordings.pours, 0)) == first
    assert indices(split_pours(recordings.pours, 1)) != first
    assert first['train'] != sorted(first['train'])


@pytest.mark.parametrize(
    'n, counts',
    [(3, [1, 1, 1]), (4, [2, 1, 1]), (10, [7, 2, 1]), (15, [10, 3, 2]), (40, [28, 8, 4])],
)
@pytest.mark.parametrize('seed', range(3))
def test_each_pour_is_in_one_part(recordings, n, counts, seed):
    """Of the paper's sizes; small sets have a pour in each."""
    parts = indices(split_pours(recordings.pours[:n], seed))
    assert list(parts) == ['train', 'validation', 'test']
    assert [len(part) for part in parts.values()] == counts
    assert sorted(sum(parts.values(), [])) == list(range(n))


def test_too_few_pours(recordings):
    parts = 'one each for training, validation and test'
    message = f'^split: expected at least 3 pours, {parts}, received 2$'
    with pytest.raises(RecordingError, match=message):
        split_pours(recordings.pours[:2], 0)
