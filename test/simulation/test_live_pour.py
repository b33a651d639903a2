# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.simulation.live_pour: as simulate_pour, but step by step."""

import numpy as np
import pytest

from pour_force_estimator.errors import SimulationError
from pour_force_estimator.simulation import FITTED_CUPS, simulate_pour
from pour_force_estimator.simulation.live_pour import LivePour

CUP = FITTED_CUPS['cylinder_120x121']
RATE_HZ = 60.0
WEIGHT = 4.0


def there_and_back(largest=1.1):
    """Return the tilts of a pour that ends upright [rad]."""
    up = np.linspace(0.1, largest, 90)
    return np.concatenate([up, up[::-1], np.full(60, 0.1)])


@pytest.mark.parametrize('delay_s', [0.0, 0.1])
def test_it_pours_what_a_known_motion_pours(delay_s):
    tilts = there_and_back()
    live = LivePour(CUP, WEIGHT, tilts[0], RATE_HZ, delay_s=delay_s)
    arrived = [0.0]
    for tilt in tilts[1:]:
        live.step(tilt)
        arrived.append(live.arrived_weight)
    expected = simulate_pour(CUP, WEIGHT, tilts, RATE_HZ, delay_s=delay_s, substeps=2)
    np.testing.assert_allclose(arrived, expected, rtol=0.0, atol=1e-12)
    assert live.is_settled


def test_a_faster_rate_pours_the_same():
    finals = []
    for factor in (1, 8):
        tilts = there_and_back()
        steps = np.arange(factor * (len(tilts) - 1) + 1)
        fine = np.interp(steps / factor, np.arange(len(tilts)), tilts)
        live = LivePour(CUP, WEIGHT, fine[0], factor * RATE_HZ)
        for tilt in fine[1:]:
            live.step(tilt)
        finals.append(live.arrived_weight)
    assert finals[0] == pytest.approx(finals[1], rel=1e-3)


def test_it_is_settled_once_nothing_flows_and_all_has_arrived():
    live = LivePour(CUP, WEIGHT, 0.1, RATE_HZ)
    assert live.is_settled
    settled = []
    for tilt in there_and_back()[1:]:
        live.step(tilt)
        settled.append(live.is_settled)
    assert settled[0] and settled[-1] and not settled[100]
    assert live.arrived_weight == pytest.approx(live.poured_weight, abs=1e-3)


@pytest.mark.parametrize(
    'values, expected',
    [
        ({'initial_weight': 20.0}, 'initial_weight'),
        ({'rate_hz': 0.0}, 'rate_hz'),
        ({'relative_density': 9.0}, 'relative_density'),
        ({'delay_s': -1.0}, 'delay_s'),
    ],
)
def test_a_pour_that_cannot_be(values, expected):
    arguments = {'cup': CUP, 'initial_weight': WEIGHT, 'tilt': 0.0, 'rate_hz': RATE_HZ, **values}
    with pytest.raises(SimulationError, match=expected):
        LivePour(**arguments)
