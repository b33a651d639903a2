# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.scale_weighing on estimates made by hand."""

from dataclasses import replace
import math

import numpy as np
import pytest

from pour_force_estimator.errors import WeighingError
from pour_force_estimator.pours.cut import Cut
from pour_force_estimator.pours.scale_weighing import weight_to_tell

S = 1_000_000_000
CUT = Cut(0, 8 * S, tare=12.0, change=1.2, left_ns=2 * S)
MIN_POURED = 0.05


def weight_told(cut: Cut, *estimates: float, sign: int = 1) -> float:
    """Return what is told with estimates at 0, 1, 2 ... s, of which 0 to 2 are upright."""
    stamps = np.arange(len(estimates), dtype=float) * S
    return weight_to_tell(cut, sign, stamps, np.array(estimates, float), MIN_POURED)


@pytest.mark.parametrize('sign', [1, -1])
def test_a_pour_tells_what_the_scale_says(sign):
    cut = replace(CUT, change=1.2 * sign)
    assert weight_told(cut, 0.0, 0.0, 0.01, 0.4, 1.5, 1.5, sign=sign) == 1.2


def test_the_estimator_may_have_seen_nothing():
    assert weight_told(CUT, 0.0, 0.0, 0.0, 0.0, 0.0) == 1.2


@pytest.mark.parametrize('change', [0.004, 0.0, -0.004])
def test_a_scale_that_saw_nothing_tells_so_where_the_estimator_saw_something(change):
    cut = replace(CUT, reason='nothing poured', change=change, poured_nothing=True)
    assert weight_told(cut, 0.0, 0.0, 0.0, 0.3, 0.9) == max(change, 0.0)
    with pytest.raises(WeighingError, match='neither'):
        weight_told(cut, 0.0, 0.0, 0.0, 0.02, 0.03)


def test_a_pour_may_start_while_the_cup_stands_upright():
    """`~/reset` right before the motion: what was estimated before is of the pour before."""
    assert weight_told(CUT, 1.7, 1.7, 0.0, 0.4, 1.5) == 1.2


@pytest.mark.parametrize(
    'estimates, message',
    [
        ((1.7, 1.7, 1.7, 2.1, 3.2), 'began at 1.700 N'),
        ((0.0, 0.0, math.nan, 2.1, 3.2), 'did not start'),
        ((0.0, 0.0, 0.0, 0.4, 0.8, 0.0, 0.4), 'another pour'),
        ((), 'did not estimate'),
        ((0.0, 0.0), 'did not estimate'),
        ((0.0, 0.0, 0.0), 'did not estimate'),
    ],
)
def test_what_the_estimator_did_not_see_from_begin_to_end_tells_nothing(estimates, message):
    with pytest.raises(WeighingError, match=message):
        weight_told(CUT, *estimates)


def test_an_estimate_that_takes_something_back_is_no_new_pour():
    assert weight_told(CUT, 0.0, 0.0, 0.0, 0.8, 0.6, 0.9) == 1.2
    assert weight_told(CUT, 0.0, 0.0, 0.0, 0.08, 0.01, 0.9) == 1.2


def test_a_pour_before_the_first_estimate_and_what_is_no_pour_tell_nothing():
    with pytest.raises(WeighingError, match='did not estimate'):
        weight_to_tell(CUT, 1, np.array([3.0 * S]), np.array([0.5]), MIN_POURED)
    with pytest.raises(WeighingError, match='no pour: the scale drifts'):
        weight_told(replace(CUT, reason='the scale drifts'), 0.0, 0.0, 0.0, 0.4, 1.5)
