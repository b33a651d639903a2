# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.tilt_reader."""

from types import SimpleNamespace

import pytest

from pour_force_estimator.tilt.joint_tilt import JointTilt
from pour_force_estimator.tilt.tilt_reader import TiltReader


def joint_state(**positions):
    return SimpleNamespace(name=list(positions), position=list(positions.values()))


def test_it_reads_the_tilt_whatever_the_order_and_none_that_cannot_be_believed():
    tilt = JointTilt(('elbow', 'wrist'), (1.0, -1.0), 0.5)
    reader = TiltReader(tilt, max_joint_velocity=10.0)
    assert reader.read(0, joint_state(elbow=0.4, wrist=0.1)) == pytest.approx(0.8)
    later = reader.read(10**9, joint_state(wrist=0.2, lift=9.0, elbow=0.4))
    assert later == pytest.approx(0.7)
    assert reader.read(11 * 10**8, joint_state(elbow=3.0, wrist=0.2)) is None
    assert reader.joints.refused == {'too_fast': 1}
