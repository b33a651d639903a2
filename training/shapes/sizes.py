# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Units of length, and what a size says of them."""

from pour_force_estimator.context import CONTEXT_FIELDS

from ..errors import ShapeError

METRES = {'mm': 1e-3, 'cm': 1e-2, 'm': 1.0, 'inch': 0.0254}
"""Metres in each unit that a file may be in."""


def check_size(source: object, dimension: str, size: float, unit: str, field: str) -> None:
    """
    Raise `ShapeError` unless a cup can be of this size; the message names a unit that fits.

    Parameters
    ----------
    source : object
        The file.
    dimension : str
        What was measured.
    size : float
        The size [unit].
    unit : str
        Key of `METRES`.
    field : str
        The field of `PourContext` that it is.

    """
    low, high = CONTEXT_FIELDS[field].low, CONTEXT_FIELDS[field].high
    if low <= size * METRES[unit] <= high:
        return
    fitting = [name for name in METRES if low <= size * METRES[name] <= high]
    advice = f'; was it --unit {" or ".join(fitting)}?' if fitting else ''
    raise ShapeError(
        f'{source}: {dimension}: expected {low / METRES[unit]:g} to {high / METRES[unit]:g} '
        f'{unit}, received {size:g} {unit}{advice}'
    )
