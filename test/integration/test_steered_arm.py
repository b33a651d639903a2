# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The installed `simulated_arm` with control estimate, steered by `pour_to_target`."""

from estimated_pour import options
from pouring_peer import ListeningPeer, QUICK, RATE_HZ
import pytest
from ros_peer import ArmPeer
from std_msgs.msg import Float64MultiArray

from pour_force_estimator.units import gram_to_newton, newton_to_gram

SPREADS = ('mounting_offset_spread', 'pour_offset_spread', 'discharge_spread')
ARM = {
    'control': 'estimate',
    'cups': '["cylinder_120x121"]',
    'targets': '[60.0, 90.0]',
    'rate': RATE_HZ,
    'seed': 3,
    **dict.fromkeys(SPREADS, 0.0),
}
PEER = ListeningPeer
SESSION_S = 300.0
"""Longest time that two pours may take, on a machine that is busy [s]."""

QUICK = {**QUICK, 'max_estimate_age': 5.0, 'max_joint_state_age': 5.0}  # on a busy machine


@pytest.fixture
def start(start_installed):
    """Start `pour_to_target` and an arm; return the arm's process."""

    def start(pourer, **arm):
        start_installed('pour_to_target', *options({**QUICK, **pourer}))
        return start_installed('simulated_arm', *options({**ARM, **arm}))

    return start


def wait_for_arm(peer, arm):
    """Wait for the end of the arm; return its log."""
    peer.wait_until(lambda: arm.poll() is not None, 'the end of the arm', SESSION_S)
    output, _ = arm.communicate()
    assert arm.returncode == 0, output
    return output


@pytest.mark.parametrize('speed', [1.0, 2.0])
def test_it_pours_to_targets_and_a_scale_weighs_each(start, peer, speed):
    cups = '["cylinder_120x121", "cylinder_120x121"]'
    arm = start({'use_sim_time': speed != 1.0}, cups=cups, speed=speed)
    output = wait_for_arm(peer, arm)
    assert peer.ends == ['done', 'done'], output
    weighed_g = [newton_to_gram(weight) for weight in peer.weighed]
    if speed != 1.0:  # simulated time waits for a busy machine; real time does not
        # the estimator's cup is the true one: what is left is the reaction
        assert weighed_g == pytest.approx([60.0, 90.0], abs=8.0)
    assert min(weighed_g) > 30.0
    assert weighed_g == pytest.approx([round(weight_g) for weight_g in weighed_g])
    assert peer.remounts == [0]  # one mounting for both
    assert [newton_to_gram(target) for target in peer.targets[-1:]] == pytest.approx([90.0])
    assert max(peer.true_weights) == pytest.approx(max(peer.weighed), abs=0.01)


def test_another_cup_is_mounted_anew(start, peer):
    arm = start({}, cups='["cylinder_120x121", "cylinder_81x88"]', targets='[40.0]')
    wait_for_arm(peer, arm)
    assert peer.remounts == [0, 1]
    assert len(peer.weighed) == 2
    assert peer.context('cup_height') == 0.081


def test_simulated_time_does_not_wait_for_an_estimator_that_is_gone(start, peer):
    arm = start({'use_sim_time': True}, targets='[90.0]', speed=2.0)
    peer.wait_until(lambda: peer.pour.poured_weight > 0.0, 'a flow')
    peer.is_estimating = False
    output = wait_for_arm(peer, arm)
    assert 'failed: no estimate for' in peer.ends[0]
    assert '90 g: failed: no estimate for' in output


class Steerer(ArmPeer):
    """Commands a velocity at each joint state, and keeps what the arm publishes."""

    def __init__(self):
        super().__init__()
        self.velocity = 0.0
        self._commands = self._node.create_publisher(
            Float64MultiArray, '/forward_velocity_controller/commands', 10
        )
        self._node.create_timer(0.05, self._command)
        self.is_commanding = True

    @property
    def tilt(self):
        return self.joint_states[-1][2][-1]

    def _command(self):
        if self.is_commanding:
            self._commands.publish(Float64MultiArray(data=[self.velocity]))


def test_it_goes_by_commands_and_stops_without(start_installed, ros_environment):
    with Steerer() as steerer:
        arm = start_installed(
            'simulated_arm',
            *options({**ARM, 'estimator': '""', 'pourer': '""', 'targets': '[60.0]'}),
        )
        steerer.wait_until(lambda: steerer.joint_states, 'joint states')
        start = steerer.tilt
        steerer.velocity = 1.0
        steerer.wait_until(lambda: steerer.tilt > start + 0.3, 'a motion')
        steerer.is_commanding = False  # and the last command was not 0

        def stands_still():
            tilts = [positions[-1] for _, _, positions in steerer.joint_states[-30:]]
            return max(tilts) == min(tilts)

        steerer.wait_until(stands_still, 'an arm at rest')
        assert steerer.tilt < start + 1.0
        steerer.is_commanding = True
        steerer.wait_until(lambda: steerer.true_weights[-1] > gram_to_newton(30.0), 'a flow')
        steerer.velocity = -1.0
        steerer.wait_until(lambda: steerer.tilt < start, 'the way back')
        steerer.velocity = 0.0
        steerer.wait_until(lambda: arm.poll() is not None, 'the end of the arm')
        output, _ = arm.communicate()
        assert arm.returncode == 0, output
        assert f'{round(newton_to_gram(steerer.true_weights[-1]))} g weighed' in output
        stamps = [stamp for stamp, _, _ in steerer.joint_states]
        assert stamps == sorted(stamps)
