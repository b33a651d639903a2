# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of benchmarks.training with few, short pours."""

import json

import numpy as np
import pytest

from benchmarks.training import main, padded_pours, speedups

WAYS = ['padded', 'cut', 'unmasked', 'fused']


def test_padded_pours():
    padded = padded_pours(5, 500)
    assert padded.features.shape == (5, 500, 9)
    assert padded.response.shape == (5, 500, 1)
    assert len(set(padded.lengths)) > 1 and padded.lengths.max() <= 500
    assert not padded.features[padded.mask == 0.0].any()
    assert padded.features[padded.mask == 1.0].std(axis=0) == pytest.approx(1.0, abs=1e-3)
    assert not np.array_equal(padded.features, padded_pours(5, 500, seed=1).features)


def test_speedups_are_medians_of_pairs():
    """The second repetition was slow for both, which does not show."""
    seconds = {'padded': [4.0, 40.0, 8.0], 'fused': [2.0, 10.0, 2.0]}
    assert speedups(seconds) == {'padded': 1.0, 'fused': 4.0}


def test_command(tmp_path, capsys):
    """Four ways, all timed."""
    path = tmp_path / 'result.json'
    options = '--pours 6 --steps 480 --batch-size 3 --units 8 6 --repeat 3 --json'.split()
    assert main([*options, str(path)]) == 0
    result = json.loads(path.read_text())
    assert (result['pours'], result['steps'], result['batch_size']) == (6, 480, 3)
    assert result['recurrent_units'] == [8, 6]
    assert list(result['seconds']) == list(result['speedups']) == WAYS
    assert all(len(times) == 3 and min(times) > 0.0 for times in result['seconds'].values())
    assert result['speedups'] == pytest.approx(speedups(result['seconds']))
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith('gru (8, 6), 6 pours of ')
    assert [line.split()[0] for line in printed[2:]] == WAYS
    assert float(printed[-1].split()[2]) == pytest.approx(result['speedups']['fused'], abs=0.01)


def test_steps_that_hold_no_pour(capsys):
    assert main(['--steps', '100']) == 2
    assert capsys.readouterr().err.startswith('error: max_steps: expected')
