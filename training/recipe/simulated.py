# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Simulated open-loop pours of cups that were fitted: motions of no robot, to judge on."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.simulation import Population, simulate_pours
from pour_force_estimator.units import degree_to_rad

from ..cups.fit import OFFSET_SPREAD_DEG
from ..recordings.encoding import encode
from ..recordings.simulated import max_fill

FILL_MARGIN = 0.05
"""How far beyond the recorded fills the simulated ones go, relative to them [-]."""


def simulate_cups(
    cups: CupTable, pours: Sequence[RecordedPour], per_cup: int, seed: int
) -> tuple[RecordedPour, ...]:
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
    schema, tilt_sign = pours[0].schema, pours[0].tilt_sign
    rng = np.random.default_rng(seed)
    simulated = []
    for cup in cups:
        weights = np.array(
            [
                pour.context.initial_weight
                for pour in pours
                if cup.is_size(
                    pour.context.required('cup_height'), pour.context.required('cup_diameter')
                )
            ]
        )
        fill = (
            Liquid().volume(
                rng.uniform(
                    weights.min() * (1.0 - FILL_MARGIN),
                    weights.max() * (1.0 + FILL_MARGIN),
                    per_cup,
                )
            )
            / cup.volume
        )
        offsets = degree_to_rad(rng.normal(0.0, OFFSET_SPREAD_DEG, per_cup))
        mounted_cups = [replace(cup, angle_offset=cup.angle_offset + offset) for offset in offsets]
        # A fuller cup would pour before its motion begins.
        fullest = [max_fill(cup) for cup in mounted_cups]
        population = Population.of(mounted_cups, 1.0, np.maximum(np.minimum(fill, fullest), 0.02))
        pours_of_cup = simulate_pours(
            per_cup,
            rng,
            control='open',
            population=population,
            sample_rate_hz=schema.sample_rate_hz,
        )
        arrays = encode(pours_of_cup, schema, rng, tilt_sign)
        simulated += [array[:length] for array, length in zip(arrays, pours_of_cup.lengths)]
    return tuple(
        RecordedPour(index, schema, array, tilt_sign) for index, array in enumerate(simulated)
    )
