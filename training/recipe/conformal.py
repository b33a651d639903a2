"""
Intervals that hold what they promise: split-conformal calibration on pours held out of training.

The half-width of an interval is ``sqrt(noise^2 + (factor spread)^2)``, where the spread is how far
the experts that the network believes in are apart. ``noise`` is what the scale itself adds; it is
read off where the spread says that nothing is uncertain. ``factor`` is the conformal quantile of
the errors of held-out pours in units of their spread (Papadopoulos et al., "Inductive confidence
machines for regression", 2002; Angelopoulos & Bates, arXiv 2107.07511): the next pour of the same
cups is in the interval with the probability asked for, whatever the distribution of the errors.
"""

import numpy as np

from pour_force_estimator.model_spec import IntervalSpec

from ..metrics import FINAL_STEPS

QUIET_LBF = 0.002
"""A spread below this [lbf] is less than the noise of a scale: nothing flows or has flown."""

SMALLEST_SPREAD_LBF = 1e-4
"""Spread [lbf] that stands for a smaller one, so that a score stays finite."""


def calibrate(errors, spreads, coverage):
    """
    Return the interval for errors of pours that the network did not learn from.

    Parameters
    ----------
    errors, spreads : sequence of ndarray of shape (n_steps,)
        Of each held-out pour: estimated minus measured weight, and the model's spread [lbf].
    coverage : float
        Part of the pours' final weights that is to lie inside.

    Returns
    -------
    IntervalSpec

    """
    steps, spread = np.concatenate(errors), np.concatenate(spreads)
    quiet = np.abs(steps[spread < QUIET_LBF])
    noise = float(np.quantile(quiet, coverage)) if quiet.size else QUIET_LBF
    finals = np.array([
        _score(error[-FINAL_STEPS:].mean(), spread[-FINAL_STEPS:].mean(), noise)
        for error, spread in zip(errors, spreads)])
    return IntervalSpec(coverage, noise, conformal_quantile(finals, coverage))


def conformal_quantile(scores, coverage):
    """
    Return the smallest value that a further score stays below with probability `coverage`.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Exchangeable scores.
    coverage : float
        Probability.

    Returns
    -------
    float
        The ``ceil((n + 1) coverage)``-th smallest score; the largest where n is too small.

    """
    rank = int(np.ceil((len(scores) + 1) * coverage))
    return float(np.sort(scores)[min(rank, len(scores)) - 1])


def half_widths(interval, spread):
    """Return the half-widths of the interval [lbf] for an ndarray of spreads [lbf]."""
    return np.sqrt(interval.noise**2 + np.square(interval.factor * spread))


def coverages(interval, errors, spreads):
    """
    Return which part of the steps, and of the final weights, lies inside.

    Parameters
    ----------
    interval : IntervalSpec
        The interval.
    errors, spreads : sequence of ndarray of shape (n_steps,)
        As in `calibrate`.

    Returns
    -------
    steps, finals : ndarray of shape (n_pours,)
        Of each pour: part of its steps inside, and whether its final weight is.

    """
    inside = [np.abs(error) <= half_widths(interval, spread)
              for error, spread in zip(errors, spreads)]
    finals = [
        abs(error[-FINAL_STEPS:].mean()) <= half_widths(interval, spread[-FINAL_STEPS:].mean())
        for error, spread in zip(errors, spreads)]
    return np.array([each.mean() for each in inside]), np.array(finals, float)


def _score(error, spread, noise):
    """Return the factor at which an interval would just hold this error."""
    return np.sqrt(max(error**2 - noise**2, 0.0)) / max(spread, SMALLEST_SPREAD_LBF)
