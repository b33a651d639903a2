# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The cylinder or bottle that is nearest to a shape."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from pour_force_estimator.context import CONTEXT_FIELDS
from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.spec import CupSpec

_DECIMALS = 4
"""Of a size [m]: cups are told apart by 0.5 mm."""

_EMPTY = 0.02
"""Share of the volume below which a pour is over."""


@dataclass(frozen=True)
class NearestCup:
    """
    The nearest cylinder or bottle, and how far it is.

    Parameters
    ----------
    height, diameter : float
        Inside [m].
    lip_ratio : float
        Diameter of the lip relative to that of the body [-].
    rmse_m3, max_error_m3 : float
        Of the capacity over the tilts that count [m^3].
    is_at_an_end : bool
        Whether its height or diameter is at the end of the range that cups have: then the tilts
        that count do not tell a size.

    """

    height: float
    diameter: float
    lip_ratio: float
    rmse_m3: float
    max_error_m3: float
    is_at_an_end: bool


def nearest_cup(shape: CupSpec, seen: tuple[float, float] | None = None) -> NearestCup:
    """
    Return the cylinder or bottle whose capacity over the tilt is nearest [m^3 RMSE].

    Parameters
    ----------
    shape : CupSpec
        The cup.
    seen : tuple of float, optional
        First and last tilt that count [rad]; by default all until 2 % are left.

    Returns
    -------
    NearestCup

    """
    first, last = seen or (0.0, np.inf)
    empty = max(float(shape.onset_angle(_EMPTY * shape.volume)), first + 0.1)
    tilts = np.linspace(first, min(empty, last), 200)
    truth = shape.capacity(tilts)
    sides = [CONTEXT_FIELDS[f'cup_{side}'] for side in ('height', 'diameter')]
    low = np.array([*(side.low for side in sides), 0.05])
    high = np.array([*(side.high for side in sides), 1.0])
    equivalent = np.clip(2.0 * np.sqrt(shape.volume / (np.pi * shape.height)), low[1], high[1])

    def errors(parameters: np.ndarray) -> np.ndarray:
        return (Cup(*np.clip(parameters, low, high)).capacity(tilts) - truth) / shape.volume

    fits = [
        least_squares(
            errors,
            np.clip([shape.height, equivalent, lip], low, high * 0.999),
            bounds=(low, high),
            x_scale=high - low,
        )
        for lip in (0.97, 0.6, 0.3)
    ]
    height, diameter, lip_ratio = (
        float(round(value, _DECIMALS)) for value in min(fits, key=lambda fit: fit.cost).x
    )
    difference = errors(np.array([height, diameter, lip_ratio])) * shape.volume
    return NearestCup(
        height,
        diameter,
        lip_ratio,
        float(np.sqrt(np.mean(difference**2))),
        float(np.abs(difference).max()),
        bool(np.isin(np.round([height, diameter], 3), [low[:2], high[:2]]).any()),
    )
