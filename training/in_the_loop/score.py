# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""How right estimates of simulated pours are, pour by pour; volumes are in ml of water."""

from collections.abc import Sequence
from dataclasses import dataclass
import math

import numpy as np

from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.units import newton_to_ml

from .baselines import BASELINES, integrate
from .estimators import Readings
from .sessions import SimulatedPour
from .steered import LOOKS_AHEAD, STEERED

ESTIMATOR = 'estimator'
"""Who said it, beside `BASELINES`."""

_GRAM_N = 0.00980665
"""From this weight on something has been poured [N]."""


@dataclass(frozen=True)
class Score:
    """
    How right somebody was on one pour; NaN where that was not asked.

    Attributes
    ----------
    method : str
        `ESTIMATOR` or one of `BASELINES`.
    cup, group, motion, stage
        Of the pour; see `SimulatedPour`.
    final_ml : float
        |estimate - truth| of the last step.
    target_ml : float
        |final weight - target| of a pour that this one steered.
    squared_ml2, steps : float
        Sum of the squared errors over all steps, and their number.
    final_covered : float
        1 if the interval of the last step covers the truth, else 0.
    steps_covered : float
        At how many steps the interval covers the truth.
    pouring_covered, pouring_steps : float
        The same from the first gram on, since before it hardly an interval can be wrong.
    width_ml : float
        Width of the interval of the last step.
    predicted_ml : float
        |predicted - true final weight| when a steered cup was turned back.

    """

    method: str
    cup: str
    group: str
    motion: str
    stage: int
    final_ml: float = math.nan
    target_ml: float = math.nan
    squared_ml2: float = math.nan
    steps: float = math.nan
    final_covered: float = math.nan
    steps_covered: float = math.nan
    pouring_covered: float = math.nan
    pouring_steps: float = math.nan
    width_ml: float = math.nan
    predicted_ml: float = math.nan


def score_estimates(pours: Sequence[SimulatedPour]) -> list[Score]:
    """Return how right the estimators were that watched these pours."""
    return [
        _score(
            ESTIMATOR,
            pour,
            _estimates(pour).weight,
            **_score_interval(pour),
            target_ml=_target_ml(pour),
            predicted_ml=_predicted_ml(pour),
        )
        for pour in pours
    ]


def score_baselines(pours: Sequence[SimulatedPour], table: CupTable) -> list[Score]:
    """Return how right the baselines are on the recorded tilts of these pours."""
    return [
        _score(name, pour, weight)
        for name in BASELINES
        for pour, weight in zip(pours, integrate(name, pours, table))
    ]


def score_targets(method: str, pours: Sequence[SimulatedPour]) -> list[Score]:
    """Return how far from their targets pours ended that were steered by a baseline."""
    return [
        Score(
            method,
            pour.truth.name,
            pour.truth.group,
            pour.motion,
            pour.stage,
            target_ml=_target_ml(pour),
        )
        for pour in pours
    ]


def _score(method: str, pour: SimulatedPour, weight: np.ndarray, **figures: float) -> Score:
    error_ml = newton_to_ml(weight - pour.poured)
    return Score(
        method,
        pour.truth.name,
        pour.truth.group,
        pour.motion,
        pour.stage,
        final_ml=float(abs(error_ml[-1])),
        squared_ml2=float(np.sum(error_ml**2)),
        steps=len(error_ml),
        **figures,
    )


def _estimates(pour: SimulatedPour) -> Readings:
    """Return what the estimator said that watched a pour."""
    assert pour.estimates is not None  # of a session that was watched
    return pour.estimates


def _score_interval(pour: SimulatedPour) -> dict[str, float]:
    """Return what an interval was worth; nothing where there is none."""
    estimates = _estimates(pour)
    lower, upper = estimates.lower, estimates.upper
    if np.isnan(lower[-1]):
        return {}
    truth = np.clip(pour.poured, 0.0, pour.context.initial_weight)
    is_covered = (lower <= truth) & (truth <= upper)
    pouring = truth >= _GRAM_N
    return {
        'final_covered': float(is_covered[-1]),
        'steps_covered': float(is_covered.sum()),
        'pouring_covered': float(is_covered[pouring].sum()),
        'pouring_steps': float(pouring.sum()),
        'width_ml': float(newton_to_ml(upper[-1] - lower[-1])),
    }


def _target_ml(pour: SimulatedPour) -> float:
    if pour.motion not in STEERED:
        return math.nan
    return float(abs(newton_to_ml(pour.final_weight - pour.context.required('target_weight'))))


def _predicted_ml(pour: SimulatedPour) -> float:
    """Return how wrong the prediction was that turned the cup back."""
    predicted = _estimates(pour).predicted
    reached = np.flatnonzero(predicted >= pour.context.target_weight)
    if pour.motion != LOOKS_AHEAD or not len(reached):
        return math.nan
    return float(abs(newton_to_ml(predicted[reached[0]] - pour.final_weight)))
