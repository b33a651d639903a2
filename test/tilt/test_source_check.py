# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.source_check."""

import math

import numpy as np
import pytest

from pour_force_estimator.tilt.source_check import SourceCheck

JOINTS = ('wrist',)
S = 1_000_000_000


def arm(stamp_ns):
    """Position of an arm that pours in two seconds [rad]."""
    return 1.4 * math.sin(math.pi * min(stamp_ns, 2 * S) / (2 * S))


def sources(rate_hz, other_hz, other, shift_ns=0, duration_s=2.0):
    """Return stamps and positions of an arm and of another source, in the order of stamps."""
    samples = [(round(k * S / rate_hz), 0) for k in range(int(duration_s * rate_hz))]
    samples += [(round(k * S / other_hz) + shift_ns, 1) for k in range(int(duration_s * other_hz))]
    return [
        (stamp_ns, (other(stamp_ns) if source else arm(stamp_ns),))
        for stamp_ns, source in sorted(samples)
    ]


def feed(check, samples):
    for stamp_ns, positions in samples:
        check.add(stamp_ns, positions)
    return check.conflict


@pytest.mark.parametrize(
    'rate_hz, other_hz, shift_ns',
    [
        (50, 50, 0),
        (50, 50, 7_000_000),
        (125, 62, 1_000_000),
        (62, 125, 1_000_000),
        (125, 5, 3_000_000),
        (125, 500, 123),
        (125, 121, 0),
    ],
)
def test_a_stale_pose_at_another_rate_is_a_second_source(rate_hz, other_hz, shift_ns):
    conflict = feed(SourceCheck(JOINTS), sources(rate_hz, other_hz, lambda _: 0.0, shift_ns))
    assert conflict.joint == 'wrist'
    assert str(conflict).startswith("two sources of joint 'wrist' (")


def test_a_second_arm_that_moves_otherwise_is_a_second_source():
    assert (
        feed(
            SourceCheck(JOINTS), sources(125, 100, lambda stamp_ns: 0.3 * arm(stamp_ns), 3_000_000)
        )
        is not None
    )


@pytest.mark.parametrize('rate_hz', [30, 60, 125, 500, 1000])
@pytest.mark.parametrize('shake_hz', [0, 3, 5])
def test_an_arm_alone_is_one_source_even_if_it_shakes(rate_hz, shake_hz):
    random = np.random.default_rng(3)
    samples = [
        (t, (arm(t) + 0.05 * math.sin(2 * math.pi * shake_hz * t / S) + random.normal(0.0, 1e-3),))
        for t in (round(k * S / rate_hz) for k in range(3 * rate_hz))
    ]
    assert feed(SourceCheck(JOINTS), samples) is None


def test_glitches_of_an_encoder_are_no_second_source():
    random = np.random.default_rng(7)
    samples = [
        (t, (random.uniform(-6.0, 6.0) if random.random() < 0.02 else arm(t),))
        for t in range(0, 2 * S, 8_000_000)
    ]
    assert feed(SourceCheck(JOINTS), samples) is None


def test_a_driver_that_sends_each_message_twice_is_one_source():
    samples = [sample for t in range(0, 2 * S, 8_000_000) for sample in [(t, (arm(t),))] * 2]
    assert feed(SourceCheck(JOINTS), samples) is None


def test_after_a_reset_one_source_is_believed_and_two_are_found_at_once():
    check = SourceCheck(JOINTS)
    both = sources(125, 62, lambda _: 0.9, 1_000_000, 1.0)
    assert feed(check, both) is not None
    check.reset()
    assert feed(check, both[:20]) is not None
    check.reset()
    assert feed(check, [(t, (arm(t),)) for t in range(2 * S, 4 * S, 8_000_000)]) is None
