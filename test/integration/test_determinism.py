# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The same messages give the same estimates, bit for bit, whenever they arrive."""

import math
import struct
import time

import numpy as np
import pytest

from pour_force_estimator import find_model, PourContext, PourEstimator, StepModel

JOINT = 'wrist_3_joint'
CONTEXT = {
    'initial_weight': 4.0,
    'target_weight': 1.5,
    'cup_height': 0.120,
    'cup_diameter': 0.121,
    'relative_density': 1.0,
}
OPTIONS = {
    **{f'pour.{name}': value for name, value in CONTEXT.items()},
    'qos_overrides./joint_states.subscription.reliability': 'reliable',
    'qos_overrides./joint_states.subscription.depth': 1000,
}
DURATION_S = 2.0


def recorded_pour():
    """Times since the start [ns] and tilts of an arm at 125 Hz with jitter."""
    count = round(DURATION_S * 125.0)
    jitter = np.random.default_rng(3).uniform(-0.4, 0.4, count)
    jitter[0] = 0.0
    elapsed_ns = np.round((np.arange(count) + jitter) * 8e6).astype(int).tolist()
    tilts = [1.4 * math.sin(math.pi * step / count) for step in range(count)]
    # The last sample completes an estimate, so that all have been taken when that has come.
    return [*zip(elapsed_ns, tilts), (round(DURATION_S * 1e9) + 10_000_000, 0.0)]


def bits(numbers):
    return struct.pack(f'{len(numbers)}d', *numbers)


def play(peer, pour, start_ns, due_s):
    """Publish a pour, sample `i` at `due_s[i]` after the start; return stamps and weights."""
    already = len(peer.wrenches)
    estimator = PourEstimator(StepModel.load(find_model()), PourContext(**CONTEXT))
    expected = [
        estimate
        for elapsed_ns, tilt in pour
        for estimate in estimator.update(start_ns + elapsed_ns, tilt)
    ]
    began_s = time.monotonic()
    for (elapsed_ns, tilt), sample_s in zip(pour, due_s):
        peer.spin_until(began_s + sample_s)
        peer.send_joint_state(start_ns + elapsed_ns, (JOINT,), (tilt,))
    peer.wait_until(
        lambda: min(len(peer.weights), len(peer.wrenches)) >= already + len(expected),
        f'estimate {already + len(expected)}',
    )
    assert peer.reset().success
    weights = peer.weights[already:]
    assert bits(weights) == bits([-force for _, force in peer.wrenches[already:]])
    assert bits(weights) == bits([estimate.poured_weight for estimate in expected])
    return [stamp_ns - start_ns for stamp_ns, _ in peer.wrenches[already:]], bits(weights)


@pytest.mark.parametrize('start_ns', [1_700_000_000_000_000_000])
def test_estimates_depend_on_no_clock_but_the_stamps(start_installed, peer, start_ns):
    pour = recorded_pour()
    real_time_s = np.array([elapsed_ns for elapsed_ns, _ in pour]) * 1e-9
    rng = np.random.default_rng(9)
    steps_s = rng.exponential(1.5 / len(pour), len(pour))
    bursts = np.where(rng.random(len(pour)) < 0.9, 0.0, 10.0 * steps_s)
    schedules = {
        'real time': real_time_s,
        '20 times faster': real_time_s / 20.0,
        'as fast as possible': np.zeros(len(pour)),
        'random delays': np.cumsum(steps_s),
        'the same delays, shuffled': np.cumsum(rng.permutation(steps_s)),
        'bursts': np.cumsum(bursts),
    }
    arguments = [part for name, value in OPTIONS.items() for part in ('-p', f'{name}:={value}')]
    start_installed('estimator', *arguments)
    peer.wait_for_state('active')
    peer.wait_for_estimator()
    played = {name: play(peer, pour, start_ns, due_s) for name, due_s in schedules.items()}
    stamps, weights = played.pop('real time')
    assert len(stamps) == 121 and max(struct.unpack('121d', weights)) > 0.1
    for name, others in played.items():
        assert others == (stamps, weights), name
