# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of what benchmarks/ computes; its short runs are in test/integration."""

import json
import time

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks.measure import figure, paired_ratio, take_turns, value
from benchmarks.step import bare_step, check_agreement, ticking, tilt_at
from benchmarks.step import run as run_step
from benchmarks.table import markdown, plain
from pour_force_estimator import StepModel

MACHINE = {'processor': 'a processor', 'cores': 2, 'load': 0.1, 'python': '3.11'}


def test_turns_are_taken_and_timed():
    calls = []
    slow = (lambda: (calls.append('b'), time.sleep(0.01)), 1)
    durations = take_turns({'a': (lambda: calls.append('a'), 2), 'b': slow}, 2)
    assert ''.join(calls) == 'aaabbbbaaa'  # one more call each, which is not timed
    assert durations['a'].shape == (2, 2) and durations['b'].shape == (2, 1)
    assert durations['b'].min() > 0.01 and durations['a'].min() > 0.0


def test_ratios_are_medians_of_pairs():
    """All was slow in the second block, which does not show."""
    assert paired_ratio([[2.0], [40.0], [3.0]], [[1.0, 1.0], [20.0, 20.0], [1.0, 1.0]]) == 2.0
    assert paired_ratio([[0.0, 4.0]], [[0.0, 2.0]], 100) == 2.0


def test_a_figure_says_whether_its_aim_is_reached():
    reached = figure('part', 'own', [[1e-6, 3e-6], [2e-6, 9e-6]], 1.2, 'other', 1.5)
    assert reached['value'] == pytest.approx(2.5) and reached['max'] == pytest.approx(9.0)
    assert reached['met'] is True and reached['count'] == 4
    assert figure('part', 'own', [1e-6], 1.6, 'other', 1.5)['met'] is False
    assert figure('part', 'own', [1e-6], 1.6, 'other')['met'] is None
    assert value('part', 'lost', 1.0, '', limit=0.0)['met'] is False
    assert value('part', 'memory', 100.0, 'MiB', limit=120.0)['met'] is True


def test_tables():
    figures = [figure('tick', 'bare', [2e-6]), figure('tick', 'own', [3e-6], 1.5, 'bare', 1.4)]
    figures.append(value('memory', 'own', 100.0, 'MiB', limit=120.0))
    results = {'machine': MACHINE, 'seconds': 12.0, 'figures': figures}
    lines = plain(results).splitlines()
    assert lines[0].startswith('a processor, 2 cores') and lines[4] == 'tick'
    assert lines[6].split() == ['own', '3', '3', '3', 'µs', '1.5', 'bare', '≤', '1.4', 'NO']
    rows = markdown(results).splitlines()
    assert rows[-1] == '| own | 100 |  |  | MiB |  |  | 120 at most | yes |'
    assert len({row.count('|') for row in rows[2:]}) == 1


def test_the_table_of_the_last_run(tmp_path, capsys):
    path = tmp_path / 'results.json'
    results = {'machine': MACHINE, 'seconds': 1.0, 'figures': [figure('tick', 'own', [3e-6])]}
    path.write_text(json.dumps(results))
    assert command.main(['--table', '--json', str(path)]) == 0
    assert '| own | 3 | 3 | 3 | µs |' in capsys.readouterr().out
    assert command.main(['--table', '--json', str(tmp_path / 'none.json')]) == 1
    assert capsys.readouterr().err.startswith('error: ')


def test_ways_that_differ_are_seen():
    model = StepModel.load()
    rows = np.zeros((3, len(model.spec.features)), np.float32)
    good, wrong = bare_step(model), bare_step(model)
    check_agreement({'good': good, 'same': bare_step(model)}, rows)
    with pytest.raises(AssertionError, match='wrong: expected the responses of good within'):
        check_agreement({'good': bare_step(model), 'wrong': lambda row: wrong(row) + 0.01}, rows)


def test_a_tick_is_timed_beside_the_bare_call():
    bare, step, update = run_step(blocks=1)
    assert bare['value'] > 0.0 and step['value'] > 0.0
    assert (update['name'], update['beside']) == ('PourEstimator.update', 'bare ONNX Runtime')
    assert update['count'] == 480 and update['ratio'] > 0.0


def test_every_update_is_a_tick():
    class Estimator:
        def update(self, stamp_ns, tilt):
            return stamp_ns, tilt

    update = ticking(Estimator())
    stamps = (0, 16_666_667, 33_333_333)
    assert [update() for _ in stamps] == [(ns, tilt_at(tick)) for tick, ns in enumerate(stamps)]
    assert tilt_at(240) == pytest.approx(1.8) and tilt_at(480) == pytest.approx(0.0)
