# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Are two models different, or were the seeds kind to one of them? A paired test over seeds."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
import math
from typing import Generic, TypeVar

import numpy as np
from scipy import stats

LEVEL = 0.05
"""A difference is called significant below this probability, corrected for all comparisons."""

MIN_SEEDS = 3
"""With fewer pairs no test is made."""

TEST = (
    "Student's paired t-test on the logarithms of the errors, two-sided, each seed a pair, "
    'corrected after Holm for the number of comparisons'
)
"""
The test in words.

The logarithm, since errors spread in proportion to their size; no rank test, since with five
seeds even the clearest of those cannot fall below p = 0.06.
"""


_NO_SPREAD = 1e-12
"""Differences that agree so closely have no spread, for which the test has no answer."""


Key = TypeVar('Key', bound=Hashable)
"""What a model is called."""


@dataclass(frozen=True)
class Comparison(Generic[Key]):
    """
    Two models over the same seeds.

    Attributes
    ----------
    first, second : str
        The models.
    ratio : float
        Geometric mean over seeds of the error of `second` divided by that of `first`; NaN without
        a common seed.
    p : float
        Probability of a difference as large by chance, corrected; NaN with fewer than
        `MIN_SEEDS` common seeds.
    seeds : int
        Number of common seeds.

    """

    first: Key
    second: Key
    ratio: float
    p: float
    seeds: int

    @property
    def significant(self) -> bool:
        """Whether the difference is significant; False where it cannot be told."""
        return self.p < LEVEL

    @property
    def verdict(self) -> str:
        """What the test says, in words."""
        if math.isnan(self.p):
            return f'no test with fewer than {MIN_SEEDS} seeds'
        return 'significant' if self.significant else 'not significant'


def compare(
    errors: Mapping[Key, Mapping[int, float]], pairs: Iterable[tuple[Key, Key]] | None = None
) -> list[Comparison[Key]]:
    """
    Compare models over the seeds that they have in common.

    Parameters
    ----------
    errors : dict of str to dict of int to float
        Error of each model by seed, above 0.
    pairs : sequence of (str, str), optional
        What to compare; by default each model with each other.

    Returns
    -------
    list of Comparison
        In the order of `pairs`.

    """
    pairs = list(combinations(errors, 2) if pairs is None else pairs)
    logs = [_paired_logs(errors[first], errors[second]) for first, second in pairs]
    corrected = holm([_paired_t_test(*pair) for pair in logs])
    return [
        Comparison(first, second, _ratio(*pair), p, len(pair[0]))
        for (first, second), pair, p in zip(pairs, logs, corrected)
    ]


def holm(probabilities: Sequence[float]) -> list[float]:
    """
    Correct probabilities for their number after Holm (1979).

    Parameters
    ----------
    probabilities : sequence of float
        Of single tests; NaN where there was none, which does not count as one.

    Returns
    -------
    list of float
        At most 1, in the same order.

    """
    corrected = np.full(len(probabilities), math.nan)
    tested = [index for index, p in enumerate(probabilities) if not math.isnan(p)]
    largest = 0.0
    for rank, index in enumerate(sorted(tested, key=probabilities.__getitem__)):
        largest = max(largest, (len(tested) - rank) * probabilities[index])
        corrected[index] = min(1.0, largest)
    return corrected.tolist()


def _paired_logs(
    first: Mapping[int, float], second: Mapping[int, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logarithms of two models' errors at their common seeds."""
    seeds = sorted(first.keys() & second.keys())
    return np.log([first[seed] for seed in seeds]), np.log([second[seed] for seed in seeds])


def _paired_t_test(first: np.ndarray, second: np.ndarray) -> float:
    if len(first) < MIN_SEEDS:
        return math.nan
    differences = second - first
    if np.ptp(differences) < _NO_SPREAD:
        return 1.0 if abs(differences[0]) < _NO_SPREAD else 0.0
    return float(stats.ttest_rel(second, first).pvalue)


def _ratio(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.exp(np.mean(second - first))) if len(first) else math.nan
