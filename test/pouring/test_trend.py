# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pouring.trend."""

import pytest

from pour_force_estimator.pouring.trend import Trend


def trend_of(*points):
    trend = Trend()
    for point in points:
        trend.add(*point)
    return trend


def test_a_line_is_continued():
    trend = trend_of(*((step / 60.0, 2.0 * step / 60.0) for step in range(60)))
    assert trend.ahead(0.5) == pytest.approx(2.0 * (59.0 / 60.0 + 0.5), rel=1e-6)


def test_a_value_that_falls_is_not_nor_is_nothing():
    assert trend_of((0.0, 1.0), (0.1, 0.5)).ahead(1.0) == 0.5
    assert Trend().ahead(1.0) == 0.0


def test_the_same_value_seen_twice_counts_once():
    twice = trend_of((0.0, 0.0), (0.1, 1.0), (0.1, 1.0), (0.1 + 1e-9, 1.0))
    assert twice.ahead(0.1) == trend_of((0.0, 0.0), (0.1, 1.0)).ahead(0.1) > 1.0
