"""
The main job, seen to work: an arm that pours, the estimator, DDS between them.

::

    python -m pour_force_estimator.ros.demo --output demo_output
    python -m pour_force_estimator.ros.demo --data pours.npy
    python -m pour_force_estimator.ros.demo --bag pours_bag

Starts the nodes `simulated_arm` (or `replay`), `estimator` and `demo_monitor` as processes of
their own, as ``demo.launch.py`` does on a machine with ROS 2. Nothing leaves this machine.
"""

import argparse
import os
from pathlib import Path
import signal
import subprocess
import sys

from ..errors import PourForceEstimatorError
from ..models import find_model
from ..step_model import StepModel

NODES = 'pour_force_estimator.ros'
STOP_TIMEOUT_S = 5.0
POLL_PERIOD_S = 0.1

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


def parse_arguments(argv=None):
    """Return the command's arguments, an argparse.Namespace."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('--data', help='recorded pours (.npy) instead of simulated ones')
    parser.add_argument('--model', help='a shipped model, or the path of an ONNX file')
    parser.add_argument('--speed', type=float, default=6.0,
                        help='how many times faster than real time (default: %(default)s)')
    parser.add_argument('--output', type=Path, default=Path('demo_output'),
                        help='folder for the picture (default: %(default)s)')
    parser.add_argument('--bag', type=Path,
                        help='folder to record a rosbag2 to, for training.rosbag')
    return parser.parse_args(argv)


def start_node(module, parameters):
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
        command += ['-p', f'{name}:={value}']
    return subprocess.Popen(command)


def stop(process):
    """End a node as Ctrl-C would and return its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def wait_for_monitor(processes):
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


def run(arguments):
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
    if arguments.model:
        StepModel.load(find_model(arguments.model))
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))
    arm = {'speed': arguments.speed, 'wait_for_subscribers': 3 if arguments.bag else 2}
    if arguments.bag:
        context = arguments.bag.with_name(f'{arguments.bag.name}_context.yaml')
        arm.update(rest=REST_S, context=context)
    estimator = {f'pour.{name}': value for name, value in FIRST_CONTEXT.items()}
    estimator.update(LOSSLESS_INPUT)
    if arguments.model:
        estimator['model'] = arguments.model
    processes = {
        **({'bag': start_node('bag_writer_node', {'bag': arguments.bag})}
           if arguments.bag else {}),
        'monitor': start_node('demo_monitor_node', {'figure': arguments.output / 'demo.png'}),
        'estimator': start_node('estimator_node', estimator),
        'arm': start_node('replay_node', {**arm, 'data': arguments.data}) if arguments.data
        else start_node('simulated_arm_node', arm),
    }
    try:
        code = wait_for_monitor(processes)
    except KeyboardInterrupt:
        code = 130
    codes = {name: stop(process) for name, process in processes.items()}
    for name in ('arm', 'estimator', 'bag'):
        if codes.get(name):
            print(f'error: the {name} ended with exit code {codes[name]}', file=sys.stderr)
            code = code or 1
    if arguments.bag and not code:
        print(f'bag: {arguments.bag}; import it with python -m training.rosbag {arguments.bag} '
              f'--joints {ARM_JOINT} --scale {ARM_SCALE} --context {context} --output pours.npy')
    return code


def main(argv=None):
    """Run the command; return its exit code."""
    try:
        return run(parse_arguments(argv))
    except PourForceEstimatorError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2


if __name__ == '__main__':
    sys.exit(main())
