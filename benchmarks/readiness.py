"""How long a new process takes until the estimator is active, beside one with an empty node."""

import os
import subprocess
import sys
import tempfile
import time

from .delay import PARAMETERS
from .measure import figure, paired_ratio

REPETITIONS = 12
AIM = 1.5

EMPTY_NODE = """
import rclpy
from rclpy.node import Node
rclpy.init()
node = Node('empty')
"""

ESTIMATOR = f"""
import rclpy
from rclpy.parameter import Parameter
from pour_force_estimator.ros.estimator_node import EstimatorNode
rclpy.init(args=['--ros-args', '--log-level', 'error'])
node = EstimatorNode(parameter_overrides=[
    Parameter(name, value=value) for name, value in {PARAMETERS!r}.items()])
assert list(node.subscriptions), 'not active'
"""

_END = """
import os
os.write(1, b'ready')
os._exit(0)
"""


def run(repetitions=REPETITIONS):
    """
    Measure from the start of Python to a node that can take its first message.

    Parameters
    ----------
    repetitions : int
        How many pairs, after one that fills the caches.

    Returns
    -------
    list of dict
        Lines of the table.

    """
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    seconds = {'rclpy and an empty node': [], 'estimator': []}
    # Bytecode is kept, as it is for an installed package, whatever the environment says.
    with tempfile.TemporaryDirectory(prefix='bytecode-') as folder:
        environment = {name: given for name, given in os.environ.items()
                       if name != 'PYTHONDONTWRITEBYTECODE'}
        environment['PYTHONPYCACHEPREFIX'] = folder
        for index in range(repetitions + 1):
            for name, script in zip(seconds, (EMPTY_NODE, ESTIMATOR)):
                own = [_seconds_until_ready(script, environment)]
                if index:
                    seconds[name].append(own)
    empty, own = seconds.values()
    return [
        figure('ready', 'rclpy and an empty node', empty),
        figure('ready', 'estimator', own, paired_ratio(own, empty), 'an empty node', AIM)]


def _seconds_until_ready(script, environment):
    began_s = time.perf_counter()
    with subprocess.Popen(
            [sys.executable, '-c', script + _END], stdout=subprocess.PIPE,
            env=environment) as process:
        answer = process.stdout.read(5)
        seconds = time.perf_counter() - began_s
    if answer != b'ready':
        raise RuntimeError(f'expected a node that becomes ready, received {answer!r}')
    return seconds
