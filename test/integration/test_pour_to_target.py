# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The installed node `pour_to_target`, over DDS, with an arm that pours and an estimator."""

import signal

from diagnostic_msgs.msg import DiagnosticStatus
from estimated_pour import options
from pouring_peer import INITIAL_WEIGHT, PouringPeer, QUICK, START_TILT
import pytest

from pour_force_estimator.estimator import RETURN_SPEED
from pour_force_estimator.simulation.velocity_arm import VelocityArm
from pour_force_estimator.units import newton_to_gram

TARGET_G = 80.0
PEER = PouringPeer
AGES = {'max_estimate_age': 0.8, 'max_joint_state_age': 0.8}
CONTENT_G = newton_to_gram(INITIAL_WEIGHT)


@pytest.fixture
def arm(peer):
    """An arm and its estimator."""
    return peer


@pytest.fixture
def start(start_installed, arm):
    """Start the node and wait until it and the arm know each other."""

    def start(**parameters):
        values = {'target': TARGET_G, 'use_sim_time': True, **QUICK, **AGES, **parameters}
        node = start_installed('pour_to_target', *options(values))
        arm.wait_for_node()
        return node

    return start


def velocities(arm):
    return [data[0] for data in arm.commands]


def check_it_came_back(arm):
    """Assert that the cup turned back at once, and came to rest where it was."""
    arm.wait_until_still()
    assert min(velocities(arm)) < -0.9 * RETURN_SPEED
    assert velocities(arm)[-1] == 0.0
    assert arm.arm.tilt == pytest.approx(START_TILT, abs=0.04)


def test_it_pours_what_was_asked(start, arm):
    start()
    assert arm.call('cancel').message == 'no pour is in progress'
    assert arm.begin_pour().message == 'pouring 80 g'
    assert not arm.call('pour').success  # one after the other
    assert arm.wait_for_end() == 'done'
    assert [newton_to_gram(weight) for weight in arm.targets][-1] == pytest.approx(TARGET_G)
    check_it_came_back(arm)
    assert newton_to_gram(arm.pour.arrived_weight) == pytest.approx(TARGET_G, abs=6.0)
    assert arm.states[-4:] == ['approaching', 'pouring', 'returning', 'done']
    assert max(velocities(arm)) == pytest.approx(QUICK['approach_speed'])
    # and once more
    commands = len(arm.commands)
    arm.begin_pour()
    assert arm.wait_for_end() == 'done'
    assert len(arm.commands) > commands


@pytest.mark.parametrize(
    'cause, reason',
    [
        ('estimates', 'no estimate for 0.'),
        ('joint states', 'no joint state for 0.'),
        ('ERROR', 'the estimator says: as tested'),
        ('STALE', 'the estimator says: as tested'),
        ('cancel', 'cancelled'),
    ],
)
def test_it_turns_back_at_once(start, arm, cause, reason):
    start()
    arm.begin_pour()
    arm.wait_for_state('pouring')
    if cause == 'estimates':
        arm.is_estimating = False
    elif cause == 'joint states':
        arm.is_moving = False
    elif cause == 'cancel':
        assert arm.call('cancel').message == 'turning back'
        assert arm.call('cancel').message == 'turning back already'
    else:
        arm.publish_diagnostics(getattr(DiagnosticStatus, cause))
    arm.wait_for_state('returning')
    state = arm.wait_for_end()
    assert state.startswith(f'failed: {reason}'), state
    check_it_came_back(arm)
    assert newton_to_gram(arm.pour.arrived_weight) < 0.7 * TARGET_G


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_ended_it_leaves_the_arm_at_rest(start, arm, number):
    node = start()
    arm.begin_pour()
    arm.wait_for_state('pouring')
    assert velocities(arm)[-1] > 0.0
    node.send_signal(number)
    arm.wait_until(lambda: node.poll() is not None, 'the end of the node')
    output, _ = node.communicate()
    assert node.returncode == 0 and 'Traceback' not in output, output
    arm.wait_until(lambda: velocities(arm)[-1] == 0.0, 'a command of 0')
    assert arm.wait_for_state('failed') == 'failed: the node was shut down'
    arm.wait_until_still()


def refused(arm, expected):
    """Wait until a pour is refused for `expected`: before, the nodes may not know each other."""
    responses = []

    def is_refused():
        responses.append(arm.call('pour'))
        return not responses[-1].success and expected in responses[-1].message

    arm.wait_until(is_refused, expected)
    assert arm.states[-1] == 'idle'
    assert not any(map(any, arm.commands))


@pytest.mark.parametrize(
    'parameters, change, expected',
    [
        ({'target': 500.0}, {}, f'less than the {CONTENT_G:.0f} g in the cup, received 500 g'),
        ({'joints': '["wrist_9_joint"]'}, {}, "['wrist_9_joint'] never seen on /joint_states; "),
        ({}, {'arm': VelocityArm(0.5)}, 'expected a tilt of at most 0.26 rad, received 0.500'),
        ({}, {'is_estimating': False}, 'no estimates on /estimator/predicted_weight'),
        ({}, {'is_moving': False}, 'no joint states on /joint_states'),
        ({}, {'level': DiagnosticStatus.ERROR}, 'the estimator says: as tested'),
        ({}, {'refusal': 'not today'}, 'estimator refuses the pour: not today'),
    ],
)
def test_it_does_not_begin_where_something_is_amiss(start, arm, parameters, change, expected):
    for name, value in change.items():
        setattr(arm, name, value)
    start(**parameters)
    refused(arm, expected)


def test_it_does_not_begin_where_nobody_would_move(start, arm):
    start()
    arm.stop_listening()
    refused(arm, 'nobody listens to /forward_velocity_controller/commands')


def test_the_joint_has_its_place_and_sign_in_the_command(start, arm):
    start(command_size=3, command_index=1, command_sign=-1)
    arm.direction = -1.0
    arm.begin_pour()
    arm.wait_for_state('pouring')
    assert all(len(data) == 3 and data[0] == data[2] == 0.0 for data in arm.commands)
    assert min(data[1] for data in arm.commands) < -0.5
    arm.call('cancel')
    arm.wait_for_end()
