# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.publisher_check."""

import pytest

from pour_force_estimator.tilt.publisher_check import MAX_PUBLISHERS, PublisherCheck

STEP_NS = 8_000_000


def feed(check, samples):
    """Return what the check finds of (number, position) that come every 8 ms; None if nothing."""
    for count, (number, position) in enumerate(samples):
        contradiction = check.add(number, count * STEP_NS, (0.0, position))
        if contradiction is not None:
            return contradiction
    return None


@pytest.mark.parametrize('other_began', [1, 99, 100, 101, 5000])
def test_a_second_publisher_is_found_by_its_numbers_as_soon_as_it_has_spoken_twice(other_began):
    samples = [(100 + count, 0.5) for count in range(20)]
    samples.insert(8, (other_began, 0.9))
    assert feed(PublisherCheck(), samples) is None
    samples.insert(16, (other_began + 1, 0.9))
    joint, times, spread_rad = feed(PublisherCheck(), samples)
    assert (joint, times) == (1, 3)
    assert spread_rad == pytest.approx(0.4)


@pytest.mark.parametrize(
    'samples',
    [
        [(7 + 3 * k, 0.9 * (k % 2)) for k in range(200)],
        # the second begins anew, and goes on beyond where the first one ended
        [(number, 0.0) for number in range(1, 100)] + [(number, 0.7) for number in range(1, 300)],
        [(1000 * (k % 12) + k, 0.001 * k + 0.01 * (k % 2)) for k in range(600)],
    ],
    ids=['one that jumps', 'a driver that is started anew', 'many that agree'],
)
def test_publishers_that_do_no_harm(samples):
    assert feed(PublisherCheck(), samples) is None


def test_more_publishers_than_are_told_apart_are_found_too():
    count = MAX_PUBLISHERS + 3
    samples = [(1000 * (count - k % count) + k, 0.1 * (k % count)) for k in range(99)]
    assert feed(PublisherCheck(), samples) is not None


def test_poses_far_apart_in_time_are_not_compared():
    check = PublisherCheck()
    for count in range(50):
        number = 100 + count if count % 2 else 5 + count
        assert check.add(number, count * 1_000_000_000, (0.9 * (count % 2),)) is None
