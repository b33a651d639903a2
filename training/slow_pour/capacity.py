# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
A capacity over the tilt out of noisy volumes: monotone, smooth, and no further than was seen.

The area of the surface follows from the capacity. As the level plane turns about the lip by
d(theta), the volume below it changes by -A y d(theta), where y is the horizontal distance of the
surface's centroid from the lip. An elliptic surface of width D and length L has A = pi D L / 4
and y = L / 2, so that::

    A = sqrt(pi D (-dV_c / d theta) / 2)

It is exact while the liquid touches the wall of a cylinder all around, and within some percent as
the base falls dry.
"""

from dataclasses import dataclass
import math

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d
from sklearn.isotonic import isotonic_regression

BIN = math.radians(0.5)
"""Width of a bin of tilts [rad]."""

_SMOOTHING_BINS = 1.0
"""Standard deviation of the smoothing of the capacity [bins]."""

_SLOPE_BINS = 4.0
"""The same of its slope, which is noisier and which less depends on [bins]."""


@dataclass(frozen=True)
class CapacityCurve:
    """
    A capacity between the tilts that were seen.

    Attributes
    ----------
    tilts : ndarray of shape (k,)
        Tilts [rad], `BIN` apart; the first and the last are the ends of what was seen.
    capacities : ndarray of shape (k,)
        Capacity there [m^3]; never rises.

    """

    tilts: np.ndarray
    capacities: np.ndarray

    @classmethod
    def of_bins(
        cls, tilts: np.ndarray, volumes: np.ndarray, weights: np.ndarray, full: float
    ) -> 'CapacityCurve':
        """
        Return the curve through volumes by tilt.

        Parameters
        ----------
        tilts : ndarray of shape (k,)
            Tilts `BIN` apart [rad].
        volumes : ndarray of shape (k,)
            Mean volume there [m^3]; anything where its weight is 0.
        weights : ndarray of shape (k,)
            How much each counts; 0 where nothing was seen.
        full : float
            Most that it can be [m^3].

        """
        seen = weights > 0.0
        fitted = isotonic_regression(
            volumes[seen], sample_weight=weights[seen], y_min=0.0, y_max=full, increasing=False
        )
        if seen.sum() > 1:
            fitted = PchipInterpolator(tilts[seen], fitted, extrapolate=False)(tilts)
            first, last = np.flatnonzero(seen)[[0, -1]]
            fitted[:first], fitted[last + 1 :] = fitted[first], fitted[last]
        else:
            fitted = np.full(len(tilts), fitted[0])
        smooth = np.clip(smoothed(fitted, _SMOOTHING_BINS), 0.0, full)
        return cls(tilts, np.minimum.accumulate(smooth))

    def capacity(self, tilt: np.ndarray) -> np.ndarray:
        """Return the capacity [m^3] at `tilt` [rad]; that of an end beyond it."""
        return np.interp(tilt, self.tilts, self.capacities)

    def areas(self, width: float) -> np.ndarray:
        """
        Return the area of the surface at each of the tilts.

        Parameters
        ----------
        width : float
            Width of the surface [m].

        Returns
        -------
        ndarray of shape (k,)
            Area [m^2].

        """
        return np.sqrt(np.pi * width * self.slopes() / 2.0)

    def slopes(self) -> np.ndarray:
        """Return by how much the capacity falls at each of the tilts [m^3/rad]."""
        if len(self.tilts) < 2:
            return np.zeros(len(self.tilts))
        smooth = smoothed(self.capacities, min(_SLOPE_BINS, len(self.tilts) / 6.0))
        return np.maximum(-np.gradient(smooth, self.tilts), 0.0)

    def lip_diameter(self, diameter: float) -> float:
        """
        Return the diameter of the lip that the slope at the first tilts tells.

        While the surface spans a round opening it is an ellipse of the length D / cos(theta), and
        the equation above gives D^3 = 8 cos(theta)^2 (-dV_c / d theta) / pi.

        Parameters
        ----------
        diameter : float
            That of the body [m], which it does not exceed.

        """
        tilt = float(self.tilts[0])
        if tilt > _MAX_FULL_TILT:
            return diameter
        slope = float(np.median(self.slopes()[:_FIRST_BINS]))
        lip = (8.0 * math.cos(tilt) ** 2 * slope / math.pi) ** (1.0 / 3.0)
        return min(max(lip, _MIN_LIP * diameter), diameter)


_MAX_FULL_TILT = math.radians(60.0)
"""First tilt of a pour up to which the cup was full, so that the surface spans its opening."""

_FIRST_BINS = 8

_MIN_LIP = 0.2
"""Narrowest lip, relative to the body [-]."""


def smoothed(values: np.ndarray, sigma: float) -> np.ndarray:
    """Return `values` smoothed; a straight line stays one to its ends."""
    if sigma <= 0.0 or len(values) < 3:
        return values
    reach = min(len(values) - 1, math.ceil(4.0 * sigma))
    begin = 2.0 * values[0] - values[reach:0:-1]
    end = 2.0 * values[-1] - values[-2 : -reach - 2 : -1]
    padded = np.concatenate([begin, values, end])
    return gaussian_filter1d(padded, sigma, mode='nearest')[reach : reach + len(values)]
