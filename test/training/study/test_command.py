# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the command training.study: trains, resumes, reports, exports."""

import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

from command_line import command_line
import numpy as np
import pytest
from small_pours import pours_array

from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.units import NEWTON_PER_LBF
from training.evaluation.stepwise import estimate_errors, estimate_pours
from training.fitting.datasets import split_pours
from training.study import __main__ as command

ARCHITECTURES = ['multi_gru', 'single_lstm']
QUICK = {'epochs': 1, 'no_cups': True, 'no_f_final': True}


def run(folder, data, **options):
    """Run the command in this process; return its exit code."""
    return command.main(command_line(**{'jobs': 1, **options}, data=data, output=folder))


def records(folder):
    """Return what the trained runs left, by their keys."""
    return {path.stem: json.loads(path.read_text()) for path in (folder / 'runs').glob('*.json')}


@pytest.fixture(scope='module')
def study(tmp_path_factory):
    """Return options of a study of two networks, two lengths and three seeds."""
    folder = tmp_path_factory.mktemp('pours')
    np.save(folder / 'dim.npy', pours_array('dim', 40, seed=3))  # of all cups
    np.save(folder / 'test_2.npy', pours_array('dim', 5, seed=4)[:, :115])
    files = {'data': folder / 'dim.npy', 'test_data': folder / 'test_2.npy'}
    options = {'architectures': ARCHITECTURES, 'epochs': [2, 1], 'seeds': 3, 'no_cups': True}
    return {**files, **options}


@pytest.fixture(scope='module')
def finished(tmp_path_factory, study):
    """Return the folder of that study."""
    folder = tmp_path_factory.mktemp('study') / 'out'
    assert run(folder, **study) == 0
    return folder


@pytest.fixture(scope='module')
def report(finished):
    return (finished / 'report.md').read_text()


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / 'runs').iterdir()}


def test_files(finished):
    names = {path.relative_to(finished).as_posix() for path in finished.rglob('*.*')}
    figures = {name for name in names if name.startswith('figures/')}
    left = {name for name in names - figures if not name.startswith('runs/')}
    assert left == {'model.onnx', 'report.html', 'report.md', 'results.csv', 'study.json'}
    kinds = ('errors.png', 'learning-curves.png', 'multi_gru', 'single_lstm')
    assert {name.partition('-pour-')[0] for name in figures} == {f'figures/{k}' for k in kinds}
    assert len(figures) == 2 + 4 + 1  # four pours are in test 1
    assert len(times(finished)) == 2 * (2 + 3 * 3 * 2)


def test_the_report_has_every_part(report):
    for heading in (
        'Answers/Data and protocol/Models/Errors/Ranking/Single pours/Learning curves/'
        'What the final weight is worth/Cups that were never seen/Runs that failed/'
        'How to make this again'
    ).split('/'):
        assert f'\n## {heading}\n' in report
    errors = 'Mean squared error [lbf²] after'
    tables = ('Table 1.', f'Table 2. {errors} 1 epoch.', f'Table 3. {errors} 2 epochs.')
    for text in (*tables, 'significant', '5 pours of at most', 'None: no training run diverged'):
        assert text in report


def test_the_tables_are_what_the_runs_left(finished, report):
    runs = [records(finished)[f'architectures-multi_gru-seed{seed}'] for seed in range(3)]
    errors = [run['outcomes']['2']['errors']['test 2']['mse_newton2'] for run in runs]
    errors = np.array(errors) / NEWTON_PER_LBF**2
    table = report.partition('Table 3.')[2].partition('![')[0]
    (row,) = [line for line in table.splitlines() if line.startswith('| Multi GRU')]
    assert row.split('|')[5].strip() == f'{errors.mean():.5f} ± {errors.std(ddof=1):.5f}'
    lines = (finished / 'results.csv').read_text().splitlines()
    assert sum(line.startswith('architectures,multi_gru,') for line in lines) == 3 * 2 * 4


def test_the_exported_model_is_the_best_run(finished, study):
    trained = [
        (record['run'], int(epochs), outcome['errors']['validation']['mse_newton2'])
        for name, record in records(finished).items()
        for epochs, outcome in record['outcomes'].items()
        if name.startswith('architectures-') and record['run']['model'] in ARCHITECTURES
    ]
    best, epochs, error = min(trained, key=lambda item: item[2])
    model = StepModel.load(finished / 'model.onnx')
    assert model.spec.architecture['name'] == best['model']
    assert (model.spec.training['seed'], model.spec.training['epochs']) == (best['seed'], epochs)
    pours = split_pours(load_recordings(study['data'], 'dim').pours, 0).validation
    errors = estimate_errors(model, pours, estimate_pours(model, pours))
    assert errors['mse_newton2'] == pytest.approx(error, rel=1e-3)
    assert set(model.spec.errors) == {'train', 'validation', 'test', 'test_2'}


def test_the_command_in_the_report_makes_it_again(report):
    words = report.partition('```\n')[2].partition('\n```')[0].split()
    assert words[:3] == ['python', '-m', 'training.study']
    arguments = command.parse_arguments(words[3:])
    assert (arguments.data, arguments.test_data) == ('dim.npy', 'test_2.npy')
    assert arguments.architectures == ARCHITECTURES
    assert (arguments.epochs, arguments.seeds, arguments.no_cups) == ([2, 1], 3, True)


def test_a_second_run_trains_nothing(finished, study, report, capfd):
    before = times(finished)
    assert run(finished, **study) == 0
    assert times(finished) == before
    assert '20 of 20 runs are done already' in capfd.readouterr().err
    assert (finished / 'report.md').read_text() == report


def test_more_seeds_train_what_is_missing(tmp_path, study, capfd):
    options = {**QUICK, 'data': study['data'], 'architectures': 'single_lstm'}
    assert run(tmp_path, **options, seeds=1) == 0
    before = times(tmp_path)
    (tmp_path / 'runs' / 'architectures-mlp-seed0.json').unlink()
    assert run(tmp_path, **options, seeds=2) == 0
    after = times(tmp_path)
    assert '3 of 6 runs are done already' in capfd.readouterr().err
    trained = {name.partition('.')[0] for name in after if after[name] != before.get(name)}
    expected = ('mlp-seed0', 'mlp-seed1', 'single_lstm-seed1')
    assert trained == {f'architectures-{name}' for name in expected}


def test_cups_are_left_out(tmp_path, recording_paths):
    """In processes of their own."""
    options = {'jobs': 2, 'architectures': 'single_lstm', 'epochs': 1, 'seeds': 1}
    assert run(tmp_path, recording_paths['robot_trials'], **options, no_f_final=True) == 0
    section = (tmp_path / 'report.md').read_text().partition('## Cups that were never seen')[2]
    rows = [line.split('|') for line in section.splitlines() if line.startswith('| ')][2:]
    assert [row[1].strip() for row in rows[:5]] == '120x121 225x67 285x89 292x75 81x88'.split()
    last = ['**mean of all**', 'known cups (test 1)', 'unseen by known']
    assert [row[1].strip() for row in rows[5:]] == last
    numbers = np.array([row[3:7] for row in rows[:5]], np.float64)
    mean = [float(cell.strip(' *')) for cell in rows[5][3:7]]
    assert mean == pytest.approx(numbers.mean(axis=0), abs=2e-5)


def test_training_runs_that_diverge_are_reported(tmp_path, recording_paths, capfd):
    options = {**QUICK, 'architectures': 'single_gru', 'seeds': 2, 'learning_rate': 1e38}
    assert run(tmp_path, recording_paths['dim'], **options) == 1
    assert 'No network is alive: nothing was exported' in capfd.readouterr().out
    assert not (tmp_path / 'model.onnx').exists()
    report = (tmp_path / 'report.md').read_text()
    failures = report.partition('## Runs that failed')[2]
    assert '`architectures-single_gru-seed1`' in failures and 'diverged' in failures
    assert 'nan' not in report.lower().replace('loss is nan', '')
    assert '| Single GRU     |       – |' in report


def fails(tmp_path, capfd, data, **options):
    """Run the command with bad input; return what it says."""
    code = run(tmp_path / 'out', data, epochs=1, seeds=1, **options)
    captured = capfd.readouterr()
    assert code == 2 and captured.out == ''
    assert not (tmp_path / 'out' / 'report.md').exists()
    assert captured.err.startswith('error: ') and captured.err.count('\n') == 1
    return captured.err


def test_a_second_set_with_other_columns(tmp_path, capfd, recording_paths):
    test_data = recording_paths['robot_trials']
    err = fails(tmp_path, capfd, recording_paths['dim'], test_data=test_data)
    assert 'robot_trials.npy: expected the 10 columns of schema dim, as in' in err
    assert 'both files have to be of one kind' in err


def test_no_cluster(tmp_path, capfd, monkeypatch, recording_paths):
    from training.study import runner

    monkeypatch.setattr(runner, '_CLUSTER_TIMEOUT_S', 0.5)
    err = fails(tmp_path, capfd, recording_paths['dim'], dask='tcp://127.0.0.1:9')
    assert '--dask: expected a Dask scheduler at tcp://127.0.0.1:9' in err
    assert 'start one with: dask scheduler' in err


@pytest.mark.parametrize(
    'line', ['--architectures multi_gru gru', '--epochs 0', '--seeds 1.5', '--schema paper']
)
def test_options_that_make_no_sense(capsys, line):
    with pytest.raises(SystemExit) as caught:
        command.parse_arguments(['--data', 'a.npy', '--output', 'out', *line.split()])
    assert caught.value.code == 2
    assert line.split()[0] in capsys.readouterr().err


@pytest.mark.parametrize('jobs', [1, 2])
def test_ctrl_c_keeps_what_is_done(tmp_path, repository, study, jobs):
    options = {'data': study['data'], 'architectures': 'single_lstm', 'epochs': 15, 'seeds': 9}
    line = command_line('-m', 'training.study', **options, jobs=jobs, output=tmp_path)
    # A session of its own, so that the signal reaches the workers and nobody else.
    session = {'start_new_session': True, 'stderr': subprocess.PIPE, 'text': True}
    process = subprocess.Popen([sys.executable, *line], cwd=repository, **session)
    runs = tmp_path / 'runs'
    deadline = time.monotonic() + 600.0
    while not (runs / 'architectures-single_lstm-seed0.json').exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=600)
    assert process.returncode == 130
    kept = 'interrupted: what is done is kept; the same command goes on with the rest\n'
    assert err.endswith(kept) and 'Traceback' not in err
    done = {Path(name).stem for name in os.listdir(runs)}
    assert len(os.listdir(runs)) == 2 * len(done)
    for record in records(tmp_path).values():  # none is a training that ended early
        if record['run']['model'] == 'single_lstm':
            assert len(record['history']['loss']) == 15
