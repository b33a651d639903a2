# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Pours of hypothetical cups for tests: motions, and what the simulator makes of them."""

import copy
from dataclasses import replace

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.estimator import RETURN_ACCELERATION, RETURN_SPEED
from pour_force_estimator.hypotheses import HypotheticalOutflow
from pour_force_estimator.simulation import simulate_pour
from pour_force_estimator.units import degree_to_rad

CYLINDER = CupSpec.of_size(0.120, 0.121, discharge=0.42, angle_offset=0.089, delay_s=0.08)
BOTTLE = CupSpec.of_size(0.292, 0.075, 0.45, 0.6, 0.12, -0.035, 0.11)
NEWTON_PER_ML = 9.80665e-3
RATE_HZ = 60.0


def context_of(cup, fill=0.7, density=None):
    """Return the context of a pour from `cup`, filled to a part of its volume."""
    weight = 9806.65 * cup.volume * fill * (density or 1.0)
    size = {'cup_height': cup.height, 'cup_diameter': cup.diameter}
    return PourContext(initial_weight=weight, relative_density=density, **size)


def turn(seconds=6.0, rate=RATE_HZ, largest=1.35):
    """Return the tilts of a cup that is turned up to `largest` [rad], held and turned back."""
    time = np.arange(0.0, seconds, 1.0 / rate)
    part = np.interp(time, np.array([0.0, 0.5, 0.7, 1.0]) * seconds, [0.0, 1.0, 1.0, 0.0])
    return 0.1 + (largest - 0.1) * part**2 * (3.0 - 2.0 * part)


def way_there(furthest, velocity, rate=RATE_HZ):
    """Return the tilts of an arm that reaches `furthest` [rad] at a constant velocity [rad/s]."""
    return np.arange(furthest, 0.0, -velocity / rate)[::-1]


def way_back(tilt, velocity, speed=1.0, acceleration=5.0, rate=RATE_HZ):
    """
    Return the tilts after `tilt` [rad] of an arm that turns back from a velocity [rad/s].

    Newton's law, step by step: it brakes, turns and keeps to `speed` until the cup is upright.
    """
    fine = 50
    tilts, time_s = [], 1.0 / (rate * fine)
    while tilt > 0.0:
        for _ in range(fine):
            before, velocity = velocity, max(velocity - acceleration * time_s, -speed)
            tilt += time_s * (before + velocity) / 2.0
        tilts.append(tilt)
    return np.array(tilts)


def final_weight(cup, context, tilts, offset_deg=0.0):
    """Return what `cup` pours if it sits that much further tilted [N]; all of it has arrived."""
    held = replace(cup, angle_offset=cup.angle_offset + degree_to_rad(offset_deg))
    tilts = np.concatenate((tilts, np.full(30, tilts[-1])))
    density = context.relative_density or 1.0
    return simulate_pour(held, context.initial_weight, tilts, RATE_HZ, density, substeps=4)[-1]


def foreseen_weight(live, tilt, velocity, rest_tilt, step_s):
    """Return what will have left the cup if the arm turns back now [N]: a true prediction."""
    live = copy.deepcopy(live)
    while tilt > rest_tilt:
        velocity = max(velocity - RETURN_ACCELERATION * step_s, -RETURN_SPEED)
        tilt += velocity * step_s
        live.step(tilt)
        if velocity < 0.0 and live.is_settled:
            break
    return live.poured_weight


def outflow_of(hypotheses, context, tilts=()):
    """Return a cup under all hypotheses, a `HypotheticalOutflow`, after it was tilted so [rad]."""
    outflow = HypotheticalOutflow(hypotheses, context, RATE_HZ)
    for tilt in np.asarray(tilts).tolist():
        outflow.step(tilt)
    return outflow


def estimates_of(estimator, tilts, start_ns=0):
    """Return what an estimator says at each of its ticks while a cup tilts at 60 Hz [rad]."""
    return [
        estimate
        for step, tilt in enumerate(np.asarray(tilts).tolist())
        for estimate in estimator.update(start_ns + round(step * 1e9 / RATE_HZ), tilt)
    ]
