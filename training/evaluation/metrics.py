# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Errors of estimated pours."""

from collections.abc import Sequence

import numpy as np

from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.units import newton_to_ml

FINAL_STEPS = 15
"""Steps that `final_mean` takes in: 0.25 s, to average sensor noise."""


def final_mean(values: np.ndarray) -> float:
    """
    Return what values come to in the end: their mean over the last `FINAL_STEPS`.

    So is the final weight of recorded pours measured, and its error. Simulated weights have no
    noise, and their last value serves; `pour_statistics.settled_weight` takes a median.

    Parameters
    ----------
    values : ndarray of shape (n_steps,)
        Weights, their errors or bounds, of any unit.

    """
    return values[-FINAL_STEPS:].mean()


def weight_errors(
    true: Sequence[np.ndarray],
    estimated: Sequence[np.ndarray],
    relative_densities: Sequence[float],
) -> dict[str, float]:
    """
    Return the errors over all steps of all pours, each step counting once.

    Parameters
    ----------
    true, estimated : sequence of ndarray of shape (n_steps,)
        Measured and estimated poured weight of each pour [N].
    relative_densities : sequence of float
        Density of each pour's liquid relative to water, for the errors in ml.

    Returns
    -------
    dict of str to float
        ``mse_newton2``, ``rmse_newton``, ``rmse_ml``, ``mae_newton``, and the absolute
        error of the final weight: ``final_error_ml_median``, ``final_error_ml_p90``; the numbers
        of ``pours`` and ``steps``.

    """
    errors = [estimate - measured for measured, estimate in zip(true, estimated)]
    errors_ml = [newton_to_ml(error, rho) for error, rho in zip(errors, relative_densities)]
    final_ml = [abs(final_mean(error)) for error in errors_ml]
    steps = np.concatenate(errors)
    mse = float(np.mean(np.square(steps)))
    return {
        'mse_newton2': mse,
        'rmse_newton': mse**0.5,
        'rmse_ml': float(np.sqrt(np.mean(np.square(np.concatenate(errors_ml))))),
        'mae_newton': float(np.mean(np.abs(steps))),
        'final_error_ml_median': float(np.median(final_ml)),
        'final_error_ml_p90': float(np.percentile(final_ml, 90)),
        'pours': len(errors),
        'steps': len(steps),
    }


def pour_errors(
    pours: Sequence[RecordedPour], estimated: Sequence[np.ndarray]
) -> dict[str, float]:
    """
    Return the errors of estimates of recorded pours.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours; a liquid whose density is not recorded is taken for water.
    estimated : sequence of ndarray of shape (n_steps,)
        Estimated poured weight of each pour [N].

    Returns
    -------
    dict of str to float
        See `weight_errors`.

    """
    return weight_errors(
        [pour.poured_weight for pour in pours],
        estimated,
        [pour.context.relative_density or 1.0 for pour in pours],
    )


def interval_scores(
    pours: Sequence[RecordedPour], lower: Sequence[np.ndarray], upper: Sequence[np.ndarray]
) -> dict[str, float]:
    """
    Return how often intervals cover what was measured, and how wide they are.

    A scale reads a little below nothing at times, by its noise. The bounds know that no weight is
    below 0 or above what was in the cup, so that the readings are cut to the same.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours; a liquid whose density is not recorded is taken for water.
    lower, upper : sequence of ndarray of shape (n_steps,)
        The bounds of each pour [N].

    Returns
    -------
    dict of str to float
        ``interval_coverage_steps``, the part of all steps whose measured weight is covered;
        ``interval_coverage_final``, the part of the pours whose final weight the final bounds
        cover, each by `final_mean`; ``interval_width_ml_mean`` over all steps.

    """
    steps, final, widths_ml = [], [], []
    for pour, low, high in zip(pours, lower, upper):
        initial = pour.context.initial_weight
        highest = np.inf if initial is None else initial
        measured = pour.poured_weight
        final_measured = np.clip(final_mean(measured), 0.0, highest)
        final.append(final_mean(low) <= final_measured <= final_mean(high))
        measured = np.clip(measured, 0.0, highest)
        steps.append((low <= measured) & (measured <= high))
        widths_ml.append(newton_to_ml(high - low, pour.context.relative_density or 1.0))
    return {
        'interval_coverage_steps': float(np.mean(np.concatenate(steps))),
        'interval_coverage_final': float(np.mean(final)),
        'interval_width_ml_mean': float(np.mean(np.concatenate(widths_ml))),
    }


def poured_weights(
    pours: Sequence[RecordedPour], responses: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """
    Return the poured weights that a network's responses stand for.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours.
    responses : sequence of ndarray of shape (n_steps,)
        What the network says of each pour [N], as of `training.fitting.fit.predict`.

    Returns
    -------
    list of ndarray of shape (n_steps,)
        Estimated poured weight of each pour [N].

    """
    return [pour.poured_weight_of(response) for pour, response in zip(pours, responses)]
