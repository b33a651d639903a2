# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Run an exported model over recorded pours exactly as the node would, or the physics beside it.

::

    python -m training.evaluate --model robot_trials --data pours.npy --json errors.json
    python -m training.evaluate --physics --data pours.npy --json physics.json

The pours go through `PourEstimator` sample by sample (resampler, features, ONNX Runtime step), so
that the numbers are those that the node publishes. The schema is that of the model. With
``--physics`` the outflow of `training.evaluation.physics` takes the model's place. If the model
has an interval, the report also says its coverage of what was measured and its width.
"""

import argparse
import json
import math
import sys

from pour_force_estimator import find_model, StepModel
from pour_force_estimator.errors import ModelStepError
from pour_force_estimator.files import write_text
from pour_force_estimator.pours.schemas import SCHEMAS

from .cli.command import command
from .evaluation.physics import add_physics_options, CUP_OPTIONS, physics_from, warn_of_unfitted
from .evaluation.stepwise import estimate_errors, estimate_pours
from .fitting.datasets import load_recordings
from .fitting.plausibility import warn_of_doubts


@command()
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m training.evaluate', description=__doc__.split('\n\n')[0]
    )
    estimator = parser.add_mutually_exclusive_group(required=True)
    estimator.add_argument('--model', help='an ONNX file or a shipped model')
    estimator.add_argument('--physics', action='store_true', help='the physics, with no network')
    parser.add_argument('--data', required=True, help='.npy or .npz of recorded pours')
    parser.add_argument(
        '--schema',
        choices=sorted(SCHEMAS),
        help='of the data, with --physics (default: by the number of columns)',
    )
    parser.add_argument('--json', help='file to write the errors to')
    parser.add_argument('--figure', help='PNG of true and estimated weight to write')
    add_physics_options(parser)
    arguments = parser.parse_args(argv)
    if arguments.model is not None and any(
        getattr(arguments, name) is not None for name in ('schema', *CUP_OPTIONS)
    ):
        parser.error('--schema and the options of cups need --physics; a model has its own schema')
    bounds = None
    if arguments.physics:
        physics = physics_from(arguments)
        name, digest = 'physics', physics.digest
        recordings = load_recordings(arguments.data, arguments.schema)
        warn_of_doubts(recordings)
        warn_of_unfitted(physics, recordings.pours)
        estimated, errors = physics.evaluate(recordings.pours)
    else:
        model = StepModel.load(find_model(arguments.model))
        name, digest = model.spec.name, model.digest
        recordings = load_recordings(arguments.data, model.spec.training['schema'])
        warn_of_doubts(recordings)
        estimates = estimate_pours(model, recordings.pours)
        errors = estimate_errors(model, recordings.pours, estimates)
        estimated = [estimate.weight for estimate in estimates]
        if model.spec.interval is not None:
            bounds = [(estimate.lower, estimate.upper) for estimate in estimates]
    report = {
        **errors,
        'model': name,
        'model_digest': digest,
        'data': recordings.name,
        'data_digest': recordings.digest,
    }
    not_finite = [
        name
        for name, value in report.items()
        if isinstance(value, float) and not math.isfinite(value)
    ]
    if not_finite:
        raise ModelStepError(
            f'{name}: expected finite errors, received none for {", ".join(not_finite)}'
        )
    if arguments.json:
        write_text(arguments.json, json.dumps(report, indent=2, allow_nan=False) + '\n')
    if arguments.figure:
        from .evaluation.figures import plot_pours  # matplotlib is needed for this alone

        plot_pours(
            arguments.figure,
            recordings.pours,
            estimated,
            recordings.schema.sample_rate_hz,
            f'{name} on {recordings.name}',
            bounds=bounds,
        )
    for name, value in report.items():
        print(f'{name:22} {value:.6g}' if isinstance(value, float) else f'{name:22} {value}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
