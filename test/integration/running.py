# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Nodes as processes: what they print, and how they end; and one of this process."""

from contextlib import contextmanager
import subprocess
import threading
import time

import rclpy
from rclpy.parameter import Parameter

from pour_force_estimator.ros.estimator_node import EstimatorNode

TIMEOUT_S = 120.0

END_TIMEOUT_S = 10.0
"""For a node that was asked to end; one that is killed leaves shared memory of DDS behind."""


class NodeProcess(subprocess.Popen):
    """A process whose output is read as it comes, so that it can be waited for."""

    def __init__(self, command, **options):
        output = {'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT, 'text': True}
        super().__init__(command, **output, **options)
        self._lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.stdout:
            self._lines.append(line)
        self.stdout.close()

    @property
    def output(self):
        """What was printed so far, a str."""
        return ''.join(self._lines)

    def wait_for(self, *texts, timeout_s=TIMEOUT_S):
        """Wait until one of `texts` has been printed."""
        deadline_s = time.monotonic() + timeout_s
        while not any(text in self.output for text in texts):
            assert self.poll() is None and time.monotonic() < deadline_s, (
                f'expected one of {texts}, received:\n{self.output}'
            )
            time.sleep(0.02)

    def end(self):
        """Wait for the end of a process that was asked to end, or kill it."""
        try:
            self.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self.communicate()

    def communicate(self, timeout=TIMEOUT_S):
        """Wait for the end; return the whole output, and None."""
        self.wait(timeout)
        self._reader.join(timeout)
        return self.output, None


def run_alone(start_installed, peer, executable, *arguments):
    """Run an arm without an estimator to its end; return its exit code and output."""
    arguments = ['estimator:=""', 'pause:=0.0', *arguments]
    options = [part for argument in arguments for part in ('-p', argument)]
    node = start_installed(executable, *options)
    peer.wait_until(lambda: node.poll() is not None, f'the end of {executable}')
    output, _ = node.communicate()
    peer.spin_until_quiet()
    return node.returncode, output


@contextmanager
def estimator_of_this_process(parameters):
    """Make an estimator node, in a context of its own."""
    context = rclpy.Context()
    rclpy.init(context=context)
    overrides = [Parameter(name, value=value) for name, value in parameters.items()]
    node = EstimatorNode(context=context, parameter_overrides=overrides)
    yield node
    node.destroy_node()
    rclpy.shutdown(context=context)
