# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.model.interval against numbers computed by hand."""

import math

import pytest
from small_models import INTERVAL

from pour_force_estimator.model.interval import bounds, CATEGORIES, category, IntervalSpec

NOISE_AND_FACTOR = INTERVAL.noise, INTERVAL.factors['known']


@pytest.mark.parametrize(
    'weight, low, high, initial, overrange, expected',
    [
        (10.0, 10.0, 10.0, 99.0, 0.0, (7.0, 13.0)),
        (10.0, 8.0, 10.0, 99.0, 0.0, (5.0, 13.0)),
        (10.0, 10.0, 12.0, 99.0, 0.0, (7.0, 15.0)),
        (10.0, 8.0, 12.0, 99.0, 1.0, (0.0, 20.0)),
        (10.0, 10.0, 10.0, 99.0, 0.25, (6.25, 13.75)),
        (10.0, 11.0, 12.0, 99.0, 0.0, (7.0, 15.0)),  # all above: as if certain below
        (10.0, 8.0, 9.0, 99.0, 0.0, (5.0, 13.0)),
        (4.0, 2.0, 6.0, 8.0, 0.0, (0.0, 8.0)),
        (10.0, 8.0, 12.0, math.inf, 0.0, (5.0, 15.0)),
        (10.0, 8.0, 12.0, 99.0, math.inf, (0.0, 99.0)),
        (-10.0, 0.0, 0.0, 99.0, 0.0, (0.0, math.hypot(3.0, 20.0) - 10.0)),
        (-10.0, -10.0, -10.0, 99.0, 0.0, (0.0, 0.0)),
        (110.0, 110.0, 110.0, 99.0, 0.0, (99.0, 99.0)),
    ],
)
def test_bounds_by_hand(weight, low, high, initial, overrange, expected):
    """Noise 3 N, factor 2: where a side reaches 2 N, sqrt(3^2 + (2 x 2)^2) = 5 N."""
    received = bounds(*NOISE_AND_FACTOR, weight, low, high, initial, overrange)
    assert received == pytest.approx(expected)


def test_bounds_go_further_with_all_that_is_uncertain():
    steps = [0.01 * k for k in range(1, 900)]
    spreads = [(50.0 - step, 50.0 + step, 99.0, 0.5) for step in steps]
    overranges = [(49.0, 51.0, 99.0, step) for step in steps]
    for growing in (spreads, overranges):
        changing = [bounds(*NOISE_AND_FACTOR, 50.0, *values) for values in growing]
        for (lower, upper), (next_lower, next_upper) in zip(changing, changing[1:]):
            assert next_lower < lower < 50.0 < upper < next_upper


def test_bounds_of_no_number_are_no_number():
    assert all(map(math.isnan, bounds(*NOISE_AND_FACTOR, math.nan, 1.0, 2.0, 4.0)))


def test_categories_by_hand():
    combinations = (True, 0), (True, 3), (False, 0), (False, 1)
    assert tuple(category(*values) for values in combinations) == tuple(CATEGORIES)
    assert IntervalSpec.uniform(0.9, 1.0, 2.0).factors == dict.fromkeys(CATEGORIES, 2.0)
