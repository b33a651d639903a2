"""Tests of what benchmarks/ computes; its short runs are in test/integration."""

import json
import time

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks.bulk import run as run_bulk
from benchmarks.measure import figure, paired_ratio, take_turns, value
from benchmarks.networks import paper_network
from benchmarks.rivals import keras_stateful, onnx_runtime, plain_numpy, whole_past
from benchmarks.step import check_agreement, ticking, tilt_at
from benchmarks.table import markdown, plain
from benchmarks.tick_profile import options_of_onnx_runtime
from pour_force_estimator import find_model

MACHINE = {'processor': 'a processor', 'cores': 2, 'load': 0.1, 'python': '3.11'}


@pytest.fixture(scope='module')
def network():
    """Return the paper's network."""
    return paper_network()


def test_turns_are_taken_and_timed():
    said = []
    durations = take_turns({
        'a': (lambda: said.append('a'), 2), 'b': (lambda: (said.append('b'), time.sleep(0.01)), 1),
    }, 2)
    assert ''.join(said) == 'aaa' 'bb' 'bb' 'aaa'  # one more call each, which is not timed
    assert durations['a'].shape == (2, 2) and durations['b'].shape == (2, 1)
    assert durations['b'].min() > 0.01 > durations['a'].max() > 0.0


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
    results = {'machine': MACHINE, 'seconds': 12.0, 'figures': [
        figure('tick', 'bare', [2e-6]), figure('tick', 'own', [3e-6], 1.5, 'bare', 1.4),
        value('memory', 'own', 100.0, 'MiB', limit=120.0)]}
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


def test_all_rivals_compute_the_same(network):
    rows = np.random.default_rng(0).uniform(
        [spec.low for spec in network.step_model.spec.features],
        [spec.high for spec in network.step_model.spec.features], (12, 9)).astype(np.float32)
    steps = {'onnx': onnx_runtime(network.step_model), 'numpy': plain_numpy(network),
             **keras_stateful(network)}
    check_agreement(steps, rows)
    last = [step(rows[:1]) for step in steps.values()]  # the state went on
    assert np.ptp(last) < 1e-4 and abs(last[0]) > 1e-3
    standardized = ((rows - network.scaling.mean) / network.scaling.scale).astype(np.float32)
    fresh = plain_numpy(network)
    responses = [fresh(row[np.newaxis]) for row in rows]
    assert whole_past(network)(standardized[np.newaxis]) == pytest.approx(responses[-1], abs=1e-4)


def test_rivals_that_differ_are_seen(network):
    good, rows = plain_numpy(network), np.zeros((3, 9), np.float32)
    wrong = plain_numpy(network)
    with pytest.raises(AssertionError, match='wrong: expected the responses of good within'):
        check_agreement({'good': good, 'wrong': lambda row: wrong(row) + 0.01}, rows)


def test_options_are_applied_to_the_same_model():
    calls = options_of_onnx_runtime(find_model().read_bytes())
    expected = calls['InferenceSession.run']()
    for name, call in calls.items():
        result = call()
        weight = result['weight'] if isinstance(result, dict) else result[0]
        assert weight == pytest.approx(expected[0], abs=1e-5), name


def test_every_update_is_a_tick():
    class Estimator:
        def update(self, stamp_ns, tilt):
            return stamp_ns, tilt
    update = ticking(Estimator())
    assert [update() for _ in range(3)] == [
        (0, tilt_at(0)), (16_666_667, tilt_at(1)), (33_333_333, tilt_at(2))]
    assert tilt_at(240) == pytest.approx(1.8) and tilt_at(480) == pytest.approx(0.0)


def test_bulk_compares_what_agrees():
    lines = run_bulk(pours=9, parts=3)
    assert [line['name'] for line in lines] == ['one by one', '9 at once'] * 2
    assert lines[1]['ratio'] < 1.0 and lines[3]['ratio'] < 1.0
