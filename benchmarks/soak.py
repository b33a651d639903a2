"""
The node `estimator` for minutes, with an arm that misbehaves: does it lose, leak or fail?

::

    python -m benchmarks.soak --minutes 10 --rate 500 --json soak.json

Starts the node as a process of its own and publishes joint states, with a fault after every half
second: lost, late and repeated messages, NaN, partial messages, spikes, gaps that end in a reset,
and jumps of the clock. An offline estimator that is given the same messages says which estimates
are due. Nothing leaves this machine. The exit code is 0 if all checks hold, otherwise 1.
"""

import argparse
from collections import Counter, deque
from dataclasses import dataclass
import itertools
import json
import math
import os
from pathlib import Path
import random
import signal
import subprocess
import sys
import tempfile
import time

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
import numpy as np
import psutil
import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from pour_force_estimator import find_model, PourContext, PourEstimator, StepModel
from pour_force_estimator.atomic import write_text
from pour_force_estimator.errors import PourForceEstimatorError
from pour_force_estimator.ros.conversions import to_ns, to_stamp
from pour_force_estimator.ros.estimator_client import EstimatorClient

TILT_JOINT = 'wrist_3_joint'
JOINTS = ('shoulder_pan_joint', 'shoulder_lift_joint', 'elbow_joint', 'wrist_1_joint',
          'wrist_2_joint', TILT_JOINT)

FAULT_PERIOD_S = 0.5
LONGEST_FAULT_S = 0.15
"""Shorter than the gap that the node bridges by default, 0.2 s."""

GAP_S = 0.3
JUMP_S = 5.0
SPIKE_RAD = 3.0

QUEUE_DEPTH = 2000
"""Four seconds at 500 Hz: more than this machine is ever busy with something else."""

MEMORY_LIMIT_MIB = 2.0
WARM_UP_S = 60.0
CPU_LIMIT = 0.5
"""Part of one core that a node which leaves the robot room may take."""

TIMEOUT_S = 30.0
REPORT_PERIOD_S = 10.0
MIB = 1 << 20


@dataclass(frozen=True)
class Message:
    """
    A joint state to send.

    Attributes
    ----------
    due_s : float
        When to send it, since the start [s].
    stamp_ns : int
        Its stamp, since the start [ns].
    names, positions : tuple
        Its joints, and their positions [rad]; lists of unequal length are a fault too.
    tilt : float or None
        What a node must understand it to mean [rad]; None if it must refuse it.

    """

    due_s: float
    stamp_ns: int
    names: tuple
    positions: tuple
    tilt: float | None


@dataclass(frozen=True)
class NewPour:
    """A robot program that notices the gap, tells of a new pour and calls the reset service."""

    context: PourContext


class FaultyArm:
    """
    What an arm that pours again and again publishes, with a fault every half second.

    Parameters
    ----------
    rate_hz : float
        Rate of the joint states [Hz].
    seed : int
        Same seed, same faults.

    Attributes
    ----------
    faults : collections.Counter
        Faults so far, by name.
    expected : collections.Counter
        What the node's diagnostics must have counted, by key.

    """

    def __init__(self, rate_hz, seed=0):
        self._period_s = 1.0 / rate_hz
        self._random = random.Random(seed)
        self._skipped_s = 0.0  # by gaps, which take time
        self._jumped_s = 0.0  # by the clock, which do not
        self._count = 0
        self.faults = Counter()
        self.expected = Counter()

    def actions(self):
        """Yield without end each `Message` and each `NewPour`."""
        kinds = [self._lost, self._late, self._repeated, self._not_finite, self._partial,
                 self._unequal, self._spike, self._gap, self._jump]
        while True:
            self._random.shuffle(kinds)
            for kind in kinds:
                for _ in range(max(2, round(FAULT_PERIOD_S / self._period_s))):
                    yield self._next()
                self.faults[kind.__name__.removeprefix('_')] += 1
                yield from kind()

    def new_pour(self):
        """Return the beginning of a pour of another weight."""
        return NewPour(PourContext(
            initial_weight=self._random.uniform(2.0, 5.0), target_weight=1.5,
            empty_weight=0.1, cup_height=0.12, cup_diameter=0.121, receiver_height=0.12,
            receiver_diameter=0.09, relative_density=1.0))

    def _next(self):
        """Return the next message of an arm without faults."""
        due_s = self._count * self._period_s + self._skipped_s
        self._count += 1
        # Between 0 and 1.8 rad every eight seconds, with stamps that are not quite regular.
        tilt = 0.9 * (1.0 - math.cos(math.tau * due_s / 8.0))
        stamp_s = due_s - self._jumped_s + self._random.uniform(0.0, 0.4) * self._period_s
        return Message(due_s, round(stamp_s * 1e9), JOINTS,
                       (0.0, -1.2, 1.6, -0.4, 1.57, tilt), tilt)

    def _burst(self):
        """Return messages that lie less than `LONGEST_FAULT_S` apart, at least one."""
        most = max(1, round(LONGEST_FAULT_S / self._period_s))
        return [self._next() for _ in range(self._random.randint(1, most))]

    def _changed(self, message, names=JOINTS, positions=None):
        """Return a message that the node must refuse."""
        positions = message.positions if positions is None else positions
        return Message(message.due_s, message.stamp_ns, names, positions, None)

    def _lost(self):
        self._burst()
        yield from ()

    def _late(self):
        late, *others = self._burst()
        others.append(self._next())
        self.expected['samples out_of_order'] += 1
        yield from (*others, late)

    def _repeated(self):
        message = self._next()
        self.expected['samples repeated'] += 1
        yield from (message, message)

    def _not_finite(self):
        for message in self._burst():
            self.expected['refused not_finite'] += 1
            yield self._changed(message, positions=(*message.positions[:-1], math.nan))

    def _partial(self):
        for message in self._burst():
            self.expected['refused partial'] += 1
            yield self._changed(message, JOINTS[:-1], message.positions[:-1])

    def _unequal(self):
        for message in self._burst():
            self.expected['refused unequal_arrays'] += 1
            yield self._changed(message, positions=message.positions[:-1])

    def _spike(self):
        message = self._next()
        self.expected['refused too_fast'] += 1
        yield self._changed(
            message, positions=(*message.positions[:-1], message.tilt + SPIKE_RAD))

    def _gap(self):
        self._skipped_s += GAP_S
        self.expected['samples gap'] += 1
        yield self._next()
        yield self.new_pour()

    def _jump(self):
        self._jumped_s += JUMP_S
        self.expected['samples time_jump'] += 1
        yield self._next()


class Comparison:
    """
    Compares estimates that are due with those that come, in order.

    Attributes
    ----------
    matched, missing, unexpected, different : int
        Estimates that came as they were due; that never came; that were not due; whose weight
        is not bit for bit that of the offline estimator.
    latencies_s : list of float
        From sending the joint state that completes a tick to receiving its estimate [s].

    """

    LOOK_AHEAD = 500

    def __init__(self):
        self._due = deque()
        self.matched = self.missing = self.unexpected = self.different = 0
        self.latencies_s = []

    def expect(self, stamp_ns, weight, sent_s):
        """Note an estimate that is due; its joint state was sent at `sent_s`."""
        self._due.append((stamp_ns, weight, sent_s))

    def receive(self, stamp_ns, weight, now_s):
        """Compare an estimate that has come."""
        for skipped, (due_ns, due_weight, sent_s) in enumerate(
                itertools.islice(self._due, self.LOOK_AHEAD)):
            if due_ns == stamp_ns:
                for _ in range(skipped + 1):
                    self._due.popleft()
                self.missing += skipped
                self.matched += 1
                self.different += due_weight != weight
                self.latencies_s.append(now_s - sent_s)
                return
        self.unexpected += 1

    @property
    def outstanding(self):
        """Number of estimates that are due and have not come yet."""
        return len(self._due)

    def end(self):
        """Count what has not come as missing."""
        self.missing += len(self._due)
        self._due.clear()


class SoakPeer(Node):
    """
    Sends what a `FaultyArm` says, and compares what the estimator publishes.

    Parameters
    ----------
    **kwargs
        Passed to `rclpy.node.Node`.

    Attributes
    ----------
    comparison : Comparison
        What came of it.
    sent, weights : int
        Joint states sent, and messages of ~/poured_weight received.
    status : diagnostic_msgs.msg.DiagnosticStatus or None
        The last one.

    """

    def __init__(self, **kwargs):
        super().__init__('soak_peer', **kwargs)
        qos = QoSProfile(depth=QUEUE_DEPTH)
        self._joints = self.create_publisher(JointState, 'joint_states', qos)
        self.create_subscription(WrenchStamped, 'estimator/wrench', self._on_wrench, qos)
        self.create_subscription(Float64, 'estimator/poured_weight', self._on_weight, qos)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, qos)
        self.client = EstimatorClient(self)
        self.comparison = Comparison()
        self.sent = self.weights = 0
        self.status = None
        self._start_ns = time.time_ns()
        self._offline = None
        self._model = StepModel.load(find_model())

    def is_connected(self):
        """Return whether the estimator is active and all its topics have been found."""
        return (self.client.is_ready() and self._joints.get_subscription_count() > 0
                and all(subscription.get_publisher_count() > 0
                        for subscription in self.subscriptions
                        if not subscription.topic_name.startswith('/parameter')))

    def start_pour(self, context):
        """Let the offline estimator begin a pour too."""
        if self._offline is None:
            self._offline = PourEstimator(self._model, context)
        self._offline.reset(context)

    def send(self, message):
        """Publish a joint state, and note the estimates that it makes due."""
        joint_state = JointState(name=list(message.names), position=list(message.positions))
        stamp_ns = self._start_ns + message.stamp_ns
        joint_state.header.stamp = to_stamp(stamp_ns)
        sent_s = time.monotonic()
        self._joints.publish(joint_state)
        self.sent += 1
        if message.tilt is not None:
            for estimate in self._offline.update(stamp_ns, message.tilt):
                self.comparison.expect(estimate.stamp_ns, estimate.poured_weight, sent_s)

    def counted(self):
        """Return what the last diagnostics counted, a dict of str to str."""
        return {} if self.status is None else {
            value.key: value.value for value in self.status.values}

    def _on_wrench(self, message):
        self.comparison.receive(
            to_ns(message.header.stamp), -message.wrench.force.z, time.monotonic())

    def _on_weight(self, message):
        self.weights += 1

    def _on_diagnostics(self, message):
        self.status = message.status[0]


class Soak:
    """
    One run.

    Parameters
    ----------
    duration_s, rate_hz : float
        How long [s], and the rate of the joint states [Hz].
    seed : int
        Of the faults.
    log_path : path-like
        Where the node's log goes.

    """

    def __init__(self, duration_s, rate_hz, seed, log_path):
        self._duration_s = duration_s
        self._rate_hz = rate_hz
        self._log_path = Path(log_path)
        self._arm = FaultyArm(rate_hz, seed)
        self._memory_mib = []
        self._warm_s = min(WARM_UP_S, duration_s / 2)
        self._warm = None

    def run(self):
        """
        Start the node, disturb it, stop it.

        Returns
        -------
        dict
            What was measured; see `checks`.

        """
        with open(self._log_path, 'w', encoding='utf-8') as log:
            self._node = process = subprocess.Popen(
                node_command(), stdout=log, stderr=subprocess.STDOUT)
        try:
            rclpy.init()
            self._peer = SoakPeer()
            self._executor = SingleThreadedExecutor()
            self._executor.add_node(self._peer)
            self._process = psutil.Process(process.pid)
            self._wait(self._peer.is_connected, 'the estimator')
            self._disturb()
            self._drain()
            cpu_s, wall_s = self._cpu_since_warm()
            process.send_signal(signal.SIGINT)
            exit_code = process.wait(TIMEOUT_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            rclpy.try_shutdown()
        return self._result(cpu_s, wall_s, exit_code)

    def _wait(self, condition, what):
        deadline_s = time.monotonic() + TIMEOUT_S
        while not condition():
            if self._node.poll() is not None:
                raise RuntimeError(f'the node ended with exit code {self._node.returncode}')
            if time.monotonic() > deadline_s:
                raise TimeoutError(f'{what} did not come within {TIMEOUT_S:g} s')
            self._executor.spin_once(timeout_sec=0.02)

    def _disturb(self):
        """Send until the time is over."""
        began_s = time.monotonic()
        self._waited_s = 0.0  # for answers; the arm stands still in that time
        report_s = min(REPORT_PERIOD_S, self._duration_s / 5)
        next_report_s = 0.0
        self._new_pour(self._arm.new_pour())
        for action in self._arm.actions():
            elapsed_s = time.monotonic() - began_s
            if elapsed_s >= next_report_s:
                self._observe(elapsed_s)
                next_report_s += report_s
            if elapsed_s > self._duration_s and not isinstance(action, NewPour):
                return
            if isinstance(action, NewPour):
                self._new_pour(action)
                continue
            while (left_s := began_s + self._waited_s + action.due_s - time.monotonic()) > 0.0:
                self._executor.spin_once(timeout_sec=left_s)
            # Late because the machine was busy: take in what has come, or it would pile up.
            self._executor.spin_once(timeout_sec=0.0)
            self._peer.send(action)

    def _has_noticed_gap(self):
        gaps = self._arm.expected['samples gap']
        return self._peer.counted().get('samples gap', '0') == str(gaps)

    def _new_pour(self, action):
        asked_s = time.monotonic()
        # Services and topics are not in order: nothing may be on its way when the pour begins.
        self._wait(self._has_noticed_gap, 'the diagnostic of a gap')
        task = self._executor.create_task(self._peer.client.start_pour(action.context))
        self._wait(task.done, 'the answer of ~/reset')
        task.result()
        self._peer.start_pour(action.context)
        self._waited_s += time.monotonic() - asked_s

    def _drain(self):
        """Wait until all that was sent has been counted and all that is due has come."""
        try:
            self._wait(
                lambda: not self._peer.comparison.outstanding
                and self._peer.counted().get('joint states') == str(self._peer.sent)
                and self._peer.weights >= self._peer.comparison.matched, 'the last estimate')
        except TimeoutError as error:
            print(error, file=sys.stderr)
        self._peer.comparison.end()

    def _observe(self, elapsed_s):
        memory_mib = self._process.memory_info().rss / MIB
        if elapsed_s >= self._warm_s:
            if self._warm is None:
                self._warm = (time.monotonic(), self._cpu_s())
            self._memory_mib.append(memory_mib)
        comparison = self._peer.comparison
        print(f'{elapsed_s:6.0f} s  {self._peer.sent:8d} joint states  '
              f'{comparison.matched:7d} estimates  {sum(self._arm.faults.values()):5d} faults  '
              f'{memory_mib:7.2f} MiB', flush=True)

    def _cpu_s(self):
        times = self._process.cpu_times()
        return times.user + times.system

    def _cpu_since_warm(self):
        began_s, cpu_s = self._warm
        self._memory_mib.append(self._process.memory_info().rss / MIB)
        return self._cpu_s() - cpu_s, time.monotonic() - began_s

    def _result(self, cpu_s, wall_s, exit_code):
        comparison, counted = self._peer.comparison, self._peer.counted()
        log = self._log_path.read_text(encoding='utf-8')
        latency_ms = np.multiply(comparison.latencies_s or [math.nan], 1e3)
        return {
            'duration_s': self._duration_s,
            'rate_hz': self._rate_hz,
            'cores': os.cpu_count(),
            'joint_states': self._peer.sent,
            'faults': dict(sorted(self._arm.faults.items())),
            'matched': comparison.matched,
            'missing': comparison.missing,
            'unexpected': comparison.unexpected,
            'different': comparison.different,
            'weights': self._peer.weights,
            'miscounted': {
                key: [count, counted.get(key)]
                for key, count in {
                    **self._arm.expected, 'joint states': self._peer.sent}.items()
                if counted.get(key) != str(count)},
            'latency_p50_ms': round(float(np.percentile(latency_ms, 50)), 3),
            'latency_p99_ms': round(float(np.percentile(latency_ms, 99)), 3),
            'latency_max_ms': round(float(latency_ms.max()), 3),
            'memory_warm_mib': round(self._memory_mib[0], 2),
            'memory_growth_mib': round(max(self._memory_mib) - self._memory_mib[0], 2),
            'cpu_share': round(cpu_s / wall_s, 4),
            'log_errors': sum('ERROR' in line or 'Traceback' in line
                              for line in log.splitlines()),
            'exit_code': exit_code,
        }


def node_command():
    """Return the command line of the node; reliable, so that the middleware loses nothing."""
    parameters = {
        'joints': f'["{TILT_JOINT}"]',
        'pour.initial_weight': 3.5,
        'pour.target_weight': 1.5,
        'pour.cup_height': 0.12,
        'pour.cup_diameter': 0.121,
        'qos_overrides./joint_states.subscription.reliability': 'reliable',
        'qos_overrides./joint_states.subscription.depth': QUEUE_DEPTH,
    }
    command = [sys.executable, '-m', 'pour_force_estimator.ros.estimator_node', '--ros-args']
    for name, value in parameters.items():
        command += ['-p', f'{name}:={value}']
    return command


def checks(result):
    """
    Judge a run.

    Parameters
    ----------
    result : dict
        What `Soak.run` returned.

    Returns
    -------
    dict of str to bool
        Whether each check holds.

    """
    return {
        'every estimate that was due was published, and no other': (
            result['matched'] > 0 and not result['missing'] and not result['unexpected']),
        'each equals that of the offline estimator bit for bit': not result['different'],
        'as many weights as wrenches': (
            result['weights'] == result['matched'] + result['unexpected']),
        'the diagnostics counted each fault': not result['miscounted'],
        f'memory grew by less than {MEMORY_LIMIT_MIB:g} MiB after the warm-up': (
            result['memory_growth_mib'] < MEMORY_LIMIT_MIB),
        f'less than {CPU_LIMIT:.0%} of a core': result['cpu_share'] < CPU_LIMIT,
        'no error in the log': not result['log_errors'],
        'exit code 0': result['exit_code'] == 0,
    }


def parse_arguments(argv=None):
    """Return the command's arguments, an argparse.Namespace."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    duration = parser.add_mutually_exclusive_group()
    duration.add_argument('--minutes', type=float, default=10.0,
                          help='how long to run (default: %(default)s)')
    duration.add_argument('--seconds', type=float, help='the same in seconds')
    parser.add_argument('--rate', type=float, default=500.0,
                        help='rate of the joint states, 50 to 1000 [Hz] (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0,
                        help='same seed, same faults (default: %(default)s)')
    parser.add_argument('--json', type=Path, help='file to write what was measured to')
    arguments = parser.parse_args(argv)
    if not 50.0 <= arguments.rate <= 1000.0:
        parser.error(f'--rate: expected 50 to 1000 Hz, received {arguments.rate:g}')
    return arguments


def main(argv=None):
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))
    duration_s = arguments.minutes * 60.0 if arguments.seconds is None else arguments.seconds
    with tempfile.TemporaryDirectory(prefix='soak-') as folder:
        log_path = Path(folder) / 'estimator.log'
        try:
            result = Soak(duration_s, arguments.rate, arguments.seed, log_path).run()
        except (PourForceEstimatorError, RuntimeError, TimeoutError, psutil.NoSuchProcess,
                subprocess.TimeoutExpired) as error:
            print(f'error: {error}\n{log_path.read_text(encoding="utf-8")}', file=sys.stderr)
            return 1
        except (KeyboardInterrupt, ExternalShutdownException):
            return 130
        holds = checks(result)
        if not all(holds.values()):
            print(log_path.read_text(encoding='utf-8')[-4000:], file=sys.stderr)
    for name, value in result.items():
        print(f'{name:>20}: {value}')
    for name, passed in holds.items():
        print(f'{"ok" if passed else "FAILED":>6}  {name}')
    if arguments.json:
        write_text(arguments.json, json.dumps({**result, 'checks': holds}, indent=2) + '\n')
    return 0 if all(holds.values()) else 1


if __name__ == '__main__':
    sys.exit(main())
