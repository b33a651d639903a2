# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether the features of a pour stay within the range that the model saw in training."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .spec import FeatureSpec


class OutOfRange(NamedTuple):
    """
    A feature that has left the range which the model saw in training.

    Attributes
    ----------
    name, unit : str
        The feature.
    value : float
        Its value furthest outside during the pour [unit].
    low, high : float
        The range seen in training [unit].

    """

    name: str
    unit: str
    value: float
    low: float
    high: float


class RangeWatch:
    """
    Watches the features of one pour.

    Parameters
    ----------
    features : sequence of FeatureSpec
        The features in the model's order, with the range of each.

    Attributes
    ----------
    excess : float
        How far the pour has left the ranges so far: over all features, the sum of the furthest
        distance outside relative to the width of the range [-]. 0 within all of them; it never
        falls during a pour, since the network remembers what it saw.

    """

    def __init__(self, features: Iterable[FeatureSpec]) -> None:
        self._features = tuple(features)
        # A range may be a single value: then the scale of the feature is the measure.
        self._widths = [feature.high - feature.low or feature.scale for feature in self._features]
        self.reset()

    def reset(self) -> None:
        """Forget the pour."""
        self._lows = [feature.low for feature in self._features]
        self._highs = [feature.high for feature in self._features]
        self.excess = 0.0

    def add(self, row: np.ndarray) -> None:
        """
        Take the features of a step.

        Parameters
        ----------
        row : ndarray of shape (1, n_features)
            The features in the model's order.

        """
        # Called at each tick: floats in a list are compared faster than by two ufuncs, and limits
        # that widen with the pour leave nothing to do after the first step outside.
        values = row[0].tolist()
        for value, low, high in zip(values, self._lows, self._highs):
            if value < low or value > high:
                self._widen(values)
                return

    def out_of_range(self) -> list[OutOfRange]:
        """Return the features that have left their range in this pour, a list of OutOfRange."""
        outside = []
        for feature, lowest, highest in zip(self._features, self._lows, self._highs):
            below, above = feature.low - lowest, highest - feature.high
            if max(below, above) > 0.0:
                outside.append(
                    OutOfRange(
                        feature.name,
                        feature.unit,
                        lowest if below > above else highest,
                        feature.low,
                        feature.high,
                    )
                )
        return outside

    def _widen(self, values: list[float]) -> None:
        self._lows = list(map(min, self._lows, values))
        self._highs = list(map(max, self._highs, values))
        self.excess = sum(
            max(feature.low - lowest, highest - feature.high) / width
            for feature, lowest, highest, width in zip(
                self._features, self._lows, self._highs, self._widths
            )
        )
