"""Errors of estimated pours."""

import numpy as np

from pour_force_estimator.units import lbf_to_ml, lbf_to_newton

FINAL_STEPS = 15
"""The final weight is the mean over this many last steps (0.25 s), to average sensor noise."""


def weight_errors(true, estimated, relative_densities):
    """
    Return the errors over all steps of all pours, each step counting once.

    Parameters
    ----------
    true, estimated : sequence of ndarray of shape (n_steps,)
        Measured and estimated poured weight of each pour [lbf].
    relative_densities : sequence of float
        Density of each pour's liquid relative to water, for the errors in ml.

    Returns
    -------
    dict of str to float
        ``mse_lbf2``, ``rmse_lbf``, ``rmse_newton``, ``rmse_ml``, ``mae_lbf``, and the absolute
        error of the final weight: ``final_error_ml_median``, ``final_error_ml_p90``; the numbers
        of ``pours`` and ``steps``.

    """
    errors = [estimate - measured for measured, estimate in zip(true, estimated)]
    errors_ml = [lbf_to_ml(error, rho) for error, rho in zip(errors, relative_densities)]
    final_ml = [abs(error[-FINAL_STEPS:].mean()) for error in errors_ml]
    steps = np.concatenate(errors)
    mse = float(np.mean(np.square(steps)))
    rmse = mse ** 0.5
    return {
        'mse_lbf2': mse,
        'rmse_lbf': rmse,
        'rmse_newton': lbf_to_newton(rmse),
        'rmse_ml': float(np.sqrt(np.mean(np.square(np.concatenate(errors_ml))))),
        'mae_lbf': float(np.mean(np.abs(steps))),
        'final_error_ml_median': float(np.median(final_ml)),
        'final_error_ml_p90': float(np.percentile(final_ml, 90)),
        'pours': len(errors),
        'steps': len(steps),
    }


def pour_errors(pours, estimated):
    """
    Return the errors of estimates of recorded pours.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours; a liquid whose density is not recorded is taken for water.
    estimated : sequence of ndarray of shape (n_steps,)
        Estimated poured weight of each pour [lbf].

    Returns
    -------
    dict of str to float
        See `weight_errors`.

    """
    return weight_errors(
        [pour.poured_weight for pour in pours], estimated,
        [pour.context.relative_density or 1.0 for pour in pours])
