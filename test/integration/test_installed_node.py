# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The installed node over real DDS, against the offline estimate of the same pour."""

import signal

from diagnostic_msgs.msg import KeyValue
import numpy as np
import pytest

from pour_force_estimator import find_model, PourContext, PourEstimator, StepModel

JOINTS = ('elbow_joint', 'wrist_3_joint', 'wrist_2_joint')
START_NS = 1_700_000_000_000_000_000
PARAMETERS = """
/**:
  ros__parameters:
    autostart: false
    joints: [wrist_3_joint, wrist_2_joint]
    joint_coefficients: [-1.0, 0.5]
    tilt_offset: 0.1
    pour:
      initial_weight: 4.0
      target_weight: 1.5
      cup_height: 0.120
      cup_diameter: 0.121
      relative_density: 1.0
"""
CONTEXT = PourContext(
    initial_weight=4.0,
    target_weight=1.5,
    cup_height=0.120,
    cup_diameter=0.121,
    relative_density=1.0,
)


@pytest.fixture
def parameter_file(tmp_path):
    path = tmp_path / 'estimator.yaml'
    path.write_text(PARAMETERS)
    return path


def samples(n=300, rate_hz=125.0, seed=0):
    """Stamps [ns] and positions of JOINTS of a pour at an arm's rate, with jitter."""
    rng = np.random.default_rng(seed)
    regular = np.arange(n) / rate_hz
    stamps = START_NS + np.round(1e9 * (regular + rng.uniform(0, 0.4 / rate_hz, n))).astype(int)
    tilt = 1.4 * np.sin(np.pi * np.arange(n) / n)
    wrist_2 = np.full(n, 0.3)
    wrist_3 = 0.1 + 0.5 * wrist_2 - tilt
    return stamps.tolist(), np.stack([np.zeros(n), wrist_3, wrist_2], axis=1).tolist()


def offline_estimates(stamps, positions, context=CONTEXT):
    estimator = PourEstimator(StepModel.load(find_model()), context)
    estimates = []
    for stamp_ns, (_, wrist_3, wrist_2) in zip(stamps, positions):
        tilt = 0.1
        tilt += -1.0 * wrist_3
        tilt += 0.5 * wrist_2
        estimates += estimator.update(stamp_ns, tilt)
    return estimates


def send_whole(peer, count, stamp_ns, position):
    """Send one joint state with all joints."""
    peer.send_joint_state(stamp_ns, JOINTS, position)


def send(peer, stamps, positions, send_sample=send_whole):
    """Send a pour, no faster than the node takes it: best effort drops what finds no room."""
    already = len(peer.wrenches)
    tick_stamps = [estimate.stamp_ns for estimate in offline_estimates(stamps, positions)]
    for count, (stamp_ns, position) in enumerate(zip(stamps, positions), start=1):
        send_sample(peer, count, stamp_ns, position)
        if count % 10 == 0 or count == len(stamps):
            due = already + sum(tick_ns <= stamp_ns for tick_ns in tick_stamps)
            peer.wait_until(
                lambda due=due: min(len(peer.wrenches), len(peer.weights)) >= due,
                f'estimate {due}',
            )


def test_estimates_equal_the_offline_ones_through_the_whole_lifecycle(
    start_installed, peer, parameter_file
):
    node = start_installed('estimator', '--params-file', str(parameter_file))
    assert peer.state() == 'unconfigured'
    assert peer.change_state('configure')
    assert peer.state() == 'inactive'
    assert peer.change_state('activate')
    peer.wait_for_subscriber()

    stamps, positions = samples()
    send(peer, stamps, positions)
    expected = offline_estimates(stamps, positions)
    assert max(estimate.poured_weight for estimate in expected) > 0.1
    assert [stamp for stamp, _ in peer.wrenches] == [e.stamp_ns for e in expected]
    assert [-force for _, force in peer.wrenches] == [e.poured_weight for e in expected]
    assert peer.weights == [e.poured_weight for e in expected]

    # A second pour, of another amount, starts with the service and has no memory of the first.
    assert peer.set_parameters(pour__initial_weight=5.0).successful
    response = peer.reset()
    assert response.success and 'initial_weight 5' in response.message
    second, positions = samples(seed=1)
    before = len(peer.wrenches)
    send(peer, second, positions)
    context = PourContext(
        initial_weight=5.0,
        target_weight=1.5,
        cup_height=0.120,
        cup_diameter=0.121,
        relative_density=1.0,
    )
    expected = offline_estimates(second, positions, context)
    assert peer.weights[before:] == [e.poured_weight for e in expected]

    assert peer.change_state('deactivate')
    assert peer.change_state('cleanup')
    assert peer.state() == 'unconfigured'
    node.send_signal(signal.SIGINT)
    assert node.wait(60) == 0


def test_joint_order_may_change_and_foreign_messages_are_skipped(
    start_installed, peer, parameter_file
):
    start_installed('estimator', '--params-file', str(parameter_file), '-p', 'autostart:=true')
    peer.wait_for_state('active')
    peer.wait_for_subscriber()
    stamps, positions = samples(n=100)

    def send_sample(peer, count, stamp_ns, position):
        peer.send_joint_state(stamp_ns, ('gripper_joint',), (0.4,))
        peer.send_joint_state(stamp_ns, ('wrist_3_joint', 'wrist_2_joint'), (9.0,))
        order = -1 if count % 2 else 1
        peer.send_joint_state(stamp_ns, JOINTS[::order], position[::order])

    send(peer, stamps, positions, send_sample)
    assert peer.weights == [e.poured_weight for e in offline_estimates(stamps, positions)]


def test_missing_context_fails_configuration_and_lists_what_is_missing(start_installed, peer):
    node = start_installed('estimator', '-p', 'pour.cup_height:=0.12', '-p', 'autostart:=false')
    assert not peer.change_state('configure')
    assert peer.state() == 'unconfigured'
    assert peer.set_parameters(
        pour__initial_weight=4.0,
        pour__target_weight=1.0,
        pour__cup_diameter=0.1,
        pour__relative_density=1.0,
    ).successful
    assert peer.change_state('configure')
    node.send_signal(signal.SIGTERM)
    output, _ = node.communicate()
    assert node.returncode == 0
    errors = [line for line in output.splitlines() if 'ERROR' in line]
    assert len(errors) == 1
    for name in ('initial_weight', 'target_weight', 'cup_diameter'):
        assert name in errors[0]
    assert 'cup_height' not in errors[0]


def test_a_model_that_does_not_exist_leaves_the_node_ready_for_another_try(
    start_installed, peer, parameter_file
):
    start_installed('estimator', '--params-file', str(parameter_file), '-p', 'model:=no_such.onnx')
    assert not peer.change_state('configure')
    assert peer.set_parameters(model='robot_trials').successful
    assert peer.change_state('configure')


def test_values_out_of_range_are_refused_with_the_reason(start_installed, peer, parameter_file):
    start_installed('estimator', '--params-file', str(parameter_file))
    result = peer.set_parameters(pour__cup_height=120.0)
    assert not result.successful
    assert 'cup_height' in result.reason


def test_diagnostics_say_what_is_missing_and_what_the_node_does(
    start_installed, peer, parameter_file
):
    start_installed('estimator', '--params-file', str(parameter_file), '-p', 'autostart:=true')
    peer.wait_until(
        lambda: any('no joint states on /joint_states' in s.message for s in peer.statuses),
        'the diagnostic of a silent input',
    )
    peer.wait_for_subscriber()

    def is_said(text):
        peer.send_joint_state(START_NS, ('elbow_joint',), (0.0,))
        return any(text in status.message for status in peer.statuses)

    peer.wait_until(
        lambda: is_said("['wrist_3_joint', 'wrist_2_joint'] never seen; seen: ['elbow_joint']"),
        'the diagnostic of a joint that never came',
    )
    model = StepModel.load(find_model())
    values = {value.key: value.value for value in peer.statuses[-1].values}
    assert values['model digest'] == model.digest


def test_a_gap_ends_the_estimate_until_reset(start_installed, peer, parameter_file):
    start_installed('estimator', '--params-file', str(parameter_file), '-p', 'autostart:=true')
    peer.wait_for_state('active')
    peer.wait_for_subscriber()
    stamps, positions = samples(n=50)
    send(peer, stamps, positions)
    before = len(peer.weights)
    late = [stamp + 2_000_000_000 for stamp in stamps]
    for stamp_ns, position in zip(late[:20], positions):
        peer.send_joint_state(stamp_ns, JOINTS, position)
    # All 20 have been taken, so that none is left to meet the reset below.
    peer.wait_until(
        lambda: any(
            'no estimate after a gap' in status.message
            and KeyValue(key='samples after_interruption', value='19') in status.values
            for status in peer.statuses
        ),
        'the diagnostic of a gap',
    )
    assert len(peer.weights) == before
    assert peer.reset().success
    send(peer, late, positions)
    assert len(peer.weights) == 2 * before


@pytest.mark.parametrize('parameter', ['pour.cup_height:=high', 'pour.cup_height:=1200.0'])
def test_a_bad_parameter_at_start_is_one_line_and_exit_code_1(start_installed, parameter):
    node = start_installed('estimator', '-p', parameter)
    output, _ = node.communicate()
    assert node.returncode == 1
    assert 'cup_height' in output
    assert 'Traceback' not in output


def test_with_simulated_time_messages_without_a_stamp_get_that_of_the_clock(
    start_installed, peer, parameter_file
):
    start_installed(
        'estimator',
        '--params-file',
        str(parameter_file),
        '-p',
        'autostart:=true',
        '-p',
        'use_sim_time:=true',
    )
    peer.wait_for_state('active')
    peer.wait_for_subscriber()
    now_ns = 50_000_000_000

    def is_estimated():
        peer.publish_clock(now_ns)
        peer.send_joint_state(0, JOINTS, (0.0, 0.1, 0.0))
        return len(peer.wrenches) > 0

    peer.wait_until(is_estimated, 'an estimate in simulated time')
    assert peer.wrenches[0][0] == now_ns
