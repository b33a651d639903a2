"""Tests of pour_force_estimator.physics_features against the simulator."""

from dataclasses import replace
import math

import numpy as np
import pytest

from pour_force_estimator.context import PourContext
from pour_force_estimator.cup_table import CupSpec, CupTable
from pour_force_estimator.physics_features import (
    FLOW_PER_STEP, PHYSICS_FEATURES, PhysicsWeights)
from pour_force_estimator.simulation import draw_population, simulate_pour, simulate_pours
from pour_force_estimator.simulation.cup import MAX_TILT, MIN_TILT
from pour_force_estimator.units import degree_to_rad, lbf_to_newton, newton_to_lbf

CYLINDER = CupSpec(0.120, 0.121, discharge=0.42, angle_offset=0.089, delay_s=0.08)
BOTTLE = CupSpec(0.292, 0.075, 0.45, 0.6, 0.12, -0.035, 0.11)
ALL = tuple(PHYSICS_FEATURES)


def context_of(cup, fill=0.7, density=None):
    """Return the context of a pour from `cup`, filled to a part of its volume."""
    weight = 9806.65 * cup.cup().volume * fill * (density or 1.0)
    return PourContext(initial_weight=weight, cup_height=cup.height, cup_diameter=cup.diameter,
                       relative_density=density)


def run(tilts, context, cups, names=ALL, rate=60.0):
    """Return the features at each of the tilts [rad], ndarray of shape (steps, names)."""
    weights = PhysicsWeights(names, rate, cups)
    weights.start(context)
    return np.array([weights.step(tilt) for tilt in np.asarray(tilts).tolist()])


def turn(seconds=6.0, rate=60.0, largest=2.0):
    """Return the tilts of a cup that is turned up to `largest` [rad], held and turned back."""
    time = np.arange(0.0, seconds, 1.0 / rate)
    return 0.1 + (largest - 0.1) * np.interp(
        time, np.array([0.0, 0.5, 0.7, 1.0]) * seconds, [0.0, 1.0, 1.0, 0.0])


def check(features, cup, tilts, context, rate=60.0, flow_per_step=1.0):
    """Check all features against the simulator: within 0.5 % of what is poured in the end."""
    for column, offset_deg in enumerate(PHYSICS_FEATURES.values()):
        factor = flow_per_step**(offset_deg / 1.5)
        assumed = replace(
            cup, angle_offset=cup.angle_offset + degree_to_rad(offset_deg),
            discharge=factor * cup.discharge,
            choke=None if cup.choke is None else factor * cup.choke)
        expected = newton_to_lbf(simulate_pour(
            assumed.cup(), context.initial_weight, tilts, rate,
            context.relative_density or 1.0, delay_s=cup.delay_s, substeps=4))
        assert np.abs(features[:, column] - expected).max() <= 0.005 * max(expected[-1], 0.01)


@pytest.mark.parametrize('cup, largest', [(CYLINDER, 1.35), (BOTTLE, 2.0)])
@pytest.mark.parametrize('rate', [30.0, 60.0, 125.0])
@pytest.mark.parametrize('density', [None, 1.3])
def test_features_are_what_the_simulator_pours(cup, largest, rate, density):
    tilts, context = turn(rate=rate, largest=largest), context_of(cup, density=density)
    features = run(tilts, context, [BOTTLE, CYLINDER], rate=rate)
    assert features[-1].min() > 0.05
    check(features, cup, tilts, context, rate)


def test_features_of_simulated_robot_pours():
    """Random cups, bottles and cylinders, with controllers and without, and a quantized angle."""
    population = draw_population(12, np.random.default_rng(5))
    pours = simulate_pours(12, np.random.default_rng(6), population=population)
    assert 2 <= np.sum(population.cup.lip_ratio < 1.0) <= 10
    for index, length in enumerate(pours.lengths):
        cup, _, _ = population[index]
        spec = CupSpec(**{**vars(cup), 'choke': None if math.isinf(cup.choke) else cup.choke})
        context = PourContext(initial_weight=population.weight[index], cup_height=cup.height,
                              cup_diameter=cup.diameter)
        tilts = pours.tilt[index, :length]
        check(run(tilts, context, [spec]), spec, tilts, context)


def test_features_of_the_recorded_tilts(robot_trials):
    for pour in robot_trials.pours[::8]:
        context = pour.context
        cup = CupTable([CYLINDER, BOTTLE]).find(context.cup_height, context.cup_diameter)
        check(run(pour.tilt, context, [cup]), cup, pour.tilt, context)


def test_names():
    assert ALL == ('physics_-4.5', 'physics_-3.0', 'physics_-1.5', 'physics_+0.0',
                   'physics_+1.5', 'physics_+3.0', 'physics_+4.5')


def test_a_cup_that_is_tilted_further_has_poured_more():
    features = run(turn(largest=1.7), context_of(BOTTLE), [BOTTLE])
    assert np.all(np.diff(features[-1]) > 0.01)


def test_columns_are_in_the_order_of_the_names():
    tilts, context = turn(), context_of(BOTTLE)
    whole = run(tilts, context, [BOTTLE])
    part = run(tilts, context, [BOTTLE], ('physics_+3.0', 'physics_-4.5'))
    assert part.tobytes() == whole[:, [5, 0]].tobytes()


@pytest.mark.parametrize('delay_s, rate, ticks', [
    (0.0, 60.0, 0), (0.08, 60.0, 5), (0.11, 100.0, 11), (0.24, 30.0, 7)])
def test_delay_is_a_whole_number_of_ticks(delay_s, rate, ticks):
    tilts, context = turn(rate=rate), context_of(CYLINDER)
    prompt = run(tilts, context, [replace(CYLINDER, delay_s=0.0)], rate=rate)
    late = run(tilts, context, [replace(CYLINDER, delay_s=delay_s)], rate=rate)
    assert np.all(late[:ticks] == 0.0)
    assert late[ticks:].tobytes() == prompt[:len(prompt) - ticks].tobytes()


def test_upright_cup_pours_nothing():
    assert not run(np.full(100, 0.1), context_of(BOTTLE), [BOTTLE]).any()


def test_never_more_than_was_in_the_cup():
    features = run(np.full(3000, 2.9), context_of(BOTTLE), [BOTTLE])
    initial = newton_to_lbf(context_of(BOTTLE).initial_weight)
    assert np.all(np.diff(features, axis=0) >= 0.0)
    assert features[-1] == pytest.approx([initial] * 7, rel=5e-3)
    assert features.max() < initial


def test_full_lip_limits_the_flow():
    """A lip of Froude number c passes c sqrt(g b^5), here 0.12 sqrt(9.80665) 0.03375^2.5."""
    features = run(np.full(60, 1.8), context_of(BOTTLE), [BOTTLE])
    per_tick = 0.12 * math.sqrt(9.80665) * 0.03375**2.5 * 1e6 / 453.59237 / 60.0
    assert np.diff(features[20:40], axis=0) == pytest.approx(per_tick, rel=1e-6)


@pytest.mark.parametrize('tilt, limit', [(-7.0, MIN_TILT), (7.0, MAX_TILT)])
def test_tilts_out_of_range_are_those_at_its_ends(tilt, limit):
    context = context_of(CYLINDER)
    assert np.array_equal(
        run([0.0, tilt, tilt, 0.5], context, [CYLINDER]),
        run([0.0, limit, limit, 0.5], context, [CYLINDER]))


def test_cup_that_is_not_in_the_table_is_a_typical_one():
    """As it is where the tilt is as fitted; the other assumptions differ in more than that."""
    unknown = CupSpec(0.250, 0.080)
    typical = CupTable([CYLINDER, BOTTLE]).find(0.250, 0.080)
    tilts, context = turn(), context_of(unknown)
    assumed = run(tilts, context, [CYLINDER, BOTTLE])
    known = run(tilts, context, [typical])
    assert np.array_equal(assumed[:, 3], known[:, 3])
    assert np.all(assumed[-1, :3] < known[-1, :3]) and np.all(assumed[-1, 4:] > known[-1, 4:])


NARROW_CYLINDER = CupSpec(0.120, 0.121, discharge=0.2, angle_offset=0.089, delay_s=0.08)
NARROW_BOTTLE = CupSpec(0.292, 0.075, 0.45, 0.2, 0.12, -0.035, 0.11)
"""Cups of which the simulator can pour eight times as much."""


@pytest.mark.parametrize('height, diameter, largest', [(0.100, 0.130, 1.35), (0.250, 0.080, 2.0)])
@pytest.mark.parametrize('rate', [30.0, 60.0, 125.0])
def test_outflow_of_an_unknown_cup_grows_with_the_assumed_tilt(height, diameter, largest, rate):
    """Both the discharge and the limit of a lip that runs full, by a factor of 2 each step."""
    assert FLOW_PER_STEP == 2.0
    table = CupTable([NARROW_CYLINDER, NARROW_BOTTLE])
    typical = table.find(height, diameter)
    tilts, context = turn(rate=rate, largest=largest), context_of(typical)
    features = run(tilts, context, table, rate=rate)
    assert features[-1, 0] > 0.01
    check(features, typical, tilts, context, rate, flow_per_step=2.0)


@pytest.mark.parametrize('typical, largest', [
    (NARROW_CYLINDER, 1.35), (NARROW_BOTTLE, 2.0), (replace(
        NARROW_BOTTLE, discharge=0.1, choke=0.02, angle_offset=0.1, delay_s=0.2), 2.0)])
@pytest.mark.parametrize('density', [None, 1.3])
def test_typical_cup_that_is_given(typical, largest, density):
    """Whatever the cups of the table say of their kind."""
    table = CupTable([CYLINDER, BOTTLE], typical)
    assumed = replace(typical, height=0.150, diameter=0.090)
    tilts, context = turn(largest=largest), context_of(assumed, density=density)
    check(run(tilts, context, table), assumed, tilts, context, flow_per_step=2.0)


@pytest.mark.parametrize('cup', [CYLINDER, BOTTLE])
def test_known_cups_are_as_fitted_beside_a_typical_one(cup):
    tilts, context = turn(), context_of(cup)
    expected = run(tilts, context, [cup])
    for typical in (None, NARROW_BOTTLE):
        assert np.array_equal(run(tilts, context, CupTable([BOTTLE, CYLINDER], typical)), expected)


def test_a_known_pour_after_an_unknown_one():
    """And the other way round, with one object as in the node."""
    weights = PhysicsWeights(ALL, 60.0, [CYLINDER, BOTTLE])
    contexts = [context_of(cup) for cup in (BOTTLE, CupSpec(0.250, 0.080), BOTTLE)]
    runs = []
    for context in (*contexts, contexts[1]):
        weights.start(context)
        runs.append([list(weights.step(tilt)) for tilt in turn().tolist()])
    assert runs[0] == runs[2] != runs[1] == runs[3]


def test_columns_of_an_unknown_cup_are_in_the_order_of_the_names():
    tilts, context = turn(), context_of(CupSpec(0.250, 0.080))
    whole = run(tilts, context, [BOTTLE])
    part = run(tilts, context, [BOTTLE], ('physics_+3.0', 'physics_-4.5'))
    assert part.tobytes() == whole[:, [5, 0]].tobytes()
    assert np.ptp(part[-1]) > 0.1


def test_full_lip_of_an_unknown_cup_limits_the_flow():
    """By hand: 0.12 sqrt(9.80665) 0.036^2.5 for the lip of 36 mm, from an eighth to eight."""
    features = run(np.full(120, 1.8), context_of(CupSpec(0.250, 0.080)), [BOTTLE])
    per_tick = 0.12 * math.sqrt(9.80665) * 0.036**2.5 * 1e6 / 453.59237 / 60.0
    flows = np.diff(features, axis=0).max(axis=0)
    assert flows[:4] == pytest.approx(per_tick * 2.0**np.arange(-3, 1), rel=1e-6)
    assert np.all(flows[4:] <= per_tick * 2.0**np.arange(1, 4) * (1.0 + 1e-9))


def test_overfull_cup_loses_what_it_cannot_hold():
    """Nothing is refused in the midst of a robot's work: 1.5 times the volume, a third leaves."""
    context = context_of(CYLINDER, fill=1.5)
    upright = replace(CYLINDER, angle_offset=0.0)
    features = run(np.zeros(6000), context, [upright], ['physics_+0.0'])
    assert features[-1, 0] == pytest.approx(
        newton_to_lbf(context.initial_weight) / 3.0, rel=2e-3)


def test_a_second_pour_knows_nothing_of_the_first():
    weights = PhysicsWeights(ALL, 60.0, [CYLINDER, BOTTLE])
    first = []
    for _ in range(2):
        weights.start(context_of(BOTTLE))
        first.append([list(weights.step(tilt)) for tilt in turn().tolist()])
        weights.start(PourContext(
            initial_weight=lbf_to_newton(1.0), cup_height=0.120, cup_diameter=0.121))
        weights.step(1.5)
    assert first[0] == first[1]
