# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Simulated recordings: as many pours as were published, from random cups or given ones."""

from collections.abc import Callable, Sequence
from dataclasses import replace
import math

import numpy as np

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.validation import check_whole_number
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.hypotheses.grid import POUR_SPREAD_DEG, SESSION_SPREAD_DEG
from pour_force_estimator.pours.schemas import get_schema
from pour_force_estimator.simulation import CUP_SETS, Population, simulate_pours
from pour_force_estimator.simulation.population import FULL_AT
from pour_force_estimator.units import degree_to_rad

from ..cli.options import MAX_SEED
from .encoding import encode

SHAPES = {
    ('dim', 1): (1307, 1099),
    ('dim', 2): (289, 834),
    ('robot_trials', 1): (688, 700),
    ('robot_trials', 2): (289, 700),
}
"""Published number of pours and steps by schema and test set; the last one has no precedent."""

MAX_POURS = 50_000
"""Pours of a file; so many take 4 GB."""

MAX_FILLING = 0.95
"""Most of what a cup holds at the tilt at which motions may begin that is in it [-]."""

_MIN_FILLING = 0.5
"""The least of that in a cup that was given [-]."""

_LIQUIDS = {'dim': 'mixed', 'robot_trials': 'water'}


def simulate_recordings(
    schema: str = 'dim',
    pours: int | None = None,
    seed: int = 0,
    test_set: int = 1,
    control: str = 'mixed',
    on_step: Callable[[int], None] | None = None,
    cups: Sequence[CupSpec] = (),
) -> np.ndarray:
    """
    Return simulated pours in the layout of a schema.

    Parameters
    ----------
    schema : {'dim', 'robot_trials'}
        Layout; see `pour_force_estimator.pours.schemas`.
    pours : int, optional
        Number of pours; by default that of `SHAPES`.
    seed : int
        Seed of all randomness, at least 0.
    test_set : {1, 2}
        1 for the set to train on, 2 for unseen cups.
    control : {'open', 'closed', 'mixed'}
        How the cups are moved.
    on_step : callable, optional
        Called with the number of steps done after each step.
    cups : sequence of CupSpec, optional
        Cups to pour from in turn, water, each pour in a new mounting; random ones by default.

    Returns
    -------
    ndarray of shape (pours, steps, columns), float64
        Pours in the schema's units; steps as in `SHAPES`; rows of zeros after the end of a pour.

    Raises
    ------
    SimulationError
        If an argument is out of its range.
    RecordingError
        If `schema` is unknown.

    """
    layout = get_schema(schema)
    if test_set not in CUP_SETS:
        raise SimulationError(f'test_set: expected one of {list(CUP_SETS)}, received {test_set!r}')
    published_pours, steps = SHAPES[schema, test_set]
    pours = published_pours if pours is None else pours
    check_whole_number('pours', pours, 1)
    check_whole_number('seed', seed, 0)
    for name, value, max_value in (('pours', pours, MAX_POURS), ('seed', seed, MAX_SEED)):
        if value > max_value:
            raise SimulationError(f'{name}: expected at most {max_value}, received {value:g}')
    rng = np.random.default_rng(seed)
    simulated = simulate_pours(
        pours,
        rng,
        max_steps=steps,
        sample_rate_hz=layout.sample_rate_hz,
        control=control,
        cup_set=test_set,
        liquids=_LIQUIDS[schema],
        population=_mounted(cups, pours, rng) if cups else None,
        on_step=on_step,
    )
    return encode(simulated, layout, rng)


def max_fill(cup: CupSpec) -> float:
    """Return how much of its volume may be in a mounted cup before its motion begins [-]."""
    return MAX_FILLING * float(cup.capacity(FULL_AT)) / cup.volume


def _mounted(cups: Sequence[CupSpec], pours: int, rng: np.random.Generator) -> Population:
    """Return as many filled cups as pours: the given ones in turn, each in a new mounting."""
    spread_deg = math.hypot(SESSION_SPREAD_DEG, POUR_SPREAD_DEG)
    offsets = degree_to_rad(rng.normal(0.0, spread_deg, pours))
    in_turn = [cups[pour % len(cups)] for pour in range(pours)]
    mounted = [
        replace(cup, angle_offset=cup.angle_offset + offset)
        for cup, offset in zip(in_turn, offsets)
    ]
    fill = np.array([max_fill(cup) for cup in mounted]) * rng.uniform(_MIN_FILLING, 1.0, pours)
    return Population.of(mounted, 1.0, fill)
