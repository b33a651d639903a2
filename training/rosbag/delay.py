# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
How far the reading of a scale lags behind the tilt.

The liquid falls, the scale filters, its messages travel. The delay is the lag at which the flow
that a scale saw resembles most the flow that physics expects of the tilt. How the lip of the cup
is made is not known, so that some hundred lips are tried, and the likeliest decides: a wrong one
makes the outflow begin early and end late, or the other way round, while a delay makes both late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
import itertools
import math

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.simulation import simulate_pour

from ..cups.grouping import grouped

MIN_DURATION_S, MAX_DURATION_S = -0.5, 2.0
"""Range of the delays that are found [s]; a negative one is a matter of clocks."""

MIN_CORRELATION = 0.6
"""Correlation below which the flow does not resemble the expected one, and no delay is told."""

MAX_SPREAD_S = 0.25
"""Spread of the lags of single pours beyond which they do not share one delay [s]."""

_SMOOTHING_S = 0.06
"""Standard deviation of the smoothing of both flows [s]: scales slosh and are noisy."""

_LIP_RATIOS = (1.0, 0.8, 0.6, 0.4, 0.25)
_ANGLE_OFFSETS = tuple(np.linspace(-0.1, 0.25, 11))
_OUTFLOWS = (
    (0.8, math.inf),
    (0.5, math.inf),
    (0.3, math.inf),
    (0.15, math.inf),
    (0.3, 0.4),
    (0.3, 0.25),
    (0.3, 0.15),
    (0.2, 0.15),
    (0.15, 0.15),
)
"""Discharge and choke; see `pour_force_estimator.cups.cup.Cup`."""

_MAX_POURS = 12
"""Pours of a cup that decide; more cost time and change little."""

_FULL = 0.98
"""Part of the volume of a cup that a simulation fills at most."""


@dataclass(frozen=True)
class DelayedPour:
    """
    A pour as it was recorded.

    Attributes
    ----------
    tilt : ndarray of shape (n,)
        Tilt of the cup [rad].
    poured : ndarray of shape (n,)
        Poured weight that the scale has seen [N].
    context : PourContext
        Cup, initial weight and density.

    """

    tilt: np.ndarray
    poured: np.ndarray
    context: PourContext


@dataclass(frozen=True)
class Delay:
    """
    A delay, and how sure it is.

    Attributes
    ----------
    seconds : float
        By how much the scale lags [s].
    correlation : float
        Of the seen and the expected flow at this lag [-], mean over the pours; NaN if given.
    spread_s : float
        Standard deviation of the lags of single pours [s], from their quantiles; NaN if given.
    pours : int
        How many pours decided; 0 if given.

    """

    seconds: float
    correlation: float = math.nan
    spread_s: float = math.nan
    pours: int = 0

    @property
    def is_sure(self) -> bool:
        """Whether the flows resemble each other, all at one lag that scales have."""
        return self.correlation >= MIN_CORRELATION and not self.contradiction

    @property
    def contradiction(self) -> str:
        """Why flows that resemble each other cannot be of the same pours; '' if they can."""
        if self.correlation < MIN_CORRELATION:
            return ''
        if not MIN_DURATION_S + 0.05 < self.seconds < MAX_DURATION_S - 0.05:
            return (
                f'the weight fits the tilt best at a lag of {self.seconds:.2f} s (correlation '
                f'{self.correlation:.2f}), at the end of what is looked for, '
                f'{MIN_DURATION_S:g} to {MAX_DURATION_S:g} s'
            )
        if self.spread_s > MAX_SPREAD_S:
            return (
                f'the weights of {self.pours} pours fit their tilts at lags that differ by '
                f'{self.spread_s:.2f} s, expected {MAX_SPREAD_S:g} s at most: they may be of '
                'other pours'
            )
        return ''


def estimate_delay(pours: Sequence[DelayedPour], rate_hz: float) -> Delay:
    """
    Estimate the delay that all pours of a set share.

    Parameters
    ----------
    pours : sequence of DelayedPour
        One pour at least, of one cup or several.
    rate_hz : float
        Rate of the samples [Hz].

    Returns
    -------
    Delay

    """
    lags = np.arange(round(MIN_DURATION_S * rate_hz), round(MAX_DURATION_S * rate_hz) + 1)
    by_cup = grouped(pours, [CupSize.of(pour.context) for pour in pours])
    groups = [_correlations(_spread_sample(of_cup), rate_hz, lags) for of_cup in by_cup]
    deciding = sum(group.shape[1] for group in groups)
    # Each cup may have the lip that suits a lag best.
    total = sum(group.sum(axis=1).max(axis=0) for group in groups) / deciding
    best = int(np.argmax(total))
    single = np.concatenate(
        [lags[group[group.sum(axis=1)[:, best].argmax()].argmax(axis=1)] for group in groups]
    )
    low, high = np.percentile(single, [16, 84]) / rate_hz
    return Delay(
        float((lags[best] + _peak(total, best)) / rate_hz),
        float(total[best]),
        float(high - low) / 2.0,
        deciding,
    )


def _spread_sample(pours: Sequence[DelayedPour]) -> list[DelayedPour]:
    """Return at most `_MAX_POURS` of `pours`, from all over the list."""
    count = min(len(pours), _MAX_POURS)
    return [pours[index] for index in np.linspace(0, len(pours) - 1, count).round().astype(int)]


def _correlations(pours: Sequence[DelayedPour], rate_hz: float, lags: np.ndarray) -> np.ndarray:
    """Return the correlations of pours of one cup, ndarray of shape (lips, pours, lags)."""
    steps = max(len(pour.tilt) for pour in pours)
    tilt = np.array([_extended(pour.tilt, steps) for pour in pours])
    measured = _flow(np.array([_extended(pour.poured, steps) for pour in pours]), rate_hz)
    size = 2 ** math.ceil(math.log2(2 * measured.shape[1] + len(lags)))
    spectrum, norm = np.fft.rfft(measured, size), np.linalg.norm(measured, axis=-1)
    correlations = []
    for lip_ratio in _LIP_RATIOS:  # one after the other, for the sake of memory
        expected = _expected_flow(pours, tilt, lip_ratio, rate_hz)
        products = np.fft.irfft(spectrum * np.conj(np.fft.rfft(expected, size)), size)[..., lags]
        norms = norm * np.linalg.norm(expected, axis=-1)
        correlations.append(
            np.where(norms[..., None] > 1e-9, products / np.maximum(norms, 1e-9)[..., None], 0.0)
        )
    return np.concatenate(correlations)


def _expected_flow(
    pours: Sequence[DelayedPour], tilt: np.ndarray, lip_ratio: float, rate_hz: float
) -> np.ndarray:
    """Return the flow that physics expects, ndarray of shape (lips, pours, steps)."""
    context, n = pours[0].context, len(pours)
    lips = np.array(
        [(offset, *outflow) for offset, outflow in itertools.product(_ANGLE_OFFSETS, _OUTFLOWS)]
    )
    angle_offset, discharge, choke = np.repeat(lips, n, axis=0).T
    unit = np.ones(len(lips) * n)
    cup = Cup(
        context.required('cup_height') * unit,
        context.required('cup_diameter') * unit,
        lip_ratio * unit,
        discharge,
        choke,
        angle_offset,
    )
    density = context.relative_density or 1.0
    weight = np.minimum(
        np.tile([pour.context.required('initial_weight') for pour in pours], len(lips)),
        _FULL * Liquid(density).weight(cup.volume),
    )
    poured = simulate_pour(
        cup, weight, np.tile(tilt, (len(lips), 1)), rate_hz, density, substeps=1
    )
    return _flow(poured, rate_hz).reshape(len(lips), n, -1)


def _extended(values: np.ndarray, steps: int) -> np.ndarray:
    """Return `values`, the last one held up to `steps`."""
    return np.concatenate([values, np.full(steps - len(values), values[-1])])


def _flow(weight: np.ndarray, rate_hz: float) -> np.ndarray:
    """Return the smoothed rate of each row of `weight`."""
    reach = math.ceil(3.0 * _SMOOTHING_S * rate_hz)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (_SMOOTHING_S * rate_hz)) ** 2)
    kernel /= kernel.sum()
    rate = np.diff(np.pad(weight, ((0, 0), (reach + 1, reach)), mode='edge'), axis=1)
    return np.array([np.convolve(row, kernel, 'valid') for row in rate])


def _peak(values: np.ndarray, best: int) -> float:
    """Return where a parabola through a maximum and its neighbours peaks, -0.5 to 0.5."""
    if not 0 < best < len(values) - 1:
        return 0.0
    before, at, after = values[best - 1 : best + 2]
    bend = before - 2.0 * at + after
    return 0.0 if bend >= 0.0 else 0.5 * (before - after) / bend
