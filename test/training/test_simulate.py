# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.simulate."""

import os

from command_line import command_line, run_python
import numpy as np
import pytest

from pour_force_estimator.cups.cup_file import save_cup
from pour_force_estimator.cups.everyday import everyday_cup
from pour_force_estimator.pours.recordings import load_recordings
from training.cups.outflow import CupOutflow
from training.simulate import main


@pytest.mark.parametrize(
    'schema, test_set, steps',
    [('dim', 1, 1099), ('dim', 2, 834), ('robot_trials', 1, 700), ('robot_trials', 2, 700)],
)
def test_written_files_load(tmp_path, schema, test_set, steps):
    path = tmp_path / 'pours.npy'
    assert main(command_line(pours=15, schema=schema, test_set=test_set, output=path)) == 0
    array = np.load(path)
    assert array.shape == (15, steps, 10 if schema == 'dim' else 7) and array.dtype == np.float64
    recordings = load_recordings(path, schema)
    assert len(recordings) == 15
    assert recordings.tilt_sign == {'dim': 1, 'robot_trials': -1}[schema]
    assert os.listdir(tmp_path) == ['pours.npy']


def test_same_seed_same_bytes(tmp_path, capsys):
    """In a folder that is made for them; progress goes to stderr."""
    paths = [tmp_path / 'new' / 'folder' / name for name in ('a.npy', 'b.npy', 'c.npy')]
    for path, seed in zip(paths, (7, 7, 8)):
        assert main(command_line(pours=5, seed=seed, output=path)) == 0
    first, again, reseeded = (path.read_bytes() for path in paths)
    assert first == again != reseeded
    assert 'simulating 1099/1099' in capsys.readouterr().err


@pytest.mark.parametrize('option, value, least', [('pours', 0, 1), ('seed', -1, 0)])
def test_errors_are_one_line(tmp_path, capsys, option, value, least):
    assert main(command_line(output=tmp_path / 'pours.npy', **{option: value})) == 2
    message = f'{option}: expected a whole number of at least {least}, received {value}'
    assert capsys.readouterr().err == f'error: {message}\n'
    assert not os.listdir(tmp_path)


def test_pours_of_a_vessel_and_of_a_file_in_turn(tmp_path, capsys):
    glass = everyday_cup('wine_glass')
    save_cup(tmp_path / 'glass.yaml', glass)
    output = tmp_path / 'pours.npy'
    words = f'--output {output} --schema robot_trials --pours 6 --seed 3 --cup'.split()
    assert main([*words, 'mug', str(tmp_path / 'glass.yaml')]) == 0
    assert capsys.readouterr().out.startswith(f'wrote {output}: 6 x 700 x 7 ')
    pours = load_recordings(output).pours
    cups = [everyday_cup('mug'), glass] * 3
    for pour, cup in zip(pours, cups, strict=True):
        assert cup.is_size(pour.context.cup_height, pour.context.cup_diameter)
    # what comes is what this shape pours, at an offset as of a mounting
    outflow = CupOutflow(pours[1::2])
    offsets_deg = np.linspace(-8.0, 8.0, 65)
    poured = outflow.poured(glass, np.radians(offsets_deg) * np.ones((3, 1)))[-1]
    nearest = np.abs(poured - outflow.measured.max(axis=0)[:, np.newaxis]).argmin(axis=1)
    assert np.abs(poured[range(3), nearest] - outflow.measured.max(axis=0)).max() < 0.1
    assert np.ptp(offsets_deg[nearest]) > 0.5


def test_a_cup_that_is_not_there(tmp_path, capsys):
    words = ['--output', str(tmp_path / 'pours.npy'), '--cup', str(tmp_path / 'jug.yaml')]
    assert main(words) == 2
    err = capsys.readouterr().err
    assert 'or one of beer_glass, ' in err and 'jug.yaml' in err
    assert not (tmp_path / 'pours.npy').exists()


def test_the_command_runs_without_tensorflow(tmp_path):
    code = (
        'import runpy, sys; sys.modules["tensorflow"] = None; '
        'sys.argv = ["simulate", "--pours", "2", "--output", sys.argv[1]]; '
        'runpy.run_module("training.simulate", run_name="__main__")'
    )
    path = tmp_path / 'pours.npy'
    done = run_python('-c', code, path)
    assert done.returncode == 0, done.stderr
    assert path.is_file()
