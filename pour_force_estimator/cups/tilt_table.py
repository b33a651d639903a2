# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a cup holds over the tilt: capacity, surface and lip, as a table."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
import hashlib

import numpy as np

from ..errors import SimulationError
from .cup import Cup, MAX_TILT, MIN_LIP_RATIO
from .validation import check_range

MAX_POINTS = 2000
"""Most points of a table."""

DIGITS = 6
"""Significant digits of a table: what a file holds is what is computed with and compared."""

MIN_OPENING_M = 0.001
"""Least width of an opening [m]."""

NEARLY_EMPTY = 0.02
"""Part of its volume that a cup may hold where a slow pour has ended and still count as empty."""

_SAME = 1e-4
"""Part of volume or lip by which tables of one shape may differ: they are rounded."""


def rounded(values: np.ndarray) -> np.ndarray:
    """Return `values` with `DIGITS` significant digits; what is below 1e-15 is 0."""
    values = np.asarray(values, np.float64)
    magnitude = np.abs(values)
    is_number = (magnitude >= 1e-15) & (magnitude < 1e6)
    exponent = np.floor(np.log10(np.where(is_number, magnitude, 1.0)))
    scale = 10.0 ** (DIGITS - 1 - exponent)
    return np.where(is_number, np.rint(values * scale) / scale, np.where(magnitude < 1, 0, values))


TABLE_TILTS = rounded(
    np.radians(
        np.concatenate(
            [np.arange(0.0, 70.0, 0.5), np.arange(70.0, 110.0, 0.25), np.arange(110.0, 170.5, 0.5)]
        )
    )
)
"""Tilts of a table that is made here [rad]; denser where a cylinder runs empty."""

TABLE_TILTS[-1] = MAX_TILT
TABLE_TILTS.flags.writeable = False


@dataclass(frozen=True, eq=False, repr=False)
class TiltTable:
    """
    Capacity, surface and lip of a cup over the tilt; beyond its ends the outermost values hold.

    Parameters
    ----------
    tilts : array_like of shape (n,)
        Tilts, rising from 0 [rad].
    capacities : array_like of shape (n,)
        Capacity there [m^3]; never rises, and is above 0 at tilt 0.
    areas : array_like of shape (n,)
        Area of the level surface through the lip there [m^2].
    lip_widths : array_like of shape (n,)
        Width of the lip there [m]: of a shape `surface.REFERENCE_HEAD_M` above its lowest point;
        of a closed form, whose discharge was fitted so, the diameter of its opening.

    Raises
    ------
    SimulationError
        If a value is out of its range or the capacity rises with the tilt.

    """

    tilts: np.ndarray
    capacities: np.ndarray
    areas: np.ndarray
    lip_widths: np.ndarray

    def __post_init__(self) -> None:
        for field in fields(self):
            try:
                values = rounded(getattr(self, field.name))
            except (TypeError, ValueError, OverflowError) as error:
                raise SimulationError(f'{field.name}: expected a list of numbers') from error
            if field.name == 'tilts':
                values = np.where(abs(values - MAX_TILT) < 1e-5, MAX_TILT, values)
            values.flags.writeable = False
            object.__setattr__(self, field.name, values)
            if values.ndim != 1 or not 2 <= len(values) <= MAX_POINTS:
                raise SimulationError(
                    f'{field.name}: expected 2 to {MAX_POINTS} numbers, received shape '
                    f'{values.shape}'
                )
            if len(values) != len(self.tilts):
                raise SimulationError(
                    f'{field.name}: expected a number for each of {len(self.tilts)} tilts, '
                    f'received {len(values)}'
                )
        check_range('tilts', self.tilts, 0.0, MAX_TILT, 'rad')
        check_range('capacities', self.capacities, 0.0, 1.0, 'm^3')
        check_range('areas', self.areas, 0.0, 10.0, 'm^2')
        check_range('lip_widths', self.lip_widths, 0.0, 1.0, 'm')
        _check_order('tilts', 'rise', self.tilts, np.diff(self.tilts) > 0.0)
        if self.tilts[0] != 0.0:
            raise SimulationError(
                f'tilts: expected the first to be 0 rad, received {self.tilts[0]:g}'
            )
        if not self.capacities[0] > 0.0:
            raise SimulationError(
                f'capacities: expected the first above 0 m^3, received {self.capacities[0]:g}'
            )
        if not self.lip_widths.max() >= MIN_OPENING_M:
            raise SimulationError(
                f'lip_widths: expected {MIN_OPENING_M} m or more somewhere, received at most '
                f'{self.lip_widths.max():g}'
            )
        _check_order('capacities', 'never rise', self.capacities, np.diff(self.capacities) <= 0.0)

    @classmethod
    def of_closed_form(cls, height: float, diameter: float, lip_ratio: float) -> TiltTable:
        """Return the table of a cylinder or a bottle; see `cup.Cup`."""
        return _of_closed_form(height, diameter, lip_ratio)

    def is_closed_form(self, height: float, diameter: float) -> bool:
        """Return whether it is that of a cylinder or a bottle of this size [m]."""
        lip_ratio = min(self.opening / diameter, 1.0)
        if lip_ratio < MIN_LIP_RATIO:
            return False
        closed = _of_closed_form(height, diameter, lip_ratio)
        capacities = np.interp(closed.tilts, self.tilts, self.capacities)
        return float(np.ptp(self.lip_widths)) <= _SAME * self.opening and bool(
            np.all(np.abs(capacities - closed.capacities) <= _SAME * closed.volume)
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all its numbers, hexadecimal: tables of one digest are equal."""
        columns = [np.ascontiguousarray(getattr(self, field.name)) for field in fields(self)]
        return hashlib.sha256(b''.join(column.tobytes() for column in columns)).hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TiltTable):
            return NotImplemented
        return self is other or self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f'TiltTable({len(self.tilts)} tilts, {self.volume:g} m^3, {self.digest[:8]})'

    @property
    def volume(self) -> float:
        """Volume inside [m^3]: what the upright cup holds."""
        return float(self.capacities[0])

    @cached_property
    def opening(self) -> float:
        """Width of the opening where it is widest [m]."""
        return float(self.lip_widths.max())

    @cached_property
    def last_tilt(self) -> float:
        """
        Tilt up to which it says what the cup holds [rad]; beyond, that is only a bound.

        A slow pour ends at some tilt. Beyond it the table holds what was left in the cup then;
        next to nothing, by the noise of a scale, is nothing.
        """
        if self.capacities[-1] <= NEARLY_EMPTY * self.volume:
            return MAX_TILT
        return float(self.tilts[np.argmin(self.capacities)])

    def to_dict(self) -> dict[str, list[float]]:
        """Return the columns as lists of numbers."""
        return {field.name: getattr(self, field.name).tolist() for field in fields(self)}


def _check_order(name: str, order: str, values: np.ndarray, is_in_order: np.ndarray) -> None:
    """Raise `SimulationError` for the first of `values` that is out of order after the last."""
    wrong = np.flatnonzero(~is_in_order)
    if len(wrong):
        row = int(wrong[0]) + 1
        raise SimulationError(
            f'{name}: expected numbers that {order}, received {values[row]:g} after '
            f'{values[row - 1]:g} at [{row}]'
        )


@lru_cache(maxsize=256)
def _of_closed_form(height: float, diameter: float, lip_ratio: float) -> TiltTable:
    cup = Cup(height, diameter, lip_ratio)
    capacity, area = cup.capacity_and_surface_area(TABLE_TILTS)
    # The closed forms of capacities that are nearly nothing differ by rounding.
    capacity = np.minimum.accumulate(np.maximum(capacity, 0.0))
    opening = np.full(len(TABLE_TILTS), 2.0 * cup.lip_radius)
    return TiltTable(TABLE_TILTS, capacity, np.maximum(area, 0.0), opening)
