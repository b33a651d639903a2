# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the command: what it writes and prints, and what it says to mistakes."""

import json

from command_line import command_line
import pytest
from small_models import make_model, make_spec

from training.in_the_loop.__main__ import main
from training.in_the_loop.measure import measure, portions


@pytest.fixture(scope='module')
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp('in_the_loop')
    assert main(command(folder, figure=folder / 'out.png')) == 0
    return folder


def command(folder, **options):
    line = {'model': 'robot_trials', 'json': folder / 'out.json', 'sessions': 1, 'pours': 2}
    return command_line(**{**line, 'motions': ('planned', 'steered'), 'jobs': 1, **options})


def test_what_is_written(written):
    text = (written / 'out.json').read_text(encoding='utf-8')
    report = json.loads(text)
    assert report['model']['name'] == 'robot_trials' and len(report['model']['digest']) == 64
    assert report['seed'] == 0 and report['sessions'] == 1
    assert report['command'].startswith('python -m training.in_the_loop --model robot_trials')
    assert str(written) not in text
    assert report['pours'] == 9 * 2 * 2
    assert report['weighed_before'] == [0, 1]
    fitted, unseen = report['figures']['known'], report['figures']['unseen']
    assert len(fitted['cups']) == 5 and len(unseen['cups']) == 4
    for group in (fitted, unseen):
        assert list(group['motions']) == ['all', 'open_loop', 'planned', 'steered']
        steered = group['motions']['steered']
        assert set(steered['target_ml']) == {'estimator', 'physics', 'oracle'}
        errors = {method: values['median'] for method, values in steered['final_ml'].items()}
        assert all(0.0 < errors['oracle'][stage] < 40.0 for stage in (0, 1))
        assert all(share > 0.5 for share in steered['coverage']['steps'])
    assert (written / 'out.png').read_bytes().startswith(b'\x89PNG')
    assert len(text.splitlines()) < 1500


def test_a_report_beside_an_earlier_one(written, tmp_path, capsys):
    options = {'motions': 'planned', 'cups': 'known', 'seed': 1, 'figure': tmp_path / 'new.png'}
    assert main(command(tmp_path, beside=written / 'out.json', **options)) == 0
    printed = capsys.readouterr().out
    assert '| planned   | before' in printed and 'seed 1' in printed
    assert 'Cups that it never saw' not in printed
    earlier = json.loads((written / 'out.json').read_text())
    cold = earlier['figures']['known']['motions']['planned']['final_ml']['estimator']['median'][0]
    assert f' {cold:.{1 if cold < 10.0 else 0}f} (' in printed


def test_processes_do_not_change_what_is_measured():
    parts = portions('robot_trials', ['unseen'], ['planned', 'jerky'], 1, 1, seed=0)
    alone, together = measure(parts, jobs=1), measure(parts, jobs=2)
    assert len(alone.scores) == 2 * 4 * 3  # motions, cups, estimator and baselines
    assert repr(alone) == repr(together)  # NaN, where nothing was asked, does not equal itself


@pytest.mark.parametrize(
    'option, value', [('sessions', 0), ('jobs', 0), ('seed', -1), ('motions', 'thrown')]
)
def test_options_that_make_no_sense(tmp_path, capsys, option, value):
    with pytest.raises(SystemExit) as ended:
        main(command(tmp_path, **{option: value}))
    assert ended.value.code == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert f'argument --{option}' in error and str(value) in error


@pytest.fixture
def fails(tmp_path, capsys):
    """Return a function that runs the command and returns its one line of error."""

    def run(**options):
        assert main(command(tmp_path, **options)) == 2
        captured = capsys.readouterr()
        assert captured.out == '' and captured.err.count('\n') == 1
        return captured.err

    return run


def test_places_that_cannot_be_written_to(fails, tmp_path):
    (tmp_path / 'file').write_text('')
    line = fails(figure=tmp_path / 'file' / 'out.png')
    assert 'expected a folder to write to, received a file' in line
    (tmp_path / 'out.json').mkdir()
    assert 'expected a file to write, received a folder' in fails()


@pytest.mark.parametrize('text', ['no JSON', '{}', '[]', '{"figures": {"known": {}}}'])
def test_an_earlier_report_that_is_none(fails, tmp_path, text):
    (tmp_path / 'before.json').write_text(text)
    line = fails(beside=tmp_path / 'before.json')
    assert 'expected what python -m training.in_the_loop --json wrote' in line
    assert not (tmp_path / 'out.json').exists()


def test_a_model_that_cannot_be_measured(fails, tmp_path):
    path = tmp_path / 'small.onnx'
    path.write_bytes(make_model())
    line = fails(model=path, cups='known')
    assert 'expected a model that knows some, received small' in line
    path.write_bytes(make_model(make_spec(features=('theta', 'f_final'))))
    assert 'values of the pour that are not set: weight_after' in fails(model=path)
