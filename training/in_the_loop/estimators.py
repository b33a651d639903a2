# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What watches the pours of sessions: n estimators side by side.

`PourEstimators` drives objects of the public API as a user's program does. Training may pass
anything else that fulfils `EstimatorBatch`, for example one that steps n pours in one array.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.errors import PourForceEstimatorError
from pour_force_estimator.tick_estimator import Estimate


class StepwiseEstimator(Protocol):
    """
    One estimator, such as `PourEstimator`.

    It may have a method ``weigh(poured_weight)`` [N], which is then told what each pour gave.
    """

    def update(self, stamp_ns: int, tilt: float) -> Sequence[Estimate]:
        """Take a sample and return the estimates that it completes."""

    def reset(self, context: PourContext) -> None:
        """Start a new pour."""


class EstimatorFactory(Protocol):
    """Makes the estimator of a session at its first pour."""

    def __call__(
        self, context: PourContext, *, return_speed: float, return_acceleration: float
    ) -> StepwiseEstimator:
        """Return an estimator; speed [rad/s] and acceleration [rad/s^2] are of turning back."""


class Readings(NamedTuple):
    """
    What n estimators say at one step.

    Attributes
    ----------
    weight, lower, upper, predicted : ndarray of shape (n,)
        As of `Estimate` [N]; NaN where nothing is said. Of pours that have ended, whatever was
        said last.

    """

    weight: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    predicted: np.ndarray


class EstimatorBatch(Protocol):
    """n estimators, one for each session."""

    def begin(
        self, contexts: Sequence[PourContext], return_speed: np.ndarray, return_acceleration: float
    ) -> None:
        """Start the first or the next pour of all sessions, of the same mountings."""

    def step(self, stamp_ns: int, tilt: np.ndarray, running: np.ndarray) -> Readings:
        """
        Take a sample of each pour that has not ended.

        Parameters
        ----------
        stamp_ns : int
            Time of the samples [ns].
        tilt : ndarray of shape (n,)
            Tilts as the joints' encoders report them [rad].
        running : ndarray of int
            The pours that have not ended.

        """

    def weigh(self, weights: Sequence[float]) -> None:
        """Take what each of the last pours really gave [N]."""


class PourEstimators:
    """
    n estimators of the public API, stepped one after the other.

    Parameters
    ----------
    factory : EstimatorFactory
        Makes one of them.

    Attributes
    ----------
    weighings_told, weighings_refused : int
        How many weighings were told, and how many of these were refused.

    """

    def __init__(self, factory: EstimatorFactory) -> None:
        self._factory = factory
        self._estimators: list[StepwiseEstimator] = []
        self._values: list[list[float]] = []
        self.weighings_told = 0
        self.weighings_refused = 0

    def begin(
        self, contexts: Sequence[PourContext], return_speed: np.ndarray, return_acceleration: float
    ) -> None:
        """See `EstimatorBatch`."""
        if self._estimators:
            for estimator, context in zip(self._estimators, contexts):
                estimator.reset(context)
        else:
            self._estimators = [
                self._factory(context, return_speed=speed, return_acceleration=return_acceleration)
                for context, speed in zip(contexts, return_speed.tolist())
            ]
        self._values = [[np.nan] * len(contexts) for _ in Readings._fields]

    def step(self, stamp_ns: int, tilt: np.ndarray, running: np.ndarray) -> Readings:
        """See `EstimatorBatch`."""
        weights, lowers, uppers, predictions = self._values
        tilts, estimators = tilt.tolist(), self._estimators
        for index in running.tolist():
            estimates = estimators[index].update(stamp_ns, tilts[index])
            if estimates:
                estimate = estimates[-1]
                weights[index] = estimate.poured_weight
                lowers[index] = estimate.lower
                uppers[index] = estimate.upper
                # models without hypotheses predict nothing
                predictions[index] = getattr(estimate, 'predicted_weight', np.nan)
        return Readings(*map(np.array, self._values))

    def weigh(self, weights: Sequence[float]) -> None:
        """See `EstimatorBatch`; an estimator that takes no weighings is told nothing."""
        for estimator, weight in zip(self._estimators, weights):
            if hasattr(estimator, 'weigh'):
                self.weighings_told += 1
                try:
                    estimator.weigh(weight)
                except PourForceEstimatorError:
                    self.weighings_refused += 1
