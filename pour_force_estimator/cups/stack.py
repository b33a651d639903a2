# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Several cups that are poured from at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
import math
from typing import Any

import numpy as np

from ..units import degree_to_rad, Number
from .cup import MAX_TILT
from .spec import CupSpec
from .tilt_table import TiltTable

_NODES_PER_RAD = 20.0 / degree_to_rad(1.0)

_NODES = int(MAX_TILT * _NODES_PER_RAD) + 2
"""Nodes of all tables alike, so that one index finds the place in each."""

_TILTS = np.arange(_NODES) / _NODES_PER_RAD

_BISECTIONS = 40


class CupStack:
    """
    n cups, which can be poured from as one `Cup` of arrays can.

    Parameters
    ----------
    cups : sequence of CupSpec
        The cups.
    offsets : float or ndarray of shape (n,)
        How much further tilted than their `angle_offset` says each of them sits [rad].

    """

    def __init__(self, cups: Sequence[CupSpec], offsets: Number = 0.0) -> None:
        self._cups = tuple(cups)
        self._offsets = np.broadcast_to(np.asarray(offsets, np.float64), (len(self._cups),))
        self.angle_offset = self._of('angle_offset') + self._offsets
        self.height, self.diameter = self._of('height'), self._of('diameter')
        self.radius = self.diameter / 2.0
        self.volume, self.opening = self._of('volume'), self._of('opening')
        self.lip_ratio, self.discharge = self._of('lip_ratio'), self._of('discharge')
        self.choke = np.array([math.inf if cup.choke is None else cup.choke for cup in self._cups])

    def _of(self, name: str) -> np.ndarray:
        return np.array([getattr(cup, name) for cup in self._cups], np.float64)

    def __len__(self) -> int:
        return len(self._cups)

    def take(self, index: Any) -> CupStack:
        """Return the cups at `index`, an ndarray of int."""
        return CupStack([self._cups[place] for place in index], self._offsets[index])

    def single(self, index: int) -> CupSpec:
        """Return one of the cups, its offset included."""
        return replace(self._cups[index], angle_offset=float(self.angle_offset[index]))

    @cached_property
    def _columns(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the nodes of all tables, (3, tables * nodes), and where each cup's begin."""
        tables = {cup.table: None for cup in self._cups}
        starts = {table: row * _NODES for row, table in enumerate(tables)}
        columns = np.concatenate([_nodes_of(table) for table in tables], axis=1)
        return columns, np.array([starts[cup.table] for cup in self._cups])

    def _look_up(self, tilt: Number, *columns: int) -> list[np.ndarray]:
        """Return columns of the tables at the measured `tilt` [rad], (..., n)."""
        nodes, starts = self._columns
        position = np.clip(tilt + self.angle_offset, 0.0, MAX_TILT) * _NODES_PER_RAD
        node = position.astype(int)
        part = position - node
        node = node + starts
        values = []
        for column in columns:
            low = nodes[column].take(node)
            values.append(low + (nodes[column].take(node + 1) - low) * part)
        return values

    def capacity(self, tilt: Number) -> np.ndarray:
        """Return the capacities [m^3] at measured tilts [rad], both of shape (..., n)."""
        return self._look_up(tilt, 0)[0]

    def capacity_and_surface_area(self, tilt: Number) -> tuple[np.ndarray, np.ndarray]:
        """Return capacities [m^3] and areas of the surfaces [m^2]."""
        capacity, area = self._look_up(tilt, 0, 1)
        return capacity, area

    def lip_width(self, tilt: Number) -> np.ndarray:
        """Return the widths of the lips [m]."""
        return self._look_up(tilt, 2)[0]

    def onset_angle(self, volume: Number) -> np.ndarray:
        """Return the measured tilts [rad] at which the outflow begins; see `CupSpec`."""
        shape = np.broadcast_shapes(np.shape(volume), (len(self),))
        low, high = np.zeros(shape), np.full(shape, MAX_TILT)
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2.0
            holds = self.capacity(middle) >= volume
            low, high = np.where(holds, middle, low), np.where(holds, high, middle)
        return high


@lru_cache(maxsize=256)
def _nodes_of(table: TiltTable) -> np.ndarray:
    """Return capacity, area and lip at all nodes, ndarray of shape (3, nodes)."""
    return np.stack(
        [
            np.interp(_TILTS, table.tilts, column)
            for column in (table.capacities, table.areas, table.lip_widths)
        ]
    )
