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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import json
import math
import sys

import numpy as np

from pour_force_estimator import StepModel
from pour_force_estimator.errors import ModelStepError
from pour_force_estimator.files import write_text
from pour_force_estimator.pours.recordings import load_recordings, Recordings
from pour_force_estimator.pours.schemas import SCHEMAS

from .cli.command import command
from .cli.options import file_to_write, PICTURES
from .cli.outputs import check_outputs
from .evaluation.physics import add_physics_options, CUP_OPTIONS, physics_from, warn_of_unfitted
from .evaluation.stepwise import estimate_errors, estimate_pours
from .fitting.plausibility import warn_of_doubts


@dataclass(frozen=True)
class Evaluation:
    """
    Recorded pours, and what an estimator made of them.

    Attributes
    ----------
    name, digest : str
        The estimator.
    recordings : Recordings
        The pours.
    estimated : sequence of ndarray of shape (n_steps,)
        Estimated poured weight of each pour [N].
    errors : dict of str to float
        How good the estimates are.
    bounds : sequence of tuple of ndarray, or None
        Lower and upper bound of each pour [N], if the estimator has an interval.

    """

    name: str
    digest: str
    recordings: Recordings
    estimated: Sequence[np.ndarray]
    errors: Mapping[str, float]
    bounds: Sequence[tuple[np.ndarray, np.ndarray]] | None = None


@command()
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = _parse(argv)
    check_outputs(
        {'--json': arguments.json, '--figure': arguments.figure}, {'--data': arguments.data}
    )
    evaluation = _evaluate_physics(arguments) if arguments.physics else _evaluate_model(arguments)
    report = _report(evaluation)
    if arguments.json:
        write_text(arguments.json, json.dumps(report, indent=2, allow_nan=False) + '\n')
    if arguments.figure:
        _draw(arguments.figure, evaluation)
    for name, value in report.items():
        print(f'{name:22} {value:.6g}' if isinstance(value, float) else f'{name:22} {value}')
    return 0


def _parse(argv: list[str] | None) -> argparse.Namespace:
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
    parser.add_argument('--json', type=file_to_write('.json'), help='file to write the errors to')
    parser.add_argument(
        '--figure',
        type=file_to_write(*PICTURES),
        help='PNG of true and estimated weight to write',
    )
    add_physics_options(parser)
    arguments = parser.parse_args(argv)
    if arguments.model is not None and any(
        getattr(arguments, name) is not None for name in ('schema', *CUP_OPTIONS)
    ):
        parser.error('--schema and the options of cups need --physics; a model has its own schema')
    return arguments


def _evaluate_physics(arguments: argparse.Namespace) -> Evaluation:
    physics = physics_from(arguments)
    recordings = load_recordings(arguments.data, arguments.schema)
    warn_of_doubts(recordings)
    warn_of_unfitted(physics, recordings.pours)
    estimated, errors = physics.evaluate(recordings.pours)
    return Evaluation('physics', physics.digest, recordings, estimated, errors)


def _evaluate_model(arguments: argparse.Namespace) -> Evaluation:
    model = StepModel.load(arguments.model)
    recordings = load_recordings(arguments.data, model.spec.training['schema'])
    warn_of_doubts(recordings)
    estimates = estimate_pours(model, recordings.pours)
    return Evaluation(
        model.spec.name,
        model.digest,
        recordings,
        [estimate.weight for estimate in estimates],
        estimate_errors(model, recordings.pours, estimates),
        [(estimate.lower, estimate.upper) for estimate in estimates]
        if model.spec.interval is not None
        else None,
    )


def _report(evaluation: Evaluation) -> dict[str, float | str]:
    """Return the errors of an evaluation, all of them finite, and what it is of."""
    not_finite = [name for name, value in evaluation.errors.items() if not math.isfinite(value)]
    if not_finite:
        raise ModelStepError(
            f'{evaluation.name}: expected finite errors, received none for {", ".join(not_finite)}'
        )
    return {
        **evaluation.errors,
        'model': evaluation.name,
        'model_digest': evaluation.digest,
        'data': evaluation.recordings.name,
        'data_digest': evaluation.recordings.digest,
    }


def _draw(path: str, evaluation: Evaluation) -> None:
    """Draw true and estimated weight of some pours."""
    from .evaluation.figures import plot_pours  # matplotlib is needed for this alone

    recordings = evaluation.recordings
    plot_pours(
        path,
        recordings.pours,
        evaluation.estimated,
        recordings.schema.sample_rate_hz,
        f'{evaluation.name} on {recordings.name}',
        bounds=evaluation.bounds,
    )


if __name__ == '__main__':
    sys.exit(main())
