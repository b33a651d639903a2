# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.simulation.mounted_cup."""

import numpy as np
import pytest

from pour_force_estimator.errors import SimulationError
from pour_force_estimator.simulation.mounted_cup import draw_tasks, MountedCup, MountingSpreads
from pour_force_estimator.simulation.population import FITTED_CUPS
from pour_force_estimator.units import newton_to_gram

CUP = FITTED_CUPS['cylinder_120x121']
BOTTLE = FITTED_CUPS['bottle_285x89']


def test_sessions_and_pours_spread_as_asked():
    rng = np.random.default_rng(1)
    mounted = [MountedCup(CUP, MountingSpreads(), rng) for _ in range(2000)]
    assert np.std([cup.offset_deg for cup in mounted]) == pytest.approx(2.2, rel=0.06)
    offsets = [mounted[0].draw(rng).angle_offset - CUP.angle_offset for _ in range(2000)]
    within = np.degrees(offsets) - mounted[0].offset_deg
    assert np.std(within) == pytest.approx(0.6, rel=0.06)
    assert abs(np.mean(within)) < 0.05
    assert MountedCup(CUP, MountingSpreads(0.0, 0.0, 0.0), rng).draw(rng) == CUP


def test_a_mounted_cup_flows_alike_in_all_its_pours():
    rng = np.random.default_rng(2)
    mounted = MountedCup(CUP, MountingSpreads(discharge=0.1), rng)
    discharges = {mounted.draw(rng).discharge for _ in range(5)}
    assert len(discharges) == 1 and discharges != {CUP.discharge}
    assert abs(discharges.pop() / CUP.discharge - 1.0) <= 0.1


def draw(cups, targets_g, seed=4):
    named, rng = {'a': CUP, 'b': BOTTLE}, np.random.default_rng(seed)
    mounted = [(name, named[name]) for name in cups]
    fills = np.full(len(cups), 0.3)
    return draw_tasks(mounted, targets_g, fills, 1.0, MountingSpreads(), rng)


def test_a_cup_stays_mounted_until_another_comes():
    tasks = draw('aabba', [50.0])
    assert [task.is_mounted_anew for task in tasks] == [True, False, True, False, True]
    assert tasks[0].cup.discharge == tasks[1].cup.discharge != tasks[4].cup.discharge
    assert tasks[0].cup.angle_offset != tasks[1].cup.angle_offset
    assert draw('aabba', [50.0]) == tasks != draw('aabba', [50.0], seed=5)


def test_targets_and_contents_are_whole_grams():
    tasks = draw('ab', [50.0, 120.0])
    assert [newton_to_gram(task.target_weight) for task in tasks] == pytest.approx([50.0, 120.0])
    for task, cup in zip(tasks, (CUP, BOTTLE)):
        content_g = newton_to_gram(task.initial_weight)
        assert content_g == pytest.approx(round(content_g))
        assert content_g == pytest.approx(0.3 * cup.volume * 1e6, abs=1.0)


@pytest.mark.parametrize(
    'cups, targets_g, expected',
    [
        ('ab', [50.0, 60.0, 70.0], 'one for each of 2 cups'),
        ('ab', [], 'one for each of 2 cups'),
        ('a', [0.0], 'received 0 g'),
        ('a', [415.0], 'below the 413 g in a, received 415 g'),
    ],
)
def test_targets_that_cannot_be(cups, targets_g, expected):
    with pytest.raises(SimulationError, match=expected):
        draw(cups, targets_g)


@pytest.mark.parametrize('values', [{'session_deg': 20.0}, {'pour_deg': -1.0}, {'discharge': 1.0}])
def test_spreads_that_cannot_be(values):
    with pytest.raises(SimulationError, match=list(values)[0]):
        MountingSpreads(**values)
