# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
One cup, as all of the package knows it: a name, a table over the tilt, and how it flows.

How much a cup holds at each tilt may come from its shape, from a closed form or from a slow pour;
once it is a table, nothing asks any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
import math
from typing import Any

import numpy as np

from ..context import CONTEXT_FIELDS
from ..errors import SimulationError
from ..text import is_plain_name, MAX_NAME, quoted
from ..units import Number
from .cup import Cup, MAX_TILT
from .size import CupSize
from .tilt_table import TiltTable
from .validation import check_range, check_whole_number

BOTTLE_SLENDERNESS = 2.0
"""Height over diameter above which an unknown cup is taken for a bottle [-]."""

MAX_DELAY_S = 1.0
"""Longest time that liquid may take from the lip to the scale's reading [s]."""

DISCHARGE_RANGE = (0.01, 2.0)
"""Discharge coefficients that a lip can have [-]."""


@dataclass(frozen=True)
class CupSpec:
    """
    A cup. It can be poured from (`outflow.advance`), as `Cup` and `CupStack` can.

    Parameters
    ----------
    name : str
        What it is called; what it is asked for by.
    height, diameter : float
        Nominal size inside [m]: where it is tallest and widest.
    table : TiltTable
        What it holds over the tilt.
    discharge : float
        Discharge coefficient of the lip as a weir [-].
    choke : float or None
        Froude number at which the lip, running full, limits the flow [-]; None for a lip that
        never does.
    angle_offset : float
        What is added to the measured tilt to get that of the cup [rad].
    delay_s : float
        Time from the lip to the scale's reading [s].
    pours : int or None
        How many pours it was fitted to; 0 for a shape whose outflow nobody measured, None for
        parameters that are certain.
    flow_spread : float
        Standard deviation of what the pours left unknown of the outflow: of the logarithm of a
        factor to discharge and choke [-].
    offset_per_flow : float
        How much larger `angle_offset` would be per unit of that logarithm, since a cup that flows
        more must begin later to have poured as much [rad].
    offset_spread : float
        Standard deviation of what is unknown of `angle_offset` beside that [rad].

    Raises
    ------
    SimulationError
        If a parameter is out of its range; the message names it, its value and the range.

    Examples
    --------
    >>> cup = CupSpec.of_size(0.12, 0.121)
    >>> cup.name, round(cup.volume * 1e6), round(float(cup.capacity(1.0)) * 1e6)
    ('cup_120x121', 1380, 404)

    """

    name: str
    height: float
    diameter: float
    table: TiltTable
    discharge: float = 0.6
    choke: float | None = None
    angle_offset: float = 0.0
    delay_s: float = 0.0
    pours: int | None = None
    flow_spread: float = 0.0
    offset_per_flow: float = 0.0
    offset_spread: float = 0.0

    def __post_init__(self) -> None:
        if not is_plain_name(self.name):
            raise SimulationError(
                f'name: expected plain text of 1 to {MAX_NAME} printable characters, received '
                f'{quoted(self.name)}'
            )
        for side in ('height', 'diameter'):
            field = CONTEXT_FIELDS[f'cup_{side}']
            check_range(side, getattr(self, side), field.low, field.high, field.unit)
        check_range('discharge', self.discharge, *DISCHARGE_RANGE)
        if self.choke is not None:
            check_range('choke', self.choke, 0.001, math.inf)
        check_range('angle_offset', self.angle_offset, -0.5, 0.5, 'rad')
        check_range('delay_s', self.delay_s, 0.0, MAX_DELAY_S, 's')
        if self.pours is not None:
            check_whole_number('pours', self.pours, 0)
        check_range('flow_spread', self.flow_spread, 0.0, 2.0)
        check_range('offset_per_flow', self.offset_per_flow, -0.5, 0.5, 'rad')
        check_range('offset_spread', self.offset_spread, 0.0, 0.5, 'rad')

    @classmethod
    def of_size(
        cls,
        height: float,
        diameter: float,
        lip_ratio: float = 1.0,
        discharge: float = 0.6,
        choke: float | None = None,
        angle_offset: float = 0.0,
        delay_s: float = 0.0,
        pours: int | None = None,
        *,
        name: str | None = None,
    ) -> CupSpec:
        """Return a cylinder, or a bottle if its lip is narrower; its size names it by default."""
        table = TiltTable.of_closed_form(float(height), float(diameter), float(lip_ratio))
        return cls(
            CupSize(height, diameter).name if name is None else name,
            height,
            diameter,
            table,
            discharge,
            choke,
            angle_offset,
            delay_s,
            pours,
        )

    @classmethod
    def of_cup(cls, cup: Cup, name: str | None = None, delay_s: float = 0.0) -> CupSpec:
        """Return a single `Cup`, whose parameters are taken to be certain."""
        values: dict[str, Any] = {field: float(value) for field, value in vars(cup).items()}
        choke = values.pop('choke')
        return cls.of_size(
            **values, choke=None if math.isinf(choke) else choke, delay_s=delay_s, name=name
        )

    @property
    def is_shape_alone(self) -> bool:
        """Whether its outflow is neither fitted, as far as `flow_spread` says, nor certain."""
        return self.pours == 0

    @property
    def is_slender(self) -> bool:
        """Whether it is taken for a bottle, going by its size."""
        return is_slender(self.height, self.diameter)

    def is_size(self, height: float | None, diameter: float | None) -> bool:
        """Return whether the cup is `height` tall and `diameter` wide [m], within 0.5 mm."""
        if height is None or diameter is None:
            return False
        return self.size.is_same(CupSize(height, diameter))

    @property
    def size(self) -> CupSize:
        """Nominal size inside."""
        return CupSize(self.height, self.diameter)

    @property
    def radius(self) -> float:
        """Radius inside, where it is widest [m]."""
        return self.diameter / 2.0

    @property
    def volume(self) -> float:
        """Volume inside [m^3]: what the upright cup holds."""
        return self.table.volume

    @property
    def opening(self) -> float:
        """Width of the opening where it is widest [m]."""
        return self.table.opening

    @property
    def lip_ratio(self) -> float:
        """Width of the opening relative to the diameter [-], at most 1."""
        return min(round(self.opening / self.diameter, 6), 1.0)

    def capacity(self, tilt: Number) -> np.ndarray:
        """Return the capacity [m^3] at the measured `tilt` [rad]."""
        return self._at(tilt, self.table.capacities)

    def capacity_and_surface_area(self, tilt: Number) -> tuple[np.ndarray, np.ndarray]:
        """Return capacity [m^3] and area of the surface [m^2] at the measured `tilt` [rad]."""
        return self.capacity(tilt), self._at(tilt, self.table.areas)

    def lip_width(self, tilt: Number) -> np.ndarray:
        """Return the width of the lip [m] at the measured `tilt` [rad]."""
        return self._at(tilt, self.table.lip_widths)

    def onset_angle(self, volume: Number) -> np.ndarray:
        """
        Return the measured tilt at which the outflow begins.

        Parameters
        ----------
        volume : float or ndarray
            Volume in the cup [m^3].

        Returns
        -------
        ndarray
            Tilt [rad] at which the capacity has fallen to `volume`; `MAX_TILT` where it never
            falls that low.

        """
        capacities = self.table.capacities
        tilt = np.interp(-np.asarray(volume), -capacities, self.table.tilts)
        tilt = np.where(volume < capacities[-1], MAX_TILT, tilt - self.angle_offset)
        return np.clip(tilt, 0.0, MAX_TILT)

    def identity(self) -> dict[str, Any]:
        """Return what tells it from other cups, numbers and texts alone: its table by digest."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, 'table': self.table.digest}

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` takes, of numbers, lists and texts alone."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, 'table': self.table.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CupSpec:
        """
        Return the cup that `to_dict` described; types are for the caller to check.

        Raises
        ------
        SimulationError
            If a value is out of its range.
        TypeError
            If a key is missing or unknown.

        """
        return cls(**{**values, 'table': TiltTable(**values['table'])})

    def _at(self, tilt: Number, values: np.ndarray) -> np.ndarray:
        """Return `values` of the table, one a node, at the measured `tilt` [rad]."""
        value: np.ndarray = np.interp(tilt + self.angle_offset, self.table.tilts, values)
        return value


def is_slender(height: float, diameter: float) -> bool:
    """Return whether a cup `height` tall and `diameter` wide [m] is taken for a bottle."""
    return height > BOTTLE_SLENDERNESS * diameter
