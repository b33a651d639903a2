# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Whether a node ends cleanly, whenever a signal comes: many starts and stops under load.

::

    python -m benchmarks.start_stop --cycles 500
    python -m benchmarks.start_stop --cycles 500 --executor rclpy

Each cycle starts the estimator as a process, floods it with joint states, and sends SIGINT,
SIGTERM or two signals in a row at a random moment. An exit code other than 0, a traceback, or a
node that does not end is bad. The exit code of the command is 0 only if no cycle was bad.
"""

import argparse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
import os
import random
import signal
import subprocess
import sys
import threading
import time

import rclpy
from rclpy.context import Context
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState

from .executors import estimator_command, EXECUTORS

TIMEOUT_S = 60.0
MAX_WAIT_S = 0.3
"""Longest time from the first joint state that a node gets to the signal [s]."""

SECOND_SIGNAL_S = 0.005
FIRST_DOMAIN = 60

PARAMETERS = {
    'pour.initial_weight': 3.5,
    'pour.target_weight': 1.5,
    'pour.cup_height': 0.12,
    'pour.cup_diameter': 0.121,
}
SIGNALS = ((signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGINT))


@dataclass(frozen=True)
class Ending:
    """
    How a node ended.

    Attributes
    ----------
    signals : tuple of signal.Signals
        What it was sent.
    exit_code : int or None
        None if it had to be killed.
    output : str
        What it printed.

    """

    signals: tuple[signal.Signals, ...]
    exit_code: int | None
    output: str

    @property
    def is_clean(self) -> bool:
        """Whether it ended as a node should."""
        return self.exit_code == 0 and 'Traceback' not in self.output


class Arm:
    """Publishes joint states in a domain, as fast as told, until it is left."""

    def __init__(self, domain: int, rate_hz: float) -> None:
        self._context = Context()
        rclpy.init(context=self._context, domain_id=domain)
        self._node = rclpy.create_node(f'arm_{domain}', context=self._context)
        self._joints = self._node.create_publisher(
            JointState, '/joint_states', qos_profile_sensor_data
        )
        self._period_s = 1.0 / rate_hz
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._publish, daemon=True)

    def __enter__(self) -> 'Arm':
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)

    def is_heard(self) -> bool:
        """Return whether a node listens."""
        return self._joints.get_subscription_count() > 0

    def _publish(self) -> None:
        message = JointState(name=['wrist_3_joint'], position=[0.3])
        while not self._is_over.wait(self._period_s):
            message.header.stamp = self._node.get_clock().now().to_msg()
            self._joints.publish(message)


def run_cycle(arm: Arm, executor: str, domain: int, rng: random.Random) -> Ending:
    """Start the estimator, let it work for a moment, and send it a signal."""
    command = [*estimator_command(executor), '--log-level', 'error']
    for name, value in PARAMETERS.items():
        command += ['-p', f'{name}:={value}']
    node = subprocess.Popen(
        command,
        env={**os.environ, 'ROS_DOMAIN_ID': str(domain)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    signals = rng.choice(SIGNALS)
    try:
        deadline_s = time.monotonic() + TIMEOUT_S
        while not arm.is_heard() and node.poll() is None and time.monotonic() < deadline_s:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, MAX_WAIT_S))
        for number in signals:
            if node.poll() is None:
                node.send_signal(number)
            time.sleep(SECOND_SIGNAL_S)
        output, _ = node.communicate(timeout=TIMEOUT_S)
        ending = Ending(signals, node.returncode, output)
    except subprocess.TimeoutExpired:
        node.kill()
        output, _ = node.communicate()
        ending = Ending(signals, None, output)
    while arm.is_heard():  # the next one must not be taken for this one
        time.sleep(0.01)
    return ending


def run_cycles(cycles: int, executor: str, rate_hz: float, job: int) -> list[Ending]:
    """Run cycles one after the other, in a domain of their own."""
    rng, domain, endings = random.Random(job), FIRST_DOMAIN + job, []
    with Arm(domain, rate_hz) as arm:
        for cycle in range(1, cycles + 1):
            endings.append(run_cycle(arm, executor, domain, rng))
            if not endings[-1].is_clean or cycle % 25 == 0:
                bad = sum(not ending.is_clean for ending in endings)
                print(f'job {job}: {cycle} cycles, {bad} bad', file=sys.stderr, flush=True)
    return endings


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0].strip())
    parser.add_argument('--cycles', type=int, default=500)
    parser.add_argument('--jobs', type=int, default=2, help='nodes at a time')
    parser.add_argument('--rate', type=float, default=500.0, help='of the joint states [Hz]')
    parser.add_argument('--executor', choices=EXECUTORS, default='package')
    arguments = parser.parse_args(argv)
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    shares = [len(range(job, arguments.cycles, arguments.jobs)) for job in range(arguments.jobs)]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        endings = [
            ending
            for of_job in pool.map(
                lambda job: run_cycles(shares[job], arguments.executor, arguments.rate, job),
                range(arguments.jobs),
            )
            for ending in of_job
        ]
    bad = [ending for ending in endings if not ending.is_clean]
    for ending in bad:
        names = ', '.join(number.name for number in ending.signals)
        print(f'{names}: exit code {ending.exit_code}\n{ending.output}')
    print(f'{len(endings)} cycles, executor {arguments.executor}: {len(bad)} bad')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
