# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.recordings: simulated pours, and their columns."""

import numpy as np
import pytest

from pour_force_estimator.cups.everyday import everyday_cup
from training.recordings.simulated import SHAPES, simulate_recordings


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


@pytest.mark.parametrize('control', ['open', 'closed'])
def test_the_seed_decides(control):
    cups = [everyday_cup('measuring_jug')]
    first, same, reseeded = (
        simulate_recordings('robot_trials', 2, seed, control=control, cups=cups)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, same) and not np.array_equal(first, reseeded)
    assert np.abs(first[:, :, 0]).max() > 20.0  # degree
