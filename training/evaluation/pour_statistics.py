# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What is measured of a pour in order to compare pours: angles, flows, durations and noise.

Each function sees a recording and nothing else, so that recorded and simulated pours are measured
alike, delays and noise included. A pour that lacks what is measured gives NaN: one that pours
nothing has no onset angle.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.units import newton_to_ml, rad_to_degree

ONSET_WEIGHT = 0.08896443230520999
"""Weight above the first readings with which the outflow is seen [N]; ten times the noise."""

_TARE_STEPS = 15
"""First readings whose median is the level that an outflow rises from; some scales start off 0."""

REST_STEPS = 40
"""First steps of a pour, over which the noise at rest is measured (0.67 s at 60 Hz)."""

_RISE_STEPS = 10
"""Steps that a pour may take from its first drop to `ONSET_WEIGHT`; they are not at rest."""

_FINAL_S = 0.5
"""The settled weight is the median over this last time [s]."""

_FLOW_WINDOW_S = 0.2
"""Flow is the mean over this time [s]; over less, noise makes the peaks."""


def settled_weight(pour: RecordedPour) -> float:
    """Return the poured weight at the end [N]: the median of 0.5 s, since a reading may be off."""
    return float(np.median(pour.poured_weight[-_steps(pour, _FINAL_S) :]))


def onset_angle(pour: RecordedPour) -> float:
    """Return the tilt [degree] at which the reading has first risen by `ONSET_WEIGHT`."""
    step = _onset_step(pour)
    return float(rad_to_degree(pour.tilt[step])) if step < len(pour) else np.nan


def peak_flow(pour: RecordedPour) -> float:
    """Return the largest flow onto the scale [ml/s], a mean over 0.2 s."""
    window = _steps(pour, _FLOW_WINDOW_S)
    if len(pour) <= window:
        return np.nan
    weight = pour.poured_weight
    rise = float(np.max(weight[window:] - weight[:-window]))
    return newton_to_ml(rise, pour.context.relative_density or 1.0) / _FLOW_WINDOW_S


def duration(pour: RecordedPour) -> float:
    """Return the length of the recording [s]."""
    return len(pour) / pour.schema.sample_rate_hz


def max_tilt(pour: RecordedPour) -> float:
    """Return the largest tilt [degree]."""
    return float(rad_to_degree(pour.tilt.max()))


def overshoot(pour: RecordedPour) -> float:
    """Return how far the largest reading is above the settled weight [N], noise included."""
    return float(pour.poured_weight.max()) - settled_weight(pour)


def rest_noise(pour: RecordedPour) -> float:
    """Return the standard deviation [N] of the readings before anything is poured."""
    rest = _reading_at_rest(pour)
    return float(rest.std()) if rest.size else np.nan


def rest_correlation(pour: RecordedPour) -> float:
    """Return the correlation [-] of the noise at rest with itself one step earlier."""
    noise = _reading_at_rest(pour)
    noise = noise - noise.mean() if noise.size else noise
    power = np.sum(noise**2)
    return float(np.sum(noise[1:] * noise[:-1]) / power) if power > 0.0 else np.nan


def final_over_target(pour: RecordedPour) -> float:
    """Return the settled weight relative to the weight that was meant to be poured [-]."""
    return settled_weight(pour) / pour.context.required('target_weight')


@dataclass(frozen=True)
class Statistic:
    """
    One number that is measured of each pour.

    Attributes
    ----------
    name, unit : str
        Name for programs, and unit; '-' where there is none.
    label : str
        Name for people.
    measure : callable
        From a `RecordedPour` of schema robot_trials to a float [unit], NaN where there is none.
    decimals : int
        Digits worth showing.
    of_cup : bool
        Whether it depends on the cup, so that cups are worth comparing one by one.

    """

    name: str
    unit: str
    label: str
    measure: Callable[[RecordedPour], float]
    decimals: int
    of_cup: bool = True


STATISTICS = (
    Statistic('onset_angle', 'degree', 'onset angle', onset_angle, 1),
    Statistic('peak_flow', 'ml/s', 'peak flow', peak_flow, 0),
    Statistic('duration', 's', 'duration', duration, 1),
    Statistic('max_tilt', 'degree', 'largest tilt', max_tilt, 1),
    Statistic('overshoot', 'N', 'overshoot', overshoot, 3),
    Statistic('rest_noise', 'N', 'noise at rest', rest_noise, 4, of_cup=False),
    Statistic(
        'rest_correlation',
        '-',
        'lag-1 autocorrelation of the noise at rest',
        rest_correlation,
        2,
        of_cup=False,
    ),
    Statistic('final_over_target', '-', 'final weight over target', final_over_target, 2),
)
"""All statistics, in the order of tables and figures."""

PERCENTILES = (5, 50, 95)
"""Percentiles that stand for a distribution."""


def measure_pours(pours: Sequence[RecordedPour]) -> dict[str, np.ndarray]:
    """
    Measure all statistics of all pours.

    Parameters
    ----------
    pours : sequence of RecordedPour
        Pours of schema robot_trials.

    Returns
    -------
    dict of str to ndarray of shape (n_pours,)
        By name of the statistic, in its unit; NaN where a pour has no such value.

    """
    return {
        statistic.name: np.array([statistic.measure(pour) for pour in pours])
        for statistic in STATISTICS
    }


def summarize(values: Mapping[str, np.ndarray]) -> dict[str, list[float] | None]:
    """
    Return the `PERCENTILES` of each statistic.

    Parameters
    ----------
    values : dict of str to ndarray of shape (n_pours,)
        Of `measure_pours`; NaN is left out.

    Returns
    -------
    dict of str to list of float
        By name of the statistic; None where no pour has a value.

    """
    finite = {name: column[np.isfinite(column)] for name, column in values.items()}
    return {
        name: np.percentile(column, PERCENTILES).tolist() if column.size else None
        for name, column in finite.items()
    }


def _steps(pour: RecordedPour, duration_s: float) -> int:
    return round(duration_s * pour.schema.sample_rate_hz)


def _onset_step(pour: RecordedPour) -> int:
    """Return the first step risen by `ONSET_WEIGHT`, the number of steps if there is none."""
    weight = pour.poured_weight
    above = np.flatnonzero(weight - np.median(weight[:_TARE_STEPS]) > ONSET_WEIGHT)
    return int(above[0]) if above.size else len(pour)


def _reading_at_rest(pour: RecordedPour) -> np.ndarray:
    """Return the readings [N] of the first `REST_STEPS`, none if the outflow is in them."""
    at_rest = _onset_step(pour) >= REST_STEPS + _RISE_STEPS
    return pour.poured_weight[: REST_STEPS if at_rest else 0]
