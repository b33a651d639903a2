# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.simulation.population."""

import numpy as np
import pytest

from pour_force_estimator.cups.everyday import everyday_cup, EVERYDAY_NAMES
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.simulation import CUP_SETS, draw_population, FITTED_CUPS, Population
from pour_force_estimator.simulation.simulator import simulate_pours
from pour_force_estimator.units import m_to_mm, newton_to_lbf


def test_ranges_and_shapes():
    """Mixed liquids are mostly water."""
    population = draw_population(2000, np.random.default_rng(0))
    cup, weight = population.cup, newton_to_lbf(population.weight)
    assert np.mean(cup.lip_ratio == 1.0) == pytest.approx(0.5, abs=0.05)
    assert cup.lip_ratio.min() >= 0.25
    assert 70.0 <= m_to_mm(cup.height).min() and m_to_mm(cup.height).max() <= 300.0
    assert 0.09 <= weight.min() and weight.max() <= 1.36
    assert np.all(population.liquid.relative_density == 1.0)
    density = draw_population(2000, np.random.default_rng(3), 1, 'mixed').liquid.relative_density
    assert np.mean(density == 1.0) == pytest.approx(0.6, abs=0.05)
    assert density.min() >= 0.9 and density.max() <= 1.3


@pytest.mark.parametrize('cup_set', [1, 2])
def test_every_cup_pours_neither_at_the_start_nor_never(cup_set):
    population = draw_population(1000, np.random.default_rng(1), cup_set, 'mixed')
    onset = np.degrees(population.cup.onset_angle(population.volume))
    assert onset.min() > 18.0 and onset.max() < 120.0
    assert np.all(population.volume < population.cup.volume)
    assert np.all(population.pourable_weight > 0.0)


def test_the_two_sets_share_no_diameter():
    """Fitted cups are in the first."""

    def within(diameter, bands):
        return np.any([(low <= diameter) & (diameter <= high) for low, high in bands], axis=0)

    for cup_set, bands in CUP_SETS.items():
        diameter = m_to_mm(draw_population(500, np.random.default_rng(2), cup_set).cup.diameter)
        assert np.all(within(diameter, bands))
    for low, high in CUP_SETS[1]:
        assert all(high < other_low or other_high < low for other_low, other_high in CUP_SETS[2])
    for name, cup in FITTED_CUPS.items():
        height, diameter = map(float, name.split('_')[1].split('x'))
        assert (m_to_mm(cup.height), m_to_mm(cup.diameter)) == pytest.approx((height, diameter))
        assert within(diameter, CUP_SETS[1])


@pytest.mark.parametrize('name, value', [('cup_set', 3), ('liquids', 'mercury')])
def test_unknown_choices_are_refused(name, value):
    with pytest.raises(SimulationError, match=f'{name}: expected one of .* received {value!r}'):
        draw_population(3, np.random.default_rng(0), **{name: value})


@pytest.mark.parametrize('control', ['open', 'closed'])
def test_pours_from_everyday_vessels(control):
    cups, rng = [everyday_cup(name) for name in EVERYDAY_NAMES], np.random.default_rng(3)
    population = Population.of(cups, 1.0, np.full(len(cups), 0.4))
    pours = simulate_pours(len(cups), rng, control=control, population=population)
    assert np.all(pours.final_poured_weight > 0.1 * population.weight)
    assert np.all(pours.final_poured_weight <= population.weight)
    for index, cup in enumerate(cups):
        single, liquid, volume = population[index]
        assert single == cup and liquid.weight(volume) == population.weight[index]
