# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of `pour_force_estimator.cups.profile`."""

import math

import numpy as np
import pytest

from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.profile import profile_capacity
from pour_force_estimator.errors import SimulationError

TILTS = np.linspace(0.05, 2.0, 40)


def test_cylinder_is_the_closed_form():
    cup = Cup(0.12, 0.08)
    capacity, area = profile_capacity([0.0, 0.12], [0.04, 0.04], TILTS)
    expected, expected_area = cup.capacity_and_surface_area(TILTS)
    np.testing.assert_allclose(capacity, expected, atol=1e-3 * cup.volume)
    wide = TILTS < 1.4
    np.testing.assert_allclose(area[wide], expected_area[wide], rtol=2e-3)


def test_upright_cone_is_the_closed_form():
    capacity, _ = profile_capacity([0.0, 0.1], [0.0, 0.05], [1e-6])
    assert capacity[0] == pytest.approx(math.pi * 0.05**2 * 0.1 / 3.0, rel=1e-3)


def test_capacity_of_a_bulging_vessel_falls_with_the_tilt():
    capacity, _ = profile_capacity([0.0, 0.05, 0.1], [0.01, 0.045, 0.03], TILTS)
    assert np.all(np.diff(capacity) <= 0.0)


@pytest.mark.parametrize(
    'heights, radii',
    [
        ([0.0], [0.1]),
        ([0.0, 0.1, 0.1], [0.1] * 3),
        ([0.01, 0.1], [0.1, 0.1]),
        ([0.0, 0.1], [0.1, -0.1]),
        ([0.0, 0.1], [0.1, math.nan]),
    ],
)
def test_bad_profile_is_an_error(heights, radii):
    with pytest.raises(SimulationError, match='profile'):
        profile_capacity(heights, radii, [0.5])
