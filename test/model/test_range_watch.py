# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.model.range_watch."""

import numpy as np
import pytest

from pour_force_estimator.model.range_watch import OutOfRange, RangeWatch
from pour_force_estimator.model.spec import FeatureSpec

FEATURES = (
    FeatureSpec('theta', 'degree', 0.0, 30.0, -10.0, 90.0),
    FeatureSpec('h_pc', 'mm', 120.0, 8.0, 120.0, 120.0),  # one cup: a range of one value
    FeatureSpec('rho', '-', 1.0, 1.0, 0.5, 1.0),
)


@pytest.fixture
def watch():
    return RangeWatch(FEATURES)


def add(watch, *rows):
    for row in rows:
        watch.add(np.array([row], np.float32))


def test_within_the_ranges_there_is_nothing_to_tell(watch):
    add(watch, (-10.0, 120.0, 0.5), (90.0, 120.0, 1.0), (3.0, 120.0, 0.7))
    assert watch.overrange == 0.0 and watch.out_of_range() == []


@pytest.mark.parametrize(
    'row, overrange, names',
    [
        ((115.0, 120.0, 1.0), 0.25, ['theta']),
        ((0.0, 124.0, 1.0), 0.5, ['h_pc']),  # a range of one value is measured by the scale
        ((115.0, 124.0, 1.25), 0.25 + 0.5 + 0.5, ['theta', 'h_pc', 'rho']),
        ((np.inf, 120.0, 1.0), np.inf, ['theta']),
    ],
)
def test_overrange_is_the_sum_of_distances_relative_to_widths(watch, row, overrange, names):
    add(watch, row)
    assert watch.overrange == overrange
    assert [feature.name for feature in watch.out_of_range()] == names


def test_it_keeps_the_furthest_and_never_falls_until_reset(watch):
    overranges = []
    for theta in (91.0, 140.0, 100.0, 0.0, -20.0, -80.0):
        add(watch, (theta, 120.0, 1.0))
        overranges.append(watch.overrange)
    assert overranges == [0.01, 0.5, 0.5, 0.5, 0.5, 0.7]  # the further side counts, not the sum
    assert watch.out_of_range() == [OutOfRange('theta', 'degree', -80.0, -10.0, 90.0)]
    watch.reset()
    assert watch.overrange == 0.0 and watch.out_of_range() == []
    add(watch, (115.0, 120.0, 1.0))
    assert watch.overrange == 0.25
