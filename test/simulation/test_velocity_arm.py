# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.simulation.velocity_arm."""

import pytest

from pour_force_estimator.errors import SimulationError
from pour_force_estimator.simulation.tilt_profile import MAX_POUR_TILT
from pour_force_estimator.simulation.velocity_arm import VelocityArm

STEP_S = 0.01


def move(arm, duration_s, velocity=None):
    for _ in range(round(duration_s / STEP_S)):
        if velocity is not None:
            arm.command(velocity)
        arm.step(STEP_S)


def test_it_reaches_the_commanded_velocity_with_its_acceleration():
    arm = VelocityArm(0.0, max_acceleration=5.0)
    move(arm, 0.1, 1.0)
    assert arm.velocity == pytest.approx(0.5)
    assert arm.tilt == pytest.approx(0.5 * 5.0 * 0.1**2)
    move(arm, 0.9, 1.0)
    assert arm.velocity == pytest.approx(1.0)
    assert arm.tilt == pytest.approx(1.0 - 0.5 * 1.0**2 / 5.0)


def test_it_moves_no_faster_than_it_can():
    arm = VelocityArm(0.0, max_velocity=0.5)
    move(arm, 1.0, -7.0)
    assert arm.velocity == -0.5


def test_it_comes_to_rest_where_no_command_comes():
    arm = VelocityArm(0.0, command_timeout_s=0.2)
    move(arm, 0.5, 0.5)
    move(arm, 0.18)
    assert arm.velocity == 0.5
    move(arm, 0.2)
    assert arm.velocity == 0.0


@pytest.mark.parametrize('velocity, limit', [(2.0, MAX_POUR_TILT), (-2.0, -1.0)])
def test_it_stops_at_the_limits_of_its_joint(velocity, limit):
    arm = VelocityArm(0.0)
    move(arm, 3.0, velocity)
    assert (arm.tilt, arm.velocity) == (limit, 0.0)


@pytest.mark.parametrize(
    'values',
    [{'tilt': 4.0}, {'tilt': 0.0, 'max_velocity': 0.0}, {'tilt': 0.0, 'max_acceleration': -1.0}],
)
def test_an_arm_that_cannot_be(values):
    with pytest.raises(SimulationError, match=list(values)[-1]):
        VelocityArm(**values)
