# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.ros.node_command: how the main of a node ends."""

import pytest

pytest.importorskip('rclpy')

from pour_force_estimator.errors import RecordingError  # noqa: E402
from pour_force_estimator.ros.lifecycle import RCLError  # noqa: E402
from pour_force_estimator.ros.node_command import node_command  # noqa: E402


@pytest.mark.parametrize(
    'error, line',
    [
        (RecordingError('log: expected µm'), 'log: expected µm'),
        (RCLError('security plugin:\n  no keystore\n'), 'security plugin: no keystore'),
        (PermissionError('log.csv'), 'log.csv'),
    ],
)
def test_an_error_is_one_line(capsys, error, line):
    @node_command('monitor')
    def main(args=None):
        raise error

    assert main() == 1
    assert capsys.readouterr().err == f'monitor: {line}\n'


def test_a_node_that_ends_well_says_so():
    @node_command('monitor')
    def main(args=None):
        return len(args)

    assert main([]) == 0
