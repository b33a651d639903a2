"""
The physics as features: what the cup would have poured by now, for several ways that it may sit.

How a cup sits in the gripper differs from pour to pour, by about two degrees in the robot trials,
and no sensor tells it beforehand. So the physics of `pour_force_estimator.simulation` runs once
for each of several assumptions, and the network learns to tell which of them holds. Of a cup that
was never fitted much more is unknown; there the assumptions reach from a neck that lets little
pass, late, to one that lets a lot pass, early.

Training calls this in the same way as the node. It runs within each tick of the node, therefore in
plain floats: for so few numbers numpy would cost more than the arithmetic.
"""

from collections import deque
from functools import lru_cache
from math import sqrt

import numpy as np

from .cup_table import CupTable
from .simulation.cup import MAX_TILT, MIN_TILT
from .simulation.outflow import capacity_and_rate, choked_flow
from .units import degree_to_rad, m3_to_ml, ml_to_lbf, newton_to_lbf

PHYSICS_FEATURES = {
    f'physics_{offset_deg:+.1f}': offset_deg
    for offset_deg in (-4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5)}
"""
By name of the feature, how much further than fitted the cup is taken to be tilted [degree].

The outflow of a cup that was never fitted is taken to grow along with it; see `FLOW_PER_STEP`.
"""

FLOW_PER_STEP = 2.0
"""
Factor between the outflows that two neighbouring features assume of a cup that was never fitted.

Seven of them reach from an eighth to eight times the outflow of a typical cup; the bottles of the
robot trials are up to four times from what the others would let one expect.
"""

_GRID_DEG = 1.5
"""All offsets are multiples of this, so that one position in the tables serves all of them."""

_NODES_PER_OFFSET = 15
"""Nodes of the tables per `_GRID_DEG`, one each 0.1 degree."""

_PER_RAD = _NODES_PER_OFFSET / degree_to_rad(_GRID_DEG)

_MARGIN = _NODES_PER_OFFSET * round(max(PHYSICS_FEATURES.values()) / _GRID_DEG)
"""Nodes before that of `MIN_TILT` and after that of `MAX_TILT`, for the offsets."""


class PhysicsWeights:
    """
    Fills the columns of all physics features of a model: weights as a scale reads them [lbf].

    One step of the integration per tick is enough: on the tilts of robots it is within 0.5 % of
    what four of them would pour.

    Parameters
    ----------
    names : sequence of str
        Keys of `PHYSICS_FEATURES`, in the order of the columns.
    sample_rate_hz : float
        Rate of the ticks [Hz].
    cups : CupTable or iterable of CupSpec
        The cups whose outflow was fitted; see `CupTable.find` for all others.

    """

    unit = 'lbf'
    needs = ('cup_height', 'cup_diameter', 'initial_weight')

    def __init__(self, names, sample_rate_hz, cups=()):
        self._steps = [round(PHYSICS_FEATURES[name] / _GRID_DEG) for name in names]
        self._reach = max(self._steps) * _NODES_PER_OFFSET + 1  # to the least that is held
        self._rate_hz = sample_rate_hz
        self._cups = CupTable.of(cups)

    def start(self, context):
        """
        Begin a pour from the cup of `context`, a `PourContext` that has all that `needs` lists.

        Liquid that the upright cup could not hold is taken to be above the lip from the begin.
        """
        size = context.cup_height, context.cup_diameter
        cup, is_known = self._cups.find(*size), self._cups.knows(*size)
        self._capacities, self._rates, limit = _tables(cup, self._rate_hz)
        factors = [1.0 if is_known else FLOW_PER_STEP**step for step in self._steps]
        self._runs = [(run, step * _NODES_PER_OFFSET, factor, factor * limit)
                      for run, (step, factor) in enumerate(zip(self._steps, factors))]
        self._lbf_per_m3 = ml_to_lbf(m3_to_ml(1.0), context.relative_density or 1.0)
        initial = newton_to_lbf(context.initial_weight) / self._lbf_per_m3
        self._initial = initial
        self._volumes = [initial] * len(self._steps)
        self._tilt = None
        on_its_way = round(cup.delay_s * self._rate_hz)
        self._arriving = deque([[0.0] * len(self._steps)] * on_its_way)

    def step(self, tilt):
        """Return the features at the next tick, where the tilt is `tilt` [rad], a list."""
        tilt = min(max(tilt, MIN_TILT), MAX_TILT)
        if self._tilt is not None:
            self._pour((self._tilt + tilt) / 2.0)
        self._tilt = tilt
        initial, lbf_per_m3 = self._initial, self._lbf_per_m3
        self._arriving.append([(initial - volume) * lbf_per_m3 for volume in self._volumes])
        return self._arriving.popleft()

    def _pour(self, tilt):
        """Let flow out what leaves within one tick in whose middle the tilt is `tilt`."""
        capacities, rates, volumes = self._capacities, self._rates, self._volumes
        position = (tilt - MIN_TILT) * _PER_RAD + _MARGIN
        whole = int(position)
        if max(volumes) <= capacities[whole + self._reach]:
            return  # nothing flows, however the cup sits
        part = position - whole
        for run, shift, factor, limit in self._runs:
            node = whole + shift
            low = capacities[node]
            excess = volumes[run] - low - (capacities[node + 1] - low) * part
            if excess > 0.0:
                low = rates[node]
                rate = factor * (low + (rates[node + 1] - low) * part)
                # the closed solution of `simulation.outflow.volume_out`, for a step of 1
                out = excess - excess / (1.0 + 0.5 * rate * sqrt(excess))**2
                volumes[run] -= out if out < limit else limit


@lru_cache(maxsize=16)
def _tables(cup, sample_rate_hz):
    """
    Return what a tick needs of a `CupSpec`, over tilts [rad] with `_PER_RAD` nodes.

    Returns
    -------
    capacities : list of float
        Capacity at each node [m^3].
    rates : list of float
        Rate of the outflow at each node [m^-1.5/tick]; see `capacity_and_rate`.
    limit : float
        Most that leaves within a tick [m^3].

    """
    nodes = int((MAX_TILT - MIN_TILT) * _PER_RAD) + 2 * _MARGIN + 2
    tilts = MIN_TILT + (np.arange(nodes) - _MARGIN) / _PER_RAD
    capacities, rates = capacity_and_rate(cup.cup(), tilts)
    return (capacities.tolist(), (rates / sample_rate_hz).tolist(),
            float(choked_flow(cup.cup()) / sample_rate_hz))
