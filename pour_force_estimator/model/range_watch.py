# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether a pour stays within what is known: of the features in training, and of its cup."""

from collections.abc import Iterable
import math
from typing import NamedTuple

import numpy as np

from ..cups.cup import MAX_TILT
from ..cups.spec import CupSpec
from .spec import FeatureSpec

CUP_TILT = 'cup_tilt'
"""Name of the tilt of the cup where it leaves what is known of the cup."""

_MIN_TILT = 0.1
"""Range of tilts that a shorter one is taken for [rad]."""


class OutOfRange(NamedTuple):
    """
    A feature that has left the range which the model saw in training, or the tilt of the cup.

    Attributes
    ----------
    name, unit : str
        The feature, or `CUP_TILT`.
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
    overrange : float
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
        self.overrange = 0.0

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
        self.overrange = sum(
            max(feature.low - lowest, highest - feature.high) / width
            for feature, lowest, highest, width in zip(
                self._features, self._lows, self._highs, self._widths
            )
        )


class TiltWatch:
    """
    Watches whether a pour stays within the tilts at which it is known what its cup holds.

    Parameters
    ----------
    cup : CupSpec, optional
        The cup; without it, all tilts are known.

    Attributes
    ----------
    overrange : float
        How far the pour has gone beyond them, relative to their range [-]; never falls.

    """

    def __init__(self, cup: CupSpec | None = None) -> None:
        self._last = math.inf
        if cup is not None and cup.table.last_tilt < MAX_TILT:
            self._last = cup.table.last_tilt - cup.angle_offset
        self._largest = self._last
        self.overrange = 0.0

    def add(self, tilt: float) -> None:
        """Take the measured tilt of a step [rad]."""
        if tilt > self._largest:
            self._largest = tilt
            self.overrange = (tilt - self._last) / max(self._last, _MIN_TILT)

    def out_of_range(self) -> list[OutOfRange]:
        """Return the tilt if it has left its range in this pour, a list of OutOfRange."""
        if not self.overrange:
            return []
        return [OutOfRange(CUP_TILT, 'rad', self._largest, 0.0, self._last)]
