# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.tilt.joint_tilt."""

import math

import pytest

from pour_force_estimator.errors import TiltError
from pour_force_estimator.tilt.joint_tilt import JointTilt


def test_linear_combination():
    tilt = JointTilt(('shoulder', 'elbow', 'wrist'), (1.0, -1.0, 0.5), offset=-0.25)
    assert tilt([1.0, 0.5, 0.5]) == 0.5
    assert tilt([0.0, 0.0, 0.0]) == -0.25
    assert JointTilt(('wrist',), (1.0,))([0.25]) == 0.25


@pytest.mark.parametrize('joints', [(), ('a', 'a')])
def test_joints_must_be_given_once(joints):
    with pytest.raises(TiltError, match='^joints: expected one or more different names, receiv'):
        JointTilt(joints, (1.0,) * len(joints))


@pytest.mark.parametrize('coefficients', [(), (1.0,), (1.0, 2.0, 3.0)])
def test_one_coefficient_per_joint(coefficients):
    with pytest.raises(TiltError) as caught:
        JointTilt(('a', 'b'), coefficients)
    assert str(caught.value) == (
        f'coefficients: expected 2, one per joint, received {list(coefficients)}'
    )


@pytest.mark.parametrize(
    'coefficient, offset', [(math.nan, 0.0), (math.inf, 0.0), (1.0, math.nan), (1.0, -math.inf)]
)
def test_numbers_must_be_finite(coefficient, offset):
    with pytest.raises(TiltError, match='expected finite numbers, received'):
        JointTilt(('a',), (coefficient,), offset)
