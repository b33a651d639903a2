# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.stamp_check."""

from pour_force_estimator.tilt.stamp_check import StampCheck


def test_a_message_without_a_stamp_among_stamped_ones_is_refused():
    check = StampCheck()
    assert [check.take(has_stamp) for has_stamp in (True, False, True)] == [True, False, True]
    assert check.unstamped == 1


def test_messages_that_never_have_a_stamp_are_taken():
    check = StampCheck()
    assert all(check.take(False) for _ in range(10))
    assert check.unstamped == 0


def test_a_new_pour_may_have_none():
    check = StampCheck()
    check.take(True)
    check.reset()
    assert check.take(False)
