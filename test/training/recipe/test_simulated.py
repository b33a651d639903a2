# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.recipe.simulated."""

from dataclasses import replace

import numpy as np
import pytest
from small_recipe import best_run, recordings

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from training.cups.outflow import CupOutflow
from training.recipe.simulated import FILL_MARGIN, simulate_cups

PER_CUP = 6


def turned(pour):
    """Return a pour whose theta has the other sign."""
    signs = np.where(np.arange(pour.data.shape[1]) == pour.schema.index('theta'), -1.0, 1.0)
    return replace(pour, data=pour.data * signs, tilt_sign=-pour.tilt_sign)


def is_of(cup, context):
    return cup.is_size(context.cup_height, context.cup_diameter)


@pytest.fixture(scope='module')
def cups():
    return CupTable(best_run().built.prepared.preprocessor.cups)


@pytest.fixture(scope='module')
def simulated(cups):
    return simulate_cups(cups, recordings().pours, PER_CUP, 0)


def test_each_cup_has_its_pours_and_the_size_that_was_recorded(cups, simulated):
    assert len(simulated) == PER_CUP * len(cups) == 12
    for index, pour in enumerate(simulated):
        assert is_of(list(cups)[index // PER_CUP], pour.context)
    sizes = {(pour.column('h_pc')[0], pour.column('d_pc')[0]) for pour in simulated}
    assert np.array(sorted(sizes)) == pytest.approx(np.array([[81.0, 88.0], [120.0, 121.0]]))


def test_pours_are_whole(simulated):
    assert [pour.index for pour in simulated] == list(range(len(simulated)))
    for pour in simulated:
        assert pour.schema == recordings().schema
        assert np.isfinite(pour.data).all()
        assert pour.data.any(axis=1).all()
        assert 60 < len(pour) < 700
        assert pour.poured_weight.max() > 0.02


def test_fills_are_those_recorded(cups, simulated):
    for cup in cups:
        fills, recorded = (
            [pour.context.initial_weight for pour in pours if is_of(cup, pour.context)]
            for pours in (simulated, recordings().pours)
        )
        assert min(fills) >= min(recorded) * (1.0 - FILL_MARGIN) * 0.999
        assert max(fills) <= max(recorded) * (1.0 + FILL_MARGIN) * 1.001
        assert np.ptp(fills) > 0.2 * np.ptp(recorded)


@pytest.mark.parametrize('schema', ['robot_trials', 'dim'])
def test_theta_has_the_sign_that_was_recorded(cups, schema):
    pours = recordings(schema).pours
    sign = {'robot_trials': -1, 'dim': 1}[schema]
    as_recorded, from_turned = (
        simulate_cups(cups, originals, 3, 1) for originals in (pours, list(map(turned, pours)))
    )
    for pour, mirrored in zip(as_recorded, from_turned):
        assert (pour.tilt_sign, mirrored.tilt_sign) == (sign, -sign)
        theta = pour.column('theta')
        assert theta[np.argmax(np.abs(theta))] * sign > 20.0
        assert np.array_equal(mirrored.column('theta'), -theta)
        assert np.array_equal(mirrored.tilt, pour.tilt)
        assert np.array_equal(mirrored.poured_weight, pour.poured_weight)


def test_a_cup_that_rests_leaning_back_is_tilted_forward_to_pour():
    """Most steps of some pours are at rest, at less than 0 degree by the encoder."""
    cup = CupSpec.of_size(0.081, 0.088, discharge=0.144, angle_offset=0.35)
    pours = simulate_cups(CupTable([cup]), recordings().pours, 30, 0)
    assert min(np.median(pour.tilt) for pour in pours) < 0.0
    assert all(pour.tilt.max() > 0.2 for pour in pours)


def test_the_simulated_pours_are_of_that_cup(cups, simulated):
    """What the fitted cup pours at these tilts is what the scale reads, but for the offsets."""
    for number, cup in enumerate(cups):
        of_cup = simulated[number * PER_CUP : (number + 1) * PER_CUP]
        outflow = CupOutflow(of_cup)
        poured = outflow.poured(cup, np.zeros((len(of_cup), 1)))
        error = (outflow.delayed(poured, cup.delay_s)[..., 0] - outflow.measured)[outflow.real]
        assert np.sqrt(np.mean(error**2)) < 0.25 * outflow.measured.max()


def test_the_seed_decides(cups, simulated):
    again = simulate_cups(cups, recordings().pours, PER_CUP, 0)
    reseeded = simulate_cups(cups, recordings().pours, PER_CUP, 1)
    assert all(np.array_equal(pour.data, same.data) for pour, same in zip(simulated, again))
    assert not np.array_equal(simulated[0].data[:50], reseeded[0].data[:50])
