# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.hypotheses.return_flow against a simulation of the way back."""

import itertools
from typing import NamedTuple

from hypothetical_pours import (
    BOTTLE,
    context_of,
    CYLINDER,
    final_weight,
    NEWTON_PER_ML,
    outflow_of,
    RATE_HZ,
    way_back,
    way_there,
)
import numpy as np
import pytest

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.hypotheses import hypotheses_of
from pour_force_estimator.hypotheses.grid import OFFSET_STEPS
from pour_force_estimator.hypotheses.return_flow import ReturnFlow

TABLE = CupTable([CYLINDER, BOTTLE])
FURTHEST = {CYLINDER: (0.95, 1.15, 1.35), BOTTLE: (1.3, 1.5, 1.75)}
NEAR = [OFFSET_STEPS.index(step) for step in (-3, -1, 0, 1, 3)]


class Arm(NamedTuple):
    """How an arm moves: velocity [rad/s], ticks at rest and back until now; what is in its cup."""

    velocity: float = 0.3
    held: int = 0
    back: int = 0
    speed: float = 1.0
    acceleration: float = 5.0
    fill: float = 0.7


THERE = Arm(0.1), Arm(), Arm(0.8)
BACK = Arm(0.8, held=20), Arm(0.8, back=6), Arm(0.8, back=15)
OTHERS = Arm(speed=0.5), Arm(speed=2.0, acceleration=20.0), Arm(acceleration=2.0)
FILLS = Arm(fill=0.3), Arm(fill=0.85)


@pytest.mark.parametrize('cup', FURTHEST, ids=['cylinder', 'bottle'])
@pytest.mark.parametrize('arm', [*THERE, *BACK, *OTHERS, *FILLS], ids=str)
def test_what_is_foreseen_is_what_the_way_back_pours(cup, arm):
    """Within 3 ml, or 2 % of it, for cups that sit up to 3 degree off."""
    context, hypotheses = context_of(cup, arm.fill), hypotheses_of(TABLE, cup.height, cup.diameter)
    turned = 0.0 if arm.held else arm.velocity
    velocity = max(turned - arm.acceleration * arm.back / RATE_HZ, -arm.speed)
    for furthest in FURTHEST[cup]:
        there = way_there(furthest, arm.velocity)
        there = np.append(there, np.full(arm.held, there[-1]))
        whole = np.append(there, way_back(float(there[-1]), turned, arm.speed, arm.acceleration))
        now = len(there) + arm.back
        outflow = outflow_of(hypotheses, context, whole[:now])
        flow = ReturnFlow(hypotheses, outflow.initial_volume, arm.speed, arm.acceleration)
        still = flow.volumes(float(whole[now - 1]), velocity, outflow.volumes)
        foreseen = outflow.left + (0.0 if still is None else still * outflow.newton_per_m3)
        for column in NEAR:
            expected = final_weight(cup, context, whole, hypotheses.offsets_deg[column])
            error = abs(foreseen[0, column] - expected)
            assert error <= max(3.0 * NEWTON_PER_ML, 0.02 * expected)
    assert foreseen[0, OFFSET_STEPS.index(0)] > 0.1


def test_before_anything_can_flow_there_is_nothing_unless_braking_takes_the_cup_there():
    hypotheses = hypotheses_of(TABLE, 0.120, 0.121)
    outflow = outflow_of(hypotheses, context_of(CYLINDER))
    flow = ReturnFlow(hypotheses, outflow.initial_volume, 1.0, 5.0)
    tilt = outflow.onset - 0.25
    assert flow.volumes(0.2, 0.5, outflow.volumes) is None
    assert flow.volumes(tilt, 0.0, outflow.volumes) is None
    assert flow.volumes(tilt, -2.0, outflow.volumes) is None
    assert flow.volumes(tilt, 2.0, outflow.volumes)[0, OFFSET_STEPS.index(0)] > 0.0


@pytest.mark.parametrize('size', [(0.120, 0.121), (0.292, 0.075), (0.100, 0.130), (0.250, 0.080)])
@pytest.mark.parametrize('velocity', [-9.0, -0.5, 0.0, 0.01, 5.0])
def test_never_more_than_is_in_the_cup(size, velocity):
    """Whatever the tilt and the velocity; all shapes of a new cup too."""
    hypotheses = hypotheses_of(TABLE, *size)
    outflow = outflow_of(hypotheses, context_of(CupSpec.of_size(*size), 0.8))
    flow = ReturnFlow(hypotheses, outflow.initial_volume, 1.0, 5.0)
    for tilt, share in itertools.product((-1.0, 0.0, 0.7, 1.4, 2.4, 3.1, 7.0), (1.0, 0.5, 0.0)):
        volumes = share * outflow.volumes
        still = flow.volumes(tilt, velocity, volumes)
        if still is not None:
            assert still.shape == volumes.shape
            assert np.all(still >= 0.0) and np.all(still <= volumes * (1.0 + 1e-9))
