# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.train, the command."""

import os
import shlex

from command_line import command_line, run_python
import numpy as np
import pytest
from small_pours import pours_array
from small_trainings import check_files, single_gru

from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.schemas import DIM, ROBOT_TRIALS
from training import train
from training.evaluation.stepwise import estimate_errors, estimate_pours
from training.export import onnx_file
from training.fitting.datasets import split_pours

PARTS = ('train', 'validation', 'test')


def test_files_and_metrics(trained):
    assert trained.code == 0
    check_files(trained.folder)
    facts = 'trainable_parameters seconds export_difference leaking_features pours epochs'
    assert set(trained.metrics) == {*PARTS, *facts.split(), 'best_epoch', 'interrupted'}
    errors = 'mse_newton2 rmse_newton rmse_ml mae_newton final_error_ml_median final_error_ml_p90'
    for part in PARTS:
        assert set(trained.metrics[part]) == {*errors.split(), 'pours', 'steps'}
    assert trained.metrics['pours'] == {'train': 9, 'validation': 2, 'test': 1}
    assert trained.metrics['epochs'] == 4
    assert trained.metrics['leaking_features'] == []
    assert trained.metrics['interrupted'] is False
    assert 0.0 <= trained.metrics['export_difference'] <= 1e-5
    # the paper has nine features, each of which feeds three gates of 64 units
    assert trained.metrics['trainable_parameters'] == 29073 - 3 * 64 * (
        9 - len(ROBOT_TRIALS.online_features)
    )


def test_metadata_say_what_was_done(trained, trained_model, robot_recordings):
    spec, training = trained_model.spec, trained_model.spec.training
    assert (spec.name, spec.architecture['name']) == ('tiny', 'multi_gru')
    assert spec.feature_names == ROBOT_TRIALS.online_features
    assert spec.tilt_sign == -1 and spec.sample_rate_hz == 60.0
    assert spec.response.weight_rule == 'response' and spec.response.unit == 'N'
    assert training['dataset_digest'] == robot_recordings.digest
    assert (training['schema'], training['dataset']) == ('robot_trials', 'robot_trials.npy')
    assert (training['seed'], training['epochs']) == (3, 4)
    assert set(spec.software) == {'python', 'tensorflow', 'keras', 'tf2onnx', 'onnxruntime'}


def test_errors_and_ranges_are_those_of_the_parts(trained, trained_model, robot_recordings):
    split = split_pours(robot_recordings.pours, 3)
    for part, pours in split.parts().items():
        errors = estimate_errors(trained_model, pours, estimate_pours(trained_model, pours))
        assert errors == pytest.approx(trained.metrics[part], rel=1e-3, abs=1e-6)
    theta = np.concatenate([pour.column('theta') for pour in split.train])
    spec = trained_model.spec.features[0]
    assert spec.name == 'theta'
    assert (spec.low, spec.high) == pytest.approx((theta.min(), theta.max()), rel=1e-6)
    assert (spec.mean, spec.scale) == pytest.approx((theta.mean(), theta.std()), rel=1e-6)


def test_the_recorded_command_trains_it_again(trained_model):
    words = shlex.split(trained_model.spec.training['command'])
    assert words[:3] == ['python', '-m', 'training.train']
    arguments = train.parse_arguments(words[3:])
    assert (arguments.data, arguments.schema) == ('robot_trials.npy', 'robot_trials')
    assert (arguments.architecture, arguments.features) == ('multi_gru', 'online')
    assert (arguments.epochs, arguments.batch_size, arguments.seed) == (4, 16, 3)
    assert (arguments.learning_rate, arguments.schedule) == (0.01, 'constant')


def test_the_features_of_the_paper(trained_on_paper):
    assert trained_on_paper.code == 0
    metrics, model = check_files(trained_on_paper.folder)
    assert metrics['trainable_parameters'] == 29073
    assert metrics['leaking_features'] == ['f_final']
    assert model.spec.leaking_features == ('f_final',)
    assert model.spec.feature_names == DIM.paper_features
    assert model.spec.response.weight_rule == 'f_init - response'
    assert model.spec.needed_context[:3] == ('initial_weight', 'empty_weight', 'receiver_diameter')


def test_the_same_command_gives_the_same_model(tmp_path, train_small, robot_recordings):
    options = {'epochs': 1, 'features': 'theta,f_init', 'seed': 1, 'name': 'again'}
    first, second = (
        train_small(tmp_path / folder, 'robot_trials', 'single_gru', **options)
        for folder in ('one', 'two')
    )
    assert {**first.metrics, 'seconds': None} == {**second.metrics, 'seconds': None}
    models = [StepModel.load(run.model) for run in (first, second)]
    assert models[0].spec == models[1].spec and models[0].spec.name == 'again'
    for pours in zip(*(estimate_pours(model, robot_recordings.pours) for model in models)):
        assert len({estimate.weight.tobytes() for estimate in pours}) == 1


WRONG = '--epochs 0,--epochs 1.5,--batch-size -3,--learning-rate nan,--learning-rate 0,--seed -1'
UNKNOWN = '--architecture gru,--schema paper,--schedule linear'


@pytest.mark.parametrize('option', [*WRONG.split(','), *UNKNOWN.split(',')])
def test_options_that_make_no_sense(capsys, option):
    with pytest.raises(SystemExit) as caught:
        train.parse_arguments(command_line(*option.split(), data='a.npy', output='out'))
    assert caught.value.code == 2
    assert option.split()[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    'option, value',
    [
        *{'architecture': 'multi_gru', 'features': 'online', 'schedule': 'constant'}.items(),
        *{'epochs': 3, 'batch-size': 32, 'learning-rate': 0.01, 'clip-norm': 0}.items(),
        ('extra-data', 'b.npy'),
    ],
)
def test_a_recipe_chooses_all_of_the_network(capsys, option, value):
    """Even where the option is what it would be without a recipe."""
    with pytest.raises(SystemExit) as caught:
        train.parse_arguments(command_line(recipe='best', data='a.npy', **{option: value}))
    assert caught.value.code == 2
    assert f'error: --{option}: --recipe best chooses it' in capsys.readouterr().err


def test_defaults_of_the_options():
    arguments = train.parse_arguments(['--data', 'pours/mine.npy'])
    assert (arguments.recipe, arguments.architecture) == (None, 'multi_gru')
    assert (arguments.features, arguments.epochs) == ('online', 20)
    assert str(arguments.output) == os.path.join('runs', 'mine')


@pytest.fixture
def fails(tmp_path, capfd, recording_paths):
    """Return a function that runs the command, which fails, and returns its lines on stderr."""

    def run(**options):
        files = {'data': recording_paths['robot_trials'], 'output': tmp_path / 'out'}
        code = train.main(single_gru(**{**files, **options}))
        captured = capfd.readouterr()
        assert (code, captured.out) == (2, '')
        assert not (tmp_path / 'out').is_dir() or os.listdir(tmp_path / 'out') == []
        return captured.err.splitlines()

    return run


def test_errors_are_one_line(fails):
    (line,) = fails(features='theta_dot')
    assert line.startswith('error: features: expected some of')


EXTRA = pours_array('robot_trials', 5, seed=8)


def test_extra_pours_are_for_training_alone(tmp_path, recording_paths, robot_recordings):
    np.save(tmp_path / 'extra.npy', EXTRA)
    data, folder = recording_paths['robot_trials'], tmp_path / 'out'
    line = single_gru(data=data, extra_data=tmp_path / 'extra.npy', output=folder)
    assert train.main(line) == 0
    parts = split_pours(robot_recordings.pours, 0).parts()
    counts = {name: len(part) for name, part in parts.items()}
    metrics, model = check_files(folder)
    assert metrics['pours'] == {**counts, 'train': counts['train'] + 5}
    assert model.spec.training['extra_dataset'] == 'extra.npy'
    assert model.spec.training['dataset_digest'] == robot_recordings.digest
    assert '--extra-data extra.npy' in model.spec.training['command']


def test_extra_pours_must_tilt_the_same_way(tmp_path, fails):
    np.save(tmp_path / 'extra.npy', EXTRA * [-1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    assert fails(extra_data=tmp_path / 'extra.npy') == [
        'error: extra.npy: expected the sign of theta of robot_trials.npy, -1 while tilted, '
        'received +1'
    ]


def test_an_export_that_differs_is_not_written(fails, monkeypatch):
    monkeypatch.setattr(onnx_file, 'TOLERANCE', -1.0)
    assert fails()[-1].startswith('error: the exported model differs from Keras by ')


def test_an_output_that_cannot_be_written(tmp_path, fails):
    (tmp_path / 'out').write_text('a file')
    assert fails()[0].startswith('error: ')


def test_bad_data_end_a_process_without_traceback(tmp_path):
    (tmp_path / 'pours.npy').write_text('theta,f\n')
    line = command_line(data=tmp_path / 'pours.npy', schema='dim', output=tmp_path / 'out')
    done = run_python('-m', 'training.train', *line)
    assert done.returncode == 2
    assert 'Traceback' not in done.stderr
    lines = done.stderr.splitlines()
    assert [line for line in lines if line.startswith('error: ')] == lines[-1:]
    assert not (tmp_path / 'out').exists()
