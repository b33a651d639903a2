# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of which options of training.cup go together."""

from command_line import command_line
import pytest
from small_models import INTERVAL, make_model, make_spec

from pour_force_estimator import StepModel
from pour_force_estimator.cups.spec import CupSpec
from training.cup import __main__ as command
from training.cup.options import parse_arguments
from training.shapes.mesh_file import azimuth_of

PROFILE = '0,30\n100,40\n'


@pytest.mark.parametrize(
    'words, message',
    [
        ('--profile p.csv --unit mm --inside', '--inside goes with --mesh'),
        ('--profile p.csv --unit mm --spout x', '--spout goes with --mesh'),
        ('--mesh m.stl --unit mm --quick-pour q.npy', '--quick-pour goes with --slow-pour'),
        ('--profile p.csv --slow-pour-index 0', '--slow-pour-index goes with --slow-pour'),
        ('--slow-pour s.npy --unit mm', '--unit goes with --profile and --mesh'),
        ('--profile p.csv --model m.onnx --output c.yaml', '--model goes with an .onnx file'),
        ('--profile p.csv --output-model n.onnx', '--model goes with an .onnx file'),
        ('--profile p --model m --output c.onnx --output-model n.onnx', '--output: expected the'),
        ('--profile p.csv --context c.yaml', '--context goes with a bag in --slow-pour'),
        ('--slow-pour s.npy --quick-pour q.npz --joints a', '--joints goes with a bag'),
        ('--mesh m.stl --scale-unit g', '--scale-unit goes with a bag'),
        ('--profile p.csv --name ', '--name: expected plain text of 1 to 100'),
        (f'--profile p.csv --name {"x" * 101}', "received 'xxxxxxx"),
        ('--mesh m.stl --spout --inside', '--spout: expected one argument'),
    ],
)
def test_options_that_mean_nothing_together(words, message, capsys):
    with pytest.raises(SystemExit):
        command.main(words.split(' '))
    err = capsys.readouterr().err
    assert message in err and len(err.splitlines()[-1]) < 300


@pytest.mark.parametrize(
    'words, message',
    [
        ('--profile p.csv --density 0', '--density: expected 300 to 5000 kg/m^3, received 0'),
        ('--profile p.csv --discharge -1', '--discharge: expected 0.01 to 2, received -1'),
        ('--profile p.csv', 'p.csv: expected a file to read, received none of that name'),
        ('--mesh m.stl --spout up --inside', 'm.stl: expected a file to read, received none'),
    ],
)
def test_a_value_is_told_by_its_option(tmp_path, words, message, capsys):
    output = tmp_path / 'cup.yaml'
    assert command.main(command_line(*words.split(), unit='mm', output=output)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f'error: {message}') and not output.exists()


@pytest.mark.parametrize('words', [['--spout', '-x'], ['--spout=-x'], ['--spout', '-180']])
def test_a_spout_may_point_backwards(words):
    spout = parse_arguments(['--mesh', 'm.stl', *words, '--inside']).spout
    assert azimuth_of(spout) % 360.0 == 180.0


@pytest.fixture
def run(tmp_path):
    """Return a function that runs the command for a jug and a model that knows a mug."""
    (tmp_path / 'jug.csv').write_text(PROFILE)
    mug = CupSpec.of_size(0.1, 0.08, name='mug')
    model = make_model(make_spec(interval=INTERVAL, cups=(mug,)))
    (tmp_path / 'model.onnx').write_bytes(model)

    def run(**options):
        words = {'profile': tmp_path / 'jug.csv', 'unit': 'mm', 'model': tmp_path / 'model.onnx'}
        return command.main(command_line(**words, **options))

    return run


def test_an_onnx_file_to_write_is_the_model(run, tmp_path, capsys):
    assert run(output=tmp_path / 'new.onnx') == 0
    assert capsys.readouterr().out.endswith(f'wrote {tmp_path / "new.onnx"}\n')
    assert 'jug' in [cup.name for cup in StepModel((tmp_path / 'new.onnx').read_bytes()).spec.cups]
    assert {path.name for path in tmp_path.iterdir()} == {'jug.csv', 'model.onnx', 'new.onnx'}


def test_a_cup_that_the_model_knew_by_that_name_is_told(run, tmp_path, capsys):
    assert run(output=tmp_path / 'model.onnx', name='mug') == 0  # a model may be its successor
    assert "takes the place of the model's mug (503 ml)" in capsys.readouterr().out
    assert run(output=tmp_path / 'model.onnx', name='jug') == 0
    assert 'takes the place' not in capsys.readouterr().out


def test_all_is_written_or_nothing(run, tmp_path, capsys):
    outputs = {'output': tmp_path / 'a.yaml', 'picture': tmp_path / 'a.png'}
    assert run(**outputs, output_model='/proc/a.onnx') == 2
    out, err = capsys.readouterr()
    assert out == '' and err.startswith('error: /proc') and err.count('\n') == 1
    assert {path.name for path in tmp_path.iterdir()} == {'jug.csv', 'model.onnx'}
