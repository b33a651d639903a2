# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pouring.follow_check."""

import pytest

from pour_force_estimator.pouring.follow_check import FollowCheck, MIN_SHARE, SLACK


@pytest.mark.parametrize('direction', [1, -1])
@pytest.mark.parametrize(
    'share, is_followed',
    [(1.0, True), (0.5, True), (MIN_SHARE, True), (0.0, False), (-1.0, False)],
)
def test_an_arm_follows_if_it_goes_most_of_the_way(direction, share, is_followed):
    check = FollowCheck(0.3, direction)
    for _ in range(100):
        check.command(direction * 0.01)
    assert check.is_followed(0.3 + direction * share) == is_followed


def test_an_arm_may_lag_a_little_and_brake_before_the_way_back():
    check = FollowCheck(0.0, 1)
    check.command(SLACK / MIN_SHARE)
    assert check.is_followed(0.001)
    check.command(0.01)
    assert not check.is_followed(0.0)
    back = FollowCheck(1.0, -1)
    back.command(0.1)  # still forward
    assert back.is_followed(1.1)
