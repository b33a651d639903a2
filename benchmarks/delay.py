# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""From a joint state to its estimate over DDS, beside a bare relay node, and what each costs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import rclpy
from rclpy.executors import SingleThreadedExecutor

from pour_force_estimator import PourEstimator
from pour_force_estimator.model.shipped import DEFAULT_MODEL

from .delay_peer import DelayPeer
from .executors import estimator_command
from .measure import figure, Line, paired_ratio, value
from .step import CONTEXT

RATES_HZ = (60.0, 250.0, 1000.0)
ROUNDS, BURST_S = 3, 2.0
RELAY = 'relay'
ESTIMATORS = {'estimator': 'package', 'estimator_rclpy': 'rclpy'}
"""Namespaces of the estimators, and what spins them; see `benchmarks.executors`."""

PAUSE_S = 0.35
"""More than the gap after which both nodes take a burst for a new pour."""

SETTLE_S = 1.0
TIMEOUT_S = 30.0
MIB = 1 << 20

ADDED_DELAY_LIMIT_US, MEMORY_LIMIT_MIB = 300.0, 120.0
"""What estimating may add to the median delay of the relay, and the memory of the node."""

PARAMETERS: dict[str, object] = {
    **{f'pour.{name}': value for name, value in asdict(CONTEXT).items() if value is not None},
    'reset_on_gap': True,
}
"""What the estimator is started with; all else, its quality of service too, is the default."""


def run(
    rates_hz: Sequence[float] = RATES_HZ, rounds: int = ROUNDS, burst_s: float = BURST_S
) -> list[Line]:
    """
    Measure delay, loss, CPU and memory of the relay, and of the estimator with each executor.

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


def node_commands() -> dict[str, list[str]]:
    """Return the command lines of the nodes by namespace, a dict."""
    estimator = PourEstimator.load(DEFAULT_MODEL, CONTEXT)
    relay: dict[str, object] = {
        'bounds': not math.isnan(estimator.update(0, 0.0)[0].upper),
        'prediction': estimator.mounting is not None,
    }
    commands: dict[str, tuple[list[str], dict[str, object]]] = {
        RELAY: ([sys.executable, '-m', 'benchmarks.relay', '--ros-args'], relay),
        **{
            name: (estimator_command(executor), PARAMETERS)
            for name, executor in ESTIMATORS.items()
        },
    }
    return {
        namespace: [
            *command,
            '--log-level',
            'error',
            '-r',
            f'__ns:=/{namespace}',
            '-r',
            '__node:=node',
            *(
                part
                for name, setting in parameters.items()
                for part in ('-p', f'{name}:={str(setting).lower()}')
            ),
        ]
        for namespace, (command, parameters) in commands.items()
    }


@contextmanager
def _started_nodes() -> Iterator[dict[str, psutil.Process]]:
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
    def __init__(self, processes: Mapping[str, psutil.Process], burst_s: float) -> None:
        self._processes = processes
        self._burst_s = burst_s
        self._peer = DelayPeer(list(processes))
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._peer)

    def run(self, rates_hz: Sequence[float], rounds: int) -> list[Line]:
        self._wait(self._peer.is_connected, 'the nodes')
        self._spin(SETTLE_S)  # the nodes may have yet to find this one
        for name in self._processes:  # loads what is loaded late
            self._burst(name, 250.0)
        figures: list[Line] = []
        for rate_hz in rates_hz:
            delays: dict[str, list[list[float]]] = {name: [] for name in self._processes}
            shares: dict[str, list[list[float]]] = {name: [] for name in self._processes}
            lost = dict.fromkeys(ESTIMATORS, 0)
            for index in range(rounds):
                for name in list(delays)[:: 1 if index % 2 else -1]:
                    of_burst, share, n_lost = self._burst(name, rate_hz)
                    delays[name].append(of_burst)
                    shares[name].append([share])
                    if name in lost:
                        lost[name] += n_lost
            figures += _figures(f'delay at {rate_hz:g} Hz', delays, shares, lost)
        self._spin(2.0)  # the next diagnostics
        figures += [
            value(
                'delay',
                f'joint states that {name} lost',
                self._peer.lost_joint_states(name),
                '',
                limit=0.0,
            )
            for name in ESTIMATORS
        ]
        return figures + [
            value(
                'memory',
                name,
                process.memory_info().rss / MIB,
                'MiB',
                limit=MEMORY_LIMIT_MIB if name in ESTIMATORS else None,
            )
            for name, process in self._processes.items()
        ]

    def _burst(self, name: str, rate_hz: float) -> tuple[list[float], float, int]:
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

    def _wait(
        self, condition: Callable[[], bool], awaited: str, timeout_s: float = TIMEOUT_S
    ) -> None:
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline_s:
                raise TimeoutError(f'{awaited} did not come within {timeout_s:g} s')
            self._executor.spin_once(timeout_sec=0.02)

    def _spin(self, duration_s: float) -> None:
        ended_s = time.monotonic() + duration_s
        while time.monotonic() < ended_s:
            self._executor.spin_once(timeout_sec=0.02)


def _figures(
    part: str,
    delays: Mapping[str, Sequence[Sequence[float]]],
    shares: Mapping[str, Sequence[Sequence[float]]],
    lost: Mapping[str, int],
) -> list[Line]:
    relay = np.concatenate(delays[RELAY])
    lines = [figure(part, RELAY, relay)]
    for name in lost:
        of_node = np.concatenate(delays[name])
        added_us = (
            np.median([np.median(a) - np.median(b) for a, b in zip(delays[name], delays[RELAY])])
            * 1e6
        )
        lines += [
            figure(part, name, of_node, paired_ratio(delays[name], delays[RELAY]), RELAY),
            value(
                part, f'{name}, added to the median', added_us, 'µs', limit=ADDED_DELAY_LIMIT_US
            ),
            value(part, f'{name}, estimates lost', lost[name], '', limit=0.0),
        ]
    return lines + [
        value(
            part,
            f'{name}, CPU',
            100.0 * np.median(share),
            '% of a core',
            ratio=None if name == RELAY else paired_ratio(share, shares[RELAY]),
            beside=None if name == RELAY else RELAY,
        )
        for name, share in shares.items()
    ]


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
