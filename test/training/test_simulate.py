# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.simulate."""

import os

from command_line import command_line, run_python
import numpy as np
import pytest

from pour_force_estimator.pours.recordings import load_recordings
from training.simulate import main, SHAPES, simulate_recordings


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


def test_dim_columns():
    assert (SHAPES['dim', 1][0], SHAPES['dim', 2][0]) == (1307, 289)  # as published
    array = simulate_recordings('dim', pours=40, seed=1)
    theta, f, f_init, f_empty, f_final, d_rc, h_rc, d_pc, h_pc, rho = array.transpose(2, 0, 1)
    lengths = np.count_nonzero(f_init, axis=1)
    last = f[np.arange(40), lengths - 1]
    np.testing.assert_allclose(f[:, 0], f_init[:, 0], atol=0.012)
    np.testing.assert_allclose(last, f_final[:, 0], atol=0.02)
    assert np.all(f_final <= f_init)
    assert theta.max() > 60.0
    assert np.all((f_empty >= 0.0) & (f_empty < 0.05))
    real = f_init > 0.0
    assert np.all(rho[real] >= 0.9) and np.mean(rho[:, 0] == 1.0) > 0.4
    assert d_rc[real].min() >= 60.0 and h_rc[real].min() >= 60.0
    assert d_pc[real].max() <= 125.0 and h_pc[real].min() >= 70.0


def test_robot_trials_columns():
    array = simulate_recordings('robot_trials', pours=40, seed=1)
    theta, f, f_init, f_target, _, _, theta_dot = array.transpose(2, 0, 1)
    assert theta.min() < -60.0 and theta[:, 0].max() < 0.0
    assert np.abs(f[:, 0]).max() < 0.012
    assert np.all(f.min(axis=1) < -0.005) and f.max() < 0.1
    assert np.all(f_target <= 1.6) and f_target[:, 0].min() > 0.04
    moving = np.gradient(np.radians(theta), 1.0 / 60.0, axis=1)
    real = np.roll(f_init > 0.0, -2, axis=1) & (f_init > 0.0)
    assert np.corrcoef(moving[real], theta_dot[real])[0, 1] > 0.95


def test_same_seed_same_bytes(tmp_path, capsys):
    """In a folder that is made for them; progress goes to stderr."""
    paths = [tmp_path / 'new' / 'folder' / name for name in ('a.npy', 'b.npy', 'c.npy')]
    for path, seed in zip(paths, (7, 7, 8)):
        assert main(command_line(pours=5, seed=seed, output=path)) == 0
    first, again, other = (path.read_bytes() for path in paths)
    assert first == again != other
    assert 'simulating 1099/1099' in capsys.readouterr().err


@pytest.mark.parametrize('option, value, least', [('pours', 0, 1), ('seed', -1, 0)])
def test_errors_are_one_line(tmp_path, capsys, option, value, least):
    assert main(command_line(output=tmp_path / 'pours.npy', **{option: value})) == 2
    message = f'{option}: expected a whole number of at least {least}, received {value}'
    assert capsys.readouterr().err == f'error: {message}\n'
    assert not os.listdir(tmp_path)


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
