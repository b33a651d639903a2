# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.evaluate; tests of its parts prove the numbers."""

import json

from command_line import command_line
from matplotlib.image import imread
import numpy as np
import pytest
from small_models import make_model, make_spec
from small_pours import pours_array

from pour_force_estimator.model.spec import IntervalSpec
from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.units import degree_to_rad
from training.evaluate import main
from training.evaluation.bulk import estimate_in_bulk
from training.evaluation.metrics import interval_scores, pour_errors
from training.evaluation.physics import PourPhysics
from training.evaluation.stepwise import estimate_pours


@pytest.fixture
def run(tmp_path, capsys):
    """Return a function that runs the command; it returns report, stdout and stderr."""

    def run(data, **options):
        path = tmp_path / 'report' / 'errors.json'
        code = main(command_line(data=data, json=path, **options))
        out, err = capsys.readouterr()
        report = json.loads(path.read_text()) if path.exists() else None
        assert report if code == 0 else (code, report, out) == (2, None, '')
        return report, out, err

    return run


def check(report, out, recordings, weights, name, digest):
    """Assert that a report is of all pours, whose weights were estimated so [N]."""
    expected = pour_errors(recordings.pours, weights)
    printed = dict(line.split(maxsplit=1) for line in out.splitlines()[-len(report) :])
    assert list(printed) == list(report)
    assert float(printed['rmse_newton']) == pytest.approx(expected['rmse_newton'], rel=1e-4)
    assert {name: report.pop(name) for name in expected} == pytest.approx(expected, rel=1e-4)
    of_data = {'data': recordings.name, 'data_digest': recordings.digest}
    assert report == {'model': name, 'model_digest': digest, **of_data}


@pytest.mark.parametrize(
    'training, schema', [('trained', 'robot_trials'), ('trained_on_paper', 'dim')]
)
def test_a_report_is_of_the_steps_of_all_pours(request, run, recording_paths, training, schema):
    path, data = request.getfixturevalue(training).model, recording_paths[schema]
    recordings, model = load_recordings(data, schema), StepModel.load(path)
    weights = [estimate.weight for estimate in estimate_in_bulk(model, recordings.pours)]
    report, out, _ = run(data, model=path)
    check(report, out, recordings, weights, path.parent.name, model.digest)
    physics = PourPhysics()
    report, out, err = run(data, physics=True)
    estimated = list(map(physics.estimate, recordings.pours))
    check(report, out, recordings, estimated, 'physics', physics.digest)
    assert 'note' not in err


@pytest.fixture
def interval_model(tmp_path, robot_recordings):
    """Return the path of a model with an interval that believes the prior."""
    interval = IntervalSpec.uniform(coverage=0.9, noise=0.02, factor=1.0)
    spec = make_spec(name='believing', tilt_sign=robot_recordings.tilt_sign, interval=interval)
    path = tmp_path / 'interval.onnx'
    path.write_bytes(make_model(spec))
    return path


def test_a_report_of_intervals(run, interval_model, recording_paths, robot_recordings):
    report, _, _ = run(recording_paths['robot_trials'], model=interval_model)
    pours = robot_recordings.pours
    estimates = estimate_pours(StepModel.load(interval_model), pours)
    bounds = ([getattr(estimate, name) for estimate in estimates] for name in ('lower', 'upper'))
    expected = interval_scores(pours, *bounds)
    assert 0.1 < expected['interval_coverage_steps'] < 1.0
    assert {name: report[name] for name in expected} == pytest.approx(expected)


def test_figure_has_the_interval(run, tmp_path, interval_model, trained, recording_paths):
    shares = []
    for model in (interval_model, trained.model):
        path = tmp_path / 'pours.png'
        run(recording_paths['robot_trials'], model=model, figure=path)
        band = np.array([228, 87, 46]) / 255 * 0.25 + 0.75
        shares.append((np.abs(imread(path)[:, :, :3] - band).max(axis=2) < 0.01).mean())
        assert imread(path).std() > 0.01
    assert shares[0] > 0.005 and shares[1] < 0.001


@pytest.mark.parametrize(
    'make, schema, message',
    [
        (make_model, 'dim', 'error: dim.npy: expected an array of shape (pours, steps, 7)'),
        (lambda: make_model(make_spec(sample_rate_hz=50.0)), 'robot_trials', 'rate'),
        (
            lambda: make_model(metadata={**make_spec().to_metadata(), 'training': '{}'}),
            'robot_trials',
            'schema',
        ),
    ],
    ids=['other data', 'another rate', 'no schema'],
)
def test_errors_are_one_line(run, tmp_path, recording_paths, make, schema, message):
    (tmp_path / 'model.onnx').write_bytes(make())
    _, _, err = run(recording_paths[schema], model=tmp_path / 'model.onnx')
    (line,) = [line for line in err.splitlines() if not line.startswith('evaluating')]
    assert line.startswith('error: ') and message in line


@pytest.fixture
def changed(tmp_path):
    """Return a function that writes 12 short robot trials with one value of a pour changed."""

    def change(pour, column, value):
        array = pours_array('robot_trials', 12, seed=1)
        array[pour, array[pour, :, 2] > 0.0, column] = value
        np.save(tmp_path / 'changed.npy', array)
        return tmp_path / 'changed.npy'

    return change


def test_options_of_the_cup_of_the_physics(run, recording_paths):
    parameters = {'lip_ratio': 0.8, 'discharge': 0.3, 'choke': 0.4}
    options = {'cup': 'cylinder_120x121', 'angle_offset_deg': -2, **parameters}
    report, _, _ = run(recording_paths['robot_trials'], physics=True, **options)
    parameters['angle_offset'] = degree_to_rad(-2.0)
    assert report['model_digest'] == PourPhysics('cylinder_120x121', parameters).digest


def test_a_note_on_cups_that_were_not_fitted(run, changed):
    note = 'note: 1 of 12 pours are from cups that were not fitted (cup_300x89): a plain Cup'
    assert run(changed(3, 4, 300.0), physics=True)[2].startswith(note)


@pytest.mark.parametrize(
    'column, value, message',
    [
        (2, 10.0, 'error: pour 7: initial_weight_n: expected 0 to '),
        (0, -190.0, 'error: pour 7: tilt: expected -1.5708 to 2.96706 rad, received 3.31613 at'),
    ],
)
def test_what_cannot_be_names_the_pour(run, changed, column, value, message):
    report, _, err = run(changed(7, column, value), physics=True)
    assert report is None and message in err and 'Traceback' not in err


@pytest.mark.parametrize(
    'option, message',
    [
        ({'choke': 0}, 'choke: expected 0.001 to inf, received 0\n'),
        ({'schema': 'dim'}, 'robot_trials.npy: expected an array of shape (pours, steps'),
    ],
)
def test_errors_of_the_physics_are_one_line(run, recording_paths, option, message):
    _, _, err = run(recording_paths['robot_trials'], physics=True, **option)
    assert err.startswith(f'error: {message}') and err.count('\n') == 1


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
