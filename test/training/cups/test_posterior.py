# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.cups.posterior: what a fit leaves unknown of a cup."""

from dataclasses import replace
import math

import numpy as np
import pytest

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.hypotheses.grid import CUP_SPREAD_DEG, FLOW_SPREAD, SESSION_SPREAD_DEG
from pour_force_estimator.units import degree_to_rad, rad_to_degree
from training.cups.parameters import CupParameters
from training.cups.posterior import mean_of_mountings, with_unknowns

TYPICAL = CupSpec.of_size(0.100, 0.095, angle_offset=degree_to_rad(2.0))
CUP = replace(TYPICAL, discharge=0.4, angle_offset=degree_to_rad(6.0), pours=3)
PARAMETERS = CupParameters(TYPICAL)


def posterior(offsets_deg, spread=0.3, slope_deg=2.0):
    """Return what is unknown of a cup whose logarithm of the discharge has a `spread`."""
    covariance = np.diag([1.0 + (slope_deg * spread) ** 2, 0.01**2, spread**2])
    covariance[0, 2] = covariance[2, 0] = slope_deg * spread**2
    return with_unknowns(
        CUP, np.array(offsets_deg), PARAMETERS, PARAMETERS.vector(CUP), covariance
    )


@pytest.mark.parametrize(
    'offsets_deg, mean_deg, mountings',
    [
        ([1.0], 1.0, 1),
        ([0.0, 1.5, -1.5, 3.0], 0.75, 1),  # a chain of near ones
        ([-2.0, 2.0, 2.5, 1.5], 0.0, 2),  # the mean of mountings, not of pours
        ([5.0, -5.0, 0.0], 0.0, 3),
    ],
)
def test_pours_of_one_mounting_sit_alike(offsets_deg, mean_deg, mountings):
    mean, count = mean_of_mountings(np.array(offsets_deg))
    assert mean == pytest.approx(mean_deg) and count == mountings


@pytest.mark.parametrize(
    'offsets_deg, mountings', [([0.0], 1), ([0.3, -0.3, 0.0], 1), ([3.0, -3.0], 2)]
)
def test_the_offset_of_the_next_mounting(offsets_deg, mountings):
    """One mounting tells the mean over all of them only so well, whatever its pours say."""
    cup = posterior(offsets_deg)
    precision = CUP_SPREAD_DEG**-2 + mountings * SESSION_SPREAD_DEG**-2
    assert rad_to_degree(cup.offset_spread) == pytest.approx(precision**-0.5)
    gain = mountings * SESSION_SPREAD_DEG**-2 / precision
    assert rad_to_degree(cup.angle_offset) == pytest.approx(2.0 + gain * 4.0)
    assert rad_to_degree(cup.offset_per_flow) == pytest.approx(gain * 2.0)
    assert (cup.discharge, cup.pours) == (CUP.discharge, CUP.pours)


@pytest.mark.parametrize('spread', [0.05, 0.3, 1.0])
def test_the_flow_is_as_unknown_as_pours_and_other_cups_leave_it(spread):
    precision = spread**-2 - PARAMETERS.spread[2] ** -2
    expected = 1.0 / math.sqrt(max(precision, 0.0) + FLOW_SPREAD**-2)
    assert posterior([0.0], spread).flow_spread == pytest.approx(expected)
    assert expected <= FLOW_SPREAD


def test_a_bottle_flows_as_well_as_discharge_or_choke_tell():
    """Of two numbers that are one factor, the surer one counts."""
    typical = CupSpec.of_size(0.285, 0.075, lip_ratio=0.44, discharge=0.65, choke=0.27)
    parameters = CupParameters(typical)
    variances = dict(zip(parameters.names, parameters.spread**2)) | {'choke': 0.1**2}
    covariance = np.diag([variances[name] for name in parameters.names])
    cup = with_unknowns(
        replace(typical, pours=2), np.zeros(2), parameters, parameters.expected, covariance
    )
    precision = 0.1**-2 - parameters.spread[parameters.names.index('choke')] ** -2
    assert cup.flow_spread == pytest.approx(1.0 / math.sqrt(precision + FLOW_SPREAD**-2))
