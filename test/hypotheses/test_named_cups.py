# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Hypotheses about cups that have a name, and what an estimator keeps of them."""

from dataclasses import replace

from hypothetical_pours import context_of, estimates_of, outflow_of, turn
import numpy as np
import pytest
from small_models import INTERVAL, make_model, make_spec

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.cups.everyday import everyday_cup, EVERYDAY_NAMES, with_everyday_cups
from pour_force_estimator.cups.outflow import advance
from pour_force_estimator.cups.table import CupSpec, CupTable
from pour_force_estimator.errors import ContextError, MountingError
from pour_force_estimator.hypotheses import hypotheses_of
from pour_force_estimator.hypotheses.mounting_file import read_mountings
from pour_force_estimator.mounting_keeper import MountingKeeper

FITTED = CupSpec.of_size(0.120, 0.121, discharge=0.5, angle_offset=0.05, pours=12)
TWIN = replace(FITTED, name='twin', angle_offset=0.0)
TABLE = with_everyday_cups(CupTable([FITTED, TWIN]))
MODEL = StepModel(make_model(make_spec(cups=tuple(TABLE), interval=INTERVAL)))


def hypotheses(name):
    cup = TABLE.named(name)
    return hypotheses_of(TABLE, cup.height, cup.diameter, name)


@pytest.mark.parametrize('name', EVERYDAY_NAMES)
def test_a_known_shape_leaves_only_its_outflow_open(name):
    grid = hypotheses(name)
    assert {cup.table for cup in grid.cups} == {everyday_cup(name).table}
    assert len({cup.discharge for cup in grid.cups}) == len(grid.cups) > 1
    assert len({cup.angle_offset for cup in grid.cups}) == 1
    assert sum(grid.cup_prior) == pytest.approx(1.0)


def test_a_fitted_cup_has_one_hypothesis_by_name_and_by_size():
    assert hypotheses('twin').cups == (TWIN,)
    assert hypotheses(FITTED.name) == hypotheses_of(TABLE, 0.1203, 0.121)
    assert hypotheses(FITTED.name).cups == (FITTED,)


def test_a_cup_of_unknown_size_is_the_same_beside_everyday_vessels():
    mug = everyday_cup('mug')
    for size in ((0.1, 0.1), (0.3, 0.08), (mug.height, mug.diameter)):
        assert hypotheses_of(TABLE, *size) == hypotheses_of([FITTED, TWIN], *size)
    shapes = {cup.table for cup in hypotheses_of(TABLE, mug.height, mug.diameter).cups}
    assert len(shapes) == 3 and mug.table not in shapes


def test_the_hypotheses_pour_as_the_vessel_does():
    grid = hypotheses('wine_glass')
    cup = grid.typical
    tilts = np.linspace(0.1, 1.6, 180)
    outflow = outflow_of(grid, context_of(cup, 0.6), tilts)
    volume = outflow.initial_volume
    for before, tilt in zip([tilts[0], *tilts], tilts):
        volume = float(advance(cup, volume, before, tilt, 1.0 / 60.0))
    row, upright = grid.cups.index(cup), grid.offsets_deg.tolist().index(0.0)
    left = outflow.volumes[row, upright]
    assert left == pytest.approx(volume, abs=0.005 * cup.volume)
    assert left < 0.5 * outflow.initial_volume


def estimator_of(cup, **options):
    """Return an estimator that is told of a cup by its name."""
    return PourEstimator(MODEL, PourContext(1.5, 0.5, cup=cup), **options)


def pour(estimator):
    """Pour; return how much in the end."""
    return estimates_of(estimator, turn())[-1].poured_weight


def test_what_was_learned_stays_with_the_cup_however_it_is_asked_for():
    estimator = estimator_of(FITTED.name)
    estimator.weigh(0.8 * pour(estimator))
    estimator.reset(PourContext(1.5, 0.5, cup_height=0.120, cup_diameter=0.121))
    assert estimator.mounting.pours_weighed == 1
    estimator.reset(PourContext(1.5, 0.5, cup='twin'))
    assert estimator.mounting.pours_weighed == 0


def test_of_a_vessel_whose_shape_is_known_a_weighed_pour_tells_how_it_flows():
    estimator = estimator_of('mug')
    assert estimator.context.cup_height == everyday_cup('mug').height
    before = pour(estimator)
    estimator.weigh(0.7 * before)
    estimator.reset()
    assert abs(pour(estimator) - 0.7 * before) < abs(before - 0.7 * before)


def test_a_name_that_is_not_known_changes_nothing():
    estimator = estimator_of('mug')
    with pytest.raises(ContextError, match="mug.*received 'my jug'"):
        estimator.reset(PourContext(1.5, cup='my jug'))
    assert estimator.context.cup == 'mug'


def test_a_cup_that_is_given_stands_before_one_of_the_model():
    mug = CupSpec.of_size(0.1, 0.09, name='mug', pours=5)
    estimator = estimator_of('mug', cups=[mug])
    assert estimator.mounting.hypotheses.cups == (mug,)
    assert len(estimator.cups) == len(TABLE)


def test_a_mounting_is_kept_by_the_name(tmp_path):
    path = tmp_path / 'mounting.json'
    estimator = estimator_of('mug')
    estimator.weigh(0.8 * pour(estimator))
    MountingKeeper(str(path), estimator).keep()
    assert [of_cup.cup for of_cup in read_mountings(path)] == ['mug']
    assert path.stat().st_size < 50_000
    again, tumbler = (MountingKeeper(str(path), estimator_of(cup)) for cup in ('mug', 'tumbler'))
    assert 'pours weighed: 1' in again.restore()
    assert 'is of another cup, mug, ' in tumbler.restore()
    refitted = estimator_of('mug', cups=[replace(everyday_cup('mug'), discharge=0.5)])
    with pytest.raises(MountingError, match='another fit of it'):
        MountingKeeper(str(path), refitted).restore()
