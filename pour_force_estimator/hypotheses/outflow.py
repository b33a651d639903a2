# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
A cup that pours under all hypotheses at once.

The physics is that of `pour_force_estimator.cups.outflow`: a weir whose head is what stands above
the tilted cup's capacity. Capacity and outflow are tabulated over the tilt once per cup, so that a
tick of the node costs a dozen operations on short arrays.
"""

from collections import deque
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..context import PourContext
from ..cups.cup import MAX_TILT, MIN_TILT
from ..cups.liquid import Liquid
from ..cups.outflow import capacity_and_rate, choked_flow
from ..units import degree_to_rad, rad_to_degree
from .grid import Hypotheses, OFFSET_STEPS

NODES_PER_DEG = 10
"""Nodes of the tables per degree; all offsets fall on nodes, so that one position serves all."""

NODES_PER_RAD = NODES_PER_DEG / degree_to_rad(1.0)


class OutflowTables(NamedTuple):
    """
    Capacity and outflow of J cups over the tilt.

    Attributes
    ----------
    capacity, slope : ndarray of shape (J * nodes,)
        Capacity at each node [m^3], and what is to be added until the next.
    rate : ndarray of shape (J * nodes,)
        Rate of the outflow; see `cups.outflow.capacity_and_rate` [m^-1.5/s].
    limit : ndarray of shape (J, 1)
        Most that leaves [m^3/s].
    indices : ndarray of shape (J, K), int
        Where each hypothesis reads, for a position of 0.

    """

    capacity: np.ndarray
    slope: np.ndarray
    rate: np.ndarray
    limit: np.ndarray
    indices: np.ndarray

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, hypotheses: Hypotheses) -> 'OutflowTables':
        """Return the tables for `hypotheses`."""
        steps = np.rint(hypotheses.offsets_deg * NODES_PER_DEG).astype(int)
        margin = steps.max()
        nodes = int((MAX_TILT - MIN_TILT) * NODES_PER_RAD) + 2 * margin + 2
        tilts = MIN_TILT + (np.arange(nodes) - margin) / NODES_PER_RAD
        tables = [capacity_and_rate(cup, tilts) for cup in hypotheses.cups]
        capacity = np.stack([capacity for capacity, _ in tables])
        return cls(
            capacity.ravel(),
            np.diff(capacity, axis=1, append=capacity[:, -1:]).ravel(),
            np.stack([rate for _, rate in tables]).ravel(),
            np.array([[float(choked_flow(cup))] for cup in hypotheses.cups]),
            nodes * np.arange(len(tables))[:, np.newaxis] + margin + steps,
        )

    def capacities(self, tilt: float) -> np.ndarray:
        """Return the capacity under each hypothesis at `tilt` [rad]: (J, K), [m^3]."""
        where, part = self.position(tilt)
        return self.capacity.take(where) + self.slope.take(where) * part

    def position(self, tilt: float) -> tuple[np.ndarray, float]:
        """Return the nodes before `tilt` [rad], (J, K), and how far it is past them [-]."""
        position = (min(max(tilt, MIN_TILT), MAX_TILT) - MIN_TILT) * NODES_PER_RAD
        node = int(position)
        return self.indices + node, position - node


class HypotheticalOutflow:
    """
    What has left the cup under each of J x K hypotheses.

    One step of the integration per tick is enough: it differs from four by far less than one
    hypothesis does from the next (`test/hypotheses/test_outflow.py`).

    Parameters
    ----------
    hypotheses : Hypotheses
        The hypotheses.
    context : PourContext
        What is known of the pour; liquid that the upright cup could not hold is taken to be above
        the lip from the begin.
    sample_rate_hz : float
        Rate of the ticks [Hz].

    Attributes
    ----------
    tables : OutflowTables
        Capacity and outflow of the cups.
    newton_per_m3 : float
        Specific weight of the liquid [N/m^3].
    initial_volume : float
        Volume in the cup before the pour [m^3].
    volumes : ndarray of shape (J, K)
        Volume left in the cup [m^3].
    left : ndarray of shape (J, K)
        Weight that has left the cup [N]; some of it may not have arrived yet.
    has_poured : bool
        Whether liquid has left the cup under any hypothesis.
    tilt : float or None
        Tilt at the last tick [rad].
    onset : float
        Tilt at which the most probable cup, without an offset, begins to pour [rad].

    """

    def __init__(
        self, hypotheses: Hypotheses, context: PourContext, sample_rate_hz: float
    ) -> None:
        self.tables = OutflowTables.of(hypotheses)
        self._step_s = 1.0 / sample_rate_hz
        self._limits = self.tables.limit * self._step_s
        self.newton_per_m3 = float(Liquid(context.relative_density or 1.0).weight(1.0))
        self.initial_volume = context.required('initial_weight') / self.newton_per_m3
        self.volumes = np.full(self.tables.indices.shape, self.initial_volume)
        self.tilt: float | None = None
        self._flows = False
        delay_ticks = round(hypotheses.typical.delay_s * sample_rate_hz)
        self._on_its_way = deque([np.zeros_like(self.volumes)] * delay_ticks)
        self.left = np.zeros_like(self.volumes)
        self.has_poured = False
        self.onset = self._onset(hypotheses)

    @property
    def flows(self) -> bool:
        """Whether liquid left the cup under any hypothesis at the last tick."""
        return self._flows

    def step(self, tilt: float) -> np.ndarray:
        """
        Go to the next tick.

        Parameters
        ----------
        tilt : float
            Tilt of the cup there [rad].

        Returns
        -------
        ndarray of shape (J, K)
            Weight that a scale reads by now under each hypothesis [N]; not to be changed.

        """
        if self.tilt is not None:
            self._flows = self._pour((self.tilt + tilt) / 2.0)
            if self._flows:
                self.has_poured = True
                self.left = (self.initial_volume - self.volumes) * self.newton_per_m3
        self.tilt = tilt
        self._on_its_way.append(self.left)
        return self._on_its_way.popleft()

    def _pour(self, tilt: float) -> bool:
        """Let flow out what leaves within one tick in whose middle the tilt is `tilt`."""
        tables, volumes = self.tables, self.volumes
        where, part = tables.position(tilt)
        above_lip = volumes - (tables.capacity.take(where) + tables.slope.take(where) * part)
        if above_lip.max() <= 0.0:
            return False
        np.maximum(above_lip, 0.0, out=above_lip)
        # the closed solution of `cups.outflow.volume_out`
        slowness = 1.0 + (0.5 * self._step_s) * tables.rate.take(where) * np.sqrt(above_lip)
        out = above_lip - above_lip / (slowness * slowness)
        self.volumes = volumes - np.minimum(out, self._limits)
        return True

    def _onset(self, hypotheses: Hypotheses) -> float:
        nodes = len(self.tables.capacity) // len(hypotheses.cups)
        row = hypotheses.cups.index(hypotheses.typical)
        capacity = self.tables.capacity[row * nodes : (row + 1) * nodes]
        margin = int(self.tables.indices[0, OFFSET_STEPS.index(0)])
        # capacities fall as the tilt grows
        node = int(np.searchsorted(-capacity, -self.initial_volume)) - margin
        return MIN_TILT + node / NODES_PER_RAD

    def past_onset_deg(self, tilt: float) -> float:
        """Return how far `tilt` [rad] is past `onset` [degree]."""
        return rad_to_degree(tilt - self.onset)
