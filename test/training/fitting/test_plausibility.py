# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.fitting.plausibility."""

import numpy as np
import pytest
from small_pours import pours_array

from pour_force_estimator.pours.recordings import load_recordings
from training.fitting.plausibility import doubts_of, warn_of_doubts

COLUMNS = {'theta': 0, 'f': 1, 'f_init': 2, 'f_target': 3, 'height': 4, 'diameter': 5}


@pytest.fixture
def doubts(tmp_path):
    """Return a function that changes good pours and returns what is doubted then."""

    def of(change, schema='robot_trials'):
        array = pours_array(schema, 12, seed=1)
        change(array)
        np.save(tmp_path / 'pours.npy', array)
        return doubts_of(load_recordings(tmp_path / 'pours.npy', schema))

    return of


def times(factor, *names, pours=slice(None)):
    def change(array):
        for name in names:
            array[pours, :, COLUMNS[name]] *= factor

    return change


def lying(array):
    """Write the diameter of a slender cup as its height, and its height as its diameter."""
    array[:, :, 4:6] = (array[:, :, 4:6] > 0.0) * [80.0, 240.0]


@pytest.mark.parametrize('schema', ['robot_trials', 'dim'])
def test_good_pours_leave_no_doubt(doubts, schema):
    assert doubts(lambda array: None, schema) == []


def test_real_pours_leave_no_doubt(robot_trials):
    assert doubts_of(robot_trials) == []


@pytest.mark.parametrize(
    ('change', 'doubt'),
    [
        (times(4.448, 'f'), 'newtons in place of pounds-force?'),
        (times(1.0 / 9.80665, 'f'), 'kilograms in place of newtons?'),
        (times(0.4536, 'f'), 'kilograms in place of pounds-force?'),
        (times(-0.6, 'f'), 'the weight falls; is its sign that of the layout?'),
        (times(4.448, 'f', 'f_init', 'f_target'), 'more liquid than the cup holds'),
        (times(-1.0, 'theta', pours=[2, 7]), 'pours 2, 7 turned against the others'),
        (times(1e-4, 'f', pours=3), 'nothing leaves the cup in pour 3'),
        (lying, 'a cup 80 mm high and 240 mm wide: are height and diameter swapped?'),
    ],
    ids=['N for lbf', 'kg for N', 'kg for lbf', 'sign', 'all in N', 'turned', 'dry', 'lying'],
)
def test_what_looks_wrong_is_said(doubts, change, doubt):
    lines = doubts(change)
    assert any(doubt in line for line in lines)
    assert all(line.isprintable() and len(line) <= 400 for line in lines)


def test_doubts_are_warnings(tmp_path, capsys):
    array = pours_array('robot_trials', 4, seed=1)
    array[1, :, 0] *= -1.0
    np.save(tmp_path / 'pours.npy', array)
    warn_of_doubts(load_recordings(tmp_path / 'pours.npy', 'robot_trials'))
    assert capsys.readouterr().err.startswith('warning: pours.npy: pour 1 turned against')
