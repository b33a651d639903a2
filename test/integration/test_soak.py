# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The soak benchmark for some seconds: every kind of fault once, and each check at work."""

import json

from command_line import run_python
import pytest

pytest.importorskip('psutil', reason='needs psutil: pip install .[test]')

from benchmarks import soak  # noqa: E402
from benchmarks.soak_peer import Comparison  # noqa: E402

KINDS = {'gap', 'jump', 'late', 'lost', 'not_finite', 'partial', 'repeated', 'spike', 'unequal'}
VALUES = {  # good and bad
    'matched': (10, 0),
    'missing': (0, 1),
    'unexpected': (0, 1),
    'different': (0, 1),
    'weights': (10, 9),
    'miscounted': ({}, {'samples gap': [1, None]}),
    'memory_growth_mib': (0.1, 2.5),
    'cpu_share': (0.1, 0.9),
    'log_errors': (0, 1),
    'exit_code': (0, 1),
}
GOOD = {name: good for name, (good, _) in VALUES.items()}


def test_a_short_soak_holds_all_checks(tmp_path, ros_environment):
    command = '-m benchmarks.soak --seconds 7 --rate 250 --json'.split()
    done = run_python(*command, tmp_path / 'soak.json')
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / 'soak.json').read_text())
    assert all(result['checks'].values()) and result['matched'] > 200
    assert set(result['faults']) == KINDS
    assert 'FAILED' not in done.stdout


def test_lost_surplus_and_different_estimates_are_seen():
    comparison = Comparison()
    for tick in range(5):
        comparison.expect(tick, float(tick), 0.0)
    for tick, weight in ((0, 0.0), (2, 2.0), (7, 7.0), (3, 3.5)):
        comparison.receive(tick, weight, 1.0)
    comparison.end()
    assert (comparison.matched, comparison.missing) == (3, 2)
    assert (comparison.unexpected, comparison.different) == (1, 1)


@pytest.mark.parametrize('name', GOOD)
def test_each_check_can_fail(name):
    assert all(soak.checks(GOOD).values())
    assert not all(soak.checks({**GOOD, name: VALUES[name][1]}).values())


def test_same_seed_same_faults():
    def first(seed):
        actions = soak.FaultyArm(500.0, seed).actions()
        return [str(next(actions)) for _ in range(3000)]

    assert first(1) == first(1) != first(2)
