# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The installed `simulated_arm` with control estimate, steered by `pour_to_target`."""

from estimated_pour import options
from pouring_peer import ListeningPeer, RATE_HZ
import pytest
from ros_peer import ArmPeer
from running import run_alone
from std_msgs.msg import Float64MultiArray

from pour_force_estimator.units import gram_to_newton, newton_to_gram

ARM = {
    'control': 'estimate',
    'cups': '["cylinder_120x121"]',
    'targets': '[60.0, 90.0]',
    'rate': RATE_HZ,
    'seed': 3,
    'mounting_offset_spread': 0.0,
    'pour_offset_spread': 0.0,
    'discharge_spread': 0.0,
}
SESSION_S = 300.0
"""Longest time that two pours may take, on a machine that is busy [s]."""

QUICK = {
    'approach_speed': 1.2,
    'pour_speed': 0.2,
    'acceleration': 4.0,
    'reaction': 0.04,
    'max_estimate_age': 5.0,
    'max_joint_state_age': 5.0,
}  # for a machine that is busy


@pytest.fixture
def estimator(ros_environment):
    with ListeningPeer() as peer:
        yield peer


def wait_for_arm(estimator, arm):
    """Wait for the end of the arm; return its log."""
    estimator.wait_until(lambda: arm.poll() is not None, 'the end of the arm', SESSION_S)
    output, _ = arm.communicate()
    assert arm.returncode == 0, output
    return output


@pytest.mark.parametrize('speed', [1.0, 2.0])
def test_it_pours_to_targets_and_a_scale_weighs_each(start_installed, estimator, speed):
    start_installed('pour_to_target', *options({**QUICK, 'use_sim_time': speed != 1.0}))
    arm = start_installed(
        'simulated_arm',
        *options({**ARM, 'cups': '["cylinder_120x121", "cylinder_120x121"]', 'speed': speed}),
    )
    output = wait_for_arm(estimator, arm)
    assert estimator.ends == ['done', 'done'], output
    weighed_g = [newton_to_gram(weight) for weight in estimator.weighed]
    if speed != 1.0:  # simulated time waits for a busy machine; real time does not
        # the estimator's cup is the true one: what is left is the reaction
        assert weighed_g == pytest.approx([60.0, 90.0], abs=8.0)
    assert min(weighed_g) > 30.0
    assert weighed_g == pytest.approx([round(weight_g) for weight_g in weighed_g])
    assert estimator.remounts == [0]  # one mounting for both
    assert [newton_to_gram(target) for target in estimator.targets[-1:]] == pytest.approx([90.0])
    assert max(estimator.true_weights) == pytest.approx(max(estimator.weighed), abs=0.01)


def test_another_cup_is_mounted_anew(start_installed, estimator):
    start_installed('pour_to_target', *options(QUICK))
    arm = start_installed(
        'simulated_arm',
        *options({**ARM, 'cups': '["cylinder_120x121", "cylinder_81x88"]', 'targets': '[40.0]'}),
    )
    wait_for_arm(estimator, arm)
    assert estimator.remounts == [0, 1]
    assert len(estimator.weighed) == 2
    assert estimator.context('cup_height') == 0.081


def test_simulated_time_does_not_wait_for_an_estimator_that_is_gone(start_installed, estimator):
    start_installed('pour_to_target', *options({**QUICK, 'use_sim_time': True}))
    arm = start_installed('simulated_arm', *options({**ARM, 'targets': '[90.0]', 'speed': 2.0}))
    estimator.wait_until(lambda: estimator.pour.poured_weight > 0.0, 'a flow')
    estimator.is_estimating = False
    output = wait_for_arm(estimator, arm)
    assert 'failed: no estimate for' in estimator.ends[0]
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


@pytest.mark.parametrize(
    'arguments, expected',
    [
        (('speed:=0.0',), 'speed: expected above 0 for an arm that is steered'),
        (('targets:=[5000.0]',), 'received 5000 g'),
        (('targets:=[10.0, 20.0]', 'cups:=["cylinder_120x121"]'), 'one for each of 1 cups'),
    ],
)
def test_what_cannot_be_steered_is_one_line(start_installed, arm_peer, arguments, expected):
    code, output = run_alone(
        start_installed, arm_peer, 'simulated_arm', 'control:=estimate', *arguments
    )
    assert code == 1
    assert expected in output and 'Traceback' not in output
