# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Intervals that cover what they promise: split-conformal calibration on pours held out of training.

A bound of the interval is ``sqrt(noise^2 + (factor distance)^2)`` from the estimate, where the
distance is how far the network's own distribution over the hypotheses reaches on that side. The
factor is the conformal quantile of the errors of held-out pours in units of that distance
(Papadopoulos et al., "Inductive confidence machines for regression", 2002; Angelopoulos & Bates,
arXiv 2107.07511): the next pour of the same kind is in the interval with the probability asked
for, whatever the distribution of the errors.
There are several kinds, recorded pours and simulated ones of each kind of motion, before and after
weighings; the noise is the one with which they agree best.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pour_force_estimator.model.interval import CATEGORIES, category, IntervalSpec

from ..evaluation.bulk import BulkEstimate
from ..evaluation.metrics import final_mean
from .examples import RECORDED_MOTION

MIN_NOISE_N = 0.00889644
"""Least noise that is tried [N]: that of a scale."""

MAX_NOISE_N = 0.133447
"""Most noise that is tried [N]."""

_NOISES = 25

MIN_DISTANCE_N = MIN_NOISE_N
"""Distance [N] that stands for a smaller one, so that a score stays finite."""


class HeldOutPour(NamedTuple):
    """
    Estimates of a pour that a network did not learn from.

    Attributes
    ----------
    estimate : BulkEstimate
        What it says.
    measured : ndarray of shape (n_steps,)
        Measured poured weight [N].

    """

    estimate: BulkEstimate
    measured: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """Estimated minus measured weight [N]."""
        return self.estimate.weight - self.measured

    @property
    def distances(self) -> np.ndarray:
        """How far the distribution reaches on the side where the measured weight is [N]."""
        weight, low, high = self.estimate
        return np.maximum(np.where(self.errors > 0.0, weight - low, high - weight), 0.0)

    @property
    def final(self) -> tuple[float, float]:
        """Absolute error of the final weight, and the distance on that side [N]."""
        weight, low, high = map(final_mean, self.estimate)
        error = weight - final_mean(self.measured)
        return abs(error), max(weight - low if error > 0.0 else high - weight, 0.0)


class Kind(NamedTuple):
    """
    What kind of pours.

    Attributes
    ----------
    cups : {'known', 'new'}
        Whether somebody fitted the cup.
    weighed : int
        How many pours of the mounting were weighed before.
    motion : str
        Kind of the simulated motion, of `in_the_loop.motions.KINDS`; 'recorded' of recorded pours.
        They count as much as those of one other motion, since an arm that watches a scale is but
        one kind of arm.

    """

    cups: str
    weighed: int
    motion: str

    @property
    def category(self) -> str:
        """Which of the factors of an `IntervalSpec` holds for them."""
        return category(self.cups == 'known', self.weighed)


RECORDED = Kind('known', 0, RECORDED_MOTION)
"""Recorded pours that were held out."""


def calibrate(kinds: Mapping[Kind, Sequence[HeldOutPour]], coverage: float) -> IntervalSpec:
    """
    Return the interval for errors of pours that the network did not learn from.

    Each category has a factor of its own (Mondrian conformal prediction: Vovk et al., "Algorithmic
    learning in a random world", 2005), since before a weighing and after it errors are of
    different origin. One without pours gets the largest factor of the others.

    Parameters
    ----------
    kinds : dict of Kind to sequence of HeldOutPour
        Held-out pours of each kind.
    coverage : float
        Part of the pours' final weights that is to lie inside.

    Returns
    -------
    IntervalSpec

    """
    best: tuple[tuple[float, float], IntervalSpec] | None = None
    pooled = _pooled(kinds)
    for noise in np.geomspace(MIN_NOISE_N, MAX_NOISE_N, _NOISES).tolist():
        spec = IntervalSpec(coverage, noise, _factors(kinds, noise, coverage))
        unevenness = max(
            abs(float(is_covered.mean()) - coverage)
            for kind, pours in pooled.items()
            for is_covered in coverages(spec, kind.category, pours)
        )
        # to a percent: of those that are as even, the one that needs the smallest factors
        rank = round(unevenness, 2), sum(spec.factors.values())
        if best is None or rank < best[0]:
            best = rank, spec
    assert best is not None  # one noise at least was tried
    return best[1]


def _pooled(kinds: Mapping[Kind, Sequence[HeldOutPour]]) -> dict[Kind, list[HeldOutPour]]:
    """
    Return the kinds without regard to their simulated motions.

    Of each motion there are too few pours at each stage to choose a noise by the worst of them.
    """
    pooled: dict[Kind, list[HeldOutPour]] = {}
    for kind, pours in kinds.items():
        motion = kind.motion if kind == RECORDED else 'simulated'
        pooled.setdefault(kind._replace(motion=motion), []).extend(pours)
    return pooled


def _factors(
    kinds: Mapping[Kind, Sequence[HeldOutPour]], noise: float, coverage: float
) -> dict[str, float]:
    """Return the factor of each category at a noise; the kinds of one count alike."""
    factors = {}
    for name in CATEGORIES:
        finals = [
            np.array([pour.final for pour in pours])
            for kind, pours in kinds.items()
            if kind.category == name and len(pours)
        ]
        if finals:
            shares = np.concatenate([np.full(len(kind), 1.0 / len(kind)) for kind in finals])
            scores = np.concatenate([_scores(kind, noise) for kind in finals])
            factors[name] = conformal_quantile(scores, coverage, shares)
    return {name: factors.get(name, max(factors.values())) for name in CATEGORIES}


def conformal_quantile(
    scores: np.ndarray, coverage: float, shares: np.ndarray | None = None
) -> float:
    """
    Return the smallest value that a further score stays below with probability `coverage`.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Exchangeable scores.
    coverage : float
        Probability.
    shares : ndarray of shape (n,), optional
        How much each counts; all alike if left out.

    Returns
    -------
    float
        The ``ceil((n + 1) coverage)``-th smallest score of n that count alike; the largest where n
        is too small.

    """
    shares = np.ones(len(scores)) if shares is None else shares
    order = np.argsort(scores)
    # a further score counts as much as one of these on average
    reached = np.cumsum(shares[order]) / (shares.sum() * (1.0 + 1.0 / len(scores)))
    rank = int(np.searchsorted(reached, coverage - 1e-12))
    return float(scores[order[min(rank, len(scores) - 1)]])


def coverages(
    interval: IntervalSpec, category: str, pours: Sequence[HeldOutPour]
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return which part of the steps, and of the final weights, lies inside.

    Parameters
    ----------
    interval : IntervalSpec
        The interval.
    category : str
        Which of its factors holds for the pours.
    pours : sequence of HeldOutPour
        The pours.

    Returns
    -------
    steps, finals : ndarray of shape (n_pours,)
        Of each pour: part of its steps inside, and whether its final weight is.

    """
    factor = interval.factors[category]
    steps = np.array(
        [
            np.mean(np.abs(pour.errors) <= np.hypot(interval.noise, factor * pour.distances))
            for pour in pours
        ]
    )
    finals = np.array([pour.final for pour in pours]).reshape(-1, 2)
    return steps, (_scores(finals, interval.noise) <= factor).astype(float)


def _scores(finals: np.ndarray, noise: float) -> np.ndarray:
    """Return the factors at which an interval would just hold these errors."""
    errors, distances = finals.T
    beyond_noise = np.sqrt(np.maximum(np.square(errors) - noise**2, 0.0))
    return beyond_noise / np.maximum(distances, MIN_DISTANCE_N)
