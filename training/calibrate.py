# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Adapt a model to a cup from a few recorded pours of it.

::

    python -m training.calibrate --model robot_trials --data my_cup.npy --output my_model.onnx

The network stays as it is. What changes is what it knows of the cup: how liquid leaves it is
fitted to the pours (`training.cups.fit`) and written into the model, in place of the typical cup
that it would assume otherwise. Two to five pours are enough; a single one improves the guess. The
pours may be of several cups. A cup whose fit does not help on pours that were left out of it stays
as the model knew it.
"""

import argparse
import sys

from pour_force_estimator import find_model, StepModel
from pour_force_estimator.cups.spec import MIN_POURS
from pour_force_estimator.files import write_bytes
from pour_force_estimator.units import m_to_mm, newton_to_ml, rad_to_degree

from .cli.command import command
from .export.calibration import calibrate_model, Calibration
from .fitting.datasets import load_recordings
from .fitting.plausibility import warn_of_doubts


@command(interrupted='nothing was written')
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m training.calibrate', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument('--model', required=True, help='an ONNX file or a shipped model')
    parser.add_argument('--data', required=True, help='.npy or .npz of recorded pours of the cup')
    parser.add_argument('--output', required=True, help='ONNX file to write')
    arguments = parser.parse_args(argv)
    content = find_model(arguments.model).read_bytes()
    model = StepModel(content, arguments.model)
    recordings = load_recordings(arguments.data, model.spec.training['schema'])
    warn_of_doubts(recordings)
    adapted, calibrations = calibrate_model(content, recordings.pours)
    write_bytes(arguments.output, adapted)
    for calibration in calibrations:
        print(_report(calibration))
    print(f'wrote {arguments.output}')
    return 0


def _report(calibration: Calibration) -> str:
    """Return what was learned of a cup, in lines."""
    cup = calibration.fit.cup
    lines = [
        f'cup {m_to_mm(cup.height):.0f} x {m_to_mm(cup.diameter):.0f} mm, fitted to '
        f'{len(calibration.fit.pour_offsets_deg)} of its pours: lip {cup.lip_ratio:.2f} of the '
        f'body, discharge {cup.discharge:.2f}, sits {rad_to_degree(cup.angle_offset):+.1f} degree '
        f'from upright, scale {cup.delay_s * 1e3:.0f} ms behind'
    ]
    if cup.pours is not None and cup.pours < MIN_POURS:
        lines.append('  one pour does not tell the cup from how it was held: a second helps most')
    else:
        before, after = (newton_to_ml(rmse) for rmse in (calibration.before, calibration.after))
        lines.append(
            f'  on pours left out of the fit: RMSE {before:.1f} ml before, {after:.1f} ml after'
        )
    if not calibration.helps:
        lines.append('  that would not help: the model keeps what it knew of this cup')
    return '\n'.join(lines)


if __name__ == '__main__':
    sys.exit(main())
