# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The nodes that play an arm: what they publish, and what they refuse."""

import numpy as np
import pytest
from ros_peer import ArmPeer
from running import run_alone
from small_pours import pours_array

from pour_force_estimator.pours.recordings import load_recordings

PEER = ArmPeer


def arm_arguments(seed):
    return ('cups:=["cylinder_81x88"]', 'speed:=0.0', f'seed:={seed}', 'rate:=100.0')


def test_simulated_arm_publishes_joint_states_and_truth_with_equal_stamps(start_installed, peer):
    code, output = run_alone(start_installed, peer, 'simulated_arm', *arm_arguments(3))
    assert code == 0, output
    stamps = np.array([stamp for stamp, _, _ in peer.joint_states])
    names, positions = peer.joint_states[0][1:]
    assert len(names) == len(positions) == 6
    steps_s = np.diff(stamps) * 1e-9
    assert np.all(steps_s > 0.0)
    assert np.mean(steps_s) == pytest.approx(1.0 / 100.0, rel=0.01)
    assert np.std(steps_s) > 0.05 / 100.0  # jitter
    assert [stamp for stamp, _ in peer.true_wrenches] == stamps.tolist()
    weights = [-force for _, force in peer.true_wrenches]
    assert weights == peer.true_weights
    assert weights[0] == 0.0 and weights[-1] > 0.1 and np.all(np.diff(weights) >= 0.0)


def test_same_seed_same_pour(start_installed, peer):
    tilts = []
    for seed in (3, 3, 4):
        before = len(peer.joint_states)
        run_alone(start_installed, peer, 'simulated_arm', *arm_arguments(seed))
        tilts.append([positions[-1] for _, _, positions in peer.joint_states[before:]])
    assert tilts[0] == tilts[1] != tilts[2]


def test_replay_publishes_what_was_recorded(start_installed, peer, tmp_path):
    path = tmp_path / 'pours.npy'
    np.save(path, pours_array('robot_trials', 2))
    arguments = (f'data:={path}', 'speed:=0.0', 'first:=1')
    code, output = run_alone(start_installed, peer, 'replay', *arguments)
    assert code == 0, output
    pour = load_recordings(path, 'robot_trials').pours[1]
    assert [positions[-1] for _, _, positions in peer.joint_states] == pour.tilt.tolist()
    assert peer.true_weights == pour.poured_weight.tolist()


@pytest.mark.parametrize(
    'arguments, expected',
    [
        ('cups:=["teapot"]', "received 'teapot'"),
        ('fill:=1.5', 'fill'),
        ('control:=blind', "received 'blind'"),
        ('control:=estimate speed:=0.0', 'speed: expected above 0 for an arm that is steered'),
        ('control:=estimate targets:=[5000.0]', 'received 5000 g'),
        ('control:=estimate targets:=[10.0,20.0] cups:=["cylinder_81x88"]', 'for each of 1 cups'),
    ],
)
def test_what_cannot_be_simulated_is_one_line(start_installed, peer, arguments, expected):
    code, output = run_alone(start_installed, peer, 'simulated_arm', *arguments.split())
    assert code == 1
    assert expected in output and 'Traceback' not in output
