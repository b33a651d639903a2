# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests that no command takes what it reads, or what else it writes, for a file to write."""

from importlib import import_module
import os

import pytest
from small_models import INTERVAL, make_model, make_spec

from training.cli.outputs import check_outputs
from training.errors import OutputError

PROFILE = 'height_mm,radius_mm\n0,30\n100,40\n'


@pytest.fixture
def folder(tmp_path, monkeypatch, recording_paths):
    """Enter a folder with all that commands read, under the suffixes of what they write."""
    pours = recording_paths['robot_trials'].read_bytes()
    model = make_model(make_spec(interval=INTERVAL))
    files = {'pours.npy': pours, 'model.onnx': model, 'cup.csv': PROFILE.encode()}
    for suffix in ('json', 'md', 'png', 'onnx'):
        files[f'data.{suffix}'] = pours
    files |= {'cup.yaml': PROFILE.encode(), 'pours.yaml': b'cup_height: 0.1\n'}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / 'bag').mkdir()
    (tmp_path / 'link.npy').symlink_to('pours.npy')
    monkeypatch.chdir(tmp_path)
    return tmp_path


CUP = 'cup.__main__ --profile cup.csv --unit mm'
RECORDED = '--joints wrist --scale /scale'


@pytest.mark.parametrize(
    'line, message',
    [
        ('calibrate --model model.onnx --data data.onnx --output data.onnx', 'from --data'),
        ('calibrate --model model.onnx --mounting data.onnx --output data.onnx', '--mounting'),
        ('evaluate --model model.onnx --data data.json --json data.json', 'from --data'),
        ('evaluate --model model.onnx --data data.png --figure ./data.png', 'from --data'),
        ('realism.__main__ --data data.md --markdown data.md', 'from --data'),
        ('in_the_loop.__main__ --model m.onnx --beside data.json --json data.json', '--beside'),
        ('cup.__main__ --profile cup.yaml --unit mm --output cup.yaml', 'from --profile'),
        ('cup.__main__ --slow-pour data.png --picture data.png', 'from data.png'),
        (f'rosbag.__main__ bag {RECORDED} --context pours.yaml --output pours.npy', '--context'),
        (f'rosbag.__main__ bag {RECORDED} --context cup.yaml --output bag/a.npy', 'from bag'),
        # suffixes
        ('calibrate --model model.onnx --data pours.npy --output pours.npy', 'a .onnx file'),
        ('simulate --pours 1 --output a.txt', 'a .npy file'),
        ('slow_pour.check --example a.csv', 'a .npy file'),
        ('mounting_figure --model model.onnx --output model.onnx', 'a .png file'),
        (f'{CUP} --output cup.csv', 'a .yaml or .yml or .onnx file'),
        (f'{CUP} --picture a.jpg', 'a .png file'),
        (f'{CUP} --output a.onnx', '--output: expected a .yaml file, or --model'),
        (f'{CUP} --output a.yaml --model model.onnx --output-model a.yaml', 'a .onnx file'),
    ],
)
def test_what_is_read_stays_as_it_is(folder, capsys, line, message):
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    name, *words = line.split()
    try:
        code = import_module(f'training.{name}').main(words)
    except SystemExit as error:
        code = error.code
    assert code == 2 and message in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    'output, source',
    [('pours.npy', 'link.npy'), ('link.npy', 'pours.npy'), ('new/../cup.csv', 'cup.csv')],
)
def test_a_file_is_the_same_by_any_name(folder, output, source):
    with pytest.raises(OutputError, match='--output: expected a file apart from --data'):
        check_outputs({'--output': output}, {'--data': source})


def test_two_outputs_are_two_files(folder):
    with pytest.raises(OutputError, match='--picture: expected a file apart from --output'):
        check_outputs({'--output': 'a.png', '--picture': f'{folder}/a.png'}, {})
    check_outputs({'--output': 'a.png', '--picture': None}, {'--data': 'cup.csv'})
    os.mkdir('folder.npy')
    with pytest.raises(OSError, match='expected a file to write, received a folder'):
        check_outputs({'--output': 'folder.npy'}, {})
