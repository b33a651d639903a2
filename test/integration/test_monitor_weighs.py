# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The monitor tells a real estimator what a scale says of each pour, over real DDS."""

import re

from estimated_pour import context_parameters, end, options
import pytest
from scale_peer import LOSSLESS, ScalePeer, SEEN, SHIFT_NS
from small_bags import CUP, record, START_NS
from weighed_pour import write_model

from pour_force_estimator import PourContext
from pour_force_estimator.pours.log import read_log

PEER = ScalePeer
TOLD = re.compile(r'told the estimator that (\d\.\d{3}) N were weighed')


@pytest.fixture(scope='module')
def recording():
    """Return one pour of the cup that the model knows."""
    return record(1, seed=4)


@pytest.fixture
def start(start_estimator, start_installed, peer, recording, tmp_path):
    """Start estimator and monitor; return the monitor's process."""

    def start(**parameters):
        weight = recording.initial_weights[0]
        context = PourContext(weight, cup_height=CUP.height, cup_diameter=CUP.diameter)
        start_estimator(model=write_model(tmp_path), **context_parameters(context))
        monitor = start_installed('monitor', *options({**LOSSLESS, **parameters}))
        peer.meet_monitor(monitor, recording, START_NS - SHIFT_NS)
        if parameters.get('weigh', True):
            monitor.wait_for('told the estimator that', 'the estimator is not told')
        if 'told the estimator that' in monitor.output:  # it must not come after ~/remount
            peer.wait_for_status(
                lambda _, values: (
                    (values['pours weighed'], values['weighings refused']) != ('0', '0')
                ),
                'a weighing',
            )
        assert peer.remount().success and peer.reset().success
        peer.wait_for_values({'pours weighed': '0', 'poured weight [N]': '-'})
        return monitor

    return start


def check_weighings(peer, count):
    """Assert that what the estimator says now is that so many were taken, and none refused."""
    peer.statuses.clear()
    _, values = peer.wait_for_status(lambda *_: True, 'a status')
    assert (values['pours weighed'], values['weighings refused']) == (count, '0')


def test_each_pour_is_weighed_once_and_the_next_one_is_better(start, peer, recording):
    monitor = start()
    last = []
    for number in (0, 1):
        peer.play_estimated(recording, START_NS + number * SHIFT_NS)
        last.append(peer.weights[-1])
        peer.wait_for_values({'pours weighed': str(number + 1)})
        assert peer.reset().success
    truth = recording.poured[0]
    assert abs(last[1] - truth) < 0.5 * abs(last[0] - truth)
    check_weighings(peer, '2')
    weights = TOLD.findall(end(monitor))[-2:]
    assert [float(weight) for weight in weights] == pytest.approx([truth] * 2, abs=0.01)


def test_a_reset_before_the_scale_has_settled_costs_nothing(start, peer, recording):
    """A program need not wait for the scale: until the next pour flows, the weighing counts."""
    start()
    end_of_motion = len(recording.time_s) - 150  # upright, but not at rest for a second
    peer.play_estimated(recording, START_NS, end_of_motion)
    assert peer.reset().success
    peer.play(recording, START_NS, begin=end_of_motion)
    peer.wait_for_values({'pours weighed': '1', 'weighings refused': '0'})


def test_a_pour_the_estimator_did_not_start_with_is_not_told(start, peer, recording, tmp_path):
    log = tmp_path / 'pours.csv'
    monitor = start(log=log)
    peer.play_estimated(recording, START_NS)
    peer.wait_for_values({'pours weighed': '1'})
    rows = len(read_log(log))
    # no reset: the estimator goes on with the pour before, and with its ticks, three in 50 ms
    shift_ns = (int(recording.time_s[-1] * 20) + 1) * 50_000_000
    peer.play_estimated(recording, START_NS + shift_ns)
    row = peer.wait_for_rows(log, rows + 1)[-1]
    output = end(monitor)  # which tells right after it has logged
    assert output.splitlines()[-1].endswith(
        'the estimator did not start a pour with it: its estimate began at '
        f'{row.estimated_at_start:.3f} N'
    )
    check_weighings(peer, '1')


def test_switched_off_it_tells_nothing(start, peer, recording, tmp_path):
    log = tmp_path / 'pours.csv'
    monitor = start(weigh=False, log=log)
    rows = monitor.output.count(SEEN)
    peer.play_estimated(recording, START_NS)
    peer.wait_for_rows(log, rows + 1)
    output = end(monitor)
    assert 'RMSE' in output and 'told' not in output
    check_weighings(peer, '0')
