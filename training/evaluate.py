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
from collections.abc import Sequence
import json
import math
import sys
from typing import NamedTuple

import numpy as np

from pour_force_estimator import find_model, PourEstimator, StepModel
from pour_force_estimator.errors import ModelContractError, ModelStepError
from pour_force_estimator.files import write_text
from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.pours.schemas import SCHEMAS

from .cli.command import command
from .cli.progress import track
from .evaluation import bulk
from .evaluation.metrics import interval_scores, pour_errors
from .evaluation.physics import add_physics_options, CUP_OPTIONS, physics_from, warn_of_unfitted
from .fitting.datasets import load_recordings
from .fitting.plausibility import warn_of_doubts


class PourEstimate(NamedTuple):
    """
    What an estimator made of a recorded pour.

    Attributes
    ----------
    weight : ndarray of shape (n_steps,)
        Estimated poured weight [N].
    lower, upper : ndarray of shape (n_steps,)
        The interval of the estimate [N]; NaN for a model without one.

    """

    weight: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def estimate_pour(estimator: PourEstimator, pour: RecordedPour) -> PourEstimate:
    """
    Run one recorded pour through an estimator.

    Parameters
    ----------
    estimator : PourEstimator
        It is reset first, with the context of the recording.
    pour : RecordedPour
        Steps at the model's rate.

    Returns
    -------
    PourEstimate

    Raises
    ------
    ModelStepError
        If a step gives no number.

    """
    estimator.reset(pour.context)
    period_ns = 1e9 / pour.schema.sample_rate_hz
    estimates = []
    for step, tilt in enumerate(pour.tilt.tolist()):
        estimates += estimator.update(round(step * period_ns), tilt)
        if estimator.status.interruption:
            raise ModelStepError(
                f'pour {pour.index}, step {step}: expected an estimate at each step, received '
                f'{estimator.status.interruption}'
            )
    return PourEstimate(
        *np.array(
            [(estimate.poured_weight, estimate.lower, estimate.upper) for estimate in estimates]
        ).T
    )


def estimate_pours(model: StepModel, pours: Sequence[RecordedPour]) -> list[PourEstimate]:
    """
    Run a model over recorded pours.

    Parameters
    ----------
    model : StepModel
        An exported model.
    pours : sequence of RecordedPour
        Pours of the model's schema.

    Returns
    -------
    list of PourEstimate
        One per pour.

    Raises
    ------
    ModelContractError
        If the model's rate is not that of the pours.

    """
    recorded_hz = pours[0].schema.sample_rate_hz
    if model.spec.sample_rate_hz != recorded_hz:
        raise ModelContractError(
            f'sample_rate_hz: expected a model for the rate of the pours, {recorded_hz:g} Hz, '
            f'received one for {model.spec.sample_rate_hz:g} Hz'
        )
    if model.spec.leaking_features:  # an online estimator cannot know them
        absent_bounds = [np.full(len(pour), np.nan) for pour in pours]
        return [
            PourEstimate(estimate.weight, bound, bound)
            for estimate, bound in zip(bulk.estimate_pours(model, pours), absent_bounds)
        ]
    estimator = PourEstimator(model, pours[0].context)
    return [estimate_pour(estimator, pour) for pour in track(pours, 'evaluating')]


def estimate_errors(
    model: StepModel, pours: Sequence[RecordedPour], estimates: Sequence[PourEstimate]
) -> dict[str, float]:
    """
    Return how good estimates are.

    Parameters
    ----------
    model : StepModel
        The model that they are of.
    pours : sequence of RecordedPour
        The pours.
    estimates : sequence of PourEstimate
        What it made of each pour.

    Returns
    -------
    dict of str to float
        See `training.evaluation.metrics.weight_errors`; of a model with an interval also
        `training.evaluation.metrics.interval_scores`.

    """
    errors = pour_errors(pours, [estimate.weight for estimate in estimates])
    if model.spec.interval is None:
        return errors
    return {
        **errors,
        **interval_scores(
            pours,
            [estimate.lower for estimate in estimates],
            [estimate.upper for estimate in estimates],
        ),
    }


def evaluate(
    model: StepModel, pours: Sequence[RecordedPour]
) -> tuple[list[np.ndarray], dict[str, float]]:
    """
    Run a model over recorded pours and judge it.

    Parameters
    ----------
    model : StepModel
        An exported model.
    pours : sequence of RecordedPour
        Pours of the model's schema.

    Returns
    -------
    estimated : list of ndarray of shape (n_steps,)
        Estimated poured weight of each pour [N].
    errors : dict of str to float
        See `estimate_errors`.

    Raises
    ------
    ModelContractError
        If the model's rate is not that of the pours.

    """
    estimates = estimate_pours(model, pours)
    return [estimate.weight for estimate in estimates], estimate_errors(model, pours, estimates)


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
