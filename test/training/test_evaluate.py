# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.evaluate: its numbers against those recomputed here."""

import json

from command_line import command_line
from matplotlib.image import imread
import numpy as np
import pytest
from small_models import make_model, make_spec

from pour_force_estimator.features import FeatureBuilder
from pour_force_estimator.model.spec import IntervalSpec
from pour_force_estimator.model.step_model import StepModel
from training.evaluate import evaluate, main
from training.evaluation import bulk

LBF = 4.4482216152605
"""One pound-force [N]."""

ML_PER_NEWTON = 1000.0 / 9.80665
"""Of water."""


def recompute(model, pours):
    """Return errors [N] of each pour from single steps of the model."""
    spec = model.spec
    builder = FeatureBuilder(spec.feature_names, spec.sample_rate_hz, spec.tilt_sign)
    errors = []
    for pour in pours:
        state, responses = model.initial_state(), []
        for row in builder.matrix(pour.tilt, pour.context, weight_after=pour.weight_after):
            weight, state, _ = model.step(row[np.newaxis], state)
            responses.append(float(weight[0, 0]))
        responses, f = np.array(responses), LBF * pour.column('f')
        if pour.schema.name == 'dim':
            errors.append(f - responses)  # (f_init - response) - (f_init - f)
        else:
            errors.append(responses + f)
    return errors


def assert_report(report, errors):
    steps = np.concatenate(errors)
    final_ml = [abs(np.mean(error[-15:])) * ML_PER_NEWTON for error in errors]
    assert report['mse_newton2'] == pytest.approx(np.mean(steps**2), rel=1e-9)
    assert report['rmse_newton'] == pytest.approx(np.mean(steps**2) ** 0.5, rel=1e-9)
    assert report['rmse_ml'] == pytest.approx(report['rmse_newton'] * ML_PER_NEWTON)
    assert report['mae_newton'] == pytest.approx(np.mean(np.abs(steps)), rel=1e-9)
    assert report['final_error_ml_median'] == pytest.approx(np.median(final_ml), rel=1e-9)
    assert report['final_error_ml_p90'] == pytest.approx(np.percentile(final_ml, 90), rel=1e-9)
    assert (report['pours'], report['steps']) == (len(errors), len(steps))


@pytest.fixture
def run(tmp_path, capsys):
    """Return a function that runs the command; it returns code, report, stdout and stderr."""

    def run(model, data, *options):
        path = tmp_path / 'report' / 'errors.json'
        code = main(['--model', str(model), '--data', str(data), '--json', str(path), *options])
        captured = capsys.readouterr()
        return code, path, captured.out, captured.err

    return run


def test_report_by_hand(run, trained, recording_paths, robot_recordings):
    code, path, out, _ = run(trained.model, recording_paths['robot_trials'])
    assert code == 0
    report = json.loads(path.read_text())
    model = StepModel.load(trained.model)
    assert_report(report, recompute(model, robot_recordings.pours))
    assert report['model'] == 'tiny' and report['model_digest'] == model.digest
    assert report['data'] == 'robot_trials.npy'
    assert report['data_digest'] == robot_recordings.digest
    assert f'rmse_newton            {report["rmse_newton"]:.6g}' in out.splitlines()


def test_report_of_the_paper_by_hand(run, trained_on_paper, recording_paths, dim_recordings):
    code, path, _, _ = run(trained_on_paper.model, recording_paths['dim'])
    assert code == 0
    model = StepModel.load(trained_on_paper.model)
    assert_report(json.loads(path.read_text()), recompute(model, dim_recordings.pours))


def test_real_pours(run, robot_trials_path, robot_trials):
    code, path, _, _ = run('robot_trials', robot_trials_path)
    assert code == 0
    report = json.loads(path.read_text())
    assert report['pours'] == 78
    assert report['steps'] == sum(len(pour) for pour in robot_trials.pours)
    assert 0.0 < report['rmse_newton'] < 0.53


def test_pours_turned_the_other_way_give_the_same(run, tmp_path, trained, recording_paths):
    array = np.load(recording_paths['robot_trials'])
    array[:, :, 0] *= -1.0
    np.save(tmp_path / 'turned.npy', array)
    _, path, _, _ = run(trained.model, recording_paths['robot_trials'])
    expected = json.loads(path.read_text())
    _, path, _, _ = run(trained.model, tmp_path / 'turned.npy')
    assert json.loads(path.read_text())['mse_newton2'] == expected['mse_newton2']


def test_each_pour_starts_anew(trained_model, robot_recordings):
    together, errors = evaluate(trained_model, robot_recordings.pours[:3])
    assert errors['pours'] == len(together) == 3
    for pour, estimate in zip(robot_recordings.pours[:3], together):
        alone, _ = evaluate(trained_model, [pour])
        assert np.array_equal(alone[0], estimate) and len(estimate) == len(pour)


@pytest.fixture
def interval_model(tmp_path, robot_recordings):
    """Return the path of a model with an interval that believes the prior."""
    interval = IntervalSpec.uniform(coverage=0.9, noise=0.02, factor=1.0)
    spec = make_spec(name='believing', tilt_sign=robot_recordings.tilt_sign, interval=interval)
    path = tmp_path / 'interval.onnx'
    path.write_bytes(make_model(spec))
    return path


def test_report_of_intervals_by_hand(run, interval_model, recording_paths, robot_recordings):
    code, path, _, _ = run(interval_model, recording_paths['robot_trials'])
    assert code == 0
    model = StepModel.load(interval_model)
    held, final, widths = [], [], []
    for pour, (weight, low, high) in zip(
        robot_recordings.pours, bulk.estimate_pours(model, robot_recordings.pours)
    ):
        highest = pour.context.initial_weight
        low = np.clip(weight - np.hypot(0.02, weight - low), 0.0, highest)
        high = np.clip(weight + np.hypot(0.02, high - weight), 0.0, highest)
        measured = np.clip(pour.poured_weight, 0.0, highest)
        held += ((low <= measured) & (measured <= high)).tolist()
        last = np.clip(pour.poured_weight[-15:].mean(), 0.0, highest)
        final.append(low[-15:].mean() <= last <= high[-15:].mean())
        widths += (high - low).tolist()
    report = json.loads(path.read_text())
    assert 0.1 < np.mean(held) < 1.0
    assert report['interval_coverage_steps'] == pytest.approx(np.mean(held), abs=1e-3)
    assert report['interval_coverage_final'] == np.mean(final)
    width_ml = np.mean(widths) * ML_PER_NEWTON
    assert report['interval_width_ml_mean'] == pytest.approx(width_ml, rel=1e-4)


def test_a_model_without_an_interval_reports_none(run, trained, recording_paths):
    _, path, _, _ = run(trained.model, recording_paths['robot_trials'])
    assert not [name for name in json.loads(path.read_text()) if 'interval' in name]


def test_figure_has_the_interval(run, tmp_path, interval_model, trained, recording_paths):
    shares = {}
    for name, model in (('with', interval_model), ('without', trained.model)):
        path = tmp_path / f'{name}.png'
        code, _, _, _ = run(model, recording_paths['robot_trials'], '--figure', str(path))
        assert code == 0
        band = np.array([228, 87, 46]) / 255 * 0.25 + 0.75
        shares[name] = (np.abs(imread(path)[:, :, :3] - band).max(axis=2) < 0.01).mean()
        assert imread(path).std() > 0.01
    assert shares['without'] < 0.001 and shares['with'] > 0.005


@pytest.mark.parametrize(
    'model, data, message',
    [
        ('{model}', '{folder}/absent.npy', 'error: {folder}/absent.npy: no such file; expected'),
        ('{model}', '{dim}', 'error: dim.npy: expected an array of shape (pours, steps, 7)'),
        ('nothing', '{robot_trials}', 'error: model: expected the path of an ONNX file or one'),
        ('{dim}', '{robot_trials}', 'error: {dim}: expected an ONNX model, received '),
    ],
)
def test_errors_are_one_line(run, tmp_path, trained, recording_paths, model, data, message):
    words = {'model': trained.model, 'folder': tmp_path, **recording_paths}
    code, path, out, err = run(model.format(**words), data.format(**words))
    assert code == 2
    assert err.startswith(message.format(**words)) and err.count('\n') == 1
    assert out == '' and not path.exists()


@pytest.mark.parametrize(
    'make, word',
    [
        (lambda: make_model(make_spec(sample_rate_hz=50.0)), 'rate'),
        (lambda: make_model(metadata={**make_spec().to_metadata(), 'training': '{}'}), 'schema'),
    ],
    ids=['of another rate', 'that does not say its schema'],
)
def test_a_model_of_no_use(run, tmp_path, recording_paths, make, word):
    (tmp_path / 'model.onnx').write_bytes(make())
    code, _, _, err = run(tmp_path / 'model.onnx', recording_paths['robot_trials'])
    assert code == 2 and word in err


def test_a_report_that_cannot_be_written(tmp_path, trained, recording_paths):
    (tmp_path / 'file').write_text('')
    json_file, data = tmp_path / 'file' / 'errors.json', recording_paths['robot_trials']
    assert main(command_line(model=trained.model, data=data, json=json_file)) == 2
