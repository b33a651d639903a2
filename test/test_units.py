# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.units against numbers from the definitions of the units."""

import math

import numpy as np
import pytest

from pour_force_estimator import units


@pytest.mark.parametrize(
    'convert, invert, value, expected',
    [
        (units.lbf_to_newton, units.newton_to_lbf, 1.0, 4.4482216152605),
        (units.newton2_to_lbf2, None, 4.4482216152605**2, 1.0),
        (units.newton_to_ml, units.ml_to_newton, 9.80665, 1000.0),
        (units.rad_to_degree, units.degree_to_rad, math.pi, 180.0),
        (units.mm_to_m, units.m_to_mm, 121.0, 0.121),
        (units.m3_to_ml, None, 0.001, 1000.0),
        (units.gram_to_newton, units.newton_to_gram, 1000.0, 9.80665),
    ],
)
def test_known_values(convert, invert, value, expected):
    assert convert(value) == pytest.approx(expected, rel=1e-14)
    assert invert is None or invert(expected) == pytest.approx(value, rel=1e-14)


def test_a_denser_liquid_takes_less_volume():
    assert units.ml_to_newton(500.0, 2.0) == pytest.approx(9.80665)
    assert units.newton_to_ml(9.80665, 2.0) == pytest.approx(500.0)


@pytest.mark.parametrize('name', [name for name in vars(units) if '_to_' in name])
def test_a_scalar_and_an_array_give_the_same_bits(name):
    convert, values = getattr(units, name), np.random.default_rng(0).uniform(-200.0, 200.0, 1000)
    alone = np.array([convert(value) for value in values.tolist()])
    assert np.array_equal(convert(values), alone)
