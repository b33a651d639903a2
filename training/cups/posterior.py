# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What a fit leaves unknown of a cup: the prior that weighed pours go on from.

A fit finds how each of its pours sat, but a new mounting sits about the *mean* of the cup's
mountings, of which a few pours, often all of one mounting, say little. So the offset is the
posterior mean of a normal distribution: that of cups in general, and one value of each mounting.
How much flows and where the cup begins to pour look alike in a few pours, so what is unknown of
the flow comes with the slope of one over the other, by Laplace's approximation. The spreads of
cups, mountings and flows are those of `pour_force_estimator.hypotheses`, which goes on from here,
or what earlier pours of the cup have left of them.
"""

from dataclasses import replace
import math
from typing import Any

import numpy as np

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.hypotheses.grid import SESSION_SPREAD_DEG
from pour_force_estimator.units import degree_to_rad, rad_to_degree

from .parameters import Parameters

SAME_MOUNTING_DEG = 2.0
"""
Two neighbouring offsets further apart are of two mountings [degree].

Three standard deviations of the offset from pour to pour of one mounting.
"""

_FLOW = ('discharge', 'choke', 'flow')
"""Parameters that say how much flows, each by its logarithm."""


def mean_of_mountings(offsets_deg: np.ndarray) -> tuple[float, int]:
    """
    Return the mean offset of the mountings of some pours [degree], and how many there were.

    The recordings do not say which pours are of one mounting; their offsets do.

    Parameters
    ----------
    offsets_deg : ndarray of shape (n,)
        How the cup sat in each pour [degree].

    """
    in_order = np.sort(offsets_deg)
    mountings = np.split(in_order, np.flatnonzero(np.diff(in_order) > SAME_MOUNTING_DEG) + 1)
    return float(np.mean([mounting.mean() for mounting in mountings])), len(mountings)


def with_unknowns(
    cup: CupSpec,
    pour_offsets_deg: np.ndarray,
    parameters: Parameters[Any],
    vector: np.ndarray,
    covariance: np.ndarray,
) -> CupSpec:
    """
    Return a fitted cup with what its pours leave unknown.

    Parameters
    ----------
    cup : CupSpec
        The cup as fitted.
    pour_offsets_deg : ndarray of shape (n,)
        How much further tilted it was in each pour [degree].
    parameters : Parameters
        The k parameters of the fit.
    vector : ndarray of shape (k,)
        Their values.
    covariance : ndarray of shape (k, k)
        Of the parameters.

    Returns
    -------
    CupSpec

    """
    fitted_deg = rad_to_degree(cup.angle_offset)
    observed_deg, mountings = mean_of_mountings(fitted_deg + pour_offsets_deg)
    of_cups = 1.0 / parameters.cup_spread_deg**2
    of_mountings = mountings / SESSION_SPREAD_DEG**2
    gain = of_mountings / (of_cups + of_mountings)
    expected_deg = parameters.expected_offset_deg(vector)
    flow_spread, offset_per_flow_deg = _flow(parameters, covariance)
    return replace(
        cup,
        angle_offset=degree_to_rad(expected_deg + gain * (observed_deg - expected_deg)),
        offset_spread=degree_to_rad(1.0 / math.sqrt(of_cups + of_mountings)),
        flow_spread=flow_spread,
        offset_per_flow=cup.offset_per_flow + degree_to_rad(gain * offset_per_flow_deg),
    )


def _flow(parameters: Parameters[Any], covariance: np.ndarray) -> tuple[float, float]:
    """Return the spread of a factor to all flow, and how the offset goes with it [degree]."""
    offset = parameters.names.index('angle_offset')
    flow = [parameters.names.index(name) for name in _FLOW if name in parameters.names]
    # Generalized least squares: each parameter counts by how well the pours tell it.
    precision = np.linalg.inv(covariance[np.ix_(flow, flow)]).sum(axis=0)
    information = precision.sum() - np.square(1.0 / parameters.spread[flow]).sum()
    spread = 1.0 / math.sqrt(max(information, 0.0) + 1.0 / parameters.flow_spread**2)
    return spread, float(covariance[offset, flow] @ precision)
