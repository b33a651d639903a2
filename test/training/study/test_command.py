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

from html_page import Page
import numpy as np
import pytest
from small_pours import pours_array

from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.units import NEWTON_PER_LBF
from training.evaluate import evaluate
from training.fitting.datasets import split_pours
from training.study import __main__ as command

ARCHITECTURES = ('--architectures', 'multi_gru', 'single_lstm')


def run(folder, data, *options):
    """Run the command in this process; return its exit code."""
    return command.main(['--data', str(data), '--jobs', '1', *options, '--output', str(folder)])


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """Return the paths of 40 pours of all cups and of a second test set."""
    folder = tmp_path_factory.mktemp('pours')
    np.save(folder / 'dim.npy', pours_array('dim', 40, seed=3))
    np.save(folder / 'test_2.npy', pours_array('dim', 5, seed=4)[:, :115])
    return folder / 'dim.npy', folder / 'test_2.npy'


@pytest.fixture(scope='module')
def finished(tmp_path_factory, files):
    """Return the folder of a study of two networks, two lengths and three seeds."""
    folder = tmp_path_factory.mktemp('study') / 'out'
    assert (
        run(
            folder,
            files[0],
            '--test-data',
            str(files[1]),
            *ARCHITECTURES,
            *'--epochs 2 1 --seeds 3 --no-cups'.split(),
        )
        == 0
    )
    return folder


@pytest.fixture(scope='module')
def report(finished):
    return (finished / 'report.md').read_text()


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / 'runs').iterdir()}


def test_files(finished):
    names = {
        path.relative_to(finished).as_posix()
        for path in finished.rglob('*')
        if path.is_file() and path.parent.name != 'runs'
    }
    figures = {name for name in names if name.startswith('figures/')}
    assert names - figures == {
        'model.onnx',
        'report.html',
        'report.md',
        'results.csv',
        'study.json',
    }
    # four pours are in test 1
    assert {name.partition('-pour-')[0] for name in figures} == {
        'figures/errors.png',
        'figures/learning-curves.png',
        'figures/multi_gru',
        'figures/single_lstm',
    }
    assert len(figures) == 2 + 4 + 1
    assert len(times(finished)) == 2 * (2 + 3 * 3 * 2)


def test_the_report_has_every_part(report):
    for heading in (
        'Answers',
        'Data and protocol',
        'Models',
        'Errors',
        'Ranking',
        'Single pours',
        'Learning curves',
        'What the final weight is worth',
        'Cups that were never seen',
        'Runs that failed',
        'How to make this again',
    ):
        assert f'\n## {heading}\n' in report
    for text in (
        'Table 1.',
        'Table 2. Mean squared error [lbf²] after 1 epoch.',
        'Table 3. Mean squared error [lbf²] after 2 epochs.',
        '29073',
        '28881',
        '±',
        'significant',
        '5 pours of at most',
        'None: no training run diverged',
    ):
        assert text in report


def test_html_and_markdown_say_the_same(finished, report):
    page = Page((finished / 'report.html').read_text())
    images = [image['alt'] for image in page.all('img')]
    assert images == [
        line[2:].partition(']')[0] for line in report.splitlines() if line.startswith('![')
    ]
    assert all(image['src'].startswith('data:image/png;base64,') for image in page.all('img'))
    rows = [
        line
        for line in report.splitlines()
        if line.startswith('| ') and not line.startswith('| --')
    ]
    assert len(page.all('tr')) == len(rows)
    for row in rows:
        for cell in row.strip('| ').split('|'):
            assert cell.strip().strip('`*') in page.text


def test_the_tables_are_what_the_runs_left(finished, report):
    errors = []
    for seed in range(3):
        record = json.loads(
            (finished / 'runs' / f'architectures-multi_gru-seed{seed}.json').read_text()
        )
        errors.append(
            record['outcomes']['2']['errors']['test 2']['mse_newton2'] / NEWTON_PER_LBF**2
        )
    expected = f'{np.mean(errors):.5f} ± {np.std(errors, ddof=1):.5f}'
    table = report.partition('Table 3.')[2].partition('![')[0]
    (row,) = [line for line in table.splitlines() if line.startswith('| Multi GRU')]
    assert row.split('|')[5].strip() == expected
    lines = (finished / 'results.csv').read_text().splitlines()
    assert sum(line.startswith('architectures,multi_gru,') for line in lines) == 3 * 2 * 4


def test_the_exported_model_is_the_best_run(finished, files):
    runs = [
        json.loads(path.read_text())
        for path in (finished / 'runs').glob('architectures-*')
        if path.suffix == '.json'
    ]
    best, epochs = min(
        (
            (record, epochs)
            for record in runs
            for epochs in record['outcomes']
            if record['run']['model'] in ARCHITECTURES
        ),
        key=lambda item: item[0]['outcomes'][item[1]]['errors']['validation']['mse_newton2'],
    )
    model = StepModel.load(finished / 'model.onnx')
    assert model.spec.architecture['name'] == best['run']['model']
    assert model.spec.training['seed'] == best['run']['seed']
    assert model.spec.training['epochs'] == int(epochs)
    split = split_pours(load_recordings(files[0], 'dim').pours, 0)
    _, errors = evaluate(model, split.validation)
    assert errors['mse_newton2'] == pytest.approx(
        best['outcomes'][epochs]['errors']['validation']['mse_newton2'], rel=1e-3
    )
    assert set(model.spec.errors) == {'train', 'validation', 'test', 'test_2'}


def test_the_command_in_the_report_makes_it_again(finished, report):
    words = report.partition('```\n')[2].partition('\n```')[0].split()
    assert words[:3] == ['python', '-m', 'training.study']
    arguments = command.parse_arguments(words[3:])
    assert (arguments.data, arguments.test_data) == ('dim.npy', 'test_2.npy')
    assert arguments.architectures == list(ARCHITECTURES[1:])
    assert (arguments.epochs, arguments.seeds, arguments.no_cups) == ([2, 1], 3, True)


def test_a_second_run_trains_nothing(finished, files, report, capfd):
    before = times(finished)
    assert (
        run(
            finished,
            files[0],
            '--test-data',
            str(files[1]),
            *ARCHITECTURES,
            *'--epochs 2 1 --seeds 3 --no-cups'.split(),
        )
        == 0
    )
    assert times(finished) == before
    assert '20 of 20 runs are done already' in capfd.readouterr().err
    assert (finished / 'report.md').read_text() == report


def test_more_seeds_train_what_is_missing(tmp_path, files, capfd):
    options = ('--architectures', 'single_lstm', '--epochs', '1', '--no-cups', '--no-f-final')
    assert run(tmp_path / 'out', files[0], *options, '--seeds', '1') == 0
    before = times(tmp_path / 'out')
    (tmp_path / 'out' / 'runs' / 'architectures-mlp-seed0.json').unlink()
    assert run(tmp_path / 'out', files[0], *options, '--seeds', '2') == 0
    after = times(tmp_path / 'out')
    assert '3 of 6 runs are done already' in capfd.readouterr().err
    changed = {name for name in after if after[name] != before.get(name)}
    assert {name.partition('.')[0] for name in changed} == {
        'architectures-mlp-seed0',
        'architectures-mlp-seed1',
        'architectures-single_lstm-seed1',
    }


def test_cups_are_left_out(tmp_path, recording_paths):
    """In processes of their own."""
    assert (
        command.main(
            [
                '--data',
                str(recording_paths['robot_trials']),
                *'--jobs 2 --architectures single_lstm --epochs 1 --seeds 1 --no-f-final'.split(),
                '--output',
                str(tmp_path),
            ]
        )
        == 0
    )
    section = (tmp_path / 'report.md').read_text().partition('## Cups that were never seen')[2]
    table = [line.split('|') for line in section.splitlines() if line.startswith('| ')]
    assert [row[1].strip() for row in table[2:]] == [
        '120x121',
        '225x67',
        '285x89',
        '292x75',
        '81x88',
        '**mean of all**',
        'known cups (test 1)',
        'unseen by known',
    ]
    numbers = np.array([row[3:7] for row in table[2:7]], np.float64)
    mean = [float(cell.strip(' *')) for cell in table[7][3:7]]
    assert mean == pytest.approx(numbers.mean(axis=0), abs=2e-5)


def test_trainings_that_diverge_are_reported(tmp_path, recording_paths, capfd):
    assert (
        run(
            tmp_path,
            recording_paths['dim'],
            *'--architectures single_gru --epochs 1 --seeds 2 --no-cups --no-f-final'.split(),
            *'--learning-rate 1e38'.split(),
        )
        == 1
    )
    assert 'No network is alive: nothing was exported' in capfd.readouterr().out
    assert not (tmp_path / 'model.onnx').exists()
    report = (tmp_path / 'report.md').read_text()
    failures = report.partition('## Runs that failed')[2]
    assert '`architectures-single_gru-seed1`' in failures and 'diverged' in failures
    assert 'nan' not in report.replace('training diverged (loss is NaN)', '').lower()
    assert '| Single GRU     |       – |' in report.replace('\u2013', '–')


def fails(tmp_path, capfd, data, *options):
    """Run the command with bad input; return what it says."""
    code = run(tmp_path / 'out', data, '--epochs', '1', '--seeds', '1', *options)
    captured = capfd.readouterr()
    assert code == 2 and captured.out == ''
    assert not (tmp_path / 'out' / 'report.md').exists()
    assert captured.err.startswith('error: ') and captured.err.count('\n') == 1
    return captured.err


def test_sets_with_other_columns(tmp_path, capfd, recording_paths):
    err = fails(
        tmp_path,
        capfd,
        recording_paths['dim'],
        '--test-data',
        str(recording_paths['robot_trials']),
    )
    assert 'robot_trials.npy: expected the 10 columns of schema dim, as in' in err
    assert 'both files have to be of one kind' in err


def test_sets_with_columns_of_nothing(tmp_path, capfd, recording_paths):
    np.save(tmp_path / 'nine.npy', pours_array('dim', 4)[:, :, :9])
    err = fails(tmp_path, capfd, recording_paths['dim'], '--test-data', str(tmp_path / 'nine.npy'))
    assert 'nine.npy: expected 10 columns (dim) or 7 (robot_trials), received' in err


def test_a_set_without_a_full_pour(tmp_path, capfd, recording_paths):
    np.save(tmp_path / 'short.npy', pours_array('dim', 4)[:, :12])
    err = fails(
        tmp_path, capfd, recording_paths['dim'], '--test-data', str(tmp_path / 'short.npy')
    )
    assert 'short.npy: expected at least one full pour' in err
    assert 'check the order of the columns and their units' in err


def test_a_folder_of_another_study(tmp_path, capfd, recording_paths):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'study.json').write_text('{"format": 1, "schema": "dim"}')
    err = fails(tmp_path, capfd, recording_paths['dim'])
    assert 'this folder holds another study' in err and 'choose another folder' in err


def test_no_cluster(tmp_path, capfd, monkeypatch, recording_paths):
    from training.study import runner

    monkeypatch.setattr(runner, '_CLUSTER_TIMEOUT_S', 0.5)
    err = fails(tmp_path, capfd, recording_paths['dim'], '--dask', 'tcp://127.0.0.1:9')
    assert '--dask: expected a Dask scheduler at tcp://127.0.0.1:9' in err
    assert 'start one with: dask scheduler' in err


@pytest.mark.parametrize(
    'options',
    [
        ('--architectures', 'multi_gru', 'gru'),
        ('--epochs', '0'),
        ('--seeds', '1.5'),
        ('--jobs', '0'),
        ('--schema', 'paper'),
        ('--epochs',),
    ],
)
def test_options_that_make_no_sense(capsys, options):
    with pytest.raises(SystemExit) as caught:
        command.parse_arguments(['--data', 'a.npy', '--output', 'out', *options])
    assert caught.value.code == 2
    assert options[0] in capsys.readouterr().err


@pytest.mark.parametrize('jobs', ['1', '2'])
def test_ctrl_c_keeps_what_is_done(tmp_path, repository, files, jobs):
    folder = tmp_path / 'out'
    process = subprocess.Popen(
        [
            sys.executable,
            '-m',
            'training.study',
            '--data',
            files[0],
            '--epochs',
            '15',
            '--seeds',
            '9',
            '--jobs',
            jobs,
            '--architectures',
            'single_lstm',
            '--output',
            folder,
        ],
        cwd=repository,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    runs = folder / 'runs'
    first = runs / 'architectures-single_lstm-seed0.json'
    deadline = time.monotonic() + 600.0
    while not first.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=600)
    assert process.returncode == 130
    assert err.endswith(
        'interrupted: what is done is kept; the same command goes on with the rest\n'
    )
    assert 'Traceback' not in err
    done = {Path(name).stem for name in os.listdir(runs)}
    assert len(os.listdir(runs)) == 2 * len(done)
    for path in runs.glob('*.json'):  # none is a training that ended early
        record = json.loads(path.read_text())
        if record['run']['model'] == 'single_lstm':
            assert len(record['history']['loss']) == 15
