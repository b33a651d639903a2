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
    assert bounds(*NOISE_AND_FACTOR, weight, low, high, initial, overrange) == pytest.approx(
        expected
    )


def test_bounds_go_further_with_all_that_is_uncertain():
    for changing in (
        [
            bounds(*NOISE_AND_FACTOR, 50.0, 50.0 - 0.01 * k, 50.0 + 0.01 * k, 99.0, 0.5)
            for k in range(1, 1000)
        ],
        [bounds(*NOISE_AND_FACTOR, 50.0, 49.0, 51.0, 99.0, 0.01 * k) for k in range(900)],
    ):
        for (lower, upper), (next_lower, next_upper) in zip(changing, changing[1:]):
            assert next_lower < lower < 50.0 < upper < next_upper


def test_bounds_of_no_number_are_no_number():
    assert all(map(math.isnan, bounds(*NOISE_AND_FACTOR, math.nan, 1.0, 2.0, 4.0)))


def test_categories_by_hand():
    assert [category(True, 0), category(True, 3), category(False, 0), category(False, 1)] == list(
        CATEGORIES
    )
    assert IntervalSpec.uniform(0.9, 1.0, 2.0).factors == dict.fromkeys(CATEGORIES, 2.0)
