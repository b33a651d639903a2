"""Simulated pours of cups that were fitted, so that a network also knows motions of no robot."""

from dataclasses import replace

import numpy as np

from pour_force_estimator.recordings import RecordedPour
from pour_force_estimator.simulation import Liquid, Population, simulate_pours
from pour_force_estimator.units import degree_to_rad

from ..cup_fit import OFFSET_SPREAD_DEG
from ..simulate import encode

FILL_MARGIN = 0.05
"""How far beyond the recorded fills the simulated ones go, relative to them [-]."""


def simulate_cups(cups, pours, per_cup, seed):
    """
    Simulate open-loop pours of fitted cups, each with an angle offset of its own.

    Parameters
    ----------
    cups : CupTable
        The cups.
    pours : sequence of RecordedPour
        Recorded pours of these cups; they say how full a cup is, and give the schema.
    per_cup : int
        Pours of each cup.
    seed : int
        Same seed, same pours.

    Returns
    -------
    tuple of RecordedPour

    """
    schema = pours[0].schema
    rng = np.random.default_rng(seed)
    simulated = []
    for cup in cups:
        weights = np.array([
            pour.context.initial_weight for pour in pours
            if cup.is_size(pour.context.cup_height, pour.context.cup_diameter)])
        fill = Liquid().volume(rng.uniform(
            weights.min() * (1.0 - FILL_MARGIN), weights.max() * (1.0 + FILL_MARGIN), per_cup)
        ) / cup.cup().volume
        offsets = degree_to_rad(rng.normal(0.0, OFFSET_SPREAD_DEG, per_cup))
        population = Population.of(
            [replace(cup, angle_offset=cup.angle_offset + offset).cup() for offset in offsets],
            1.0, np.clip(fill, 0.02, 0.98))
        made = simulate_pours(per_cup, rng, control='open', population=population,
                              sample_rate_hz=schema.sample_rate_hz)
        simulated += list(encode(made, schema, rng))
    lengths = [int(np.flatnonzero(array.any(axis=1))[-1]) + 1 for array in simulated]
    sign = pours[0].tilt_sign
    return tuple(
        RecordedPour(index, schema, _signed(array[:length], schema, sign), sign)
        for index, (array, length) in enumerate(zip(simulated, lengths)))


def _signed(array, schema, tilt_sign):
    """Return the rows of a simulated pour with the sign of theta that the recordings have."""
    theta = schema.index('theta')
    array = array.copy()
    if np.sign(np.median(array[:, theta])) not in (0, tilt_sign):
        array[:, theta] *= -1.0
    return array
