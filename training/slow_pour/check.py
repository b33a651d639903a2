# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Measure how well one slow pour tells a cup: final weights of quick pours of the same mounting.

::

    python -m training.slow_pour.check --random 20 --pours 12

The truth is simulated: the everyday vessels that ship and odd-shaped bodies of revolution, with
a discharge, an offset in the gripper and a scale that the fit is not told. Each is fitted from a
slow pour alone, and from that and one quick pour; both then predict other quick pours by physics.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
import sys

import numpy as np

from pour_force_estimator.cups import everyday
from pour_force_estimator.cups.cup import MAX_TILT
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.outflow import capacity_and_rate
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.units import m3_to_ml, mm_to_m

from ..cli.command import command
from ..cli.options import file_to_write
from ..cli.outputs import check_outputs
from ..cli.progress import track
from ..errors import ShapeError
from ..recordings.array_file import write_array
from ..recordings.encoding import encode_measured, pad
from ..shapes.profile_file import load_points
from .fit import fit_slow_pour
from .pour_again import pour_again
from .pour_signal import PourSignal
from .truth import random_profile, RATE_HZ, TrueCup, TruePour

TYPICAL_VESSELS = Path(everyday.__file__).parent


@dataclass(frozen=True)
class VesselErrors:
    """
    Errors of one vessel.

    Attributes
    ----------
    name : str
        Its name.
    volume : float
        What was in it before the slow pour [m^3].
    slow_alone, with_quick : ndarray of shape (n,)
        Estimated minus true final volume of each quick pour [m^3]: after the slow pour, and after
        that and one quick pour.

    """

    name: str
    volume: float
    slow_alone: np.ndarray
    with_quick: np.ndarray


def measure(
    name: str,
    heights: np.ndarray,
    radii: np.ndarray,
    rng: np.random.Generator,
    pours: int,
    speed_deg: float,
    spread_deg: float,
) -> VesselErrors:
    """
    Measure one vessel.

    Parameters
    ----------
    name : str
        What it is called.
    heights, radii : ndarray of shape (n,)
        Its profile [m].
    rng : numpy.random.Generator
        Source of all draws.
    pours : int
        Quick pours that are predicted.
    speed_deg : float
        Speed of the slow pour [degree/s].
    spread_deg : float
        How differently the cup sits in each quick pour [degree].

    """
    truth = TrueCup(heights, radii, rng)
    slow = _signal(name, truth.slow_pour(speed_deg))
    first, *test_pours = truth.quick_pours(pours + 1, spread_deg)
    errors = []
    for quick in ([], [_signal(f'{name}, quick', first)]):
        shape = fit_slow_pour(name, slow, quick).shape
        errors.append(np.array([predicted(shape, pour) - pour.final for pour in test_pours]))
    return VesselErrors(name, slow.initial, *errors)


def predicted(shape: CupSpec, pour: TruePour) -> float:
    """Return the final volume [m^3] that physics with a cup gives for the tilts of a pour."""
    tilt = np.clip(pour.tilt, 0.0, MAX_TILT)
    capacity, rate = capacity_and_rate(shape, (tilt[:-1] + tilt[1:]) / 2.0)
    volume = float(Liquid().volume(pour.context.required('initial_weight')))
    return volume - float(pour_again(capacity, rate, volume, 1.0 / RATE_HZ)[-1])


def table(results: Sequence[VesselErrors]) -> str:
    """Return the errors as a table in Markdown; the last row is over all pours."""
    lines = [
        '| vessel | full [ml] | after a slow pour: median, p90 [ml] | and a quick one |',
        '|---|---|---|---|',
    ]
    pooled = VesselErrors(
        f'all {len(results)}',
        float(np.mean([result.volume for result in results])),
        np.concatenate([result.slow_alone for result in results]),
        np.concatenate([result.with_quick for result in results]),
    )
    for result in (*results, pooled):
        cells = [
            f'{np.median(np.abs(m3_to_ml(errors))):.1f}, '
            f'{np.quantile(np.abs(m3_to_ml(errors)), 0.9):.1f}'
            for errors in (result.slow_alone, result.with_quick)
        ]
        lines.append(f'| {result.name} | {m3_to_ml(result.volume):.0f} | {" | ".join(cells)} |')
    return '\n'.join(lines)


def _signal(name: str, pour: TruePour) -> PourSignal:
    return PourSignal.of_weights(name, RATE_HZ, pour.tilt, pour.weight, pour.context)


def _profile(path: Path) -> tuple[str, np.ndarray, np.ndarray]:
    heights, radii = mm_to_m(np.array(load_points(path)).T)
    return path.stem, heights, radii


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m training.slow_pour.check', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument(
        '--profiles',
        nargs='*',
        type=Path,
        metavar='FILE',
        help='profiles in mm (default: those of the everyday vessels that ship)',
    )
    for option, default, description in (
        ('--random', 20, 'odd-shaped bodies of revolution beside them'),
        ('--pours', 12, 'quick pours of each that are predicted'),
        ('--seed', 1, 'of all draws'),
    ):
        parser.add_argument(
            option, type=int, default=default, help=f'{description} (default: {default})'
        )
    parser.add_argument(
        '--speed', type=float, default=2.0, help='of the slow pours [degree/s] (default: 2)'
    )
    parser.add_argument(
        '--pour-spread',
        type=float,
        default=0.0,
        metavar='DEGREE',
        help='how differently the cup sits in each quick pour (default: 0, the same mounting; '
        'recorded pours have 0.6)',
    )
    parser.add_argument(
        '--example',
        type=file_to_write('.npy'),
        metavar='FILE',
        help='.npy to write instead: a slow and a quick pour of the first profile, to try '
        'training.cup with',
    )
    arguments = parser.parse_args(argv)
    if arguments.pours < 1 or arguments.random < 0 or not 0.2 <= arguments.speed <= 20.0:
        parser.error('expected --pours of at least 1, --random of at least 0, --speed 0.2 to 20')
    return arguments


@command()
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code: 0, or 2 after an error."""
    arguments = _parse(argv)
    check_outputs({'--example': arguments.example}, {})
    results = []
    paths = arguments.profiles
    if paths is None:
        paths = sorted(TYPICAL_VESSELS.glob('*.csv'))
    profiles = [_profile(path) for path in paths]
    shapes = np.random.default_rng(arguments.seed)
    profiles += [
        (f'random {index + 1}', *random_profile(shapes)) for index in range(arguments.random)
    ]
    if not profiles:
        raise ShapeError('expected profiles or --random, received neither')
    if arguments.example:
        rng = np.random.default_rng(arguments.seed)
        _, heights, radii = profiles[0]
        truth = TrueCup(heights, radii, rng)
        pours = [truth.slow_pour(arguments.speed), *truth.quick_pours(1, 0.0)]
        write_array(
            arguments.example,
            pad([encode_measured(pour.tilt, pour.weight, pour.context) for pour in pours]),
        )
        print(f'wrote {arguments.example}: pour 0 is slow, pour 1 is quick')
        return 0
    for index, (name, heights, radii) in enumerate(track(profiles, 'pouring')):
        rng = np.random.default_rng((arguments.seed, index))
        results.append(
            measure(
                name,
                heights,
                radii,
                rng,
                arguments.pours,
                arguments.speed,
                arguments.pour_spread,
            )
        )
    print(table(results))
    return 0


if __name__ == '__main__':
    sys.exit(main())
