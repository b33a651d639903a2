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


@pytest.mark.parametrize(
    'joints, coefficients, offset, message',
    [
        ('', [], 0.0, 'joints: expected one or more different names, received'),
        ('aa', [1.0, 1.0], 0.0, 'joints: expected one or more different names, received'),
        ('ab', [], 0.0, r'coefficients: expected 2, one per joint, received \[\]'),
        ('ab', [1.0, 2.0, 3.0], 0.0, 'coefficients: expected 2, one per joint, received'),
        ('a', [math.nan], 0.0, 'expected finite numbers, received'),
        ('a', [math.inf], 0.0, 'expected finite numbers, received'),
        ('a', [1.0], math.nan, 'expected finite numbers, received'),
        ('a', [1.0], -math.inf, 'expected finite numbers, received'),
    ],
)
def test_what_is_no_combination(joints, coefficients, offset, message):
    with pytest.raises(TiltError, match=message):
        JointTilt(tuple(joints), tuple(coefficients), offset)
