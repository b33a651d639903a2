# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Own pours from end to end: record, import, train, watch; with real bags and real DDS.

The cup is one that no shipped model knows, the arm and its scale are simulated.
"""

import subprocess
import sys

from estimated_pour import end, options
import numpy as np
import pytest
from rosbags.rosbag2 import Reader
from scale_peer import LOSSLESS, ScalePeer, SEEN
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

from pour_force_estimator import find_model, PourEstimator, StepModel
from pour_force_estimator.pours.log import read_log
from pour_force_estimator.pours.recordings import load_recordings
from training.evaluate import estimate_pour
from training.rosbag.__main__ import main as import_bags

JOINT = 'wrist_3_joint'
PERIOD_NS = 1e9 / 60.0


@pytest.fixture
def peer(ros_environment):
    """Return an arm and a scale."""
    with ScalePeer() as peer:
        yield peer


def run(module, *arguments):
    """Run a command of this repository."""
    done = subprocess.run(
        [sys.executable, '-m', module, *map(str, arguments)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def import_bag(folder, bag, *extra):
    output = folder / f'{bag.name}.npy'
    assert (
        import_bags(
            [
                str(bag),
                '--joints',
                JOINT,
                '--scale',
                '/scale',
                '--context',
                str(folder / 'context.yaml'),
                '--output',
                str(output),
                *extra,
            ]
        )
        == 0
    )
    return output


def joint_states_of(bag):
    """Return stamps [ns] and tilts of a bag, as they were recorded."""
    samples = []
    with Reader(bag) as reader:
        own = [c for c in reader.connections if c.topic == '/joint_states']
        for connection, _, raw in reader.messages(own):
            message = TYPES.deserialize_cdr(raw, connection.msgtype)
            stamp = message.header.stamp
            samples.append(
                (
                    stamp.sec * 1_000_000_000 + stamp.nanosec,
                    float(message.position[message.name.index(JOINT)]),
                )
            )
    return samples


def replay(peer, samples, context):
    """Send samples to the estimator as a new pour; return what it publishes [N]."""
    changes = {
        f'pour__{name}': getattr(context, name)
        for name in ('initial_weight', 'target_weight', 'cup_height', 'cup_diameter')
    }
    assert peer.set_parameters(**changes).successful
    assert peer.reset().success
    already = len(peer.wrenches)
    for count, (stamp_ns, tilt) in enumerate(samples, start=1):
        peer.send_joint_state(stamp_ns, ('elbow_joint', JOINT), (0.1, tilt))
        if count % 50 == 0:
            peer.spin_until(0.0)
            peer.wait_until(
                lambda count=count: len(peer.wrenches) >= already + count // 4, 'estimates'
            )
    return already


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
        begin = first_step(np.array([tilt for _, tilt in joint_states_of(bag)]), pour)
        if begin % 3 == 0:
            return bag, pour, begin
    raise AssertionError('one of three neighbours is a multiple of three')


@pytest.mark.parametrize('seed', [6, 7])
def test_a_bag_through_the_node_gives_the_numbers_of_the_evaluation(
    start_estimator, peer, tmp_path, seed
):
    bag, pour, begin = on_the_grid(tmp_path, seed)
    samples = joint_states_of(bag)[begin : begin + len(pour)]
    start_estimator(
        **{
            f'pour__{name}': getattr(pour.context, name)
            for name in ('initial_weight', 'target_weight', 'cup_height', 'cup_diameter')
        }
    )
    model = StepModel.load(find_model())
    evaluated = estimate_pour(PourEstimator(model, pour.context), pour).weight
    already = replay(peer, samples, pour.context)
    peer.wait_until(lambda: len(peer.wrenches) == already + len(pour), 'all estimates')
    assert [stamp for stamp, _ in peer.wrenches[already:]] == [stamp for stamp, _ in samples]
    live = np.array([-force for _, force in peer.wrenches[already:]])
    assert np.array_equal(live, evaluated)  # bit for bit
    assert np.ptp(live) > 0.3


def first_step(recorded, pour):
    """Return at which sample of the bag a pour begins."""
    own = np.lib.stride_tricks.sliding_window_view(recorded, len(pour))
    (found,) = np.flatnonzero(np.abs(own - pour.tilt).max(axis=1) < 1e-12)
    return int(found)


def test_any_bag_through_the_node_gives_the_numbers_of_the_library(
    start_estimator, peer, tmp_path
):
    """At the rate of an arm, whose stamps lie beside the ticks."""
    recording = record(1, rate_hz=125.0, seed=6)
    write_bag(tmp_path / 'bag', [*joint_states(recording), *readings(recording)])
    write_context(tmp_path / 'context.yaml', recording, target_weight=1.0)
    (pour,) = load_recordings(import_bag(tmp_path, tmp_path / 'bag'), 'robot_trials').pours
    samples = joint_states_of(tmp_path / 'bag')
    start_estimator(
        **{
            f'pour__{name}': getattr(pour.context, name)
            for name in ('initial_weight', 'target_weight', 'cup_height', 'cup_diameter')
        }
    )
    estimator = PourEstimator(StepModel.load(find_model()), pour.context)
    expected = [estimate for sample in samples for estimate in estimator.update(*sample)]
    already = replay(peer, samples, pour.context)
    peer.wait_until(lambda: len(peer.wrenches) == already + len(expected), 'all estimates')
    assert [(stamp, -force) for stamp, force in peer.wrenches[already:]] == [
        (estimate.stamp_ns, estimate.poured_weight) for estimate in expected
    ]


def test_two_pours_of_a_new_cup_are_recorded_imported_learned_and_watched(
    start_estimator, start_installed, peer, tmp_path
):
    # 1. Record: the recorder sees both pours, the bag holds them.
    recording = record(2, rate_hz=100.0, seed=6)
    recorder = start_installed(
        'recorder',
        *options({**LOSSLESS, 'pour.cup_height': CUP.height, 'pour.cup_diameter': CUP.diameter}),
    )
    peer.wait_for_watcher()
    peer.play(recording, START_NS)
    peer.wait_until(lambda: peer.pours and peer.pours[-1]['pours'] == '2', 'two pours')
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
    start_estimator(
        model=str(model),
        **{
            f'pour__{name}': getattr(pours[0].context, name)
            for name in ('initial_weight', 'target_weight', 'cup_height', 'cup_diameter')
        },
    )
    log = tmp_path / 'pours.csv'
    monitor = start_installed('monitor', *options({**LOSSLESS, 'log': str(log)}))
    peer.meet_monitor(monitor, recording, START_NS)
    before = monitor.output.count(SEEN)
    assert peer.reset().success
    peer.play(recording, START_NS + 100_000_000_000)
    peer.wait_until(lambda: log.exists() and len(read_log(log)) == before + 2, 'two rows')
    rows = read_log(log)[before:]
    assert [row.poured for row in rows] == pytest.approx(recording.poured, abs=0.02)
    assert {row.model_digest for row in rows} == {StepModel.load(model).digest}
    assert peer.errors and np.all(np.isfinite(peer.errors))
    end(monitor)
