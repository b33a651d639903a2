# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The reading of a scale at rest: whether it stands still, and how it drifts."""

from collections.abc import Sequence
import math

import numpy as np


def rise(weights: Sequence[float]) -> float:
    """Return by how much the second half of a list of numbers is larger than the first."""
    half = len(weights) // 2
    return sum(weights[-half:]) / half - sum(weights[:half]) / half


def rest_slope(stamps_ns: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """
    Fit a line to the reading of a scale at rest.

    Parameters
    ----------
    stamps_ns : ndarray of shape (n,), int
        Times [ns], n at least 3.
    weights : ndarray of shape (n,)
        Readings [N].

    Returns
    -------
    slope, error : float
        Its slope and the standard error of that [N/s]; the error knows that neighbouring readings
        are alike.

    """
    time_s = (stamps_ns - stamps_ns[0]) * 1e-9
    time_s = time_s - time_s.mean()
    weights = weights - weights.mean()
    square = float(time_s @ time_s)
    slope = float(time_s @ weights) / square
    residual = weights - slope * time_s
    variance = float(residual @ residual) / (len(residual) - 2)
    if not variance:
        return slope, 0.0
    alike = min(max(float(residual[1:] @ residual[:-1]) / float(residual @ residual), 0.0), 0.98)
    return slope, math.sqrt(variance / square * (1.0 + alike) / (1.0 - alike))
