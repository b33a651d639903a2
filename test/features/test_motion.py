# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.features.motion against numbers computed by hand."""

import math

import numpy as np
import pytest

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.features import motion

HEIGHT, DIAMETER = 0.12, 0.121
FULL_N = math.pi * 0.0605**2 * 0.12 * 9806.65
"""What the upright cup holds: 1379.88 ml of water, 13.532 N."""

CONTEXT = PourContext(initial_weight=9.0, cup_height=HEIGHT, cup_diameter=DIAMETER)


def run(feature, tilts, context=CONTEXT):
    """Return the feature at each of the tilts [rad]."""
    feature.start(context)
    return [feature.step(tilt) for tilt in tilts]


@pytest.mark.parametrize('sign', [1, -1])
def test_theta_and_its_velocity_have_the_sign_of_the_recordings(sign):
    """At 60 Hz the span of 0.1 s is six steps; before the first step the cup is at rest."""
    theta = run(motion.Theta(60.0, sign), [0.0, math.pi / 6.0, -math.pi / 180.0])
    assert theta == pytest.approx([0.0, 30.0 * sign, -1.0 * sign])
    tilts = [0.0, 0.01, 0.03, 0.06, 0.10, 0.15, 0.21, 0.28, 0.28]
    velocities = np.array([0.0, 0.1, 0.3, 0.6, 1.0, 1.5, 2.1, 2.7, 2.5])
    assert run(motion.ThetaVelocity(60.0, sign), tilts) == pytest.approx(sign * velocities)


@pytest.mark.parametrize('rate', [5.0, 10.0, 30.0, 60.0, 100.0, 250.0])
def test_velocity_of_a_steady_turn(rate):
    velocities = run(motion.ThetaVelocity(rate, 1), (0.7 * np.arange(50) / rate).tolist())
    assert velocities[-1] == pytest.approx(0.7)


def test_capacity_of_the_upright_cup():
    assert run(motion.Capacity(60.0, 1), [-0.3, -3.0]) == pytest.approx([FULL_N] * 2, rel=1e-6)
    assert run(motion.Capacity(60.0, 1), [0.0]) == pytest.approx([FULL_N], rel=1e-3)


@pytest.mark.parametrize('size', [(HEIGHT, DIAMETER), (0.292, 0.075), (0.05, 0.3)])
@pytest.mark.parametrize('sign, density', [(1, None), (-1, 1.25)])
def test_capacity_is_that_of_the_cup(size, sign, density):
    """Whatever the sign of theta; the table has a node each 0.25 degree."""
    cup, tilts = Cup(*size), np.linspace(-1.5, 2.9, 777)
    context = PourContext(5.0, cup_height=size[0], cup_diameter=size[1], relative_density=density)
    weights = run(motion.Capacity(60.0, sign), tilts.tolist(), context)
    weight = 9806.65 * (density or 1.0)
    expected = cup.capacity(tilts) * weight
    assert weights == pytest.approx(expected, rel=0.0, abs=0.002 * cup.volume * weight)


def test_excess_by_hand_and_the_largest_does_not_fall():
    """Of 9 N nothing is too much for the upright cup, and all of it for the level one."""
    half, level = math.atan(HEIGHT / DIAMETER), math.pi / 2.0
    too_much = 9.0 - FULL_N / 2.0
    excess = run(motion.Excess(60.0, 1), [0.0, half, level])
    assert excess == pytest.approx([0.0, too_much, 9.0], abs=9e-3)
    largest = run(motion.LargestExcess(60.0, 1), [0.0, half, 0.0, level, half])
    assert largest == pytest.approx([0.0, too_much, too_much, 9.0, 9.0], abs=9e-3)
