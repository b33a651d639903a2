# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the watch over the tilts at which it is known what a cup holds."""

from dataclasses import replace
import math

import numpy as np
import pytest
from small_models import INTERVAL, make_model, make_spec

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.cups.cup import MAX_TILT
from pour_force_estimator.cups.everyday import everyday_cup, EVERYDAY_NAMES
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.tilt_table import TiltTable
from pour_force_estimator.model.range_watch import CUP_TILT, TiltWatch

WHOLE = CupSpec.of_size(0.150, 0.090, angle_offset=0.05, pours=3)
SEEN_RAD = 1.2


def seen_until(cup: CupSpec, tilt: float) -> CupSpec:
    """Return a cup as a slow pour that ended at a tilt [rad] tells it."""
    tilts = cup.table.tilts
    until = np.minimum(tilts, tilt)
    columns = (cup.table.capacities, cup.table.areas, cup.table.lip_widths)
    table = TiltTable(tilts, *(np.interp(until, tilts, column) for column in columns))
    return replace(cup, table=table)


def test_a_table_knows_where_it_ends():
    assert seen_until(WHOLE, SEEN_RAD).table.last_tilt == pytest.approx(SEEN_RAD, abs=0.01)
    whole = [WHOLE, CupSpec.of_size(0.285, 0.089, 0.5), *map(everyday_cup, EVERYDAY_NAMES)]
    assert {cup.name for cup in whole if cup.table.last_tilt < MAX_TILT} == set()


def test_a_slow_pour_that_emptied_the_cup_but_for_the_noise_of_a_scale_has_told_all():
    capacities = WHOLE.table.capacities
    for left, is_whole in ((0.01, True), (0.03, False)):
        tilt = float(np.interp(-left * WHOLE.volume, -capacities, WHOLE.table.tilts))
        assert (seen_until(WHOLE, tilt).table.last_tilt == MAX_TILT) == is_whole


def test_what_is_beyond_counts_from_the_measured_tilt_and_stays():
    last = SEEN_RAD - WHOLE.angle_offset
    watch = TiltWatch(seen_until(WHOLE, SEEN_RAD))
    watch.add(last - 0.02)
    assert watch.overrange == 0.0 and watch.out_of_range() == []
    watch.add(1.1 * last)
    watch.add(0.0)
    assert watch.overrange == pytest.approx(0.1, abs=0.01)
    ((name, unit, value, low, high),) = watch.out_of_range()
    assert (name, unit, value, low) == (CUP_TILT, 'rad', 1.1 * last, 0.0)
    assert high == pytest.approx(last, abs=0.01)


@pytest.mark.parametrize('cup', [None, WHOLE])
def test_a_cup_that_is_known_whole_is_known_at_each_tilt(cup):
    watch = TiltWatch(cup)
    watch.add(math.pi)
    assert watch.overrange == 0.0 and watch.out_of_range() == []


def test_an_estimate_beyond_what_was_seen_is_less_sure():
    """Than with a table that holds the same, but that is told to its end."""
    unseen = seen_until(WHOLE, 0.9)
    columns = unseen.table.to_dict()
    columns['capacities'][-1] *= 1.0 - 1e-4
    seen = replace(unseen, table=TiltTable(**columns))
    context = PourContext(initial_weight=6.0, cup_height=WHOLE.height, cup_diameter=WHOLE.diameter)
    estimators = [
        PourEstimator(StepModel(make_model(make_spec(interval=INTERVAL, cups=(cup,)))), context)
        for cup in (unseen, seen)
    ]
    for tick in range(120):
        (beyond,), (within,) = (
            estimator.update(round(tick * 1e9 / 60.0), 0.01 * tick) or (None,)
            for estimator in estimators
        )
    assert beyond.poured_weight == pytest.approx(within.poured_weight)
    assert beyond.upper - beyond.lower > 1.1 * (within.upper - within.lower)
    outside, inside = ({item.name for item in tried.out_of_range()} for tried in estimators)
    assert outside - inside == {CUP_TILT}
