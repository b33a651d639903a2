# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.evaluation.physics."""

from dataclasses import replace
import math

import numpy as np
import pytest

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.pours.schemas import DIM
from pour_force_estimator.simulation import FITTED_CUPS, simulate_pour
from pour_force_estimator.units import lbf_to_newton
from training.evaluation.physics import cup_names, fitted_name, PourPhysics

DELAY_STEPS = 6


@pytest.mark.parametrize('schema', ['dim', 'robot_trials'])
def test_estimates_are_the_simulated_pours_delayed(recording_paths, schema):
    """The recordings were made with the fitted cups and without a delay."""
    for pour in load_recordings(recording_paths[schema], schema).pours:
        estimate = PourPhysics().estimate(pour)
        assert not estimate[:DELAY_STEPS].any()
        assert estimate[DELAY_STEPS:] == pytest.approx(pour.poured_weight[:-DELAY_STEPS], abs=1e-9)


def test_density_counts(dim_recordings):
    pour = dim_recordings.pours[1]
    pour = replace(pour, data=pour.data * np.where(np.arange(10) == DIM.index('rho'), 1.2, 1.0))
    cup, initial = FITTED_CUPS['cylinder_120x121'], pour.context.initial_weight
    expected = simulate_pour(cup, initial, pour.tilt, relative_density=1.2)
    estimate = PourPhysics().estimate(pour)[DELAY_STEPS:]
    assert estimate == pytest.approx(expected[:-DELAY_STEPS], abs=1e-9)
    assert np.abs(expected - pour.poured_weight).max() > 0.01


@pytest.mark.parametrize('name', FITTED_CUPS)
def test_cups_are_known_by_their_size(name):
    cup = FITTED_CUPS[name]
    for higher, wider, expected in ((0.0, 0.0, name), (0.001, 0.0, None), (0.0, -0.001, None)):
        height, diameter = cup.height + higher, cup.diameter + wider
        assert fitted_name(PourContext(cup_height=height, cup_diameter=diameter)) == expected


def test_other_cups_are_plain(robot_recordings):
    pour = robot_recordings.pours[0]
    other, like, pour, smaller = (
        replace(pour, data=np.where(pour.data == 81.0, height, pour.data))
        for height in (95.0, 95.4, 81.0, 80.6)
    )
    assert PourPhysics().cup_of(other) == CupSpec.of_cup(Cup(0.095, 0.088))
    assert PourPhysics().cup_of(pour) == FITTED_CUPS['cylinder_81x88']
    assert cup_names([other, like, pour, smaller]) == 2 * ['cup_95x88'] + 2 * ['cylinder_81x88']


def test_a_named_cup_is_that_of_all_pours(robot_recordings):
    cups = set(map(PourPhysics('cylinder_120x121').cup_of, robot_recordings.pours))
    assert cups == {FITTED_CUPS['cylinder_120x121']}


def test_parameters_replace_those_of_every_cup(robot_recordings):
    physics = PourPhysics(parameters={'discharge': 0.2, 'angle_offset': 0.05})
    cups = [physics.cup_of(pour) for pour in robot_recordings.pours]
    assert {(cup.discharge, cup.angle_offset) for cup in cups} == {(0.2, 0.05)}
    assert {cup.lip_ratio for cup in cups} == {cup.lip_ratio for cup in FITTED_CUPS.values()}


def test_the_digest_tells_parameters_apart():
    arguments = {}, {'cup': 'bottle_225x67'}, {'parameters': {'choke': 0.3}}
    digests = [PourPhysics(**options).digest for options in arguments]
    assert len(set(digests)) == 3 and PourPhysics().digest == digests[0]


@pytest.mark.parametrize(
    'arguments, message',
    [
        ({'cup': 'mug'}, "cup: expected 'auto' or one of "),
        ({'parameters': {'lip_ratio': 1.5}}, 'lip_ratio: expected 0.05 to 1, received 1.5'),
        ({'parameters': {'discharge': math.nan}}, 'discharge: expected 0.01 to 2, received nan'),
    ],
)
def test_wrong_parameters_are_refused(arguments, message):
    with pytest.raises(SimulationError, match=f'^{message}'):
        PourPhysics(**arguments)


def test_recorded_pours(robot_trials):
    """The errors of the first fit of these cups, which a later one must not exceed by 10 %."""
    cylinders = {'cylinder_81x88': 0.029, 'cylinder_120x121': 0.042}
    bottles = {'bottle_225x67': 0.048, 'bottle_285x89': 0.041, 'bottle_292x75': 0.034}
    for name, limit_lbf in (cylinders | bottles).items():
        cup = FITTED_CUPS[name].size
        pours = [pour for pour in robot_trials.pours if CupSize.of(pour.context).is_same(cup)]
        _, errors = PourPhysics().evaluate(pours)
        assert errors['rmse_newton'] < lbf_to_newton(1.1 * limit_lbf), name
