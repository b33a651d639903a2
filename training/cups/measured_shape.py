# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The parameters of a cup whose shape is known: how it sits, how much flows, how late the scale is.

A profile, a mesh or a slow pour tells what a cup holds at each tilt far better than a few quick
pours do. So a fit leaves the table as it is, and goes on from what was known of the rest.
"""

from collections.abc import Sequence
from dataclasses import replace
import math

import numpy as np

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.hypotheses.grid import (
    CUP_SPREAD_DEG,
    FLOW_SPREAD,
    SESSION_SPREAD_DEG,
    with_flow,
)
from pour_force_estimator.units import degree_to_rad, rad_to_degree

from .parameters import MAX_DELAY_S, MAX_OFFSET_DEG, Parameters

_MIN_CUP_SPREAD_DEG = 1.0
"""What is unknown of the offset of a cup that was taken for certain [degree]."""

_MIN_FLOW_SPREAD = 0.1
"""The same of the logarithm of a factor to its flow [-]."""

_DELAY_SPREAD_S = 0.05

_MAX_FLOW = math.log(5.0)


class MeasuredShapeParameters(Parameters[CupSpec]):
    """
    The offset of a cup of a known shape, its delay, and the logarithm of a factor to all flow.

    Parameters
    ----------
    prior : CupSpec
        The cup, with what is unknown of it. Of one whose shape alone is known, the rest is what is
        typical (`hypotheses.grid.with_typical_outflow`).

    """

    names = ('angle_offset', 'delay_s', 'flow')

    def __init__(self, prior: CupSpec) -> None:
        self._prior = prior
        if prior.is_shape_alone:
            self.cup_spread_deg, self.flow_spread = CUP_SPREAD_DEG, FLOW_SPREAD
        else:
            self.cup_spread_deg = max(rad_to_degree(prior.offset_spread), _MIN_CUP_SPREAD_DEG)
            self.flow_spread = max(prior.flow_spread, _MIN_FLOW_SPREAD)
        of_mounting_deg = math.hypot(self.cup_spread_deg, SESSION_SPREAD_DEG)
        self.spread = np.array([of_mounting_deg, _DELAY_SPREAD_S, self.flow_spread])
        self.low = np.array([-MAX_OFFSET_DEG, 0.0, -_MAX_FLOW])
        self.high = np.array([MAX_OFFSET_DEG, MAX_DELAY_S, _MAX_FLOW])
        self.expected = np.clip(
            [rad_to_degree(prior.angle_offset), prior.delay_s, 0.0], self.low, self.high
        )
        self.starts = [self.expected]

    def form(self, vector: np.ndarray) -> tuple[CupSpec, float]:
        """Return what a `vector` makes of the cup, and the delay [s]."""
        offset_deg, delay_s, flow = vector.tolist()
        sitting = replace(self._prior, angle_offset=degree_to_rad(offset_deg))
        return with_flow(sitting, math.exp(flow)), delay_s

    def stack(self, forms: Sequence[CupSpec]) -> CupStack:
        """Return v forms as cups of shape (v,)."""
        return CupStack(forms)

    def cup(self, vector: np.ndarray, pours: int) -> CupSpec:
        """Return the `CupSpec` of a `vector`, which so many more pours were fitted to."""
        cup, delay_s = self.form(vector)
        return replace(cup, delay_s=delay_s, pours=(self._prior.pours or 0) + pours)

    def expected_offset_deg(self, vector: np.ndarray) -> float:
        """Return the cup's own offset that is expected with the flow of a `vector` [degree]."""
        return rad_to_degree(with_flow(self._prior, math.exp(vector[-1])).angle_offset)
