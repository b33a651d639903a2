# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Own pours from end to end: record, import, train, watch; with real bags and real DDS.

The cup is one that no shipped model knows, the arm and its scale are simulated.
"""

import subprocess
import sys

from estimated_pour import context_parameters, end, JOINT, MODEL, options
import numpy as np
import pytest
from rosbags.rosbag2 import Reader
from scale_peer import LOSSLESS, ScalePeer, SEEN, SHIFT_NS
from small_bags import (
    CUP,
    joint_states,
    readings,
    record,
    START_NS,
    TYPES,
    wrenches,
    write_bag,
    write_context,
)

from pour_force_estimator import PourEstimator, StepModel
from pour_force_estimator.pours.log import read_log
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.ros.conversions import to_ns
from training.evaluate import estimate_pour
from training.rosbag.__main__ import main as import_bags

PEER = ScalePeer
PERIOD_NS = 1e9 / 60.0


def run(module, *arguments):
    """Run a command of this repository."""
    done = subprocess.run(
        [sys.executable, '-m', module, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def import_bag(folder, bag):
    output = folder / f'{bag.name}.npy'
    arguments = [bag, '--joints', JOINT, '--scale', '/scale', '--output', output]
    assert import_bags([*map(str, arguments), '--context', str(folder / 'context.yaml')]) == 0
    return output


def joint_states_of(bag):
    """Return stamps [ns] and tilts of a bag, as they were recorded."""
    with Reader(bag) as reader:
        connections = [c for c in reader.connections if c.topic == '/joint_states']
        messages = [
            TYPES.deserialize_cdr(raw, connection.msgtype)
            for connection, _, raw in reader.messages(connections)
        ]
    return [
        (to_ns(message.header.stamp), float(message.position[message.name.index(JOINT)]))
        for message in messages
    ]


def estimated(peer, samples):
    """Send samples on ticks; return stamps [ns] and weights [N] of their estimates."""
    for count, (stamp_ns, tilt) in enumerate(samples, start=1):
        peer.send_joint_state(stamp_ns, ('elbow_joint', JOINT), (0.1, tilt))
        if count % 50 == 0 or count == len(samples):
            peer.wait_until(lambda count=count: len(peer.wrenches) >= count, 'estimates')
    return [(stamp_ns, -force) for stamp_ns, force in peer.wrenches]


def on_the_grid(folder, seed):
    """
    Make a bag of one pour whose joint states lie on the ticks of the node.

    These count from the begin of the pour, in whole nanoseconds. 1/60 s is none, but 3/60 s are:
    the pour has to begin after a multiple of three ticks, and so the bag with one of three rests.

    Returns
    -------
    pathlib.Path, RecordedPour, int
        The bag, its pour, and at which joint state that begins.

    """
    for lead in range(3):
        recording = record(1, rate_hz=60.0, seed=seed, rest_s=2.0 + lead / 60.0)
        messages = joint_states(recording)
        for step, (_, _, message) in enumerate(messages):
            stamp = START_NS + round(step * PERIOD_NS)
            message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 1_000_000_000)
        bag = write_bag(folder / f'bag_{lead}', [*messages, *wrenches(recording)])
        write_context(folder / 'context.yaml', recording, target_weight=1.0)
        (pour,) = load_recordings(import_bag(folder, bag), 'robot_trials').pours
        tilts = np.array([tilt for _, tilt in joint_states_of(bag)])
        windows = np.lib.stride_tricks.sliding_window_view(tilts, len(pour))
        (begin,) = np.flatnonzero(np.abs(windows - pour.tilt).max(axis=1) < 1e-12).tolist()
        if begin % 3 == 0:
            return bag, pour, begin
    raise AssertionError('one of three neighbours is a multiple of three')


@pytest.mark.parametrize('seed', [6, 7])
def test_a_bag_through_the_node_gives_the_numbers_of_the_evaluation(
    start_estimator, peer, tmp_path, seed
):
    bag, pour, begin = on_the_grid(tmp_path, seed)
    samples = joint_states_of(bag)[begin : begin + len(pour)]
    start_estimator(**context_parameters(pour.context))
    evaluated = estimate_pour(PourEstimator(MODEL, pour.context), pour).weight
    live = estimated(peer, samples)
    stamps = [stamp for stamp, _ in samples]
    assert live == list(zip(stamps, evaluated.tolist()))  # bit for bit
    assert np.ptp(evaluated) > 0.3


def test_two_pours_of_a_new_cup_are_recorded_imported_learned_and_watched(
    start_estimator, start_installed, peer, tmp_path
):
    # 1. Record: the recorder sees both pours, the bag holds them.
    recording = record(2, rate_hz=100.0, seed=6)
    cup = {'pour.cup_height': CUP.height, 'pour.cup_diameter': CUP.diameter}
    recorder = start_installed('recorder', *options({**LOSSLESS, **cup}))
    peer.wait_for_watcher()
    peer.play(recording, START_NS)
    peer.wait_for_pours(2)
    end(recorder)
    bag = write_bag(
        tmp_path / 'new_cup', [*joint_states(recording), *readings(recording, delay_s=0.1)]
    )

    # 2. Import.
    write_context(tmp_path / 'context.yaml', recording)
    data = import_bag(tmp_path, bag)
    pours = load_recordings(data, 'robot_trials').pours
    assert [pour.poured_weight[-1] for pour in pours] == pytest.approx(recording.poured, abs=0.02)

    # 3. Train: two pours are too few for networks, but they tell the shipped one of the cup.
    model = tmp_path / 'model.onnx'
    run('training.calibrate', '--model', 'robot_trials', '--data', data, '--output', model)
    assert 'rmse_newton' in run('training.evaluate', '--model', model, '--data', data)

    # 4. Watch: the new model in the node, the scale beside it, a row of the log for each pour.
    start_estimator(model=str(model), **context_parameters(pours[0].context))
    log = tmp_path / 'pours.csv'
    monitor = start_installed('monitor', *options({**LOSSLESS, 'log': str(log)}))
    peer.meet_monitor(monitor, recording, START_NS)
    before = monitor.output.count(SEEN)
    assert peer.reset().success
    peer.play(recording, START_NS + SHIFT_NS)
    peer.wait_until(lambda: log.exists() and len(read_log(log)) == before + 2, 'two rows')
    rows = read_log(log)[before:]
    assert [row.poured for row in rows] == pytest.approx(recording.poured, abs=0.02)
    assert {row.model_digest for row in rows} == {StepModel.load(model).digest}
    assert peer.errors and np.all(np.isfinite(peer.errors))
    end(monitor)
