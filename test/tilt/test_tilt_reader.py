# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.tilt_reader."""

import math
from types import SimpleNamespace

import pytest

from pour_force_estimator.tilt.joint_tilt import JointTilt
from pour_force_estimator.tilt.tilt_reader import TiltReader

SECOND_NS = 1_000_000_000


@pytest.fixture
def reader():
    return TiltReader(JointTilt(('elbow', 'wrist'), (1.0, -1.0), 0.5), max_joint_velocity=10.0)


def joint_state(**positions):
    return SimpleNamespace(name=list(positions), position=list(positions.values()))


def test_it_reads_the_tilt_whatever_the_order(reader):
    assert reader.read(0, joint_state(elbow=0.4, wrist=0.1)) == pytest.approx(0.8)
    later = reader.read(SECOND_NS, joint_state(wrist=0.2, lift=9.0, elbow=0.4))
    assert later == pytest.approx(0.7)


@pytest.mark.parametrize(
    'positions, cause',
    [
        ({'elbow': 0.4}, 'partial'),
        ({'elbow': math.nan, 'wrist': 0.0}, 'not_finite'),
        ({'elbow': 3.0, 'wrist': 0.0}, 'too_fast'),
    ],
)
def test_what_cannot_be_believed_gives_no_tilt(reader, positions, cause):
    reader.read(0, joint_state(elbow=0.0, wrist=0.0))
    assert reader.read(SECOND_NS // 10, joint_state(**positions)) is None
    assert reader.joints.refused == {cause: 1}
