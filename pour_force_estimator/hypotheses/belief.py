# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a distribution over hypotheses says: its mean, and the interval that covers most of it."""

import numpy as np

TAIL = 0.05
"""Part of the distribution below the interval, and part above it [-]."""


def mean(probabilities: np.ndarray, weights: np.ndarray) -> float:
    """
    Return the mean of the weights under the hypotheses.

    Parameters
    ----------
    probabilities, weights : ndarray of shape (J, K)
        Probability of each hypothesis [-], and what it says.

    """
    return float(np.vdot(probabilities, weights))


def central_interval(probabilities: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """
    Return the interval between the two tails of `TAIL`.

    Between two hypotheses the distribution is taken to be continuous.

    Parameters
    ----------
    probabilities, weights : ndarray of shape (J, K)
        Probability of each hypothesis [-], and what it says.

    Returns
    -------
    low, high : float
        In the unit of the weights.

    """
    weights = weights.ravel()
    order = weights.argsort()
    probabilities = probabilities.ravel()[order]
    middles = probabilities.cumsum()
    middles -= 0.5 * probabilities
    low, high = np.interp(_TAILS, middles, weights[order])
    return float(low), float(high)


_TAILS = np.array([TAIL, 1.0 - TAIL])
