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
UP = np.linspace(0.1, 1.1, 90)
TILTS = np.concatenate([UP, UP[::-1], np.full(60, 0.1)])
"""Of a pour that ends upright [rad]."""


@pytest.mark.parametrize('delay_s', [0.0, 0.1])
def test_it_pours_what_a_known_motion_pours(delay_s):
    """It is settled once nothing flows and all has arrived."""
    live = LivePour(CUP, WEIGHT, TILTS[0], RATE_HZ, delay_s=delay_s)
    arrived, settled = [0.0], [live.is_settled]
    for tilt in TILTS[1:]:
        live.step(tilt)
        arrived.append(live.arrived_weight)
        settled.append(live.is_settled)
    expected = simulate_pour(CUP, WEIGHT, TILTS, RATE_HZ, delay_s=delay_s, substeps=2)
    np.testing.assert_allclose(arrived, expected, rtol=0.0, atol=1e-12)
    assert settled[0] and settled[1] and settled[-1] and not settled[101]
    assert live.arrived_weight == pytest.approx(live.poured_weight, abs=1e-3)


def test_a_faster_rate_pours_the_same():
    finals = []
    for factor in (1, 8):
        steps = np.arange(factor * (len(TILTS) - 1) + 1)
        fine = np.interp(steps / factor, np.arange(len(TILTS)), TILTS)
        live = LivePour(CUP, WEIGHT, fine[0], factor * RATE_HZ)
        for tilt in fine[1:]:
            live.step(tilt)
        finals.append(live.arrived_weight)
    assert finals[0] == pytest.approx(finals[1], rel=1e-3)


@pytest.mark.parametrize(
    'name, value',
    [('initial_weight', 20.0), ('rate_hz', 0.0), ('relative_density', 9.0), ('delay_s', -1.0)],
)
def test_a_pour_that_cannot_be(name, value):
    arguments = {'cup': CUP, 'initial_weight': WEIGHT, 'tilt': 0.0, 'rate_hz': RATE_HZ}
    with pytest.raises(SimulationError, match=name):
        LivePour(**{**arguments, name: value})
