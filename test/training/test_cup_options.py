# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of which options of training.cup go together."""

import pytest
from small_models import INTERVAL, make_model, make_spec

from pour_force_estimator import StepModel
from training import cup as command

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
        (
            '--profile p.csv --model m.onnx --output c.onnx --output-model n.onnx',
            '--output: expected the YAML file of the cup',
        ),
    ],
)
def test_options_that_mean_nothing_together(words, message, capsys):
    with pytest.raises(SystemExit):
        command.main(words.split())
    assert message in capsys.readouterr().err


def test_the_density_is_told_in_its_own_unit(capsys):
    assert command.main('--profile p.csv --unit mm --density 0'.split()) == 2
    expected = 'error: --density: expected 300 to 5000 kg/m^3, received 0\n'
    assert capsys.readouterr().err == expected


def test_an_onnx_file_to_write_is_the_model(tmp_path, capsys):
    (tmp_path / 'jug.csv').write_text(PROFILE)
    (tmp_path / 'model.onnx').write_bytes(make_model(make_spec(interval=INTERVAL)))
    words = ['--profile', tmp_path / 'jug.csv', '--unit', 'mm', '--model', tmp_path / 'model.onnx']
    assert command.main([*map(str, words), '--output', str(tmp_path / 'new.onnx')]) == 0
    assert capsys.readouterr().out.endswith(f'wrote {tmp_path / "new.onnx"}\n')
    assert 'jug' in [cup.name for cup in StepModel((tmp_path / 'new.onnx').read_bytes()).spec.cups]
    assert {path.name for path in tmp_path.iterdir()} == {'jug.csv', 'model.onnx', 'new.onnx'}
