# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.simulation.simulator."""

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.simulation import FITTED_CUPS, simulate_pour, simulate_pours
from pour_force_estimator.simulation.population import TRANSPORT_DELAY_S
from pour_force_estimator.units import lbf_to_newton, newton_to_lbf

DETERMINISTIC = settings(derandomize=True, database=None, deadline=None, max_examples=25)

TILT = np.radians(
    np.concatenate([np.linspace(5.0, 100.0, 180), np.full(30, 100.0), np.linspace(100.0, 0.0, 90)])
)
MAX_RMSE_LBF = {'cylinder_81x88': 0.024, 'cylinder_120x121': 0.041, 'bottle_225x67': 0.047}
MAX_RMSE_LBF |= {'bottle_285x89': 0.022, 'bottle_292x75': 0.036}


@given(
    st.builds(Cup, st.floats(0.07, 0.3), st.floats(0.06, 0.125), st.floats(0.3, 1.0)),
    st.floats(0.05, 0.9),
    st.floats(0.9, 1.3),
)
@DETERMINISTIC
def test_volume_is_conserved(cup, share, density):
    liquid = Liquid(density)
    weight = liquid.weight(share * cup.volume)
    poured = simulate_pour(cup, weight, TILT[::4], 15.0, density)
    assert poured[0] == 0.0
    assert np.all(np.diff(poured) >= 0.0)
    left = liquid.volume(weight - poured)
    holds = np.minimum(cup.capacity(TILT.max()), share * cup.volume)
    assert np.all(left >= holds * (1.0 - 1e-9) - 1e-12)


@pytest.mark.parametrize('name', FITTED_CUPS)
def test_finer_substeps_and_another_rate_change_little_and_a_delay_shifts_steps(name):
    cup = FITTED_CUPS[name]
    coarse, fine = simulate_pour(cup, 3.0, TILT), simulate_pour(cup, 3.0, TILT, substeps=40)
    assert fine[-1] > 0.1
    assert np.abs(coarse - fine).max() < 0.01 * fine[-1]
    half = simulate_pour(cup, 3.0, TILT[::2], 30.0)
    assert half[-1] == pytest.approx(simulate_pour(cup, 3.0, TILT[:299])[-1], rel=0.01)
    late = simulate_pour(cup, 3.0, TILT, delay_s=0.1)
    np.testing.assert_array_equal(late[6:], coarse[:-6])


def test_denser_liquid_pours_later():
    cup = FITTED_CUPS['cylinder_120x121']
    water, dense = (simulate_pour(cup, 3.0, TILT, relative_density=rho)[120] for rho in (1.0, 1.3))
    assert dense < water


def test_many_pours_give_what_each_gives():
    cups = list(FITTED_CUPS.values())
    tilt = np.outer(np.linspace(0.7, 1.2, len(cups)), TILT)
    weight = np.linspace(2.0, 4.0, len(cups))
    together = simulate_pour(CupStack(cups), weight, tilt)
    alone = [simulate_pour(*pour) for pour in zip(cups, weight, tilt)]
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


def test_simulated_pours_agree_with_a_pour_of_their_tilts():
    pours = simulate_pours(20, np.random.default_rng(5))
    population = pours.population
    tilt = np.where(pours.tilt == 0.0, pours.tilt[:, -1:], pours.tilt)
    again = simulate_pour(population.cup, population.weight, tilt)
    final = again[np.arange(20), pours.lengths - 1]
    np.testing.assert_allclose(final, pours.final_poured_weight, rtol=0.05, atol=0.02)


@pytest.mark.parametrize('control, share', [('open', 0.0), ('closed', 1.0), ('mixed', 0.5)])
def test_control(control, share):
    pours = simulate_pours(60, np.random.default_rng(1), control=control)
    assert np.mean(pours.closed_loop) == pytest.approx(share, abs=0.2)


@pytest.mark.parametrize('max_steps', [480, 700, 1099])
def test_every_pour_ends_upright_and_settled(max_steps):
    pours = simulate_pours(150, np.random.default_rng(2), max_steps=max_steps)
    assert pours.lengths.max() <= max_steps
    last = pours.lengths - 1
    rows = np.arange(len(pours))
    assert np.abs(np.degrees(pours.tilt[rows, last])).max() < 12.0
    for row in rows:
        assert np.ptp(pours.poured_weight[row, last[row] - 10 : last[row] + 1]) < 1e-9
        assert np.all(pours.tilt[row, last[row] + 1 :] == 0.0)
        assert np.all(pours.measured_weight[row, last[row] + 1 :] == 0.0)


def test_longer_sets_hold_slower_pours():
    short = simulate_pours(100, np.random.default_rng(3), max_steps=700).lengths
    long = simulate_pours(100, np.random.default_rng(3), max_steps=1099).lengths
    assert np.mean(long) > 1.1 * np.mean(short)


def test_population_resembles_the_robot_trials():
    pours = simulate_pours(120, np.random.default_rng(0))
    assert np.all(pours.poured_weight >= 0.0)
    assert np.all(pours.final_poured_weight <= pours.population.weight)
    ratio = (pours.final_poured_weight / pours.target_weight)[pours.closed_loop]
    assert 0.7 < np.median(ratio) < 1.3
    poured_ml = newton_to_lbf(pours.poured_weight) * 453.6
    flow = (poured_ml[:, 12:] - poured_ml[:, :-12]).max(axis=1) * 5.0
    assert 60.0 < np.median(flow) < 200.0
    assert 6.0 < np.median(pours.lengths) / 60.0 < 10.0
    assert 65.0 < np.median(np.degrees(pours.tilt.max(axis=1))) < 95.0
    assert newton_to_lbf(np.std(pours.measured_weight[:, :30], axis=1)).max() < 0.003


def test_same_seed_same_bytes():
    first, again, reseeded = (
        simulate_pours(20, np.random.default_rng(seed)).measured_weight.tobytes()
        for seed in (4, 4, 5)
    )
    assert first == again != reseeded


def test_progress_is_reported():
    done = []
    simulate_pours(1, np.random.default_rng(0), max_steps=480, on_step=done.append)
    assert done == list(range(1, 481))


@pytest.mark.parametrize(
    'arguments, message',
    [
        ({'initial_weight_n': 50.0}, r'initial_weight_n: expected 0 to 13\.\d+ N, received 50'),
        ({'initial_weight_n': -1.0}, 'initial_weight_n: .* received -1'),
        ({'relative_density': -1.0}, 'relative_density: expected 0.3 to 5, received -1'),
        ({'tilt': np.array([0.0, 90.0])}, r'tilt: .* rad, received 90 at \[1\]'),
        ({'tilt': np.zeros((0,))}, r'tilt: expected shape \(steps,\) or \(n, steps\)'),
        ({'sample_rate_hz': 0.0}, 'sample_rate_hz: .* received 0'),
        ({'delay_s': -0.1}, 'delay_s: .* received -0.1'),
        ({'substeps': 0}, 'substeps: expected a whole number of at least 1, received 0'),
    ],
)
def test_a_pour_that_cannot_be_is_refused(arguments, message):
    pour = {'cup': Cup(0.12, 0.121), 'initial_weight_n': 3.0, 'tilt': TILT, **arguments}
    with pytest.raises(SimulationError, match=message):
        simulate_pour(**pour)


@pytest.mark.parametrize(
    'arguments, message',
    [
        ({'n': 0}, 'n: expected a whole number of at least 1, received 0'),
        ({'max_steps': 100}, 'max_steps: expected a whole number of at least 480, received 100'),
        ({'control': 'manual'}, "control: .* received 'manual'"),
        ({'sample_rate_hz': 1.0}, 'sample_rate_hz: expected 10 to 1000 Hz, received 1'),
    ],
)
def test_a_set_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(SimulationError, match=message):
        simulate_pours(**{'n': 2, 'rng': np.random.default_rng(0), **arguments})


@pytest.mark.parametrize('name', MAX_RMSE_LBF)
def test_fitted_cups_reproduce_the_robot_trials(robot_trials, name):
    cup, errors = FITTED_CUPS[name], []
    for pour in robot_trials.pours:
        if pour.context.cup_height == pytest.approx(cup.height):
            weight, late = pour.context.initial_weight, {'delay_s': TRANSPORT_DELAY_S}
            errors.append(simulate_pour(cup, weight, pour.tilt, **late) - pour.poured_weight)
    rmse = np.sqrt(np.mean(np.concatenate(errors) ** 2))
    assert rmse < lbf_to_newton(MAX_RMSE_LBF[name])
