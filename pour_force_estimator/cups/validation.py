# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The one check that cups, liquids and motions share: numbers within a range."""

import numpy as np
from numpy.typing import ArrayLike

from ..errors import SimulationError


def check_range(
    name: str, value: ArrayLike, low: ArrayLike, high: ArrayLike, unit: str = '-'
) -> None:
    """
    Raise `SimulationError` unless each number of `value` is within `low` to `high`.

    Parameters
    ----------
    name : str
        Name of the parameter in the message.
    value : float or array_like
        The value [unit]; NaN is never within a range.
    low, high : float or array_like
        Allowed range [unit], both ends included; must broadcast with `value`.
    unit : str
        Unit in the message, '-' where there is none.

    """
    try:
        values, lows, highs = np.broadcast_arrays(
            np.asarray(value, np.float64), np.asarray(low), np.asarray(high)
        )
    except (TypeError, ValueError) as error:
        raise SimulationError(f'{name}: expected numbers, received {value!r} ({error})') from error
    outside = np.argwhere(~((values >= lows) & (values <= highs)))
    if len(outside):
        first = tuple(outside[0])
        place = f' at {[int(index) for index in first]}' if first else ''
        allowed = f'{lows[first]:g} to {highs[first]:g}' + ('' if unit == '-' else f' {unit}')
        raise SimulationError(f'{name}: expected {allowed}, received {values[first]:g}{place}')


def check_whole_number(name: str, value: object, low: int) -> None:
    """Raise `SimulationError` unless `value` is a whole number that is at least `low`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise SimulationError(
            f'{name}: expected a whole number of at least {low}, received {value!r}'
        )
