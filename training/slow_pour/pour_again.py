# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is left in a cup whose capacity is known for each step, by the package's own outflow."""

import numpy as np

from pour_force_estimator.cups.outflow import volume_out
from pour_force_estimator.units import Number


def pour_again(
    capacity: np.ndarray, rate: np.ndarray, initial: Number, step_s: float
) -> np.ndarray:
    """
    Return what is left in a cup whose capacity is known for each step.

    Parameters
    ----------
    capacity, rate : ndarray of shape (n, ...)
        See `capacity_and_rate`.
    initial : float or ndarray
        Volume at the start [m^3].
    step_s : float
        Duration of a step [s].

    Returns
    -------
    ndarray of shape (n + 1, ...)
        Volume [m^3].

    """
    left = np.empty((len(capacity) + 1, *np.shape(initial)))
    volume = left[0] = initial
    for step in range(len(capacity)):
        volume = volume - volume_out(volume - capacity[step], rate[step], np.inf, step_s)
        left[step + 1] = volume
    return left
