# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Adapt a model to a cup from a few recorded pours of it.

::

    python -m training.calibrate --model robot_trials --data my_cup.npy --output my_model.onnx

The network stays as it is. What changes is what it knows of the cup: how liquid leaves it is
fitted to the pours (`training.cups.fit`) and written into the model, in place of the typical cup
that it would assume otherwise. Two to five pours are enough; a single one improves the guess. The
pours may be of several cups.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
import sys

from pour_force_estimator import find_model, PourForceEstimatorError, StepModel
from pour_force_estimator.cups.spec import CupSpec, MIN_POURS
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.errors import ModelContractError
from pour_force_estimator.features.physics import PHYSICS_FEATURES
from pour_force_estimator.files import write_bytes
from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.units import m_to_mm, rad_to_degree

from .cli.ending import ended_by_signals
from .cups.fit import by_size, CupFit, fit_cup
from .evaluation.bulk import estimate_pours
from .evaluation.metrics import pour_errors
from .export.onnx_file import with_metadata
from .fitting.datasets import load_recordings


def calibrate_model(content: bytes, pours: Sequence[RecordedPour]) -> tuple[bytes, list[CupFit]]:
    """
    Fit the cups of some pours and put them into a model.

    Parameters
    ----------
    content : bytes
        The ONNX file of a model with features of the physics.
    pours : sequence of RecordedPour
        Pours of one cup or of several.

    Returns
    -------
    content : bytes
        The adapted model.
    fits : list of CupFit
        How each cup was fitted.

    Raises
    ------
    ModelContractError
        If the model has no features of the physics, so that cups mean nothing to it.
    RecordingError
        If there are no pours, or they cannot be of the cups that they name.

    """
    spec = StepModel(content).spec
    if not set(spec.feature_names) & set(PHYSICS_FEATURES):
        raise ModelContractError(
            f'{spec.name}: expected a model that knows the physics of its cups, as '
            '`python -m training.train --recipe best` makes them, received one without'
        )
    table = CupTable(spec.cups)
    fits = []
    for group in by_size(pours):
        context = group[0].context
        fits.append(fit_cup(group, table.find(context.cup_height, context.cup_diameter)))
    for fit in fits:
        table = table.with_cup(fit.cup)
    return with_cups(content, table), fits


def with_cups(content: bytes, cups: Iterable[CupSpec]) -> bytes:
    """Return the ONNX file `content` (bytes) with other `cups`, an iterable of CupSpec."""
    return with_metadata(content, replace(StepModel(content).spec, cups=tuple(cups)))


@ended_by_signals
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m training.calibrate', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument('--model', required=True, help='an ONNX file or a shipped model')
    parser.add_argument('--data', required=True, help='.npy or .npz of recorded pours of the cup')
    parser.add_argument('--output', required=True, help='ONNX file to write')
    arguments = parser.parse_args(argv)
    try:
        content = find_model(arguments.model).read_bytes()
        model = StepModel(content, arguments.model)
        pours = load_recordings(arguments.data, model.spec.training['schema']).pours
        adapted, fits = calibrate_model(content, pours)
        before, after = (
            pour_errors(pours, [estimate.weight for estimate in estimate_pours(version, pours)])
            for version in (model, StepModel(adapted))
        )
        write_bytes(arguments.output, adapted)
    except (PourForceEstimatorError, OSError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('interrupted: nothing was written', file=sys.stderr)
        return 130
    for fit in fits:
        print(
            f'cup {m_to_mm(fit.cup.height):.0f} x {m_to_mm(fit.cup.diameter):.0f} mm, fitted to '
            f'{len(fit.pour_offsets_deg)} of its pours: lip {fit.cup.lip_ratio:.2f} of the '
            f'body, discharge {fit.cup.discharge:.2f}, sits '
            f'{rad_to_degree(fit.cup.angle_offset):+.1f} degree from upright, scale '
            f'{fit.cup.delay_s * 1e3:.0f} ms behind'
        )
        if fit.cup.pours is not None and fit.cup.pours < MIN_POURS:
            print('  one pour does not tell the cup from how it was held: a second one helps most')
    print(
        f'on these pours: RMSE {before["rmse_ml"]:.1f} ml before, {after["rmse_ml"]:.1f} ml '
        f'after (they were fitted; others will be worse)\nwrote {arguments.output}'
    )
    return 0


if __name__ == '__main__':
    sys.exit(main())
