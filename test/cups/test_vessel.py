# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of `pour_force_estimator.cups.vessel`."""

import numpy as np
import pytest

from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.outflow import advance
from pour_force_estimator.cups.vessel import Vessel
from pour_force_estimator.errors import SimulationError


def _pour(cup, volume):
    left = [volume]
    tilts = np.linspace(0.2, 1.5, 200)
    for tilt, following in zip(tilts[:-1], tilts[1:]):
        left.append(float(advance(cup, left[-1], tilt, following, 1 / 60)))
    return np.array(left)


@pytest.mark.parametrize('offset', [0.0, 0.1])
def test_profile_of_a_cylinder_pours_as_the_closed_form(offset):
    cup = Cup(0.12, 0.08, angle_offset=offset)
    vessel = Vessel.of_profile('can', [0.0, 0.12], [0.04, 0.04], angle_offset=offset)
    start = 0.9 * cup.volume
    np.testing.assert_allclose(_pour(vessel, start), _pour(cup, start), atol=2e-3 * cup.volume)


def test_volume_left_never_rises_nor_falls_below_nothing():
    vessel = Vessel.of_profile('glass', [0.0, 0.05, 0.1], [0.01, 0.045, 0.03])
    left = _pour(vessel, 2e-4)
    assert np.all(np.diff(left) <= 0.0)
    assert 0.0 <= left[-1] < 2e-4


@pytest.mark.parametrize(
    'name, tilts, capacities, message',
    [
        ('jug', [0.1, 0.2], [1e-4, 2e-4], 'jug: .*rises after 0.1 rad'),
        ('jug', [0.2, 0.1], [2e-4, 1e-4], 'jug: .*tilts that rise'),
        ('jug', [0.1, 0.2], [2e-4, np.nan], 'jug: capacities'),
        ('jug', [0.1], [2e-4], 'jug: .*one length'),
        (' ', [0.1, 0.2], [2e-4, 1e-4], 'a name'),
    ],
)
def test_bad_table_is_an_error(name, tilts, capacities, message):
    with pytest.raises(SimulationError, match=message):
        Vessel(name, 0.04, 0.04, tilts, capacities, np.ones(len(tilts)) * 1e-3)
