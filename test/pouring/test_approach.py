# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pouring.approach."""

from dataclasses import replace
import math

import pytest

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.pouring.approach import find_approach_tilt
from pour_force_estimator.simulation.population import FITTED_CUPS

HALF_FULL = PourContext(
    initial_weight=Liquid(1.2).weight(math.pi * 0.05**2 * 0.05),
    cup_height=0.1,
    cup_diameter=0.1,
    relative_density=1.2,
)


def context_of(cup, volume):
    weight = Liquid().weight(volume)
    return PourContext(weight, cup_height=cup.height, cup_diameter=cup.diameter)


def test_a_cylinder_that_is_half_full_pours_where_its_diagonal_is_level():
    assert find_approach_tilt(HALF_FULL, 0.0) == pytest.approx(math.pi / 4.0, abs=1e-6)
    assert find_approach_tilt(HALF_FULL, 0.2) == pytest.approx(math.pi / 4.0 - 0.2, abs=1e-6)


@pytest.mark.parametrize('name', ['initial_weight', 'cup_height', 'cup_diameter'])
def test_without_size_or_content_nothing_is_known(name):
    assert find_approach_tilt(replace(HALF_FULL, **{name: None}), 0.2) is None


def test_a_cup_that_is_too_full_pours_at_once():
    assert find_approach_tilt(replace(HALF_FULL, initial_weight=50.0), 0.2) < 0.0


@pytest.mark.parametrize('lip_ratio', [0.2, 0.6, 0.95])
def test_no_cup_of_that_size_pours_sooner(lip_ratio):
    for fill in (0.2, 0.5, 0.8):
        cup = Cup(0.2, 0.08, lip_ratio)
        volume = fill * cup.volume
        assert find_approach_tilt(context_of(cup, volume), 0.0) < cup.onset_angle(volume)


@pytest.mark.parametrize('name, cup', FITTED_CUPS.items())
def test_the_usual_margin_holds_for_the_recorded_cups(name, cup):
    volume = 0.3 * cup.volume
    assert find_approach_tilt(context_of(cup, volume), 0.26) < cup.onset_angle(volume) - 0.03
