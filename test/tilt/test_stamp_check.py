# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.stamp_check."""

from pour_force_estimator.tilt.stamp_check import StampCheck


def test_a_message_without_a_stamp_among_stamped_ones_of_a_pour_is_refused():
    check = StampCheck()
    assert all(check.take(False) for _ in range(10)) and check.unstamped == 0
    assert [check.take(has_stamp) for has_stamp in (True, False, True)] == [True, False, True]
    assert check.unstamped == 1
    check.reset()
    assert check.take(False)
