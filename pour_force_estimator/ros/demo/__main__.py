# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The main job, seen to work: an arm without a scale pours what it is asked to.

::

    python -m pour_force_estimator.ros.demo --output demo_output
    python -m pour_force_estimator.ros.demo --data pours.npy
    python -m pour_force_estimator.ros.demo --bag pours_bag

Starts the nodes `simulated_arm`, `estimator`, `pour_to_target` and `session_monitor` as processes
of their own, as ``demo.launch.py`` does on a machine with ROS 2: the arm pours to targets by what
the estimator predicts, and a scale weighs each pour afterwards. Recorded pours, pours for a bag
and those for a model that predicts nothing are played instead, before `demo_monitor`. Nothing
leaves this machine.
"""

import argparse
import os
from pathlib import Path
import signal
import subprocess
import sys

from ...errors import PourForceEstimatorError
from ...model.shipped import DEFAULT_MODEL
from ...model.step_model import StepModel
from .session import arm_parameters, MAX_POURS, pourer_parameters

NODES = 'pour_force_estimator.ros'
POLL_PERIOD_S = 0.1

STOP_TIMEOUT_S = 30.0
"""How long a node may take to end [s]: it may have a bag to write, on a busy machine."""

STEERED_SPEED, PLAYED_SPEED = 3.0, 6.0
"""How many times faster than real time arms are that are steered, and that are played."""

FIRST_CONTEXT = {
    'initial_weight': 3.5,
    'target_weight': 1.5,
    'empty_weight': 0.1,
    'cup_height': 0.12,
    'cup_diameter': 0.12,
    'receiver_height': 0.12,
    'receiver_diameter': 0.12,
    'relative_density': 1.0,
}
"""What the estimator starts with; the arm tells it of each pour before it moves."""

REST_S = 2.0
"""How long the arm rests before and after each pour while a bag is recorded, as a real one [s]."""

ARM_JOINT, ARM_SCALE = 'wrist_3_joint', '/arm/true_wrench'
"""What the simulated arm turns the cup with, and where it says what has been poured."""

LOSSLESS_INPUT = {
    'qos_overrides./joint_states.subscription.reliability': 'reliable',
    'qos_overrides./joint_states.subscription.depth': 1000,
}
"""Faster than real time, a queue for an arm's rate overflows when the machine is busy."""


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the command's arguments, an argparse.Namespace."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('--data', help='recorded pours (.npy) instead of simulated ones')
    parser.add_argument('--model', help='a shipped model, or the path of an ONNX file')
    parser.add_argument(
        '--speed',
        type=float,
        default=None,
        help='how many times faster than real time '
        f'(default: {STEERED_SPEED:g}, or {PLAYED_SPEED:g} where pours are '
        'played)',
    )
    parser.add_argument(
        '--pours',
        type=int,
        default=MAX_POURS,
        metavar='N',
        choices=range(1, MAX_POURS + 1),
        help='pours to targets from each of two cups (default: %(default)s)',
    )
    parser.add_argument(
        '--output',
        type=Path,
        default=Path('demo_output'),
        help='folder for the picture (default: %(default)s)',
    )
    parser.add_argument(
        '--bag', type=Path, help='folder to record a rosbag2 to, for training.rosbag'
    )
    return parser.parse_args(argv)


def start_node(module: str, parameters: dict[str, object]) -> subprocess.Popen[bytes]:
    """
    Start a node of this package as a process.

    Parameters
    ----------
    module : str
        Its module in `pour_force_estimator.ros`.
    parameters : dict of str to object
        Its parameters.

    Returns
    -------
    subprocess.Popen

    """
    command = [sys.executable, '-m', f'{NODES}.{module}', '--ros-args', '--log-level', 'warn']
    for name, value in parameters.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        command += ['-p', f'{name}:={text}']
    return subprocess.Popen(command)


def stop(process: subprocess.Popen[bytes]) -> int:
    """End a node as Ctrl-C would and return its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def wait_for_monitor(processes: dict[str, subprocess.Popen[bytes]]) -> int:
    """
    Wait until the monitor ends, or another node fails.

    Parameters
    ----------
    processes : dict of str to subprocess.Popen
        The nodes.

    Returns
    -------
    int
        Exit code of the monitor, or 1 if another node failed.

    """
    while True:
        try:
            return processes['monitor'].wait(POLL_PERIOD_S)
        except subprocess.TimeoutExpired:
            if any(process.poll() for process in processes.values()):
                return 1


def start_steered(
    arguments: argparse.Namespace,
    estimator: dict[str, object],
) -> dict[str, subprocess.Popen[bytes]]:
    """Start the nodes of an arm that pours to targets, by name."""
    speed = arguments.speed or STEERED_SPEED
    return {
        'monitor': start_node(
            'demo.session_monitor_node', {'figure': arguments.output / 'demo.png'}
        ),
        'estimator': start_node('estimator_node', estimator),
        'pourer': start_node('pouring.pour_to_target_node', pourer_parameters(speed)),
        'arm': start_node(
            'arm.simulated_arm_node', {**arm_parameters(arguments.pours), 'speed': speed}
        ),
    }


def start_played(
    arguments: argparse.Namespace,
    estimator: dict[str, object],
) -> dict[str, subprocess.Popen[bytes]]:
    """Start the nodes of an arm whose pours are known beforehand, by name."""
    arm: dict[str, object] = {
        'speed': arguments.speed or PLAYED_SPEED,
        'wait_for_subscribers': 3 if arguments.bag else 2,
    }
    if arguments.bag:
        arm.update(rest=REST_S, context=context_path(arguments.bag))
    return {
        **(
            {'bag': start_node('demo.bag_writer_node', {'bag': arguments.bag})}
            if arguments.bag
            else {}
        ),
        'monitor': start_node(
            'demo.played_monitor_node', {'figure': arguments.output / 'demo.png'}
        ),
        'estimator': start_node('estimator_node', estimator),
        'arm': start_node('arm.replay_node', {**arm, 'data': arguments.data})
        if arguments.data
        else start_node('arm.simulated_arm_node', arm),
    }


def context_path(bag: Path) -> Path:
    """Return where to write what is known of the pours in a bag."""
    return bag.with_name(f'{bag.name}_context.yaml')


def run(arguments: argparse.Namespace) -> int:
    """
    Run the demo.

    Parameters
    ----------
    arguments : argparse.Namespace
        What `parse_arguments` returned.

    Returns
    -------
    int
        Exit code: 0 if there were estimates of each pour.

    Raises
    ------
    ModelError
        If the model cannot be used.

    """
    model = StepModel.load(arguments.model or DEFAULT_MODEL)
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))
    estimator: dict[str, object] = {f'pour.{name}': value for name, value in FIRST_CONTEXT.items()}
    estimator.update(LOSSLESS_INPUT)
    if arguments.model:
        estimator['model'] = arguments.model
    predicts = model.spec.interval is not None
    start = start_steered if predicts and not (arguments.data or arguments.bag) else start_played
    processes = start(arguments, estimator)
    try:
        code = wait_for_monitor(processes)
    except KeyboardInterrupt:
        code = 130
    codes = {name: stop(process) for name, process in processes.items()}
    for name, ended in codes.items():
        if ended and name != 'monitor':
            print(f'error: the {name} ended with exit code {ended}', file=sys.stderr)
            code = code or 1
    if arguments.bag and not code:
        print(
            f'bag: {arguments.bag}; import it with python -m training.rosbag {arguments.bag} '
            f'--joints {ARM_JOINT} --scale {ARM_SCALE} --context '
            f'{context_path(arguments.bag)} --output pours.npy'
        )
    return code


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the nodes, as Ctrl-C does
    try:
        return run(parse_arguments(argv))
    except PourForceEstimatorError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2


if __name__ == '__main__':
    sys.exit(main())
