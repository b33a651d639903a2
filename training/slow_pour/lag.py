# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""How late a scale sees a flow, from what it sees where the motion of the cup changes."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter1d

from pour_force_estimator.cups.spec import MAX_DELAY_S

from .quick_pour import DELAY_STEP_S

WINDOW_S = 1.5
"""Time after a change of the motion in which it tells the delay [s]."""

_LAGS_S = np.arange(-0.24, MAX_DELAY_S, DELAY_STEP_S)
"""Lags that are tried [s]; a flow presses before its weight has come and can seem to lead."""

_FLOW_SMOOTHING_S = 0.1
"""Standard deviation of the smoothing of flows that are compared [s]."""

_DELAY_SPREAD_S = 0.1
"""Standard deviation of delays about the typical one [s]."""

_MAX_DELAY_ERROR_S = 0.04
"""Standard error beyond which a pour does not tell the delay [s]."""


def lag_of_flow(
    left: np.ndarray,
    measured_left: Callable[[float], np.ndarray],
    changes: np.ndarray,
    step_s: float,
    typical_s: float,
) -> float | None:
    """
    Return the likely lag of what a scale reads, about changes of the motion.

    Parameters
    ----------
    left : ndarray of shape (n,)
        What would be left in the cup at each step [m^3].
    measured_left : callable
        Returns what the scale says of it, ndarray of shape (n,) [m^3], for a delay [s] that is
        removed.
    changes : ndarray of int
        Steps at which the motion changes.
    step_s : float
        Duration of a step [s].
    typical_s : float
        What to expect of the lag [s].

    Returns
    -------
    float or None
        Lag [s]; None if the pour does not tell it.

    """
    width = round(WINDOW_S / step_s)
    near = np.zeros(len(left), bool)
    for change in changes:
        near[max(change - width // 2, 0) : change + width] = True
    if not near.any():
        return None
    smoothing = _FLOW_SMOOTHING_S / step_s
    expected = gaussian_filter1d(-np.gradient(left), smoothing)
    errors = []
    for lag_s in _LAGS_S.tolist():
        flow = gaussian_filter1d(-np.gradient(measured_left(lag_s)), smoothing)
        errors.append(float(np.mean((flow - expected)[near] ** 2)))
    noise = max(min(errors), 1e-30)
    # What is smoothed says as much as one value in each three standard deviations.
    independent = np.count_nonzero(near) * step_s / (3.0 * _FLOW_SMOOTHING_S)
    odds = -0.5 * independent * np.array(errors) / noise
    odds -= 0.5 * ((_LAGS_S - typical_s) / _DELAY_SPREAD_S) ** 2
    odds = np.exp(odds - odds.max())
    mean_s = float(np.average(_LAGS_S, weights=odds))
    spread_s = float(np.sqrt(np.average((_LAGS_S - mean_s) ** 2, weights=odds)))
    return mean_s if spread_s < _MAX_DELAY_ERROR_S else None
