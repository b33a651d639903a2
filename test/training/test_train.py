# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.train, the command."""

import os
import shlex
import subprocess
import sys

import numpy as np
import pytest
from small_pours import pours_array
from small_trainings import check_files

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.schemas import DIM, ROBOT_TRIALS
from training import train
from training.evaluate import evaluate
from training.export import onnx_file
from training.fitting.datasets import split_pours

ERRORS = {
    'mse_newton2',
    'rmse_newton',
    'rmse_ml',
    'mae_newton',
    'final_error_ml_median',
    'final_error_ml_p90',
    'pours',
    'steps',
}


def test_files_and_exit_code(trained):
    assert trained.code == 0
    check_files(trained.folder)


def test_metrics(trained):
    assert set(trained.metrics) == {
        'train',
        'validation',
        'test',
        'trainable_parameters',
        'seconds',
        'export_difference',
        'leaking_features',
        'pours',
        'epochs',
        'best_epoch',
        'interrupted',
    }
    for part in ('train', 'validation', 'test'):
        assert set(trained.metrics[part]) == ERRORS
    assert trained.metrics['pours'] == {'train': 9, 'validation': 2, 'test': 1}
    assert trained.metrics['epochs'] == 4
    assert trained.metrics['leaking_features'] == []
    assert trained.metrics['interrupted'] is False
    assert 0.0 <= trained.metrics['export_difference'] <= 1e-5
    # the paper has nine features, each of which feeds three gates of 64 units
    assert trained.metrics['trainable_parameters'] == 29073 - 3 * 64 * (
        9 - len(ROBOT_TRIALS.online_features)
    )


def test_errors_are_those_of_the_exported_model(trained, trained_model, robot_recordings):
    split = split_pours(robot_recordings.pours, 3)
    for part, pours in split.parts().items():
        _, errors = evaluate(trained_model, pours)
        assert errors == pytest.approx(trained.metrics[part], rel=1e-3, abs=1e-6)


def test_metadata_say_what_was_done(trained, trained_model, robot_recordings):
    spec = trained_model.spec
    assert spec.name == 'tiny'
    assert spec.feature_names == ROBOT_TRIALS.online_features
    assert spec.tilt_sign == -1 and spec.sample_rate_hz == 60.0
    assert spec.response.poured_weight == 'response' and spec.response.unit == 'N'
    assert spec.architecture['name'] == 'multi_gru'
    training = spec.training
    assert training['dataset_digest'] == robot_recordings.digest
    assert (training['schema'], training['dataset']) == ('robot_trials', 'robot_trials.npy')
    assert (training['seed'], training['epochs']) == (3, 4)
    assert set(spec.software) == {'python', 'tensorflow', 'keras', 'tf2onnx', 'onnxruntime'}


def test_ranges_are_those_of_the_training_part(trained_model, robot_recordings):
    pours = split_pours(robot_recordings.pours, 3).train
    theta = np.concatenate([pour.column('theta') for pour in pours])
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
    assert model.spec.response.poured_weight == 'f_init - response'
    assert model.spec.needed_context[:3] == ('initial_weight', 'empty_weight', 'receiver_diameter')


def test_the_same_command_gives_the_same_model(tmp_path, train_small, robot_recordings):
    options = ('--epochs', '1', '--features', 'theta,f_init', '--seed', '1', '--name', 'again')
    runs = [
        train_small(tmp_path / folder, 'robot_trials', 'single_gru', *options)
        for folder in ('one', 'two')
    ]
    metrics = [{**run.metrics, 'seconds': None} for run in runs]
    assert metrics[0] == metrics[1]
    models = [StepModel.load(run.model) for run in runs]
    assert models[0].spec == models[1].spec
    assert models[0].spec.name == 'again'
    estimates = [np.concatenate(evaluate(model, robot_recordings.pours)[0]) for model in models]
    assert estimates[0].tobytes() == estimates[1].tobytes()


@pytest.mark.parametrize(
    'choice, schema, names',
    [
        ('online', ROBOT_TRIALS, ROBOT_TRIALS.online_features),
        ('online', DIM, DIM.online_features),
        ('paper', DIM, DIM.paper_features),
        ('theta', DIM, ('theta',)),
        ('h_pc, theta ,theta_velocity', ROBOT_TRIALS, ('h_pc', 'theta', 'theta_velocity')),
        ('theta,f_final', DIM, ('theta', 'f_final')),
    ],
)
def test_choice_of_features(choice, schema, names):
    assert train.choose_features(choice, schema) == names


@pytest.mark.parametrize(
    'choice, schema, message',
    [
        ('paper', ROBOT_TRIALS, 'the paper uses another schema'),
        ('theta,theta_dot', ROBOT_TRIALS, r"received \['theta_dot'\]"),
        ('f', DIM, r"received \['f'\]"),
        ('rho', ROBOT_TRIALS, r"received \['rho'\]"),
        ('theta,', DIM, r"received \[''\]"),
    ],
)
def test_features_that_cannot_be_chosen(choice, schema, message):
    with pytest.raises(RecordingError, match=f'^features: expected .*{message}'):
        train.choose_features(choice, schema)


def test_a_feature_is_chosen_once():
    with pytest.raises(RecordingError):
        train.choose_features('theta,theta', DIM)


@pytest.mark.parametrize(
    'options',
    [
        ('--epochs', '0'),
        ('--epochs', '1.5'),
        ('--batch-size', '-3'),
        ('--learning-rate', 'nan'),
        ('--learning-rate', '0'),
        ('--architecture', 'gru'),
        ('--schema', 'paper'),
        ('--schedule', 'linear'),
    ],
)
def test_options_that_make_no_sense(capsys, options):
    with pytest.raises(SystemExit) as caught:
        train.parse_arguments(['--data', 'a.npy', '--schema', 'dim', '--output', 'out', *options])
    assert caught.value.code == 2
    assert options[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    'options',
    [
        ('--epochs', '3'),
        ('--architecture', 'multi_gru'),
        ('--features', 'online'),
        ('--extra-data', 'b.npy'),
        ('--batch-size', '32'),
        ('--learning-rate', '0.01'),
        ('--schedule', 'constant'),
        ('--clip-norm', '0'),
    ],
)
def test_a_recipe_chooses_all_of_the_network(capsys, options):
    """Even where the option is what it would be without a recipe."""
    with pytest.raises(SystemExit) as caught:
        train.parse_arguments(['--recipe', 'best', '--data', 'a.npy', *options])
    assert caught.value.code == 2
    assert f'error: {options[0]}: --recipe best chooses it' in capsys.readouterr().err


def test_defaults_of_the_options():
    arguments = train.parse_arguments(['--data', 'pours/mine.npy'])
    assert (arguments.recipe, arguments.architecture, arguments.features, arguments.epochs) == (
        None,
        'multi_gru',
        'online',
        20,
    )
    assert str(arguments.output) == os.path.join('runs', 'mine')


def run_badly(tmp_path, capfd, data, *options):
    """Run the command; assert that it fails as it should; return its line on stderr."""
    folder = tmp_path / 'out'
    code = train.main(
        [
            '--data',
            str(data),
            '--schema',
            'robot_trials',
            '--architecture',
            'single_gru',
            '--epochs',
            '1',
            *options,
            '--output',
            str(folder),
        ]
    )
    captured = capfd.readouterr()
    assert code == 2
    assert captured.out == ''
    assert not folder.exists() or os.listdir(folder) == []
    return captured.err


@pytest.mark.parametrize(
    'make, message',
    [
        (lambda array: array[:, :, :6], 'error: pours.npy: expected an array of shape'),
        (lambda array: array[:2], 'error: split: expected at least 3 pours'),
        (
            lambda array: np.where(array == array[1, 5, 0], np.nan, array),
            'error: pours.npy: pour 1, step 5, column theta: expected a finite number',
        ),
        (lambda array: array.astype(np.int64), 'error: pours.npy: expected floating-point values'),
    ],
    ids=['columns', 'two pours', 'nan', 'integers'],
)
def test_bad_data(tmp_path, capfd, make, message):
    np.save(tmp_path / 'pours.npy', make(pours_array('robot_trials', 5)))
    err = run_badly(tmp_path, capfd, tmp_path / 'pours.npy')
    assert err.startswith(message) and err.count('\n') == 1


def test_no_data(tmp_path, capfd):
    err = run_badly(tmp_path, capfd, tmp_path / 'absent.npy')
    assert err.startswith(f'error: {tmp_path}/absent.npy: no such file') and err.count('\n') == 1


def test_extra_pours_are_for_training_alone(tmp_path, capfd, recording_paths, robot_recordings):
    extra = tmp_path / 'extra.npy'
    np.save(extra, pours_array('robot_trials', 5, seed=8))
    folder = tmp_path / 'out'
    assert (
        train.main(
            [
                '--data',
                str(recording_paths['robot_trials']),
                '--extra-data',
                str(extra),
                '--schema',
                'robot_trials',
                '--architecture',
                'single_gru',
                '--epochs',
                '1',
                '--output',
                str(folder),
            ]
        )
        == 0
    )
    split = split_pours(robot_recordings.pours, 0)
    metrics, model = check_files(folder)
    assert metrics['pours'] == {
        'train': len(split.train) + 5,
        'validation': len(split.validation),
        'test': len(split.test),
    }
    assert model.spec.training['extra_dataset'] == 'extra.npy'
    assert model.spec.training['dataset_digest'] == robot_recordings.digest
    assert '--extra-data extra.npy' in model.spec.training['command']


def test_extra_pours_must_tilt_the_same_way(tmp_path, capfd, recording_paths):
    array = pours_array('robot_trials', 5, seed=8)
    array[:, :, 0] *= -1.0
    np.save(tmp_path / 'extra.npy', array)
    err = run_badly(
        tmp_path,
        capfd,
        recording_paths['robot_trials'],
        '--extra-data',
        str(tmp_path / 'extra.npy'),
    )
    assert err == (
        'error: extra.npy: expected the sign of theta of robot_trials.npy, -1 while tilted, '
        'received +1\n'
    )


def test_bad_features(tmp_path, capfd, recording_paths):
    err = run_badly(tmp_path, capfd, recording_paths['robot_trials'], '--features', 'theta_dot')
    assert err.startswith('error: features: expected some of') and err.count('\n') == 1


def test_an_error_that_is_no_number(tmp_path, capfd, recording_paths):
    err = run_badly(tmp_path, capfd, recording_paths['robot_trials'], '--learning-rate', '1e38')
    assert 'error: single_gru: training diverged (loss is ' in err
    assert 'Traceback' not in err


def test_an_export_that_differs_is_not_written(tmp_path, capfd, monkeypatch, recording_paths):
    monkeypatch.setattr(onnx_file, 'TOLERANCE', -1.0)
    err = run_badly(tmp_path, capfd, recording_paths['robot_trials'])
    assert err.splitlines()[-1].startswith('error: the exported model differs from Keras by ')


def test_a_seed_below_zero(tmp_path, capfd, recording_paths):
    """Refused as an option or as an error, but not with a traceback."""
    try:
        code = train.main(
            [
                '--data',
                str(recording_paths['dim']),
                '--schema',
                'dim',
                '--seed',
                '-1',
                '--output',
                str(tmp_path / 'out'),
            ]
        )
    except SystemExit as error:
        code = error.code
    assert code == 2


def test_an_output_that_cannot_be_written(tmp_path, capfd, recording_paths):
    (tmp_path / 'out').write_text('a file')
    code = train.main(
        [
            '--data',
            str(recording_paths['robot_trials']),
            '--schema',
            'robot_trials',
            '--architecture',
            'single_gru',
            '--epochs',
            '1',
            '--output',
            str(tmp_path / 'out'),
        ]
    )
    assert code == 2
    assert capfd.readouterr().err.startswith('error: ')


def test_bad_data_end_a_process_without_traceback(tmp_path, repository):
    (tmp_path / 'pours.npy').write_text('theta,f\n')
    done = subprocess.run(
        [
            sys.executable,
            '-m',
            'training.train',
            '--data',
            tmp_path / 'pours.npy',
            '--schema',
            'dim',
            '--output',
            tmp_path / 'out',
        ],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 2
    assert 'Traceback' not in done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith('error: ')] == (
        done.stderr.splitlines()[-1:]
    )
    assert not (tmp_path / 'out').exists()
