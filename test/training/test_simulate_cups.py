# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.simulate with given cups."""

import numpy as np
import pytest

from pour_force_estimator.cups.cup_file import save_cup
from pour_force_estimator.cups.everyday import everyday_cup
from pour_force_estimator.pours.recordings import load_recordings
from training import simulate
from training.cups.outflow import CupOutflow


def test_pours_of_a_vessel_and_of_a_file_in_turn(tmp_path, capsys):
    glass = everyday_cup('wine_glass')
    save_cup(tmp_path / 'glass.yaml', glass)
    output = tmp_path / 'pours.npy'
    words = f'--output {output} --schema robot_trials --pours 6 --seed 3 --cup'.split()
    assert simulate.main([*words, 'mug', str(tmp_path / 'glass.yaml')]) == 0
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
    assert simulate.main(words) == 2
    assert 'jug.yaml' in capsys.readouterr().err
    assert not (tmp_path / 'pours.npy').exists()


@pytest.mark.parametrize('control', ['open', 'closed'])
def test_the_seed_decides(control):
    cups = [everyday_cup('measuring_jug')]
    one, same, other = (
        simulate.simulate_recordings('robot_trials', 2, seed, control=control, cups=cups)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert np.abs(one[:, :, 0]).max() > 20.0  # degree
