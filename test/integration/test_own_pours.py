# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Own pours of a new cup with real bags and real DDS: record, import, train, watch."""

from command_line import command_line, run_python
from estimated_pour import context_parameters, end, JOINT, MODEL, options, Pour
import numpy as np
import pytest
from scale_peer import LOSSLESS, ScalePeer, SEEN, SHIFT_NS
from small_bags import (
    CUP,
    joint_states,
    readings,
    record,
    stamps,
    START_NS,
    wrenches,
    write_bag,
    write_context,
)

from pour_force_estimator import PourEstimator, StepModel
from pour_force_estimator.pours.recordings import load_recordings
from training.evaluation.stepwise import estimate_pour
from training.rosbag.__main__ import main as import_bags

PEER = ScalePeer


def run(module, **options):
    """Run a command of this repository; return what it printed."""
    done = run_python('-m', module, *command_line(**options))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def import_bag(folder, bag):
    output = folder / f'{bag.name}.npy'
    sources = {'joints': JOINT, 'scale': '/scale', 'context': folder / 'context.yaml'}
    assert import_bags(command_line(bag, output=output, **sources)) == 0
    return output


def test_a_bag_through_the_node_gives_the_numbers_of_evaluation(start_estimator, peer, tmp_path):
    recording = record(1, rate_hz=60.0, seed=6)
    bag = write_bag(tmp_path / 'bag', [*joint_states(recording), *wrenches(recording)])
    write_context(tmp_path / 'context.yaml', recording, target_weight=1.0)
    (imported,) = load_recordings(import_bag(tmp_path, bag), 'robot_trials').pours
    windows = np.lib.stride_tricks.sliding_window_view(recording.tilt, len(imported))
    (begin,) = np.flatnonzero(np.abs(windows - imported.tilt).max(axis=1) < 1e-12)
    on_ticks = stamps(np.arange(len(imported)) / 60.0)
    start_estimator(**context_parameters(imported.context))
    pour = Pour(peer, imported.context)
    pour.send(zip(on_ticks, windows[begin].tolist()), (JOINT, 'elbow_joint'), (0.1,))
    pour.check()
    live = [estimate.poured_weight for estimate in pour.expected]
    evaluated = estimate_pour(PourEstimator(MODEL, imported.context), imported).weight
    assert live == evaluated.tolist()  # bit for bit
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
    messages = [*joint_states(recording), *readings(recording, delay_s=0.1)]
    bag = write_bag(tmp_path / 'new_cup', messages)

    # 2. Import.
    write_context(tmp_path / 'context.yaml', recording)
    data = import_bag(tmp_path, bag)
    pours = load_recordings(data, 'robot_trials').pours
    assert [pour.poured_weight[-1] for pour in pours] == pytest.approx(recording.poured, abs=0.02)

    # 3. Train: two pours are too few for networks, but they tell the shipped one of the cup.
    model = tmp_path / 'model.onnx'
    run('training.calibrate', model='robot_trials', data=data, output=model)
    assert 'rmse_newton' in run('training.evaluate', model=model, data=data)

    # 4. Watch: the new model in the node, the scale beside it, a row of the log for each pour.
    start_estimator(model=str(model), **context_parameters(pours[0].context))
    log = tmp_path / 'pours.csv'
    monitor = start_installed('monitor', *options({**LOSSLESS, 'log': str(log)}))
    peer.meet_monitor(monitor, recording, START_NS)
    before = monitor.output.count(SEEN)
    assert peer.reset().success
    peer.play_estimated(recording, START_NS + SHIFT_NS)
    rows = peer.wait_for_rows(log, before + 2)[before:]
    assert [row.poured for row in rows] == pytest.approx(recording.poured, abs=0.02)
    assert {row.model_digest for row in rows} == {StepModel.load(model).digest}
    assert peer.errors and np.all(np.isfinite(peer.errors))
    end(monitor)
