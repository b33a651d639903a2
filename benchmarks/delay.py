"""From a joint state to its estimate over DDS, beside a bare relay node, and what both cost."""

from contextlib import contextmanager
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import rclpy
from rclpy.executors import SingleThreadedExecutor

from pour_force_estimator import find_model, StepModel

from .delay_peer import DelayPeer
from .measure import figure, paired_ratio, value

RATES_HZ = (60.0, 250.0, 500.0, 1000.0)
ROUNDS, BURST_S = 4, 2.5
PAUSE_S = 0.35
"""More than the gap after which both nodes take a burst for a new pour."""

SETTLE_S = 1.0
TIMEOUT_S = 30.0
MIB = 1 << 20

P50_AIM, P99_AIM, MEMORY_LIMIT_MIB = 1.15, 1.3, 120.0

PARAMETERS = {
    'pour.initial_weight': 3.5, 'pour.target_weight': 1.5, 'pour.empty_weight': 0.1,
    'pour.cup_height': 0.12, 'pour.cup_diameter': 0.121, 'pour.receiver_height': 0.12,
    'pour.receiver_diameter': 0.09, 'pour.relative_density': 1.0, 'reset_on_gap': True}
"""What the estimator is started with; all else, its quality of service too, is the default."""


def run(rates_hz=RATES_HZ, rounds=ROUNDS, burst_s=BURST_S):
    """
    Measure delay, loss, CPU and memory of the estimator and of the relay.

    Parameters
    ----------
    rates_hz : sequence of float
        Rates of the joint states [Hz].
    rounds : int
        Bursts of each node at each rate; the nodes take turns, and turns to be first.
    burst_s : float
        Length of a burst [s].

    Returns
    -------
    list of dict
        Lines of the table.

    """
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))
    with _started_nodes() as processes:
        rclpy.init()
        try:
            return _Comparison(processes, burst_s).run(rates_hz, rounds)
        finally:
            rclpy.try_shutdown()


def node_commands():
    """Return the command lines of the nodes by namespace, a dict."""
    has_bounds = StepModel.load(find_model()).spec.interval is not None
    return {
        namespace: [
            sys.executable, '-m', module, '--ros-args', '--log-level', 'error',
            '-r', f'__ns:=/{namespace}', '-r', '__node:=node',
            *(part for name, given in parameters.items()
              for part in ('-p', f'{name}:={str(given).lower()}'))]
        for namespace, module, parameters in (
            ('estimator', 'pour_force_estimator.ros.estimator_node', PARAMETERS),
            ('relay', 'benchmarks.relay', {'bounds': has_bounds}))}


@contextmanager
def _started_nodes():
    processes = {name: subprocess.Popen(command) for name, command in node_commands().items()}
    try:
        yield {name: psutil.Process(process.pid) for name, process in processes.items()}
    finally:
        for process in processes.values():
            process.send_signal(signal.SIGINT)
        for process in processes.values():
            try:
                process.wait(TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()


class _Comparison:
    def __init__(self, processes, burst_s):
        self._processes = processes
        self._burst_s = burst_s
        self._peer = DelayPeer(list(processes))
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._peer)

    def run(self, rates_hz, rounds):
        self._wait(self._peer.is_connected, 'the nodes')
        self._spin(SETTLE_S)  # the nodes may have yet to find this one
        for name in self._processes:  # loads what is loaded late
            self._burst(name, 250.0)
        figures = []
        for rate_hz in rates_hz:
            delays = {name: [] for name in self._processes}
            shares = {name: [] for name in self._processes}
            lost = 0
            for index in range(rounds):
                for name in list(delays)[::1 if index % 2 else -1]:
                    own, share, missing = self._burst(name, rate_hz)
                    delays[name].append(own)
                    shares[name].append([share])
                    lost += missing if name == 'estimator' else 0
            figures += _figures(f'delay at {rate_hz:g} Hz', delays, shares, lost)
        self._spin(2.0)  # the next diagnostics
        figures.append(value(
            'delay', 'joint states that the estimator lost',
            self._peer.lost_joint_states('estimator'), '', limit=0.0))
        return figures + [
            value('memory', name, process.memory_info().rss / MIB, 'MiB',
                  limit=MEMORY_LIMIT_MIB if name == 'estimator' else None)
            for name, process in self._processes.items()]

    def _burst(self, name, rate_hz):
        """Return delays [s], CPU share and number of missing estimates of a burst."""
        time.sleep(PAUSE_S)
        process = self._processes[name]
        began_s, cpu_s = time.monotonic(), _cpu_s(process)
        due = self._peer.send_burst(name, rate_hz, self._burst_s)
        share = (_cpu_s(process) - cpu_s) / (time.monotonic() - began_s)
        try:
            self._wait(lambda: len(self._peer.delays(name, due)) == len(due), 'an estimate', 2.0)
        except TimeoutError:
            pass  # counted as missing
        delays = self._peer.delays(name, due)
        if not delays:
            raise RuntimeError(f'{name}: expected {len(due)} estimates of a burst, received none')
        return delays, share, len(due) - len(delays)

    def _wait(self, condition, what, timeout_s=TIMEOUT_S):
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline_s:
                raise TimeoutError(f'{what} did not come within {timeout_s:g} s')
            self._executor.spin_once(timeout_sec=0.02)

    def _spin(self, duration_s):
        ended_s = time.monotonic() + duration_s
        while time.monotonic() < ended_s:
            self._executor.spin_once(timeout_sec=0.02)


def _figures(part, delays, shares, lost):
    own, relay = delays['estimator'], delays['relay']
    return [
        figure(part, 'relay', np.concatenate(relay)),
        figure(part, 'estimator', np.concatenate(own), paired_ratio(own, relay), 'relay',
               P50_AIM),
        value(part, 'estimator, p99', np.percentile(np.concatenate(own), 99) * 1e6, 'µs',
              ratio=paired_ratio(own, relay, 99), beside='relay', aim=P99_AIM),
        value(part, 'estimates lost', lost, '', limit=0.0),
        value(part, 'relay, CPU', 100.0 * np.median(shares['relay']), '% of a core'),
        value(part, 'estimator, CPU', 100.0 * np.median(shares['estimator']), '% of a core',
              ratio=paired_ratio(shares['estimator'], shares['relay']), beside='relay')]


def _cpu_s(process):
    times = process.cpu_times()
    return times.user + times.system
