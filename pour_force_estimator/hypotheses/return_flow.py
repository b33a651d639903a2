# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What would still leave the cup if the arm turned back now.

The arm slows down with the return acceleration a, comes to rest at the furthest tilt, and turns
back until it moves with the return speed. What stands above the lip there, the volume e beyond
the cup's capacity, goes on flowing out meanwhile. Which part of it leaves depends on the furthest
tilt, on the velocity w now and on e alone; so the part is integrated once per cup over a grid of
the three, and a tick only interpolates.
"""

from bisect import bisect
from functools import lru_cache
import math

import numpy as np

from ..cups.cup import MAX_TILT, MIN_TILT
from ..cups.outflow import volume_out
from ..units import degree_to_rad
from .grid import Hypotheses, OFFSET_STEPS
from .outflow import NODES_PER_RAD, OutflowTables

_COARSE_TILTS = np.radians(np.arange(0.0, 145.0, 1.5))
"""Furthest tilts that the part is integrated for [rad]; arms hardly tilt a cup further."""

_NODES_PER_RAD = 1.0 / degree_to_rad(1.0)
"""A tick takes the nearest of the tilts in between, since the part changes slowly with them."""

_FORWARD = (0.2, 0.4, 0.6, 0.8, 1.0, 1.4, 2.0)
"""Velocities towards more tilt [rad/s] that the part is computed for; above, that of the last."""

_BACKWARD_SHARES = (1.0, 0.5, 0.0)
"""The same for velocities on the way back, in parts of the return speed."""

_VOLUME_NODES = 14
"""Nodes of the volume above the lip; they lie denser towards 0, evenly in its square root."""

_CORNERS = np.array([0, 1, _VOLUME_NODES, _VOLUME_NODES + 1])[:, np.newaxis, np.newaxis]
"""From the node before in velocity and volume to the four around: volume first."""

_STEP_S = 1.0 / 60.0
_MAX_STEPS = 900


class ReturnFlow:
    """
    What leaves J x K hypothetical cups while an arm turns back.

    Parameters
    ----------
    hypotheses : Hypotheses
        The hypotheses.
    max_volume : float
        Largest volume that can stand above the lip [m^3]: all that was in the cup.
    return_speed : float
        Speed of the way back [rad/s].
    return_acceleration : float
        Acceleration with which the arm reaches it [rad/s^2].

    """

    def __init__(
        self,
        hypotheses: Hypotheses,
        max_volume: float,
        return_speed: float,
        return_acceleration: float,
    ) -> None:
        self._outflow = OutflowTables.of(hypotheses)
        self._acceleration = return_acceleration
        self._velocities = _velocities(return_speed)
        # rounded up, so that pours from one cup share a table
        self._max_root = 2.0 ** (math.ceil(4.0 * math.log2(max_volume) + 0.01) / 8.0)
        self._parts = _parts_that_leave(
            hypotheses, self._max_root, return_speed, return_acceleration
        )
        self._per_tilt = len(self._velocities) * _VOLUME_NODES
        self._starts = self._per_tilt * np.rint(
            degree_to_rad(hypotheses.offsets_deg) * _NODES_PER_RAD
        ).astype(int)
        self._extremes = int(self._starts.min()), int(self._starts.max())
        self._max_start = len(self._parts) // len(hypotheses.cups) - self._per_tilt
        self._cup_start = (self._max_start + self._per_tilt) * np.arange(len(hypotheses.cups))[
            :, np.newaxis
        ]

    def volumes(self, tilt: float, velocity: float, volumes: np.ndarray) -> np.ndarray | None:
        """
        Return what will have left when the cup is upright.

        Parameters
        ----------
        tilt : float
            Tilt now [rad].
        velocity : float
            Its velocity [rad/s]; positive towards more tilt.
        volumes : ndarray of shape (J, K)
            Volume in the cup now under each hypothesis [m^3].

        Returns
        -------
        ndarray of shape (J, K) or None
            Volume that will still leave [m^3]; None if none will.

        """
        if velocity > 0.0:
            tilt += velocity * velocity / (2.0 * self._acceleration)
        above_lip = volumes - self._outflow.capacities(tilt)
        if above_lip.max() <= 0.0:
            return None
        np.maximum(above_lip, 0.0, out=above_lip)
        root = np.sqrt(above_lip) * ((_VOLUME_NODES - 1) / self._max_root)
        root_node = root.astype(int)
        root -= root_node

        nodes = self._velocities
        velocity = min(max(velocity, nodes[0]), nodes[-1])
        slot = min(bisect(nodes, velocity), len(nodes) - 1) - 1
        share = (velocity - nodes[slot]) / (nodes[slot + 1] - nodes[slot])

        nearest = round(tilt * _NODES_PER_RAD) * self._per_tilt
        start = self._starts + nearest
        if self._extremes[0] + nearest < 0 or self._extremes[1] + nearest > self._max_start:
            start = np.maximum(np.minimum(start, self._max_start), 0)
        parts = self._parts
        where = (self._cup_start + slot * _VOLUME_NODES) + start + root_node
        corners = parts.take(where + _CORNERS)
        low, high = corners[:2] * (1.0 - share) + corners[2:] * share
        volume: np.ndarray = above_lip * (low + (high - low) * root)
        return volume


def _velocities(return_speed: float) -> tuple[float, ...]:
    return (*(-return_speed * share for share in _BACKWARD_SHARES), *_FORWARD)


@lru_cache(maxsize=64)
def _parts_that_leave(
    hypotheses: Hypotheses, max_root: float, return_speed: float, acceleration: float
) -> np.ndarray:
    """
    Integrate the way back from all nodes.

    Returns
    -------
    ndarray of shape (J * tilts * velocities * volumes,)
        Which part of the volume above the lip leaves [-].

    """
    velocities = np.array(_velocities(return_speed))
    roots = np.maximum(np.linspace(0.0, max_root, _VOLUME_NODES), max_root * 1e-3)
    tilt, velocity, above_lip = (
        grid.ravel() for grid in np.meshgrid(_COARSE_TILTS, velocities, roots**2, indexing='ij')
    )
    fine = np.linspace(
        0.0, len(_COARSE_TILTS) - 1.0, round(_COARSE_TILTS[-1] * _NODES_PER_RAD) + 1
    )
    below = np.minimum(fine.astype(int), len(_COARSE_TILTS) - 2)
    share = (fine - below)[:, np.newaxis]
    tables = OutflowTables.of(hypotheses)
    parts = []
    for row in range(len(hypotheses.cups)):
        part = _part_that_leaves(
            tables, row, tilt, velocity, above_lip, return_speed, acceleration
        )
        part = part.reshape(len(_COARSE_TILTS), -1)
        parts.append((part[below] * (1.0 - share) + part[below + 1] * share).ravel())
    return np.concatenate(parts)


def _part_that_leaves(
    tables: OutflowTables,
    row: int,
    tilt: np.ndarray,
    velocity: np.ndarray,
    above_lip: np.ndarray,
    return_speed: float,
    acceleration: float,
) -> np.ndarray:
    """Integrate the way back of cup `row` from n states; return an ndarray of shape (n,)."""
    upright = tables.indices[row, OFFSET_STEPS.index(0)]
    limit = float(tables.limit[row, 0]) * _STEP_S

    def capacity_at(angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # a slow arm, or one of the hypotheses, may swing past all tilts that are tabulated
        position = (np.clip(angle, MIN_TILT, MAX_TILT) - MIN_TILT) * NODES_PER_RAD
        node = position.astype(int)
        return tables.capacity.take(upright + node) + (
            tables.slope.take(upright + node) * (position - node)
        ), node

    left = capacity_at(tilt)[0] + above_lip
    before = left.copy()
    active = np.arange(len(tilt))
    for step in range(_MAX_STEPS):
        time_s = (step + 0.5) * _STEP_S
        angle = tilt[active] - _way_back(velocity[active], time_s, return_speed, acceleration)
        capacity, node = capacity_at(angle)
        above = left[active] - capacity
        left[active] -= volume_out(above, tables.rate.take(upright + node), limit, _STEP_S)
        # before the furthest tilt the capacity still falls
        turns = time_s * acceleration >= velocity[active]
        active = active[~((above <= 0.0) & turns) & (angle > 0.0)]
        if not active.size:
            break
    shares: np.ndarray = (before - left) / above_lip
    return shares


def _way_back(
    velocity: np.ndarray, time_s: float, speed: float, acceleration: float
) -> np.ndarray:
    """
    Return how far the cup is from its furthest tilt, `time_s` [s] after the arm turned back.

    Of an arm that already moves back the furthest tilt is where it is at first.
    """
    forward = np.maximum(velocity, 0.0)
    begins = np.minimum(velocity, 0.0)  # velocity at the furthest tilt
    # from the furthest tilt on; before it the same parabola
    since = time_s - forward / acceleration
    until_speed = (speed + begins) / acceleration
    fast = np.maximum(since - until_speed, 0.0)
    slow = np.minimum(since, until_speed)
    distance: np.ndarray = -begins * slow + 0.5 * acceleration * slow**2 + speed * fast
    return distance
