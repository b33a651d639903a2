# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.joint_guard."""

import math

from hypothesis import given
from hypothesis import strategies as st
import pytest

from pour_force_estimator.tilt.joint_guard import JointGuard, MIN_STEP_S

STEP_NS = 50_000_000
REACH = 0.5
"""What a joint at 10 rad/s can do in STEP_NS [rad]."""

SAMPLE = st.tuples(st.integers(-(2**61), 2**61), st.lists(st.floats(), min_size=2, max_size=2))


@pytest.fixture
def guard():
    return JointGuard(10.0)


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize('joint', [0, 1])
def test_what_is_no_number_is_refused_and_forgotten(guard, value, joint):
    positions = [1.0, 2.0]
    positions[joint] = value
    assert guard.refuse(0, positions) == 'not_finite'
    assert guard.refuse(1, [50.0, 50.0]) is None  # still the first one that is believed
    assert guard.refuse(2, positions) == 'not_finite'
    assert guard.refuse(STEP_NS, [50.0, 50.0]) is None


@pytest.mark.parametrize('sign', [1.0, -1.0])
def test_the_fastest_motion_is_believed_and_no_faster_one(guard, sign):
    guard.refuse(0, [0.0, 0.0])
    assert guard.refuse(STEP_NS, [0.0, sign * REACH * 1.001]) == 'too_fast'
    assert guard.refuse(STEP_NS, [0.0, sign * REACH * 0.999]) is None


def test_a_refused_sample_is_not_what_the_next_is_compared_with(guard):
    guard.refuse(0, [0.0])
    assert guard.refuse(STEP_NS, [3.0]) == 'too_fast'
    assert guard.refuse(2 * STEP_NS, [3.0]) == 'too_fast'
    assert guard.refuse(3 * STEP_NS, [0.1]) is None


def test_a_joint_that_stays_elsewhere_is_believed_when_it_could_have_moved_there(guard):
    guard.refuse(0, [0.0])
    causes = [guard.refuse(count * STEP_NS, [2.01]) for count in range(1, 6)]
    assert causes == ['too_fast'] * 4 + [None]


def test_stamps_that_are_very_near_are_judged_over_the_shortest_step(guard):
    guard.refuse(0, [0.0])
    reach = 10.0 * MIN_STEP_S
    assert guard.refuse(1, [reach * 0.99]) is None
    assert guard.refuse(1, [0.0]) is None  # a repeated stamp
    assert guard.refuse(2, [reach * 1.01]) == 'too_fast'


def test_a_late_sample_is_left_to_the_resampler_and_not_remembered(guard):
    guard.refuse(STEP_NS, [0.0])
    assert guard.refuse(0, [9.0]) is None
    assert guard.refuse(0, [math.nan]) == 'not_finite'
    assert guard.refuse(2 * STEP_NS, [9.0]) == 'too_fast'
    guard.reset()
    assert guard.refuse(1, [9.0]) is None  # the first one is believed


@given(st.lists(SAMPLE, max_size=10))
def test_whatever_comes_is_judged_and_only_numbers_are_believed(samples):
    guard = JointGuard(10.0)
    for stamp_ns, positions in samples:
        cause = guard.refuse(stamp_ns, positions)
        assert cause in (None, 'not_finite', 'too_far', 'too_fast')
        assert (cause == 'not_finite') == (not all(map(math.isfinite, positions)))


@pytest.mark.parametrize('position', [1.01e4, -1e30, 1e300])
def test_a_position_that_no_joint_has_is_too_far_even_at_first(position):
    guard = JointGuard(10.0)
    assert guard.refuse(0, [0.0, position]) == 'too_far'
    assert guard.refuse(STEP_NS, [0.0, 0.0]) is None
