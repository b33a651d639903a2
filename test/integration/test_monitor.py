# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The monitor over real DDS, beside the real estimator."""

from estimated_pour import context_parameters, end, MODEL, offline_estimates, options
from geometry_msgs.msg import WrenchStamped
import numpy as np
import pytest
from scale_peer import LOSSLESS, ScalePeer, SEEN, SHIFT_NS
from small_bags import CUP, record, stamps, START_NS

from pour_force_estimator import PourContext
from pour_force_estimator.ros.conversions import weight_wrench

PEER = ScalePeer


@pytest.fixture(scope='module')
def recording():
    """Return one pour."""
    return record(1, seed=4)


def context_of(recording):
    weight = recording.initial_weights[0]
    return PourContext(weight, 1.5, cup_height=CUP.height, cup_diameter=CUP.diameter)


@pytest.fixture
def start(start_estimator, start_installed, peer, recording, tmp_path):
    """Start estimator and monitor; return the monitor's process and its log."""

    def start(**parameters):
        log = tmp_path / 'log' / 'pours.csv'
        start_estimator(**context_parameters(context_of(recording)))
        # what it weighed would change the estimates of the next pour, see test_monitor_weighs
        values = {**LOSSLESS, 'log': str(log), 'weigh': False, **parameters}
        return start_installed('monitor', *options(values)), log

    return start


def wrenches(ahead_ns=0):
    """Return what makes readings, with stamps that are ahead."""
    return lambda _, stamp_ns, weight: weight_wrench(stamp_ns + ahead_ns, -weight, 'scale')


def offline(recording, start_ns):
    """Return stamps [ns] and estimates [N] of the recording."""
    samples = zip(stamps(recording.time_s, start_ns), recording.tilt.tolist())
    estimates = offline_estimates(samples, context_of(recording))
    return np.array([(e.stamp_ns, e.poured_weight) for e in estimates]).T


def rmse_of(row, recording, start_ns, delay_s):
    """Return the error that a row should have [N]."""
    at_ns, estimates = offline(recording, start_ns)
    truth = np.interp((at_ns - start_ns) * 1e-9, recording.time_s, recording.delayed(delay_s))
    begin_s, at_s = row.start_stamp, at_ns * 1e-9
    within = (at_s >= begin_s) & (at_s <= begin_s + row.duration_s)
    return float(np.sqrt(np.mean((estimates - truth)[within] ** 2)))


def check_stamps(peer, recording, ticks_ns, estimates):
    """Compare what the monitor published of the first pour with what belongs to its stamps."""

    def of_pour(stamped):
        end_ns = START_NS + recording.time_s[-1] * 1e9
        peer.wait_until(lambda: stamped and stamped[-1][0] > end_ns, 'the second pour')
        rows = [row for row in stamped if START_NS <= row[0] < end_ns]
        assert len(rows) > 300
        return np.array(rows).T

    def at(stamps_ns, values):
        return np.interp((stamps_ns - START_NS) * 1e-9, recording.time_s, values)

    at_ns, tilts = of_pour(peer.stamped_tilts)
    assert tilts == pytest.approx(at(at_ns, recording.tilt), abs=1e-6)
    at_ns, weights = of_pour(peer.stamped_weights)
    assert weights == pytest.approx(at(at_ns, recording.delayed(0.0)), abs=0.01)
    at_ns, errors = of_pour(peer.stamped_errors)
    expected = np.interp(at_ns, ticks_ns, estimates) - at(at_ns, recording.delayed(0.0))
    assert errors == pytest.approx(expected, abs=0.01)


def rows_of(peer, node, log, count):
    """Wait until the log has `count` rows, and return them; else show what the monitor says."""
    try:
        return peer.wait_for_rows(log, count)
    except AssertionError as error:
        raise AssertionError(f'{error}; the monitor: {end(node)}') from error


@pytest.mark.parametrize('wrench', [False, True], ids=['Float64', 'WrenchStamped'])
def test_each_pour_becomes_a_row_of_the_log(start, peer, recording, wrench):
    scale = {'scale_topic': 'scale_other', 'scale_type': 'WrenchStamped', 'scale_delay': 0.1}
    node, log = start(**(scale if wrench else {}))
    if wrench:
        peer.offer(WrenchStamped, wrenches())
    peer.meet_monitor(node, recording, START_NS - SHIFT_NS)
    before = node.output.count(SEEN)
    for number in (0, 1):
        assert peer.reset().success
        # Without all estimates, the next reset would overtake the last joint states.
        peer.play_estimated(recording, START_NS + number * SHIFT_NS)
        rows = rows_of(peer, node, log, before + number + 1)[before:]
    at_ns, estimates = offline(recording, START_NS)
    for number, row in enumerate(rows):
        assert (row.model, row.model_digest) == (MODEL.spec.name, MODEL.digest)
        assert row.poured == pytest.approx(recording.poured[0], abs=0.01)
        start_s = row.start_stamp - (START_NS + number * SHIFT_NS) * 1e-9
        assert start_s == pytest.approx(recording.starts_s[0], abs=0.6)
        assert row.final_error == pytest.approx(row.estimated - row.poured)
        end_ns = (row.start_stamp + row.duration_s) * 1e9 - number * SHIFT_NS
        assert row.estimated == pytest.approx(np.interp(end_ns, at_ns, estimates), abs=0.1)
        assert row.readings > 300
        assert row.finished.endswith('+00:00')
    # The scale's delay is removed only if it is told. A reading without a stamp counts from the
    # newest joint state, which a busy machine delays.
    rmse = rmse_of(rows[0], recording, START_NS, 0.0 if wrench else 0.1)
    assert rows[0].rmse == pytest.approx(rmse, rel=0.02 if wrench else 0.15)
    # Row and log are written while the newest of many messages may still wait to be taken.
    largest = pytest.approx(max(row.max_error for row in rows), rel=0.15)
    peer.wait_until(lambda: peer.errors and max(map(abs, peer.errors)) == largest, 'the largest')
    poured = pytest.approx(recording.poured[0], abs=0.01)
    peer.wait_until(lambda: max(peer.true_weights) == poured, 'the poured weight')
    assert set(peer.tilts) <= set(recording.tilt.tolist())
    if wrench:
        check_stamps(peer, recording, at_ns, estimates)
    output = end(node)
    assert output.count(SEEN) == before + 2 and 'RMSE' in output


def test_a_scale_whose_clock_is_apart_counts_from_the_arrival(start, peer, recording):
    """Its stamps are 30 s ahead: they would be compared with estimates of another pour."""
    node, log = start(scale_topic='scale_other', scale_type='WrenchStamped')
    peer.offer(WrenchStamped, wrenches(ahead_ns=30_000_000_000))
    peer.meet_monitor(node, recording, START_NS - SHIFT_NS)
    before = node.output.count(SEEN)
    assert peer.reset().success
    peer.play_estimated(recording, START_NS)
    row = rows_of(peer, node, log, before + 1)[-1]
    assert row.rmse == pytest.approx(rmse_of(row, recording, START_NS, 0.1), rel=0.15)
    assert row.readings > 300
    assert 'the stamps of /scale_other are 30.0' in end(node)


def test_a_pour_that_nobody_estimates_is_not_logged(start_installed, peer, recording, tmp_path):
    log = tmp_path / 'pours.csv'
    node = start_installed('monitor', *options({**LOSSLESS, 'log': str(log)}))
    peer.wait_for_watcher()
    peer.play_until(lambda: 'a pour without any estimate' in node.output, recording, START_NS)
    end(node)
    assert not log.exists()


def test_without_a_scale_there_is_the_tilt(start_installed, peer, recording):
    start_installed('monitor', *options({**LOSSLESS, 'scale_topic': '""'}))
    peer.wait_for_subscriber()
    peer.play_until(
        lambda: peer.tilts and peer.tilts[-1] == recording.tilt[399], recording, START_NS, end=400
    )
    assert set(peer.tilts) <= set(recording.tilt[:400].tolist())
    assert peer.true_weights == peer.errors == []


def test_a_file_that_is_no_log_ends_the_node_and_stays(start_installed, tmp_path):
    log = tmp_path / 'pours.csv'
    log.write_text('a,b\n')
    output, _ = start_installed('monitor', '-p', f'log:={log}').communicate()
    assert output.startswith(f'monitor: {log}: expected a log of pours'), output
    assert log.read_text() == 'a,b\n'
