# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a second source of a joint does to an estimate: nothing, or it ends it."""

import math
from types import SimpleNamespace

import pytest

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.tilt.joint_tilt import JointTilt
from pour_force_estimator.tilt.tilt_reader import TiltReader

S = 1_000_000_000
START_NS = 10**18
RATE_HZ = 125
MODEL = StepModel.load()
CONTEXT = PourContext(4.0, 1.5, cup_height=0.120, cup_diameter=0.121)


def arm(time_s):
    return 1.4 * math.sin(math.pi * min(max(time_s, 0.0), 4.0) / 4.0)


LIARS = {
    'upright': lambda _: 0.0,
    'stale': lambda _: 0.9,
    'slower': lambda time_s: 0.7 * arm(time_s),
    'late': lambda time_s: arm(time_s - 0.2),
    'beside': lambda time_s: arm(time_s) + 0.15,
}


def messages(source, rate_hz, position, burst=1):
    """Return time of arrival [s], stamp [ns], position and number of what a source sends."""
    return [
        (
            count // burst * burst / rate_hz + 1e-6 * source,
            START_NS + round(count * S / rate_hz),
            position(count / rate_hz),
            1 + 9000 * (1 - source) + count,
        )
        for count in range(int(5 * rate_hz))
    ]


def pour(arrivals, has_numbers):
    """Return the last estimate [N], or None if the pour was ended by an error."""
    estimator = PourEstimator(MODEL, CONTEXT)
    reader = TiltReader(JointTilt(('wrist',), (1.0,), 0.0), 20.0)
    weight = 0.0
    for _, stamp_ns, position, number in sorted(arrivals):
        message = SimpleNamespace(name=['wrist'], position=[position])
        tilt = reader.read(stamp_ns, message, number if has_numbers else None)
        if tilt is not None:
            for estimate in estimator.update(stamp_ns, tilt):
                weight = estimate.poured_weight
        if reader.joints.sources.conflict is not None or estimator.status.interruption:
            return None
    return weight


@pytest.fixture(scope='module')
def right():
    """Return the estimate of the arm alone [N]."""
    weight = pour(messages(0, RATE_HZ, arm), True)
    assert weight > 1.0
    return weight


@pytest.mark.parametrize('has_numbers', [True, False])
@pytest.mark.parametrize('burst', [1, 2, 4])
@pytest.mark.parametrize('liar', LIARS)
def test_an_estimate_is_right_or_ended_whoever_else_publishes(right, liar, burst, has_numbers):
    for rate_hz in (0.5, 5, 30, 62, 125, 500):
        arrivals = messages(0, RATE_HZ, arm) + messages(1, rate_hz, LIARS[liar], burst)
        weight = pour(arrivals, has_numbers)
        assert weight is None or weight == pytest.approx(right, abs=0.05)
        if rate_hz >= 62 and (burst == 1 or liar in ('upright', 'stale')):
            assert weight is None
