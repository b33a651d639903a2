# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.simulation.controller."""

import dataclasses

import numpy as np
import pytest

from pour_force_estimator.errors import SimulationError
from pour_force_estimator.simulation.controller import ControllerSettings, PourController
from pour_force_estimator.simulation.tilt_profile import MAX_POUR_TILT

STEP_S = 1.0 / 60.0

VALUES = {
    **{'start_tilt': 0.1, 'end_tilt': 0.02, 'pour_tilt': 1.2, 'approach': 0.4},
    **{'start_speed': 0.3, 'peak_speed': 0.7, 'pour_speed': 0.3, 'back_speed': 1.2},
    **{'stop_weight': 1.0, 'slow_weight': 0.6, 'turn_acceleration': 2.0},
    **{'rise_s': 0.8, 'arm_lag_s': 0.05, 'end_by_s': 11.0},
}
SETTINGS = ControllerSettings(**{name: np.array([value]) for name, value in VALUES.items()})


def run(weight_at, steps=700, settings=SETTINGS):
    """Return tilt and command over time for a weight [N] that depends on the step."""
    controller = PourController(settings, 1.0 / STEP_S)
    tilt, command = np.zeros(steps), np.zeros(steps)
    for step in range(steps):
        tilt[step], command[step] = controller.tilt[0], controller.command[0]
        controller.update(np.array([weight_at(step)]))
    return tilt, command


def test_it_turns_back_once_the_weight_is_there():
    tilt, command = run(lambda step: 0.0 if step < 100 else 1.0)
    assert np.all(command[:100] > 0.0)
    assert 100 < np.argmax(tilt) < 130
    assert np.all(command[130:] <= 0.0)
    assert command.min() == pytest.approx(-1.2)
    assert tilt[-1] == pytest.approx(0.02, abs=0.01)
    assert np.abs(np.diff(command)).max() <= 4.0 * STEP_S + 1e-12
    tilt, _ = run(lambda step: 1.0 if step == 100 else 0.0)  # a weight that falls again
    assert np.argmax(tilt) < 130


def test_it_slows_down_near_the_target():
    _, far = run(lambda step: 0.0)
    _, near = run(lambda step: 0.95)
    assert far[60] > 2.0 * near[60] > 0.0


def test_it_gives_up_at_the_largest_tilt():
    tilt, _ = run(lambda step: 0.0)
    assert MAX_POUR_TILT - 0.01 < tilt.max() < MAX_POUR_TILT + 0.1
    assert tilt[-1] == pytest.approx(0.02, abs=0.01)


@pytest.mark.parametrize('end_by_s', [4.0, 5.0, 7.0])
def test_it_is_upright_in_time(end_by_s):
    settings = dataclasses.replace(SETTINGS, end_by_s=np.array([end_by_s]))
    tilt, _ = run(lambda step: 0.0, settings=settings)
    assert abs(tilt[int(end_by_s / STEP_S)] - 0.02) < 0.01


@pytest.mark.parametrize('name, value', [('back_speed', -1.0), ('start_tilt', 45.0)])
def test_settings_that_make_no_sense_are_refused(name, value):
    with pytest.raises(SimulationError, match=f'{name}: expected .* received {value:g}'):
        dataclasses.replace(SETTINGS, **{name: np.array([value])})
