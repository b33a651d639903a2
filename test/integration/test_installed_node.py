# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The installed node over real DDS: bit for bit as offline, whenever messages arrive."""

from dataclasses import replace
import signal
import time

from estimated_pour import CONTEXT, end, LOSSLESS, MODEL, options, Pour, START_NS
import numpy as np
import pytest
from ros_peer import Peer

JOINTS = ('elbow_joint', 'wrist_3_joint', 'wrist_2_joint')
FILE = """
/**:
  ros__parameters:
    autostart: false
    joints: [wrist_3_joint, wrist_2_joint]
    joint_coefficients: [-1.0, 0.5]
    tilt_offset: 0.1
    pour: {initial_weight: 4.0, target_weight: 1.5, cup_height: 0.12, cup_diameter: 0.121,
           relative_density: 1.0}
"""


@pytest.fixture
def start(start_installed, peer: Peer, tmp_path):
    """Start the node with a file of parameters and others; return its process."""
    path = tmp_path / 'estimator.yaml'
    path.write_text(FILE)

    def start(**parameters):
        values = {**LOSSLESS, **parameters}
        node = start_installed('estimator', '--params-file', str(path), *options(values))
        if parameters.get('autostart'):
            peer.wait_for_state('active')
            peer.wait_for_estimator()
        return node

    return start


def samples(n=300, rate_hz=125.0, seed=0):
    """Stamps [ns] and positions of JOINTS with jitter; the last lies on a tick."""
    rng = np.random.default_rng(seed)
    jitter = rng.uniform(0.0, 0.4, n + 1)
    jitter[[0, -1]] = 0.0
    steps = np.arange(n + 1)
    stamps = START_NS + np.round(1e9 * (steps + jitter) / rate_hz).astype(int)
    wrist_2 = np.full(n + 1, 0.3)
    wrist_3 = 0.1 + 0.5 * wrist_2 - 1.4 * np.sin(np.pi * steps / n)
    positions = np.stack([np.zeros(n + 1), wrist_3, wrist_2], 1)
    return list(zip(stamps.tolist(), positions.tolist()))


def send(pour, peer, samples, pauses_s):
    """Send a pour and follow it with the arithmetic of the node; return the weights [N]."""
    before = len(pour.expected)
    for count, ((stamp_ns, positions), pause_s) in enumerate(zip(samples, pauses_s)):
        peer.spin_until(time.monotonic() + pause_s)
        order = -1 if count % 2 else 1  # it may change
        pour.send_aside(stamp_ns, JOINTS[::order], positions[::order])
    pour.follow((stamp_ns, 0.1 + -1.0 * at[1] + 0.5 * at[2]) for stamp_ns, at in samples)
    pour.wait()
    return [estimate.poured_weight for estimate in pour.expected[before:]]


def test_estimates_equal_the_offline_ones_through_the_whole_lifecycle(start, peer: Peer):
    node = start()
    assert peer.state() == 'unconfigured'
    assert peer.change_state('configure')
    assert peer.state() == 'inactive'
    assert peer.change_state('activate')
    peer.wait_for_estimator()
    pour, rng = Pour(peer), np.random.default_rng(9)
    assert max(send(pour, peer, samples(), rng.exponential(0.004, 301))) > 0.1
    # A second pour, of another amount, starts with the service and has no memory of the first.
    assert peer.set_parameters(pour__initial_weight=5.0).successful
    assert 'initial_weight 5' in pour.reset(replace(CONTEXT, initial_weight=5.0))
    bursts_s = np.where(rng.random(301) < 0.9, 0.0, 0.04)  # they come when they may
    send(pour, peer, samples(seed=1), bursts_s)
    pour.check()
    peer.change_states('deactivate', 'cleanup')
    assert peer.state() == 'unconfigured'
    end(node)


def test_missing_context_fails_configuration_and_lists_what_is_missing(start_installed, peer):
    node = start_installed('estimator', '-p', 'pour.cup_height:=0.12', '-p', 'autostart:=false')
    assert not peer.change_state('configure')
    assert peer.state() == 'unconfigured'
    refused = peer.set_parameters(pour__cup_height=120.0)
    assert not refused.successful and 'cup_height' in refused.reason
    missing = {'pour__initial_weight': 4.0, 'pour__target_weight': 1.0, 'pour__cup_diameter': 0.1}
    assert peer.set_parameters(**missing).successful
    assert peer.change_state('configure')
    (error,) = [line for line in end(node, signal.SIGTERM).splitlines() if 'ERROR' in line]
    assert all(name.removeprefix('pour__') in error for name in missing)
    assert 'cup_height' not in error


def test_diagnostics_say_what_is_missing_and_what_the_node_does(start, peer: Peer):
    start(autostart=True)
    peer.wait_for_status(
        lambda status, _: 'no joint states on /joint_states' in status.message,
        'the diagnostic of a silent input',
    )
    missing = "['wrist_3_joint', 'wrist_2_joint'] never seen; seen: ['elbow_joint']"

    def is_said():
        peer.send_joint_state(START_NS, ('elbow_joint',), (0.0,))
        return any(missing in status.message for status in peer.statuses)

    peer.wait_until(is_said, 'the diagnostic of a joint that never came')
    values = {value.key: value.value for value in peer.statuses[-1].values}
    assert values['model digest'] == MODEL.digest


def test_with_simulated_time_messages_without_a_stamp_get_that_of_the_clock(start, peer: Peer):
    start(autostart=True, use_sim_time=True)
    now_ns = 50_000_000_000

    def is_estimated():
        peer.publish_clock(now_ns)
        peer.send_joint_state(0, JOINTS, (0.0, 0.1, 0.0))
        return len(peer.wrenches) > 0

    peer.wait_until(is_estimated, 'an estimate in simulated time')
    assert peer.wrenches[0][0] == now_ns
