# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.evaluate; tests of its parts prove the numbers."""

import json

from command_line import command_line
from matplotlib.image import imread
import numpy as np
import pytest
from small_models import make_model, make_spec

from pour_force_estimator.model.spec import IntervalSpec
from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.recordings import load_recordings
from training.evaluate import main
from training.evaluation.bulk import estimate_in_bulk
from training.evaluation.metrics import interval_scores, pour_errors
from training.evaluation.stepwise import estimate_pours


@pytest.fixture
def run(tmp_path, capsys):
    """Return a function that runs the command; it returns report, stdout and stderr."""

    def run(model, data, **options):
        path = tmp_path / 'report' / 'errors.json'
        code = main(command_line(model=model, data=data, json=path, **options))
        out, err = capsys.readouterr()
        report = json.loads(path.read_text()) if path.exists() else None
        assert report if code == 0 else (code, report, out) == (2, None, '')
        return report, out, err

    return run


@pytest.mark.parametrize(
    'training, schema', [('trained', 'robot_trials'), ('trained_on_paper', 'dim')]
)
def test_the_report_is_of_the_steps_of_all_pours(request, run, recording_paths, training, schema):
    path = request.getfixturevalue(training).model
    report, out, _ = run(path, recording_paths[schema])
    recordings, model = load_recordings(recording_paths[schema], schema), StepModel.load(path)
    weights = [estimate.weight for estimate in estimate_in_bulk(model, recordings.pours)]
    expected = pour_errors(recordings.pours, weights)
    assert {name: report.pop(name) for name in expected} == pytest.approx(expected, rel=1e-4)
    assert report == {
        'model': path.parent.name,
        'model_digest': model.digest,
        'data': f'{schema}.npy',
        'data_digest': recordings.digest,
    }
    assert f'rmse_newton            {expected["rmse_newton"]:.4g}' in out


@pytest.fixture
def interval_model(tmp_path, robot_recordings):
    """Return the path of a model with an interval that believes the prior."""
    interval = IntervalSpec.uniform(coverage=0.9, noise=0.02, factor=1.0)
    spec = make_spec(name='believing', tilt_sign=robot_recordings.tilt_sign, interval=interval)
    path = tmp_path / 'interval.onnx'
    path.write_bytes(make_model(spec))
    return path


def test_a_report_of_intervals(run, interval_model, recording_paths, robot_recordings):
    report, _, _ = run(interval_model, recording_paths['robot_trials'])
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
        run(model, recording_paths['robot_trials'], figure=path)
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
    _, _, err = run(tmp_path / 'model.onnx', recording_paths[schema])
    (line,) = [line for line in err.splitlines() if not line.startswith('evaluating')]
    assert line.startswith('error: ') and message in line
