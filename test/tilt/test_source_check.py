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


def sources(rate_hz, other_hz, second_arm, shift_ns=0, duration_s=2.0):
    """Return stamps and positions of an arm and of another source, in the order of stamps."""
    samples = [(round(k * S / rate_hz), 0) for k in range(int(duration_s * rate_hz))]
    samples += [(round(k * S / other_hz) + shift_ns, 1) for k in range(int(duration_s * other_hz))]
    return [
        (stamp_ns, (second_arm(stamp_ns) if source else arm(stamp_ns),))
        for stamp_ns, source in sorted(samples)
    ]


def feed(check, samples):
    for stamp_ns, positions in samples:
        check.add(stamp_ns, positions)
    return check.conflict


@pytest.mark.parametrize('shift_ns', [0, 123, 1_000_000, 3_000_000, 7_000_000])
@pytest.mark.parametrize(
    'rate_hz, other_hz', [(50, 50), (125, 62), (62, 125), (125, 5), (125, 500), (125, 121)]
)
def test_a_stale_pose_at_another_rate_is_a_second_source(rate_hz, other_hz, shift_ns):
    conflict = feed(SourceCheck(JOINTS), sources(rate_hz, other_hz, lambda _: 0.0, shift_ns))
    assert conflict.joint == 'wrist'
    assert str(conflict).startswith("two sources of joint 'wrist' (")


@pytest.mark.parametrize('rate_hz', [30, 60, 125, 500, 1000])
@pytest.mark.parametrize('shake_hz', [0, 3, 5])
def test_an_arm_alone_is_one_source_even_if_it_shakes(rate_hz, shake_hz):
    random = np.random.default_rng(3)
    samples = [
        (t, (arm(t) + 0.05 * math.sin(2 * math.pi * shake_hz * t / S) + random.normal(0.0, 1e-3),))
        for t in (round(k * S / rate_hz) for k in range(3 * rate_hz))
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


def in_bursts(rate_hz, other_hz, second_arm, burst, duration_s=4.0):
    """Return an arm and another source that both send `burst` samples at a time, as they come."""
    arrivals = []
    for source, (rate, position) in enumerate(((rate_hz, arm), (other_hz, second_arm))):
        for count in range(int(duration_s * rate)):
            stamp_ns = round(count * S / rate)
            arrivals.append((count // burst * burst / rate, source, stamp_ns, position(stamp_ns)))
    return [(stamp_ns, (position,)) for _, _, stamp_ns, position in sorted(arrivals)]


@pytest.mark.parametrize('burst', [2, 4])
@pytest.mark.parametrize('rate_hz, other_hz', [(125, 125), (125, 62), (50, 125), (500, 30)])
@pytest.mark.parametrize('pose', [0.0, 0.9])
def test_sources_that_send_in_bursts_are_found(rate_hz, other_hz, pose, burst):
    assert feed(SourceCheck(JOINTS), in_bursts(rate_hz, other_hz, lambda _: pose, burst))


@pytest.mark.parametrize('rate_hz', [50, 125, 500])
def test_a_stale_pose_every_two_seconds_is_found_within_half_a_minute(rate_hz):
    samples = sources(rate_hz, 0.5, lambda _: 0.9, 1_000_000, 30.0)
    assert feed(SourceCheck(JOINTS), samples) is not None


@pytest.mark.parametrize('other_hz', [62, 125, 133])
@pytest.mark.parametrize('share, late_s', [(1.0, 0.1), (1.0, 0.5), (0.3, 0.0)])
def test_a_copy_of_the_motion_that_is_late_or_smaller_is_a_second_source(other_hz, share, late_s):
    late_ns = round(late_s * S)
    samples = sources(125, other_hz, lambda t: share * arm(max(0, t - late_ns)), 3_000_000)
    assert feed(SourceCheck(JOINTS), samples) is not None


def test_three_sources_in_turn_are_found():
    poses = (arm, lambda _: 0.9, lambda _: -0.5)
    samples = [(t, (poses[k % 3](t),)) for k, t in enumerate(range(0, 2 * S, 4_000_000))]
    assert feed(SourceCheck(JOINTS), samples) is not None


def lone_arm(rate_hz, duration_s):
    """Return stamps and positions of an arm that pours every two seconds."""
    stamps = [round(k * S / rate_hz) for k in range(round(duration_s * rate_hz))]
    return [(t, (abs(1.4 * math.sin(math.pi * t / (2 * S))),)) for t in stamps]


@pytest.mark.parametrize('rate_hz', [30, 125, 500])
@pytest.mark.parametrize('share, glitch', [(0.02, None), (0.002, 0.0)])
def test_an_arm_alone_may_have_glitches_for_a_minute(rate_hz, share, glitch):
    random, samples = np.random.default_rng(11), lone_arm(rate_hz, 60.0)
    for index in np.flatnonzero(random.random(len(samples)) < share):
        position = random.uniform(-6.0, 6.0) if glitch is None else glitch
        samples[index] = samples[index][0], (position,)
    assert feed(SourceCheck(JOINTS), samples) is None


@pytest.mark.parametrize('rate_hz', [30, 125, 500])
def test_jitter_late_messages_and_lost_ones_are_no_second_source(rate_hz):
    random, samples = np.random.default_rng(13), lone_arm(rate_hz, 12.0)
    jittery = [(t + int(random.normal(0.0, 0.3 * S / rate_hz)), x) for t, x in samples]
    lossy = [sample for sample in samples if random.random() > 0.3]
    late = list(samples)
    for index in range(0, len(late) - 10, 40):
        late.insert(index + 5, late.pop(index))
    for disturbed in (jittery, lossy, late):
        assert feed(SourceCheck(JOINTS), disturbed) is None


def test_an_arm_that_jumps_after_a_pause_is_one_source():
    samples = [(k * 8_000_000 + k // 100 * S, (0.4 * (k // 100 % 3),)) for k in range(3000)]
    assert feed(SourceCheck(JOINTS), samples[:300]) is None


def test_numbers_of_publishers_tell_slow_sources_at_once():
    check = SourceCheck(JOINTS)
    for count in range(300):
        stamp_ns = count * 8_000_000
        assert check.add(stamp_ns, (arm(stamp_ns),), 1000 + count) is None or count > 200
        if count in (100, 200):
            check.add(stamp_ns + 1_000_000, (0.0,), count // 100)
    assert check.conflict.joint == 'wrist'
    assert check.conflict.alternations == 3
