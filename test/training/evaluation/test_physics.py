# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.evaluation.physics, and of the command `training.evaluate --physics`."""

import json
import math
from types import SimpleNamespace

from command_line import command_line
import numpy as np
import pytest
from small_models import make_model, make_spec
from small_pours import pours_array

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.simulation import FITTED_CUPS, simulate_pour
from pour_force_estimator.units import degree_to_rad, lbf_to_newton
from training.evaluate import main
from training.evaluation.metrics import pour_errors
from training.evaluation.physics import cup_name, fitted_name, PourPhysics

DELAY_STEPS = 6


@pytest.fixture
def run(tmp_path, capsys):
    """Return a function that runs the command."""

    def run(data, **options):
        path = tmp_path / 'report' / 'errors.json'
        code = main(command_line(data=data, json=path, **options))
        out, err = capsys.readouterr()
        report = json.loads(path.read_text()) if path.exists() else None
        assert report if code == 0 else (code, report, out) == (2, None, '')
        return SimpleNamespace(code=code, out=out, err=err, report=report)

    return run


@pytest.fixture
def changed(tmp_path):
    """Return a function that writes 12 short robot trials with one value of a pour changed."""

    def change(pour, column, value):
        array = pours_array('robot_trials', 12, seed=1)
        array[pour, array[pour, :, 2] > 0.0, column] = value
        np.save(tmp_path / 'changed.npy', array)
        return tmp_path / 'changed.npy'

    return change


@pytest.mark.parametrize('schema', ['dim', 'robot_trials'])
def test_estimates_are_the_simulated_pours_delayed(recording_paths, schema):
    """The recordings were made with the fitted cups and without a delay."""
    for pour in load_recordings(recording_paths[schema], schema).pours:
        estimate = PourPhysics().estimate(pour)
        assert not estimate[:DELAY_STEPS].any()
        assert estimate[DELAY_STEPS:] == pytest.approx(pour.poured_weight[:-DELAY_STEPS], abs=1e-9)


def test_density_counts(tmp_path):
    array = pours_array('dim', 3, seed=1)
    array[:, :, 9] *= 1.2
    np.save(tmp_path / 'dense.npy', array)
    pour = load_recordings(tmp_path / 'dense.npy', 'dim').pours[1]
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


def test_other_cups_are_plain(changed):
    pours = load_recordings(changed(0, 4, 95.0), 'robot_trials').pours
    assert PourPhysics().cup_of(pours[0]) == CupSpec.of_cup(Cup(0.095, 0.088))
    assert PourPhysics().cup_of(pours[5]) == FITTED_CUPS['cylinder_81x88']
    assert [cup_name(pours[index]) for index in (0, 5)] == ['cup_95x88', 'cylinder_81x88']


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


def test_the_report_has_the_keys_of_a_model(run, tmp_path, recording_paths):
    path = tmp_path / 'm.onnx'
    path.write_bytes(make_model(make_spec(tilt_sign=-1), gain=1e-4))
    of_physics, of_model = (
        run(recording_paths['robot_trials'], **source)
        for source in ({'physics': True}, {'model': path})
    )
    assert list(of_physics.report) == list(of_model.report)
    names, expected = (
        [line.split()[0] for line in done.out.splitlines()] for done in (of_physics, of_model)
    )
    assert names == expected


@pytest.mark.parametrize('schema', ['dim', 'robot_trials'])
def test_report(run, recording_paths, schema):
    recordings = load_recordings(recording_paths[schema], schema)
    done = run(recording_paths[schema], physics=True)
    expected = pour_errors(recordings.pours, list(map(PourPhysics().estimate, recordings.pours)))
    assert {name: done.report[name] for name in expected} == pytest.approx(expected)
    assert done.report['model'] == 'physics'
    assert done.report['model_digest'] == PourPhysics().digest
    assert done.report['data_digest'] == recordings.digest
    assert f'rmse_newton            {expected["rmse_newton"]:.6g}' in done.out.splitlines()
    assert 'note' not in done.err


def test_options_of_the_cup(run, recording_paths):
    parameters = {'lip_ratio': 0.8, 'discharge': 0.3, 'choke': 0.4}
    options = {'cup': 'cylinder_120x121', 'angle_offset_deg': -2, **parameters}
    done = run(recording_paths['robot_trials'], physics=True, **options)
    parameters['angle_offset'] = degree_to_rad(-2.0)
    assert done.report['model_digest'] == PourPhysics('cylinder_120x121', parameters).digest


def test_a_note_on_cups_that_were_not_fitted(run, changed):
    note = 'note: 1 of 12 pours are from cups that were not fitted (cup_300x89): a plain Cup'
    assert run(changed(3, 4, 300.0), physics=True).err.startswith(note)


@pytest.mark.parametrize(
    'column, value, message',
    [
        (2, 10.0, 'error: pour 7: initial_weight_n: expected 0 to '),
        (0, -190.0, 'error: pour 7: tilt: expected -1.5708 to 2.96706 rad, received 3.31613 at'),
    ],
)
def test_what_cannot_be_names_the_pour(run, changed, column, value, message):
    done = run(changed(7, column, value), physics=True)
    assert done.code == 2 and message in done.err and 'Traceback' not in done.err


@pytest.mark.parametrize(
    'option, message',
    [
        ({'choke': 0}, 'choke: expected 0.001 to inf, received 0\n'),
        ({'schema': 'dim'}, 'robot_trials.npy: expected an array of shape (pours, steps'),
    ],
)
def test_an_error_is_one_line(run, recording_paths, option, message):
    done = run(recording_paths['robot_trials'], physics=True, **option)
    assert done.err.startswith(f'error: {message}') and done.err.count('\n') == 1


@pytest.mark.parametrize(
    'options',
    [
        {},
        {'model': 'robot_trials', 'physics': True},
        {'model': 'robot_trials', 'choke': 0.2},
        {'model': 'robot_trials', 'schema': 'robot_trials'},
    ],
)
def test_options_that_exclude_each_other(capsys, recording_paths, options):
    with pytest.raises(SystemExit) as raised:
        main(command_line(data=recording_paths['robot_trials'], **options))
    assert raised.value.code == 2
    assert 'physics' in capsys.readouterr().err.splitlines()[-1]


def test_recorded_pours(robot_trials):
    """The errors of the first fit of these cups, which a later one must not exceed by 10 %."""
    cylinders = {'cylinder_81x88': 0.029, 'cylinder_120x121': 0.042}
    bottles = {'bottle_225x67': 0.048, 'bottle_285x89': 0.041, 'bottle_292x75': 0.034}
    for name, limit_lbf in (cylinders | bottles).items():
        pours = [pour for pour in robot_trials.pours if cup_name(pour) == name]
        _, errors = PourPhysics().evaluate(pours)
        assert errors['rmse_newton'] < lbf_to_newton(1.1 * limit_lbf), name
