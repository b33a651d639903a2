# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The nodes that play an arm: what they publish, and what they refuse."""

import numpy as np
import pytest
from running import run_alone
from small_pours import pours_array

from pour_force_estimator.pours.recordings import load_recordings


def arm_arguments(seed):
    return ('cups:=["cylinder_81x88"]', 'speed:=0.0', f'seed:={seed}', 'rate:=100.0')


def test_simulated_arm_publishes_joint_states_and_truth_with_the_same_stamps(
    start_installed, arm_peer
):
    code, output = run_alone(start_installed, arm_peer, 'simulated_arm', *arm_arguments(3))
    assert code == 0, output
    stamps = np.array([stamp for stamp, _, _ in arm_peer.joint_states])
    names, positions = arm_peer.joint_states[0][1:]
    assert len(names) == len(positions) == 6
    steps_s = np.diff(stamps) * 1e-9
    assert np.all(steps_s > 0.0)
    assert np.mean(steps_s) == pytest.approx(1.0 / 100.0, rel=0.01)
    assert np.std(steps_s) > 0.05 / 100.0  # jitter
    assert [stamp for stamp, _ in arm_peer.true_wrenches] == stamps.tolist()
    weights = [-force for _, force in arm_peer.true_wrenches]
    assert weights == arm_peer.true_weights
    assert weights[0] == 0.0 and weights[-1] > 0.1 and np.all(np.diff(weights) >= 0.0)


def test_same_seed_same_pour(start_installed, arm_peer):
    tilts = []
    for seed in (3, 3, 4):
        before = len(arm_peer.joint_states)
        run_alone(start_installed, arm_peer, 'simulated_arm', *arm_arguments(seed))
        tilts.append([positions[-1] for _, _, positions in arm_peer.joint_states[before:]])
    assert tilts[0] == tilts[1] != tilts[2]


def test_replay_publishes_what_was_recorded(start_installed, arm_peer, tmp_path):
    np.save(tmp_path / 'pours.npy', pours_array('robot_trials', 2))
    code, output = run_alone(
        start_installed,
        arm_peer,
        'replay',
        f'data:={tmp_path / "pours.npy"}',
        'speed:=0.0',
        'first:=1',
    )
    assert code == 0, output
    pour = load_recordings(tmp_path / 'pours.npy', 'robot_trials').pours[1]
    assert [positions[-1] for _, _, positions in arm_peer.joint_states] == pour.tilt.tolist()
    assert arm_peer.true_weights == pour.poured_weight.tolist()


@pytest.mark.parametrize(
    'argument, expected',
    [
        ('cups:=["teapot"]', "received 'teapot'"),
        ('fill:=1.5', 'fill'),
        ('control:=blind', "received 'blind'"),
    ],
)
def test_what_cannot_be_simulated_is_one_line(start_installed, arm_peer, argument, expected):
    code, output = run_alone(start_installed, arm_peer, 'simulated_arm', argument)
    assert code == 1
    assert expected in output and 'Traceback' not in output
