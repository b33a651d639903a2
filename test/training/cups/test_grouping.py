# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.cups.grouping."""

from dataclasses import replace

import numpy as np
import pytest
from small_recipe import recordings

from pour_force_estimator.cups.size import CupSize
from training.cups.fit import by_size
from training.cups.grouping import cup_labels, grouped, size_labels

HEIGHTS = np.array([0.2000, 0.1000, 0.1004, 0.1501, 0.1000, 0.1500])


def test_sizes_are_numbered_in_their_order_whatever_that_of_the_pours():
    sizes = [CupSize(height, 0.080) for height in HEIGHTS]
    labels = size_labels(sizes)
    assert labels.tolist() == [2, 0, 0, 1, 0, 1]
    order = np.random.default_rng(0).permutation(len(sizes))
    assert np.array_equal(size_labels([sizes[index] for index in order]), labels[order])
    assert grouped('abcdef', sizes) == [['a'], ['b', 'c', 'e'], ['d', 'f']]


@pytest.mark.parametrize('change_mm, cups', [(0.1, 1), (0.9, 2)])
def test_pours_are_grouped_alike_for_fits_and_for_folds(change_mm, cups):
    """Or a recipe would fit one cup and be judged on two."""
    pour = recordings().pours[0]
    data = pour.data.copy()
    data[:, pour.schema.index('h_pc')] += change_mm
    pours = [pour, replace(pour, data=data)] * 2
    assert len(by_size(pours)) == len(set(cup_labels(pours))) == cups
