# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Run the node `estimator` for minutes, with an arm that misbehaves: does it lose, leak or fail.

::

    python -m benchmarks.soak --minutes 10 --rate 500 --json soak.json

Starts the node as a process of its own and publishes joint states, with a fault after every half
second: lost, late and repeated messages, NaN, partial messages, spikes, gaps and jumps of the
clock that end in a reset. An offline estimator that is given the same messages says which
estimates are due. Nothing leaves this machine. The exit code is 0 if all checks hold, otherwise 1.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
import json
import math
import os
from pathlib import Path
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np
import psutil
import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor

from pour_force_estimator.errors import PourForceEstimatorError
from pour_force_estimator.files import write_text

from . import measure
from .faulty_arm import FaultyArm, NewPour, TILT_JOINT
from .soak_peer import QUEUE_DEPTH, SoakPeer

MEMORY_LIMIT_MIB = 2.0
WARM_UP_S = 60.0
INTERRUPTED = 'no estimate until ~/reset'
"""What the node has to log as an error of a gap or a jump."""

CPU_LIMIT = 0.5
"""Part of one core that a node which leaves the robot room may take."""

TIMEOUT_S = 60.0
REPORT_PERIOD_S = 10.0
SUITE_S, SUITE_RATE_HZ = 20.0, 500.0
"""How long and how fast it runs as a part of ``python -m benchmarks``."""

MIB = 1 << 20


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

    def __init__(self, duration_s: float, rate_hz: float, seed: int, log_path: str | Path) -> None:
        self._duration_s = duration_s
        self._rate_hz = rate_hz
        self._log_path = Path(log_path)
        self._arm = FaultyArm(rate_hz, seed)
        self._memory_mib: list[float] = []
        self._warm_s = min(WARM_UP_S, duration_s / 2)
        self._warm: tuple[float, float] | None = None

    def run(self) -> dict[str, Any]:
        """
        Start the node, disturb it, stop it.

        Returns
        -------
        dict
            What was measured; see `checks`.

        """
        with open(self._log_path, 'w', encoding='utf-8') as log:
            self._node = process = subprocess.Popen(
                node_command(), stdout=log, stderr=subprocess.STDOUT
            )
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

    def _wait(self, condition: Callable[[], bool], awaited: str) -> None:
        deadline_s = time.monotonic() + TIMEOUT_S
        while not condition():
            if self._node.poll() is not None:
                raise RuntimeError(f'the node ended with exit code {self._node.returncode}')
            if time.monotonic() > deadline_s:
                raise TimeoutError(f'{awaited} did not come within {TIMEOUT_S:g} s')
            self._executor.spin_once(timeout_sec=0.02)

    def _disturb(self) -> None:
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
            if isinstance(action, NewPour):
                self._new_pour(action)
                continue
            if action.due_s > self._duration_s:  # of the arm: a busy machine takes longer
                return
            while (left_s := began_s + self._waited_s + action.due_s - time.monotonic()) > 0.0:
                self._executor.spin_once(timeout_sec=left_s)
            # Late because the machine was busy: take in what has come, or it would pile up.
            self._executor.spin_once(timeout_sec=0.0)
            self._peer.send(action)

    def _has_noticed(self) -> bool:
        """Return whether the node has told of each gap and jump so far."""
        counted = self._peer.counted()
        return all(
            counted.get(key, '0') == str(self._arm.expected[key])
            for key in ('samples gap', 'samples time_jump')
        )

    def _new_pour(self, action: NewPour) -> None:
        asked_s = time.monotonic()
        # Services and topics are not in order: nothing may be on its way when the pour begins.
        self._wait(self._has_noticed, 'the diagnostic of a gap or a jump')
        task = self._executor.create_task(self._peer.client.start_pour(action.context))
        self._wait(task.done, 'the answer of ~/reset')
        task.result()
        self._peer.start_pour(action.context)
        self._waited_s += time.monotonic() - asked_s

    def _drain(self) -> None:
        """Wait until all that was sent has been counted and all that is due has come."""
        try:
            self._wait(
                lambda: (
                    not self._peer.comparison.outstanding
                    and self._peer.counted().get('joint states') == str(self._peer.sent)
                    and self._peer.weights >= self._peer.comparison.matched
                ),
                'the last estimate',
            )
        except TimeoutError as error:
            print(error, file=sys.stderr)
        self._peer.comparison.end()

    def _observe(self, elapsed_s: float) -> None:
        memory_mib = self._process.memory_info().rss / MIB
        if elapsed_s >= self._warm_s:
            if self._warm is None:
                self._warm = (time.monotonic(), self._cpu_s())
            self._memory_mib.append(memory_mib)
        comparison = self._peer.comparison
        print(
            f'{elapsed_s:6.0f} s  {self._peer.sent:8d} joint states  '
            f'{comparison.matched:7d} estimates  {sum(self._arm.faults.values()):5d} faults  '
            f'{memory_mib:7.2f} MiB',
            flush=True,
        )

    def _cpu_s(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def _cpu_since_warm(self) -> tuple[float, float]:
        if self._warm is None:
            raise RuntimeError(f'the run ended before its warm-up of {self._warm_s:g} s')
        began_s, cpu_s = self._warm
        self._memory_mib.append(self._process.memory_info().rss / MIB)
        return self._cpu_s() - cpu_s, time.monotonic() - began_s

    def _result(self, cpu_s: float, wall_s: float, exit_code: int) -> dict[str, Any]:
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
                for key, count in {**self._arm.expected, 'joint states': self._peer.sent}.items()
                if counted.get(key) != str(count)
            },
            'latency_p50_ms': round(float(np.percentile(latency_ms, 50)), 3),
            'latency_p99_ms': round(float(np.percentile(latency_ms, 99)), 3),
            'latency_max_ms': round(float(latency_ms.max()), 3),
            'memory_warm_mib': round(self._memory_mib[0], 2),
            'memory_growth_mib': round(max(self._memory_mib) - self._memory_mib[0], 2),
            'cpu_share': round(cpu_s / wall_s, 4),
            'log_errors': sum(
                'Traceback' in line or ('ERROR' in line and INTERRUPTED not in line)
                for line in log.splitlines()
            ),
            'exit_code': exit_code,
        }


def run(seconds: float = SUITE_S, rate_hz: float = SUITE_RATE_HZ) -> list[measure.Line]:
    """
    Measure for a short time, as a part of ``python -m benchmarks``.

    Parameters
    ----------
    seconds, rate_hz : float
        How long [s], and the rate of the joint states [Hz].

    Returns
    -------
    list of dict
        Lines of the table.

    """
    _isolate()
    part = f'{seconds:g} s of faults at {rate_hz:g} Hz'
    with tempfile.TemporaryDirectory(prefix='soak-') as folder:
        result = Soak(seconds, rate_hz, 0, Path(folder) / 'estimator.log').run()
    counts = {
        'estimates missing, not due or different': (
            result['missing'] + result['unexpected'] + result['different']
        ),
        'faults that the diagnostics did not count': len(result['miscounted']),
        'errors in the log': result['log_errors'],
    }
    return [
        measure.value(part, 'faults', sum(result['faults'].values()), ''),
        *(measure.value(part, name, count, '', limit=0.0) for name, count in counts.items()),
        measure.value(
            part, 'CPU', 100.0 * result['cpu_share'], '% of a core', limit=100.0 * CPU_LIMIT
        ),
    ]


def _isolate() -> None:
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))


def node_command() -> list[str]:
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


def checks(result: Mapping[str, Any]) -> dict[str, bool]:
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
            result['matched'] > 0 and not result['missing'] and not result['unexpected']
        ),
        'each equals that of the offline estimator bit for bit': not result['different'],
        'as many weights as wrenches': (
            result['weights'] == result['matched'] + result['unexpected']
        ),
        'the diagnostics counted each fault': not result['miscounted'],
        f'memory grew by less than {MEMORY_LIMIT_MIB:g} MiB after the warm-up': (
            result['memory_growth_mib'] < MEMORY_LIMIT_MIB
        ),
        f'less than {CPU_LIMIT:.0%} of a core': result['cpu_share'] < CPU_LIMIT,
        'no error in the log': not result['log_errors'],
        'exit code 0': result['exit_code'] == 0,
    }


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command's arguments, an argparse.Namespace."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').split('\n\n')[0])
    duration = parser.add_mutually_exclusive_group()
    duration.add_argument(
        '--minutes', type=float, default=10.0, help='how long to run (default: %(default)s)'
    )
    duration.add_argument('--seconds', type=float, help='the same in seconds')
    parser.add_argument(
        '--rate',
        type=float,
        default=500.0,
        help='rate of the joint states, 50 to 1000 [Hz] (default: %(default)s)',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='same seed, same faults (default: %(default)s)'
    )
    parser.add_argument('--json', type=Path, help='file to write what was measured to')
    arguments = parser.parse_args(argv)
    if not 50.0 <= arguments.rate <= 1000.0:
        parser.error(f'--rate: expected 50 to 1000 Hz, received {arguments.rate:g}')
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    _isolate()
    duration_s = arguments.minutes * 60.0 if arguments.seconds is None else arguments.seconds
    with tempfile.TemporaryDirectory(prefix='soak-') as folder:
        log_path = Path(folder) / 'estimator.log'
        try:
            result = Soak(duration_s, arguments.rate, arguments.seed, log_path).run()
        except (
            PourForceEstimatorError,
            RuntimeError,
            TimeoutError,
            psutil.NoSuchProcess,
            subprocess.TimeoutExpired,
        ) as error:
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
