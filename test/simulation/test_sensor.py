# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.simulation.sensor."""

import dataclasses

import numpy as np
import pytest

from pour_force_estimator.errors import SimulationError
from pour_force_estimator.simulation.sensor import quantize_tilt, WeightSensor, WeightSignal
from pour_force_estimator.units import lbf_to_newton

NOISE = ('rest_noise', 'rest_correlation', 'flow_noise', 'slosh_noise')
SILENT = WeightSensor(
    delay_s=np.array([0.1]),
    slosh_frequency=np.array([6.0]),
    **dict.fromkeys(('impact_speed', 'offset', *NOISE), np.zeros(1)),
)
RAMP = np.concatenate([np.zeros(30), np.linspace(0.0, 2.0, 120), np.full(150, 2.0)])[np.newaxis]


def read(sensor, poured, rate_hz=60.0):
    """Return the readings of scales while `poured` of shape (n, steps) arrives."""
    signal = WeightSignal(sensor, len(poured), poured.shape[1], rate_hz, np.random.default_rng(0))
    return np.stack([signal.read(column) for column in poured.T], axis=1)


def with_values(**values):
    return dataclasses.replace(SILENT, **{name: np.array([v]) for name, v in values.items()})


def test_the_weight_arrives_late_and_momentum_adds_in_proportion_to_the_flow():
    measured = read(SILENT, RAMP)
    np.testing.assert_array_equal(measured[0, 6:], RAMP[0, :-6])
    assert np.all(measured[0, :6] == 0.0)
    measured = read(with_values(impact_speed=1.5, delay_s=0.0), RAMP) - RAMP
    assert measured[0, 80] == pytest.approx(1.5 * 2.0 / 119.0 * 60.0 / 9.80665)
    assert np.all(measured[0, 151:] == 0.0)


def test_noise_at_rest():
    sigma = lbf_to_newton(0.0013)
    sensor = with_values(rest_noise=sigma, rest_correlation=0.5, offset=0.01)
    noise = read(sensor, np.zeros((1, 20000)))[0] - 0.01
    assert noise.mean() == pytest.approx(0.0, abs=0.05 * sigma)
    assert noise.std() == pytest.approx(sigma, rel=0.03)
    assert np.corrcoef(noise[1:], noise[:-1])[0, 1] == pytest.approx(0.5, abs=0.03)


def test_moving_liquid_is_noisier_and_calms_down():
    noise = read(with_values(flow_noise=0.02, slosh_noise=0.02), RAMP)[0]
    noise -= read(SILENT, RAMP)[0]
    assert np.all(noise[:30] == 0.0)
    assert noise[60:150].std() > 0.01
    assert noise[250:].std() < 0.1 * noise[60:150].std()


@pytest.mark.parametrize('rate_hz', [60.0, 250.0])
def test_sloshing_has_its_size_at_any_rate(rate_hz):
    steps = int(120 * rate_hz)
    poured = np.arange(steps)[np.newaxis] / rate_hz
    sensor = with_values(slosh_noise=0.02)
    noise = (read(sensor, poured, rate_hz) - read(SILENT, poured, rate_hz))[0, steps // 10 :]
    assert noise.std() == pytest.approx(0.02, rel=0.1)


def test_drawn_sensors_cover_the_robot_trials():
    sensor = WeightSensor.draw(1000, np.random.default_rng(0))
    rest = sensor.rest_noise / lbf_to_newton(1.0)
    assert 0.0010 <= rest.min() < 0.0011 and 0.0016 < rest.max() <= 0.0017
    assert sensor.delay_s.max() <= 0.2


def test_tilt_is_quantized():
    tilt = np.linspace(-0.1, 2.0, 1000)
    quantized, quantum = quantize_tilt(tilt), np.radians(360.0 / 4096.0)
    assert np.abs(quantized - tilt).max() <= quantum / 2.0 + 1e-12
    steps = quantized / quantum
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-9)


@pytest.mark.parametrize('name, value', [('rest_correlation', 1.0), ('delay_s', -0.1)])
def test_impossible_sensors_are_refused(name, value):
    with pytest.raises(SimulationError, match=f'{name}: expected 0 to .* received {value:g}'):
        with_values(**{name: value})
