"""What goes wrong with arms, bags, models and users, against the installed node over real DDS."""

import ctypes
import dataclasses
import math
import os
from pathlib import Path
import signal
import struct
import time
from types import SimpleNamespace

from diagnostic_msgs.msg import DiagnosticStatus
from hypothesis import example, given, settings
from hypothesis import strategies as st
import numpy as np
import onnx
import pytest
import rclpy
from rclpy.context import Context
from rclpy.parameter import Parameter
from ros_peer import Peer
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from pour_force_estimator import find_model, PourContext, PourEstimator, StepModel
from pour_force_estimator.ros.estimator_node import EstimatorNode

JOINT = 'wrist_3_joint'
START_NS = 1_700_000_000_000_000_000
CONTEXT = PourContext(
    initial_weight=4.0, target_weight=1.5, cup_height=0.120, cup_diameter=0.121,
    relative_density=1.0)
PARAMETERS = {
    f'pour.{name}': getattr(CONTEXT, name) for name in (
        'initial_weight', 'target_weight', 'cup_height', 'cup_diameter', 'relative_density')}
LOSSLESS = {
    'qos_overrides./joint_states.subscription.reliability': 'reliable',
    'qos_overrides./joint_states.subscription.depth': 1000,
}
RATE_HZ = 125.0
MODEL = StepModel.load(find_model())


def tilt_at(count, n=250):
    """Tilt of sample `count` of `n` in a pour [rad]."""
    return 1.4 * math.sin(math.pi * count / n)


def regular_samples(n, start_ns=START_NS, rate_hz=RATE_HZ):
    """Stamps [ns] and tilts of a pour; sample 25, 50 ... lies on a tick of the model."""
    return [(start_ns + round(count * 1e9 / rate_hz), tilt_at(count)) for count in range(n)]


def offline_estimates(samples, context=CONTEXT, **options):
    estimator = PourEstimator(MODEL, context, **options)
    return [estimate for stamp_ns, tilt in samples for estimate in estimator.update(
        stamp_ns, tilt)]


def bits(numbers):
    """Return floats as bytes: 0.0 is not -0.0, and a NaN equals itself."""
    return struct.pack(f'{len(numbers)}d', *numbers)


class Pour:
    """
    Sends joint states, and keeps what an offline estimator makes of those that count.

    Parameters
    ----------
    peer : Peer
        What sends them.
    context : PourContext
        What is known of the first pour.
    **options
        Passed to the offline estimator.

    """

    def __init__(self, peer, context=CONTEXT, **options):
        self._peer = peer
        self._estimator = PourEstimator(MODEL, context, **options)
        self._unanswered = 0
        self._is_answered = False
        self.expected = []

    def send(self, samples, names=(JOINT,), other_positions=()):
        """Send samples that count, no faster than the node takes them."""
        for stamp_ns, tilt in samples:
            self.send_aside(stamp_ns, names, (tilt, *other_positions))
            estimates = self._estimator.update(stamp_ns, tilt)
            self.expected += estimates
            self._is_answered = bool(estimates)
            if self._unanswered >= 20:
                self.wait()
        self.wait()

    def send_aside(self, stamp_ns, names, positions):
        """Send a joint state that must have no effect."""
        self._peer.send_joint_state(stamp_ns, names, positions)
        self._unanswered += 1
        self._is_answered = False

    def follow(self, samples):
        """Expect what samples give that were sent aside."""
        for stamp_ns, tilt in samples:
            self.expected += self._estimator.update(stamp_ns, tilt)

    def wait(self):
        """Wait for all estimates that are due."""
        self._peer.wait_until(
            lambda: min(len(self._peer.weights), len(self._peer.wrenches)) >= len(self.expected),
            f'estimate {len(self.expected)}')
        self._unanswered = 0

    def reset(self, context=None):
        """
        Start a new pour, with `context` if it has changed.

        The service may overtake joint states that wait: the last one sent must have been answered.
        """
        assert self._is_answered or self._estimator.interruption
        response = self._peer.reset()
        assert response.success
        self._estimator.reset(context)

    def check(self):
        """
        Assert that what was published is exactly what was expected.

        Returns
        -------
        dict of str to str
            What diagnostics say then.

        """
        assert self.expected
        self._peer.statuses.clear()
        self.reset()
        _, values = self._peer.wait_for_status(
            lambda _, values: values['poured weight [N]'] == '-', 'the status of a new pour')
        assert values['estimates'] == str(len(self.expected))
        assert [stamp_ns for stamp_ns, _ in self._peer.wrenches] == [
            estimate.stamp_ns for estimate in self.expected]
        weights = [estimate.poured_weight for estimate in self.expected]
        assert bits(self._peer.weights) == bits(weights)
        assert bits([-force for _, force in self._peer.wrenches]) == bits(weights)
        assert np.all(np.isfinite(weights))
        return values


def options(parameters):
    """Return command line options for `parameters`."""
    return [part for name, value in parameters.items() for part in (
        '-p', f'{name}:={str(value).lower() if isinstance(value, bool) else value}')]


@pytest.fixture
def start_estimator(start_installed, peer):
    """Start the estimator with a context and a lossless input, and wait for it."""
    def start(state='active', **parameters):
        values = {**PARAMETERS, **LOSSLESS, 'autostart': state == 'active'}
        values.update((name.replace('__', '.'), value) for name, value in parameters.items())
        node = start_installed('estimator', *options(values))
        if state == 'inactive':
            assert peer.change_state('configure')
        peer.wait_for_state(state)
        if state == 'active':
            peer.wait_for_estimator()
        return node
    return start


def end(node):
    """End a node as Ctrl-C would; return what it printed before."""
    node.send_signal(signal.SIGINT)
    output, _ = node.communicate(timeout=10)
    assert node.returncode == 0, output
    assert 'Traceback' not in output
    return output


# What arms and bags do.

def test_a_publisher_that_dies_and_returns_is_estimated_again_after_a_reset(
        start_estimator, peer):
    node = start_estimator()
    pour = Pour(peer)
    pour.send(regular_samples(51))
    peer.renew_publisher()
    peer.statuses.clear()
    pour.send(regular_samples(10, START_NS + 2_400_000_000))
    status, values = peer.wait_for_status(
        lambda _, values: values.get('samples after_interruption') == '9', 'status of a gap')
    assert status.level == DiagnosticStatus.ERROR
    assert status.message == (
        'no estimate after a gap of 2.000 s in the samples: call ~/reset to start anew')
    assert values['samples gap'] == '1'
    assert len(peer.weights) == len(pour.expected)
    pour.reset()
    pour.send(regular_samples(51, START_NS + 3_000_000_000))
    pour.check()
    assert end(node).count('a gap of 2.000 s in the samples: no estimate until ~/reset') == 1


def test_a_publisher_that_dies_and_returns_starts_a_new_pour_with_reset_on_gap(
        start_estimator, peer):
    node = start_estimator(reset_on_gap=True)
    pour = Pour(peer, reset_on_gap=True)
    pour.send(regular_samples(51))
    peer.renew_publisher()
    later = regular_samples(51, START_NS + 2_400_000_000)
    before = len(peer.weights)
    pour.send(later)
    assert [stamp_ns for stamp_ns, _ in peer.wrenches[before:]] == [
        estimate.stamp_ns for estimate in offline_estimates(later)]
    assert pour.check()['samples gap'] == '1'
    assert end(node).count('a gap of 2.000 s in the samples: a new pour starts') == 1


def test_lost_samples_are_bridged(start_estimator, peer):
    start_estimator()
    whole = regular_samples(251)
    kept = np.random.default_rng(5).random(251) >= 0.05
    kept[0] = kept[-1] = True
    kept[100:110] = False  # 88 ms, within max_interpolated_gap
    pour = Pour(peer)
    pour.send([sample for sample, is_kept in zip(whole, kept) if is_kept])
    assert int(pour.check()['samples bridged']) >= 1
    assert [stamp_ns for stamp_ns, _ in peer.wrenches] == [
        estimate.stamp_ns for estimate in offline_estimates(whole)]


def test_samples_that_overtake_others_make_those_too_late(start_estimator, peer):
    start_estimator()
    samples = regular_samples(201)
    late = [samples[count] for count in range(5, 195, 10)]
    for count in range(5, 195, 10):
        samples[count], samples[count + 1] = samples[count + 1], samples[count]
    pour = Pour(peer)
    pour.send(samples)
    assert pour.check()['samples out_of_order'] == str(len(late))
    assert pour.expected == offline_estimates(
        [sample for sample in samples if sample not in late])


def test_repeated_stamps_are_dropped(start_estimator, peer):
    start_estimator()
    samples = regular_samples(126)
    pour = Pour(peer)
    pour.send([again for count, (stamp_ns, tilt) in enumerate(samples)
               for again in [(stamp_ns, tilt), (stamp_ns, tilt + 0.1)][:1 + (count % 3 == 0)]])
    assert pour.check()['samples repeated'] == '42'
    assert pour.expected == offline_estimates(samples)


def test_bursts_of_nan_and_infinity_are_refused(start_estimator, peer):
    start_estimator()
    samples = regular_samples(201)
    pour = Pour(peer)
    for begin, value in ((0, math.nan), (50, math.inf), (100, -math.inf)):
        pour.send(samples[begin:begin + 40])
        for stamp_ns, _ in samples[begin + 40:begin + 50]:
            pour.send_aside(stamp_ns, (JOINT,), (value,))
    pour.send(samples[150:])
    assert pour.check()['refused not_finite'] == '30'


def test_nan_in_another_joint_does_not_matter(start_estimator, peer):
    start_estimator()
    pour = Pour(peer)
    pour.send(regular_samples(51), (JOINT, 'gripper_joint'), (math.nan,))
    assert not [key for key in pour.check() if key.startswith('refused')]


@pytest.mark.parametrize('jump', [2.0, -2.0, 9e3])
def test_a_position_that_jumps_faster_than_a_joint_can_is_refused(start_estimator, peer, jump):
    start_estimator()
    samples = regular_samples(151)
    pour = Pour(peer)
    pour.send(samples[:70])
    pour.send_aside(samples[70][0], (JOINT,), (samples[70][1] + jump,))
    pour.send(samples[71:])
    assert pour.check()['refused too_fast'] == '1'


def test_a_looped_bag_starts_a_new_pour(start_estimator, peer):
    node = start_estimator()
    samples = regular_samples(151)
    pour = Pour(peer)
    for _ in range(3):
        pour.send(samples)
    values = pour.check()
    assert values['samples time_jump'] == '2'
    assert 'samples out_of_order' not in values
    loops = np.split(np.array(peer.weights), 3)
    assert bits(loops[0]) == bits(loops[1]) == bits(loops[2])
    output = end(node)
    warnings = [line for line in output.splitlines() if 'a jump of -1.200 s in the stamps: a new '
                'pour starts' in line]
    assert warnings and all('WARN' in line for line in warnings)


def test_two_publishers_of_different_joints(start_estimator, peer):
    start_estimator()
    samples = regular_samples(151)
    pour = Pour(peer)
    with Peer() as gripper:
        gripper.wait_for_subscriber()
        for count in range(0, 151, 10):
            for stamp_ns, _ in samples[count:count + 10]:
                gripper.send_joint_state(stamp_ns - 1_000_000, ('left_finger', 'right_finger'),
                                         (0.1, 0.2))
            pour.send(samples[count:count + 10])
        peer.wait_for_status(
            lambda _, values: values.get('refused partial') == '151', '151 partial messages')
    assert pour.check()['joint states'] == '302'


def test_an_arm_at_1000_hz_loses_nothing(start_estimator, peer):
    start_estimator()
    samples = regular_samples(3001, rate_hz=1000.0)  # 3 s
    pour = Pour(peer)
    began_s = time.monotonic()
    for count, (stamp_ns, tilt) in enumerate(samples[:-1]):
        peer.spin_until(began_s + count * 1e-3)
        pour.send_aside(stamp_ns, (JOINT,), (tilt,))
    pour.follow(samples[:-1])
    pour.send(samples[-1:])
    values = pour.check()
    assert values['joint states'] == '3001'
    assert not [key for key in values if key.startswith(('refused', 'samples'))]


def test_a_joint_that_is_renamed_ends_the_estimates_and_nothing_else(start_estimator, peer):
    start_estimator()
    samples = regular_samples(101)
    pour = Pour(peer)
    pour.send(samples[:60])
    for stamp_ns, tilt in samples[60:75]:
        pour.send_aside(stamp_ns, ('renamed_joint',), (tilt,))
    status, _ = peer.wait_for_status(
        lambda status, values: values.get('refused partial') == '15'
        and status.level == DiagnosticStatus.WARN, 'a warning of a renamed joint')
    assert len(peer.weights) == len(pour.expected)
    pour.send(samples[75:])  # 120 ms later, under its old name
    pour.check()


def test_diagnostics_name_the_joints_after_one_was_renamed(start_estimator, peer):
    start_estimator()
    samples = regular_samples(20)
    Pour(peer).send(samples[:10])
    peer.statuses.clear()

    def is_warned():
        peer.send_joint_state(samples[10][0], ('renamed_joint',), (0.0,))
        return len(peer.statuses) >= 3
    peer.wait_until(is_warned, 'three reports')
    assert 'renamed_joint' in peer.statuses[-1].message


def test_unequal_arrays_and_empty_messages_are_skipped(start_estimator, peer):
    start_estimator()
    samples = regular_samples(51)
    pour = Pour(peer)
    for count in range(0, 51, 5):
        stamp_ns = samples[count][0] - 1_000_000
        pour.send_aside(stamp_ns, (JOINT,), ())  # as of publishers of velocities alone
        pour.send_aside(stamp_ns, (JOINT, 'other_joint'), (9.0,))
        pour.send_aside(stamp_ns, (), (9.0,))
        pour.send_aside(stamp_ns, (), ())
        pour.send(samples[count:count + 5])
    values = pour.check()
    assert values['refused unequal_arrays'] == '33'
    assert values['refused partial'] == '11'


def test_zero_stamps_give_estimates_and_one_warning(start_estimator, peer):
    node = start_estimator()
    began_s = time.monotonic()
    for count in range(50):
        peer.send_joint_state(0, (JOINT,), (0.5,))
        peer.spin_until(began_s + count * 0.01)
    _, values = peer.wait_for_status(
        lambda _, values: values['joint states without a stamp'] == '50', '50 joint states')
    # The tilt does not change, so that the times of arrival do not matter.
    count = len(peer.weights)
    assert count == int(values['estimates']) > 15
    still = offline_estimates([(START_NS + 10_000_000 * step, 0.5) for step in range(6 * count)])
    assert bits(peer.weights) == bits([estimate.poured_weight for estimate in still[:count]])
    stamps = [stamp_ns for stamp_ns, _ in peer.wrenches]
    assert abs(stamps[0] * 1e-9 - time.time()) < 30.0
    assert end(node).count('joint states without a stamp') == 1


# What models are like.

def model_of_two_files(folder):
    """Write the shipped model with its weights in a file of their own; return both paths."""
    model = onnx.load(find_model())
    path = folder / 'model.onnx'
    onnx.save_model(model, path, save_as_external_data=True, location='weights.bin',
                    size_threshold=0)
    return path, folder / 'weights.bin'


class Watch:
    """Tells whether any process opens or reads a file (inotify)."""

    OPEN, ACCESS = 0x20, 0x01

    def __init__(self, path):
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK)
        assert libc.inotify_add_watch(
            self._descriptor, os.fsencode(path), self.OPEN | self.ACCESS) >= 0

    def has_seen(self):
        """Return whether the file was opened or read since the last call."""
        try:
            return bool(os.read(self._descriptor, 4096))
        except BlockingIOError:
            return False

    def close(self):
        """Stop watching."""
        os.close(self._descriptor)


def test_files_that_are_no_model_fail_the_configuration_with_one_error_each(
        start_estimator, peer, tmp_path):
    content = Path(find_model()).read_bytes()
    bad = {}
    for name, data in (
            ('truncated', content[:len(content) // 2]), ('empty', b''),
            ('text', b'no model\n' * 50), ('last_byte', content[:-1]),
            ('zeros', bytes(1000))):
        bad[name] = tmp_path / f'{name}.onnx'
        bad[name].write_bytes(data)
    bad['folder'] = tmp_path
    node = start_estimator('unconfigured')
    for path in bad.values():
        assert peer.set_parameters(model=str(path)).successful
        assert not peer.change_state('configure')
        assert peer.state() == 'unconfigured'
    assert peer.set_parameters(model='robot_trials').successful
    assert peer.change_state('configure') and peer.change_state('activate')
    peer.wait_for_estimator()
    pour = Pour(peer)
    pour.send(regular_samples(26))
    pour.check()
    errors = [line for line in end(node).splitlines() if 'error' in line.lower()]
    assert len(errors) == len(bad), errors
    for path, error in zip(bad.values(), errors):
        assert 'ERROR' in error and str(path) in error


def test_weights_in_another_file_are_refused_and_never_read(
        start_installed, peer, tmp_path):
    path, weights = model_of_two_files(tmp_path)
    watch = Watch(weights)
    weights.read_bytes()
    assert watch.has_seen()  # the watch works
    assert not watch.has_seen()
    # In the folder of the weights, where a name without a folder would find them.
    node = start_installed(
        'estimator', *options({**PARAMETERS, 'autostart': False, 'model': path}), cwd=tmp_path)
    assert not peer.change_state('configure')
    assert peer.state() == 'unconfigured'
    assert peer.set_parameters(model='robot_trials').successful
    assert peer.change_state('configure')
    error, = [line for line in end(node).splitlines() if 'ERROR' in line]
    assert f'{path}: expected one file that holds all weights' in error
    assert not watch.has_seen()
    watch.close()


# What users do.

def test_a_transition_that_the_state_does_not_have_is_refused(start_estimator, peer):
    node = start_estimator('unconfigured')
    for transition in ('activate', 'deactivate', 'cleanup'):
        assert not peer.change_state(transition)
        assert peer.state() == 'unconfigured'
    assert peer.change_state('configure')
    assert not peer.change_state('configure')
    assert peer.change_state('activate')
    for transition in ('configure', 'activate', 'cleanup'):
        assert not peer.change_state(transition)
        assert peer.state() == 'active'
    peer.wait_for_estimator()
    pour = Pour(peer)
    pour.send(regular_samples(26))
    pour.check()
    end(node)


def test_a_reset_during_a_pour_starts_a_new_one(start_estimator, peer):
    start_estimator()
    samples = regular_samples(155)
    pour = Pour(peer)
    pour.send(samples[:79])
    assert pour.expected[-1].stamp_ns < samples[78][0]  # within a period of the model
    pour.reset()
    pour.send(samples[79:])
    pour.check()
    assert pour.expected == offline_estimates(samples[:79]) + offline_estimates(samples[79:])


def test_a_context_that_changes_during_a_pour_counts_from_the_next_reset(start_estimator, peer):
    start_estimator()
    samples = regular_samples(252)
    changed = PourContext(
        initial_weight=2.5, target_weight=1.0, cup_height=0.2, cup_diameter=0.08,
        relative_density=1.2)
    pour = Pour(peer)
    pour.send(samples[:60])
    assert peer.set_parameters(
        pour__initial_weight=2.5, pour__target_weight=1.0, pour__cup_height=0.2,
        pour__cup_diameter=0.08, pour__relative_density=1.2).successful
    pour.send(samples[60:126])
    assert pour.expected == offline_estimates(samples[:126])
    pour.reset(changed)
    pour.send(samples[126:])
    pour.check()
    after = offline_estimates(samples[126:], changed)
    assert pour.expected[-len(after):] == after
    before = offline_estimates(samples[126:])
    assert all(one.poured_weight != other.poured_weight for one, other in zip(before, after))


def test_a_context_outside_the_training_range_is_a_warning_with_value_and_range(
        start_estimator, peer):
    start_estimator(pour__cup_height=0.6)
    samples = [(stamp_ns, 0.3) for stamp_ns, _ in regular_samples(26)]
    pour = Pour(peer, dataclasses.replace(CONTEXT, cup_height=0.6))
    pour.send(samples)
    status, _ = peer.wait_for_status(
        lambda status, _: 'outside' in status.message, 'a warning of the range')
    assert status.level == DiagnosticStatus.WARN
    assert status.message.startswith('outside the range seen in training: ')
    assert 'h_pc 600 (range 81 to 292 mm)' in status.message
    assert 'd_pc' not in status.message and 'theta' not in status.message
    assert peer.set_parameters(pour__cup_height=0.12).successful
    pour.reset(CONTEXT)
    pour.send(samples)
    status, _ = peer.wait_for_status(
        lambda status, _: status.message == 'estimating', 'a healthy status')
    assert status.level == DiagnosticStatus.OK
    pour.check()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize('state', ['unconfigured', 'inactive', 'active'])
def test_a_signal_ends_the_node_at_once(start_estimator, peer, state, number):
    node = start_estimator(state)
    if state == 'active':
        pour = Pour(peer)
        pour.send(regular_samples(30))
    began_s = time.monotonic()
    node.send_signal(number)
    output, _ = node.communicate(timeout=10)
    assert time.monotonic() - began_s < 2.0
    assert node.returncode == 0, output
    assert 'Traceback' not in output and 'ERROR' not in output


# Whatever comes.

@pytest.fixture(scope='module')
def estimator_node(ros_environment):
    """An active node of this process; ``published`` has the numbers that it published."""
    context = Context()
    rclpy.init(context=context)
    node = EstimatorNode(context=context, parameter_overrides=[
        Parameter(name, value=value) for name, value in {
            **PARAMETERS, 'joints': [JOINT, 'wrist_2_joint'], 'joint_coefficients': [1.0, -2.0],
            'reset_on_gap': True}.items()])
    published = []

    def record(publisher, numbers):
        publish = publisher.publish

        def publish_and_record(message):
            published.extend(numbers(message))
            publish(message)
        publisher.publish = publish_and_record

    record(node._weight_publisher, lambda message: [message.data])
    record(node._wrench_publisher, lambda message: [message.wrench.force.z])
    yield SimpleNamespace(
        receive=node._on_joint_state, report=node._on_period, published=published,
        reset=lambda: node._on_reset(Trigger.Request(), Trigger.Response()))
    node.destroy_node()
    rclpy.shutdown(context=context)


NUMBERS = st.one_of(
    st.floats(-1e30, 1e30), st.floats(-3.0, 3.0),
    st.sampled_from([0.0, 1e30, -1e30, math.nan, math.inf, -math.inf]))
NAMES = st.one_of(
    st.permutations([JOINT, 'wrist_2_joint']), st.just([JOINT, 'wrist_2_joint', JOINT]),
    st.lists(st.sampled_from([JOINT, 'wrist_2_joint', 'elbow_joint', '', 'gelenk_\u00e4']),
             max_size=4))
STEPS_NS = st.one_of(
    st.integers(0, 50_000_000), st.integers(-2_000_000_000, 2_000_000_000))


@st.composite
def joint_states(draw):
    """Return joint states, most of them near each other in time, some of them usable."""
    stamp_ns = draw(st.one_of(st.just(START_NS), st.integers(-2**61, 2**61)))
    messages = []
    for _ in range(draw(st.integers(1, 20))):
        names = draw(NAMES)
        positions = draw(st.one_of(
            st.lists(NUMBERS, min_size=len(names), max_size=len(names)),
            st.lists(NUMBERS, max_size=4)))
        stamp_ns += draw(STEPS_NS)
        message = JointState(name=names, position=positions)
        if draw(st.integers(0, 9)):
            message.header.stamp.sec, message.header.stamp.nanosec = divmod(
                stamp_ns, 1_000_000_000)
        messages.append(message)
    return messages


def still_arm(position, stamps):
    """Return joint states of an arm that does not move, with stamps (s, ns)."""
    messages = []
    for sec, nanosec in stamps:
        message = JointState(name=[JOINT, 'wrist_2_joint'], position=[position, 0.0])
        message.header.stamp.sec, message.header.stamp.nanosec = sec, nanosec
        messages.append(message)
    return messages


def receive_all(node, messages):
    """Start a pour, give messages to the node, and return the numbers that it publishes."""
    node.published.clear()
    assert node.reset().success
    for message in messages:
        node.receive(message)
    node.report()
    return node.published


@given(joint_states())
@example(still_arm(0.1, [(2**31 - 1, 2**32 - 1), (2**31 - 1, 2**32 - 2)]))
@example(still_arm(0.1, [(-2**31, 0), (2**31 - 1, 0), (-2**31, 1)]))
@settings(max_examples=50)
def test_whatever_comes_nothing_is_raised_and_only_numbers_are_published(
        estimator_node, messages):
    assert all(map(math.isfinite, receive_all(estimator_node, messages)))


@pytest.mark.filterwarnings('ignore:overflow')
@pytest.mark.parametrize('position', [
    1e9, 1e39, -1e39, 1e300,
    8e305,
])
def test_a_first_position_that_no_joint_has_raises_nothing(estimator_node, position):
    messages = still_arm(position, [(1, 0), (1, 20_000_000), (1, 40_000_000)])
    assert all(map(math.isfinite, receive_all(estimator_node, messages)))


def test_the_node_that_is_fed_with_whatever_comes_does_publish(estimator_node):
    estimator_node.published.clear()
    estimator_node.reset()
    for message in still_arm(0.5, [(1, 0), (1, 40_000_000)]):
        estimator_node.receive(message)
    assert len(estimator_node.published) == 2 * 3
