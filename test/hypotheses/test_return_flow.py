# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.hypotheses.return_flow against a simulation of the way back."""

from hypothetical_pours import (
    BOTTLE,
    context_of,
    CYLINDER,
    final_weight,
    NEWTON_PER_ML,
    RATE_HZ,
    way_back,
    way_there,
)
import numpy as np
import pytest

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.hypotheses import hypotheses_of, HypotheticalOutflow
from pour_force_estimator.hypotheses.grid import OFFSET_STEPS
from pour_force_estimator.hypotheses.return_flow import ReturnFlow

TABLE = CupTable([CYLINDER, BOTTLE])
FURTHEST = {CYLINDER: (0.95, 1.15, 1.35), BOTTLE: (1.3, 1.5, 1.75)}
NEAR = [OFFSET_STEPS.index(step) for step in (-3, -1, 0, 1, 3)]


def predicted(cup, context, tilts, velocity, **returns):
    """Return what has left and still will under each hypothesis, ndarray (J, K) [N]."""
    made = hypotheses_of(TABLE, cup.height, cup.diameter)
    outflow = HypotheticalOutflow(made, context, RATE_HZ)
    for tilt in tilts.tolist():
        outflow.step(tilt)
    flow = ReturnFlow(
        made, outflow.initial_volume, returns.get('speed', 1.0), returns.get('acceleration', 5.0)
    )
    still = flow.volumes(float(tilts[-1]), velocity, outflow.volumes)
    return outflow.left + (0.0 if still is None else still * outflow.newton_per_m3)


def check(cup, tilts, velocity, fill=0.7, **returns):
    """Check what is foreseen: within 3 ml, or 2 % of it, for cups that sit up to 3 degree off."""
    context = context_of(cup, fill)
    foreseen = predicted(cup, context, tilts, velocity, **returns)[0]
    whole = np.concatenate((tilts, way_back(float(tilts[-1]), velocity, **returns)))
    made = hypotheses_of(TABLE, cup.height, cup.diameter)
    for column in NEAR:
        expected = final_weight(cup, context, whole, made.offsets_deg[column])
        assert abs(foreseen[column] - expected) <= max(3.0 * NEWTON_PER_ML, 0.02 * expected)
    return foreseen


@pytest.mark.parametrize('cup', [CYLINDER, BOTTLE])
@pytest.mark.parametrize('velocity', [0.1, 0.3, 0.8])
def test_an_arm_that_still_tilts_the_cup(cup, velocity):
    for furthest in FURTHEST[cup]:
        foreseen = check(cup, way_there(furthest, velocity), velocity)
    assert foreseen[OFFSET_STEPS.index(0)] > 0.3


@pytest.mark.parametrize('cup', [CYLINDER, BOTTLE])
def test_an_arm_that_holds_the_cup(cup):
    for furthest in FURTHEST[cup]:
        tilts = way_there(furthest, 0.8)
        check(cup, np.append(tilts, np.full(20, tilts[-1])), 0.0)


@pytest.mark.parametrize('cup', [CYLINDER, BOTTLE])
@pytest.mark.parametrize('steps', [6, 15])
def test_an_arm_that_already_turns_back(cup, steps):
    for furthest in FURTHEST[cup]:
        tilts = way_there(furthest, 0.8)
        back = way_back(float(tilts[-1]), 0.8)[:steps]
        check(cup, np.append(tilts, back), max(0.8 - 5.0 * steps / RATE_HZ, -1.0))


@pytest.mark.parametrize('speed, acceleration', [(0.5, 5.0), (2.0, 20.0), (1.0, 2.0)])
def test_other_arms(speed, acceleration):
    for furthest in FURTHEST[CYLINDER]:
        check(CYLINDER, way_there(furthest, 0.3), 0.3, speed=speed, acceleration=acceleration)


@pytest.mark.parametrize('fill', [0.3, 0.9])
def test_other_fills(fill):
    for furthest in (0.9, 1.2, 1.4):
        check(CYLINDER, way_there(furthest, 0.3), 0.3, fill)


def test_before_anything_can_flow_there_is_nothing():
    made = hypotheses_of(TABLE, 0.120, 0.121)
    context = context_of(CYLINDER)
    outflow = HypotheticalOutflow(made, context, RATE_HZ)
    flow = ReturnFlow(made, outflow.initial_volume, 1.0, 5.0)
    assert flow.volumes(0.2, 0.5, outflow.volumes) is None
    assert flow.volumes(0.2, -0.5, outflow.volumes) is None


def test_braking_takes_the_cup_further():
    """Where it has not begun to pour yet, but cannot stop before."""
    made = hypotheses_of(TABLE, 0.120, 0.121)
    outflow = HypotheticalOutflow(made, context_of(CYLINDER), RATE_HZ)
    flow = ReturnFlow(made, outflow.initial_volume, 1.0, 5.0)
    tilt = outflow.onset - 0.25
    assert flow.volumes(tilt, 0.0, outflow.volumes) is None
    assert flow.volumes(tilt, 2.0, outflow.volumes)[0, OFFSET_STEPS.index(0)] > 0.0


@pytest.mark.parametrize('size', [(0.120, 0.121), (0.292, 0.075), (0.100, 0.130), (0.250, 0.080)])
@pytest.mark.parametrize('tilt', [-1.0, 0.0, 0.7, 1.4, 2.4, 3.1, 7.0])
@pytest.mark.parametrize('velocity', [-9.0, -0.5, 0.0, 0.01, 5.0])
def test_never_more_than_is_in_the_cup(size, tilt, velocity):
    """Whatever the tilt and the velocity; all shapes of a new cup too."""
    made = hypotheses_of(TABLE, *size)
    outflow = HypotheticalOutflow(made, context_of(CupSpec.of_size(*size), 0.8), RATE_HZ)
    flow = ReturnFlow(made, outflow.initial_volume, 1.0, 5.0)
    for volumes in (outflow.volumes, 0.5 * outflow.volumes, np.zeros_like(outflow.volumes)):
        still = flow.volumes(tilt, velocity, volumes)
        if still is not None:
            assert still.shape == volumes.shape
            assert np.all(still >= 0.0) and np.all(still <= volumes * (1.0 + 1e-9))
