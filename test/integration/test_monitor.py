# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The monitor over real DDS, beside the real estimator."""

import math

from estimated_pour import end, options
from geometry_msgs.msg import WrenchStamped
import numpy as np
import pytest
from scale_peer import ATTEMPTS, LOSSLESS, PATIENCE_S, ScalePeer, SEEN
from small_bags import CUP, record, START_NS

from pour_force_estimator import find_model, PourContext, PourEstimator, StepModel
from pour_force_estimator.pours.log import read_log
from pour_force_estimator.ros.conversions import to_stamp

SHIFT_NS = 100_000_000_000


@pytest.fixture
def peer(ros_environment):
    """Return an arm and a scale."""
    with ScalePeer() as peer:
        yield peer


@pytest.fixture(scope='module')
def recording():
    """Return one pour."""
    return record(1, seed=4)


def context_of(recording):
    return {
        'initial_weight': recording.initial_weights[0],
        'target_weight': 1.5,
        'cup_height': CUP.height,
        'cup_diameter': CUP.diameter,
    }


def offline(recording, start_ns):
    """Return stamps [ns] and estimates [N] of the recording."""
    estimator = PourEstimator(StepModel.load(find_model()), PourContext(**context_of(recording)))
    estimates = []
    for time_s, tilt in zip(recording.time_s.tolist(), recording.tilt.tolist()):
        estimates += estimator.update(start_ns + round(time_s * 1e9), tilt)
    return np.array([e.stamp_ns for e in estimates]), np.array(
        [e.poured_weight for e in estimates]
    )


def wait_for_rows(peer, node, log, count):
    """Wait until the log has `count` rows; show what the monitor says if they do not come."""
    try:
        peer.wait_until(lambda: log.exists() and len(read_log(log)) == count, f'row {count}')
    except AssertionError as error:
        raise AssertionError(f'{error}; the monitor: {end(node)}') from error


@pytest.mark.parametrize('wrench', [False, True], ids=['Float64', 'WrenchStamped'])
def test_each_pour_becomes_a_row_of_the_log(
    start_estimator, start_installed, peer, recording, tmp_path, wrench
):
    log = tmp_path / 'log' / 'pours.csv'
    start_estimator(**{f'pour__{name}': value for name, value in context_of(recording).items()})
    scale = (
        {'scale_topic': 'scale_wrench', 'scale_type': 'WrenchStamped', 'scale_delay': 0.1}
        if wrench
        else {}
    )
    # what it weighed would change the estimates of the next pour, see test_monitor_weighs
    node = start_installed(
        'monitor', *options({**LOSSLESS, **scale, 'log': str(log), 'weigh': False})
    )
    peer.meet_monitor(node, recording, START_NS - SHIFT_NS, wrench)
    before = node.output.count(SEEN)
    stamps, estimates = offline(recording, START_NS)
    for number in (0, 1):
        assert peer.reset().success
        already = len(peer.wrenches)
        peer.play(recording, START_NS + number * SHIFT_NS, wrench=wrench)
        # Or the next reset would overtake the last joint states.
        peer.wait_for_estimates(already, recording)
        wait_for_rows(peer, node, log, before + number + 1)
    rows = read_log(log)[before:]
    model = StepModel.load(find_model())
    for number, row in enumerate(rows):
        assert (row.model, row.model_digest) == (model.spec.name, model.digest)
        assert row.poured == pytest.approx(recording.poured[0], abs=0.01)
        assert row.start_stamp == pytest.approx(
            (START_NS + number * SHIFT_NS) * 1e-9 + recording.starts_s[0], abs=0.6
        )
        assert row.final_error == pytest.approx(row.estimated - row.poured)
        end_ns = (row.start_stamp + row.duration_s) * 1e9 - number * SHIFT_NS
        assert row.estimated == pytest.approx(np.interp(end_ns, stamps, estimates), abs=0.1)
        assert row.readings > 300
        assert math.isnan(row.interval_coverage) or 0.0 <= row.interval_coverage <= 1.0
        assert row.finished.endswith('+00:00')
    # The errors against the truth, offline; live the scale's delay is removed only if it is told.
    truth = np.interp(
        (stamps - START_NS) * 1e-9, recording.time_s, recording.delayed(0.0 if wrench else 0.1)
    )
    own = (stamps >= rows[0].start_stamp * 1e9) & (
        stamps <= (rows[0].start_stamp + rows[0].duration_s) * 1e9
    )
    rmse = float(np.sqrt(np.mean((estimates - truth)[own] ** 2)))
    # A reading without a stamp counts from the newest joint state, which a busy machine delays.
    assert rows[0].rmse == pytest.approx(rmse, rel=0.02 if wrench else 0.15)
    peer.wait_until(
        lambda: (
            peer.errors
            and max(map(abs, peer.errors))
            == pytest.approx(max(row.max_error for row in rows), rel=0.15)
        ),
        'the largest error',
    )
    # Row and log are written while the newest of many messages may still wait to be taken.
    peer.wait_until(
        lambda: max(peer.true_weights) == pytest.approx(recording.poured[0], abs=0.01),
        'the poured weight',
    )
    assert set(peer.tilts) <= set(recording.tilt.tolist())
    output = end(node)
    assert output.count(SEEN) == before + 2 and 'RMSE' in output


def test_a_scale_whose_clock_is_apart_counts_from_the_arrival(
    start_estimator, start_installed, peer, recording, tmp_path
):
    """Its stamps are 30 s ahead: they would be compared with estimates of another pour."""
    log = tmp_path / 'pours.csv'
    start_estimator(**{f'pour__{name}': value for name, value in context_of(recording).items()})
    node = start_installed(
        'monitor',
        *options(
            {
                **LOSSLESS,
                'scale_topic': 'scale_other',
                'scale_type': 'WrenchStamped',
                'log': str(log),
                'weigh': False,
            }
        ),
    )
    peer.offer(WrenchStamped)
    peer.wait_for_watcher(joints=2)

    def ahead(_, stamp_ns, weight):
        message = WrenchStamped()
        message.header.stamp = to_stamp(stamp_ns + 30_000_000_000)
        message.wrench.force.z = weight
        return message

    # The first ones are those to find each other by, see meet_monitor.
    for number in range(ATTEMPTS):
        start_ns = START_NS + number * SHIFT_NS
        before = node.output.count(SEEN)
        assert peer.reset().success
        already = len(peer.wrenches)
        peer.play(recording, start_ns, reading=ahead)
        peer.wait_for_estimates(already, recording)
        is_seen = peer.waits_for(
            lambda before=before: node.output.count(SEEN) > before, PATIENCE_S
        )
        if number and is_seen:
            break
    wait_for_rows(peer, node, log, node.output.count(SEEN))
    row = read_log(log)[-1]
    stamps, estimates = offline(recording, start_ns)
    truth = np.interp((stamps - start_ns) * 1e-9, recording.time_s, recording.delayed(0.1))
    within = (stamps >= row.start_stamp * 1e9) & (
        stamps <= (row.start_stamp + row.duration_s) * 1e9
    )
    assert row.rmse == pytest.approx(
        float(np.sqrt(np.mean((estimates - truth)[within] ** 2))), rel=0.15
    )
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
    node = start_installed('monitor', *options({'log': str(log)}))
    output, _ = node.communicate()
    assert node.returncode == 1
    assert output.startswith('monitor: ') and 'expected a log of pours' in output
    assert log.read_text() == 'a,b\n'


def test_the_sign_of_the_scale_must_be_told(start_installed):
    node = start_installed('monitor', *options({'scale_sign': 0}))
    output, _ = node.communicate()
    assert node.returncode == 1
    assert output == 'monitor: scale_sign: expected 1 or -1, received 0\n'
