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


def test_pours_stay_whole(recordings):
    split = split_pours(recordings.pours, 0)
    assert list(split.parts()) == ['train', 'validation', 'test']
    for pours in split.parts().values():
        for pour in pours:
            assert pour is recordings.pours[pour.index]


def test_the_seed_decides(recordings):
    first = indices(split_pours(recordings.pours, 0))
    assert indices(split_pours(recordings.pours, 0)) == first
    assert indices(split_pours(recordings.pours, 1)) != first
    assert first['train'] != sorted(first['train'])


@pytest.mark.parametrize(
    'n, counts',
    [(3, [1, 1, 1]), (4, [2, 1, 1]), (5, [3, 1, 1]), (10, [7, 2, 1]), (15, [10, 3, 2])]
    + [(40, [28, 8, 4])],
)
@pytest.mark.parametrize('seed', range(3))
def test_each_pour_is_in_one_part(recordings, n, counts, seed):
    """Of the paper's sizes; small sets have a pour in each."""
    parts = indices(split_pours(recordings.pours[:n], seed))
    assert [len(part) for part in parts.values()] == counts
    assert sorted(sum(parts.values(), [])) == list(range(n))


@pytest.mark.parametrize('n', [0, 1, 2])
def test_too_few_pours(recordings, n):
    parts = 'one each for training, validation and test'
    with pytest.raises(
        RecordingError, match=f'^split: expected at least 3 pours, {parts}, received {n}$'
    ):
        split_pours(recordings.pours[:n], 0)
