# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Run an exported model over recorded pours step by step, exactly as the node does.

The pours go through `PourEstimator` sample by sample (resampler, features, ONNX Runtime step), so
that the estimates are those that the node publishes. `training.evaluation.bulk` is faster, and
takes what no node can know: the outcome of a pour, for a model of it, and a mounting.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pour_force_estimator import PourEstimator, StepModel
from pour_force_estimator.errors import ModelContractError, ModelStepError
from pour_force_estimator.pours.recordings import RecordedPour

from ..cli.progress import track
from .bulk import estimate_in_bulk
from .metrics import interval_scores, pour_errors


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
            for estimate, bound in zip(estimate_in_bulk(model, pours), absent_bounds)
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
