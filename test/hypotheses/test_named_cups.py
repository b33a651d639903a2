# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Hypotheses about cups that have a name, and what an estimator keeps of them."""

from dataclasses import replace
import json
import math

import numpy as np
import pytest
from small_models import INTERVAL, make_model, make_spec

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.cups.everyday import everyday_cup, EVERYDAY_NAMES, with_everyday_cups
from pour_force_estimator.cups.outflow import advance
from pour_force_estimator.cups.table import CupSpec, CupTable
from pour_force_estimator.errors import ContextError, MountingError
from pour_force_estimator.hypotheses import hypotheses_of, HypotheticalOutflow
from pour_force_estimator.hypotheses.mounting_file import read_mounting
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
    made = hypotheses(name)
    assert {cup.table for cup in made.cups} == {everyday_cup(name).table}
    assert len({cup.discharge for cup in made.cups}) == len(made.cups) > 1
    assert len({cup.angle_offset for cup in made.cups}) == 1
    assert sum(made.cup_prior) == pytest.approx(1.0)


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
    made = hypotheses('wine_glass')
    cup = made.typical
    context = PourContext(
        initial_weight=9806.65 * 0.6 * cup.volume,
        cup_height=cup.height,
        cup_diameter=cup.diameter,
    )
    outflow = HypotheticalOutflow(made, context, 60.0)
    tilts = np.linspace(0.1, 1.6, 180)
    volume = outflow.initial_volume
    for before, tilt in zip([tilts[0], *tilts], tilts):
        outflow.step(float(tilt))
        volume = float(advance(cup, volume, before, tilt, 1.0 / 60.0))
    row, upright = made.cups.index(cup), made.offsets_deg.tolist().index(0.0)
    left = outflow.volumes[row, upright]
    assert left == pytest.approx(volume, abs=0.005 * cup.volume)
    assert left < 0.5 * outflow.initial_volume


def context(**cup):
    return PourContext(initial_weight=1.5, target_weight=0.5, **cup)


def pour(estimator):
    """Pour; return how much in the end."""
    for count in range(276):
        tilt = max(1.2 * math.sin(math.pi * count / 250), 0.0)
        for estimate in estimator.update(8_000_000 * count, tilt):
            last = estimate
    return last.poured_weight


def test_what_was_learned_stays_with_the_cup_however_it_is_asked_for():
    estimator = PourEstimator(MODEL, context(cup=FITTED.name))
    estimator.weigh(0.8 * pour(estimator))
    estimator.reset(context(cup_height=0.120, cup_diameter=0.121))
    assert estimator.mounting.pours_weighed == 1
    estimator.reset(context(cup='twin'))
    assert estimator.mounting.pours_weighed == 0


def test_of_a_vessel_whose_shape_is_known_a_weighed_pour_tells_how_it_flows():
    estimator = PourEstimator(MODEL, context(cup='mug'))
    assert estimator.context.cup_height == everyday_cup('mug').height
    before = pour(estimator)
    estimator.weigh(0.7 * before)
    estimator.reset()
    after = pour(estimator)
    assert abs(after - 0.7 * before) < abs(before - 0.7 * before)


def test_a_name_that_is_not_known_changes_nothing():
    estimator = PourEstimator(MODEL, context(cup='mug'))
    with pytest.raises(ContextError, match="mug.*received 'my jug'"):
        estimator.reset(context(cup='my jug'))
    assert estimator.context.cup == 'mug'
    with pytest.raises(ContextError):
        PourEstimator(MODEL, context(cup='my jug'))


def test_a_cup_that_is_given_stands_before_one_of_the_model():
    own = CupSpec.of_size(0.1, 0.09, name='mug', pours=5)
    estimator = PourEstimator(MODEL, context(cup='mug'), cups=[own])
    assert estimator.mounting.hypotheses.cups == (own,)
    assert len(estimator.cups) == len(TABLE)


def test_a_mounting_is_kept_by_the_name(tmp_path):
    path = tmp_path / 'mounting.json'
    estimator = PourEstimator(MODEL, context(cup='mug'))
    keeper = MountingKeeper(str(path), estimator)
    keeper.restore()
    estimator.weigh(0.8 * pour(estimator))
    keeper.keep()
    assert read_mounting(path).cup == 'mug'
    assert path.stat().st_size < 50_000
    again = PourEstimator(MODEL, context(cup='mug'))
    assert 'pours weighed: 1' in MountingKeeper(str(path), again).restore()
    assert again.mounting.to_dict() == json.loads(json.dumps(estimator.mounting.to_dict()))
    other = PourEstimator(MODEL, context(cup='tumbler'))
    assert 'is of another cup, mug, ' in MountingKeeper(str(path), other).restore()
    refitted = PourEstimator(
        MODEL, context(cup='mug'), cups=[replace(everyday_cup('mug'), discharge=0.5)]
    )
    with pytest.raises(MountingError, match='another fit of it'):
        MountingKeeper(str(path), refitted).restore()
