"""Tests of pour_force_estimator.interval against numbers computed by hand."""

import math

import pytest
from small_models import INTERVAL

from pour_force_estimator.interval import half_width, possible_bounds


@pytest.mark.parametrize('spread, excess, expected', [
    (0.0, 0.0, 3.0),
    (2.0, 0.0, 5.0),
    (-2.0, 0.0, 5.0),
    (2.0, 1.0, 10.0),
    (0.0, 0.25, 3.75),
    (math.inf, 0.0, math.inf),
    (2.0, math.inf, math.inf),
])
def test_half_width_by_hand(spread, excess, expected):
    """Noise 3 lbf, factor 2: sqrt(3^2 + (2 x 2)^2) = 5 lbf."""
    assert half_width(INTERVAL, spread, excess) == expected


def test_the_half_width_grows_with_all_that_is_uncertain():
    spreads = [half_width(INTERVAL, 0.01 * k, 0.5) for k in range(1000)]
    assert all(one < next_one for one, next_one in zip(spreads[1:], spreads[2:]))
    excesses = [half_width(INTERVAL, 1.0, 0.01 * k) for k in range(1000)]
    assert all(one < next_one for one, next_one in zip(excesses, excesses[1:]))


@pytest.mark.parametrize('weight, half, initial, expected', [
    (2.0, 0.5, 4.0, (1.5, 2.5)),
    (0.25, 0.5, 4.0, (0.0, 0.75)),
    (3.75, 0.5, 4.0, (3.25, 4.0)),
    (3.75, 0.5, math.inf, (3.25, 4.25)),
    (2.0, math.inf, 4.0, (0.0, 4.0)),
    (2.0, math.inf, math.inf, (0.0, math.inf)),
    (-1.0, 0.5, 4.0, (0.0, 0.0)),
    (5.0, 0.5, 4.0, (4.0, 4.0)),
])
def test_bounds_by_hand(weight, half, initial, expected):
    assert possible_bounds(weight, half, initial) == expected


@pytest.mark.parametrize('weight, half', [(math.nan, 0.5), (1.0, math.nan)])
def test_bounds_of_no_number_are_no_number(weight, half):
    assert all(map(math.isnan, possible_bounds(weight, half, 4.0)))
