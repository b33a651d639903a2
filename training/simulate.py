# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Simulate recorded pours and write them as a file that can be trained on.

    python -m training.simulate --pours 1307 --seed 0 --schema dim --output runs/dim.npy

writes the array of Nosouhian et al. (2021), 1307 pours x 1099 steps x 10 columns, padded with
zeros at the end. `--test-set 2` writes their second test set, 289 pours x 834 steps of cups that
are not in the first, and `--schema robot_trials` the seven columns of the robot trials. The same
options give the same bytes. `--cup mug` or `--cup jug.yaml` pours from everyday vessels, or from
cups that `training.cup` wrote, in place of random cylinders and bottles.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
import math
from pathlib import Path
import sys

import numpy as np

from pour_force_estimator.cups.cup_file import load_cup
from pour_force_estimator.cups.everyday import everyday_cup, EVERYDAY_NAMES
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.validation import check_whole_number
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.files import atomic_path
from pour_force_estimator.hypotheses.grid import POUR_SPREAD_DEG, SESSION_SPREAD_DEG
from pour_force_estimator.pours.schemas import get_schema, Schema, SCHEMAS
from pour_force_estimator.simulation import (
    CONTROLS,
    CUP_SETS,
    Population,
    simulate_pours,
    SimulatedPours,
)
from pour_force_estimator.simulation.population import FULL_AT
from pour_force_estimator.units import degree_to_rad, m_to_mm, newton_to_lbf, rad_to_degree

from .cli.command import command
from .cli.options import MAX_SEED
from .cli.progress import ProgressDisplay

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
_TILT_SIGN = {'dim': 1.0, 'robot_trials': -1.0}


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


def write_array(path: str | Path, array: np.ndarray) -> None:
    """
    Write `array` as .npy to `path`, which appears complete or not at all.

    Parameters
    ----------
    path : path-like
        The file; one that exists is replaced, and a folder that is missing is made.
    array : ndarray
        What to write.

    """
    with atomic_path(path) as temporary, temporary.open('wb') as file:
        np.save(file, array, allow_pickle=False)


def encode(pours: SimulatedPours, schema: Schema, rng: np.random.Generator) -> np.ndarray:
    """
    Return simulated pours as the array of a schema.

    Parameters
    ----------
    pours : SimulatedPours
        The pours.
    schema : Schema
        The layout.
    rng : numpy.random.Generator
        Source of the columns that the simulator does not know (schema dim).

    Returns
    -------
    ndarray of shape (n_pours, n_steps, n_columns), float64
        Pours in the schema's units; rows of zeros after the end of a pour.

    """
    population, n = pours.population, len(pours)
    sign = _TILT_SIGN[schema.name]
    f_init = newton_to_lbf(population.weight)
    measured = newton_to_lbf(pours.measured_weight)
    columns: dict[str, np.ndarray] = {
        'theta': sign * rad_to_degree(pours.tilt),
        'f_init': f_init,
        'h_pc': m_to_mm(np.asarray(population.cup.height)),
        'd_pc': m_to_mm(np.asarray(population.cup.diameter)),
    }
    if schema.name == 'dim':
        columns.update(
            f=f_init[:, np.newaxis] - measured,
            f_empty=rng.uniform(0.0, 0.05, n),
            f_final=f_init - newton_to_lbf(pours.final_poured_weight),
            d_rc=rng.uniform(60.0, 130.0, n),
            h_rc=rng.uniform(60.0, 180.0, n),
            rho=np.asarray(population.liquid.relative_density),
        )
    else:
        columns.update(
            f=-measured,
            f_target=newton_to_lbf(pours.target_weight),
            theta_dot=sign * pours.command,
        )
    steps = pours.tilt.shape[1]
    array = np.empty((n, steps, len(schema.columns)))
    for index, name in enumerate(schema.column_names):
        values = columns[name]
        array[:, :, index] = values if values.ndim == 2 else values[:, np.newaxis]
    array[np.arange(steps) >= pours.lengths[:, np.newaxis]] = 0.0
    return array


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m training.simulate',
        description='Simulate recorded pours and write them as a .npy file.',
    )
    parser.add_argument('--output', type=Path, required=True, metavar='FILE', help='.npy to write')
    parser.add_argument('--schema', choices=sorted(SCHEMAS), default='dim', help='columns')
    parser.add_argument(
        '--pours', type=int, help='number of pours (default: as many as were published)'
    )
    parser.add_argument('--seed', type=int, default=0, help='seed of all randomness (default: 0)')
    parser.add_argument(
        '--test-set',
        type=int,
        choices=sorted(CUP_SETS),
        default=1,
        help='2 for cups that are not in the first set (default: 1)',
    )
    parser.add_argument(
        '--control',
        choices=CONTROLS,
        default='mixed',
        help='cups moved by a plan, by a controller that watches the weight, or half and half',
    )
    parser.add_argument(
        '--cup',
        nargs='+',
        default=[],
        metavar='CUP',
        help=f'pour from these in turn: files of training.cup, or {", ".join(EVERYDAY_NAMES)}',
    )
    return parser.parse_args(arguments)


@command()
def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status: 0, or 2 after an error."""
    options = _parse(arguments)
    cups = [everyday_cup(cup) if cup in EVERYDAY_NAMES else load_cup(cup) for cup in options.cup]
    _, steps = SHAPES[options.schema, options.test_set]
    with ProgressDisplay('simulating', steps) as display:
        array = simulate_recordings(
            options.schema,
            options.pours,
            options.seed,
            options.test_set,
            options.control,
            on_step=lambda step: display.advance(),
            cups=cups,
        )
    write_array(options.output, array)
    shape = ' x '.join(map(str, array.shape))
    print(f'wrote {options.output}: {shape} (pours x steps x columns), schema {options.schema}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
