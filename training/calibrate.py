# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Adapt a model to a cup from a few pours of it, recorded or weighed.

::

    python -m training.calibrate --model robot_trials --data my_cup.npy --output my.onnx
    python -m training.calibrate --model robot_trials --mounting mounting.json --output my.onnx

The network stays as it is. What changes is what it knows of the cup, in place of the typical cup
that it would assume otherwise: how liquid leaves it, how it sits in the mean, and how much of both
is still unknown. Recorded pours tell that by a fit (`training.cups.fit`), two to five are enough,
and a cup whose fit does not help on pours that were left out of it stays as the model knew it.
A shape that was measured (`training.cup`) stays; what goes on is how it sits and how much flows.
Pours that were weighed while the estimator ran have told it too: its ``mounting_file`` holds what
it has learned. Weighed pours go on from what the model knows then.
"""

import argparse
import math
import sys

from pour_force_estimator import find_model, StepModel
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.errors import MountingError
from pour_force_estimator.files import write_bytes
from pour_force_estimator.hypotheses.mounting_file import read_mountings, StoredMounting
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.text import shortened
from pour_force_estimator.units import newton_to_ml, rad_to_degree

from .cli.command import command
from .cli.options import file_to_write
from .cli.outputs import check_outputs
from .export.calibration import calibrate_model, Calibration, with_learned_cups
from .fitting.plausibility import warn_of_doubts


@command(interrupted='nothing was written')
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m training.calibrate', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument('--model', required=True, help='an ONNX file or a shipped model')
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument('--data', help='.npy or .npz of recorded pours of the cup')
    source.add_argument('--mounting', help="an estimator's mounting_file, learned from weighings")
    parser.add_argument(
        '--cup',
        metavar='NAME',
        help='name of the cup of all recorded pours, new to the model or not (default: the cup '
        'that the size finds)',
    )
    parser.add_argument(
        '--output', required=True, type=file_to_write('.onnx'), help='ONNX file to write'
    )
    arguments = parser.parse_args(argv)
    if arguments.mounting is not None and arguments.cup is not None:
        parser.error('--cup: not with --mounting, which says what the cup is called')
    check_outputs(
        {'--output': arguments.output},
        {'--data': arguments.data, '--mounting': arguments.mounting},
    )
    content = find_model(arguments.model).read_bytes()
    model = StepModel(content, arguments.model)
    if arguments.mounting is not None:
        stored = load_mountings(arguments.mounting)
        adapted, cups, refusals = with_learned_cups(content, stored)
        lines = [f'{_told(cup)}; learned from weighed pours: {cup.pours}' for cup in cups]
        lines += [f'left out: {refusal}' for refusal in refusals]
    else:
        recordings = load_recordings(arguments.data, model.spec.training['schema'])
        warn_of_doubts(recordings)
        adapted, calibrations = calibrate_model(content, recordings.pours, arguments.cup)
        lines = [_report(calibration) for calibration in calibrations]
        names = [cup.name for cup in model.spec.cups]
        if arguments.cup is not None and arguments.cup not in names:
            listed = shortened(', '.join(names))
            lines.append(f'note: {arguments.cup} is new to the model, which knows {listed}')
    write_bytes(arguments.output, adapted)
    print('\n'.join(lines))
    print(f'wrote {arguments.output}')
    return 0


def load_mountings(path: str) -> list[StoredMounting]:
    """Return what an estimator has kept in a file; raise `MountingError` if that is nothing."""
    stored = read_mountings(path)
    if not stored:
        received = 'found no file' if stored is None else 'received one of which nothing is left'
        raise MountingError(f'{path}: expected the mounting_file of an estimator, {received}')
    return stored


def _told(cup: CupSpec) -> str:
    """Return what a model is told of a cup, in a line."""
    return (
        f'{cup.name}, {cup.size}: lip '
        f'{cup.lip_ratio:.2f} of the body, discharge {cup.discharge:.2f} '
        f'(± {100.0 * cup.flow_spread:.0f} %), sits {rad_to_degree(cup.angle_offset):+.1f} '
        f'± {rad_to_degree(cup.offset_spread):.1f} degree from upright in the mean, scale '
        f'{cup.delay_s * 1e3:.0f} ms behind'
    )


def _report(calibration: Calibration) -> str:
    """Return what was learned of a cup, in lines."""
    cup = calibration.fit.posterior
    lines = [
        f'{_told(cup)}; fitted to {len(calibration.fit.pour_offsets_deg)} pours, mountings seen: '
        f'{calibration.fit.mountings}'
    ]
    if math.isnan(calibration.after):
        lines.append('  too few pours to judge the fit on some that are left out')
    else:
        before, after = (newton_to_ml(rmse) for rmse in (calibration.before, calibration.after))
        lines.append(
            f'  on pours left out of the fit: RMSE {before:.1f} ml before, {after:.1f} ml after'
        )
    if not calibration.helps:
        lines.append(
            f'  that is no chance (p = {calibration.p_chance:.2g}): the model keeps what it knew '
            'of this cup'
        )
    elif calibration.after > calibration.before:
        lines.append(f'  that may be chance (p = {calibration.p_chance:.2f}): the fit is kept')
    return '\n'.join(lines)


if __name__ == '__main__':
    sys.exit(main())
