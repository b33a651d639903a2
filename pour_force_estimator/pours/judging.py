# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether what was cut is a pour; if not, why."""

import math

import numpy as np

from .cut import CutterSettings

NOTHING_POURED = 'nothing poured'
"""How the reason begins where the weight is the same as before."""

_SMOOTHING_TICKS = 15
"""Ticks of the running median that takes sloshing out of the weight: 0.25 s at 60 Hz."""

_BURSTS = 5.0
"""How far a weight may be off that median, in largest falls; sloshing was 0.5 N at most."""


def why_no_pour(
    settings: CutterSettings,
    sign: int,
    change: float,
    tare: float,
    drift: tuple[float, float],
    stamps_ns: np.ndarray,
    tilts: np.ndarray,
    weights: np.ndarray,
) -> str:
    """
    Judge a motion that has ended with cup and weight at rest.

    Parameters
    ----------
    settings : CutterSettings
        What counts as a pour.
    sign : {1, -1, 0}
        1 if the reading of the scale grows as liquid leaves the cup, -1 if it falls, 0 for either.
    change : float
        By how much the reading changed from rest to rest [N].
    tare : float
        What the scale read before [N].
    drift : tuple of float
        Slope of the reading in the rest before, and its standard error [N/s].
    stamps_ns, tilts, weights : ndarray of shape (n,)
        From the rest before to that after: time [ns], tilt [rad], reading [N].

    Returns
    -------
    str
        The reason; empty for a pour.

    """
    duration_s = (stamps_ns[-1] - stamps_ns[0]) * 1e-9
    slope, error = drift
    if tilts.max() <= settings.upright_tilt:
        return (
            f'the tilt fell to {math.degrees(tilts.min()):.0f} degree, expected it to grow '
            'while the cup pours: turn the sign of the joint coefficients'
        )
    if (abs(slope) - 3.0 * error) * duration_s > settings.max_drift:
        return (
            f'the scale drifts by {slope:+.4f} N/s at rest: '
            f'{slope * duration_s:+.3f} N during the pour'
        )
    has_changed = abs(change) >= settings.min_poured
    if has_changed and sign and change * sign < 0.0:
        return (
            f'the weight changed by {change:+.3f} N, expected it to '
            f'{"grow" if sign > 0 else "fall"} while the cup pours'
        )
    poured = (sign or math.copysign(1.0, change)) * (weights - tare)
    burst = float(np.abs(poured - _smooth(poured)).max())
    if burst > _BURSTS * settings.max_fall:
        return (
            f'the weight is off by {burst:.3g} N for a moment: spikes of the scale in a row, '
            'or something touched it'
        )
    fall = max_fall(poured)
    if fall > settings.max_fall:
        return (
            f'the poured weight falls by {fall:.2f} N in mid-pour, as no pour does: a wrench '
            'that turns with the cup? Record its force in a frame that does not turn, its '
            'magnitude (norm), or a scale under the receiving vessel'
        )
    if not has_changed:
        return f'{NOTHING_POURED}: the weight changed by {change:+.3f} N'
    return ''


def max_fall(poured: np.ndarray) -> float:
    """
    Return by how much a poured weight falls below what it was before, or below nothing.

    Parameters
    ----------
    poured : ndarray of shape (n,)
        Poured weight [N] at 60 Hz.

    Returns
    -------
    float
        The largest fall [N], of the weight without what lasts less than 0.1 s.

    """
    smooth = _smooth(poured)
    return float((np.maximum.accumulate(np.maximum(smooth, 0.0)) - smooth).max())


def _smooth(values: np.ndarray) -> np.ndarray:
    """Return the running median over `_SMOOTHING_TICKS`, as long as the values."""
    reach = _SMOOTHING_TICKS // 2
    padded = np.pad(values, reach, mode='edge')
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTHING_TICKS)
    medians: np.ndarray = np.median(windows, axis=1)
    return medians
