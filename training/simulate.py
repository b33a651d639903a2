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
from pathlib import Path
import sys

from pour_force_estimator.cups.cup_file import load_cup
from pour_force_estimator.cups.everyday import everyday_cup, EVERYDAY_NAMES
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.errors import ShapeError
from pour_force_estimator.pours.schemas import SCHEMAS
from pour_force_estimator.simulation import CONTROLS, CUP_SETS
from pour_force_estimator.text import quoted

from .cli.command import command
from .cli.options import file_to_write
from .cli.outputs import check_outputs
from .cli.progress import ProgressDisplay
from .recordings.array_file import write_array
from .recordings.simulated import SHAPES, simulate_recordings


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m training.simulate',
        description='Simulate recorded pours and write them as a .npy file.',
    )
    parser.add_argument(
        '--output',
        type=file_to_write('.npy'),
        required=True,
        metavar='FILE',
        help='.npy to write',
    )
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


def _cup(name_or_path: str) -> CupSpec:
    """Return an everyday cup, or that of a file; raise `ShapeError` if it is neither."""
    if name_or_path in EVERYDAY_NAMES:
        return everyday_cup(name_or_path)
    if not Path(name_or_path).exists():
        raise ShapeError(
            f'--cup: expected the YAML file of a cup or one of {", ".join(EVERYDAY_NAMES)}, '
            f'received {quoted(name_or_path)}'
        )
    return load_cup(name_or_path)


@command()
def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status: 0, or 2 after an error."""
    options = _parse(arguments)
    check_outputs({'--output': options.output}, {})
    cups = [_cup(name_or_path) for name_or_path in options.cup]
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
