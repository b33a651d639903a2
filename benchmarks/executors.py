# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The estimator as a process, spun by the executor of this package or by that of rclpy."""

import sys

EXECUTORS = {
    'package': 'from pour_force_estimator.ros.estimator_node import main\n',
    'rclpy': (
        'from pour_force_estimator.ros import lifecycle\n'
        'from rclpy.executors import SingleThreadedExecutor\n'
        'lifecycle.create_executor = SingleThreadedExecutor\n'
        'from pour_force_estimator.ros.estimator_node import main\n'
    ),
}
"""What is run before the node, by the name of an executor."""


def estimator_command(executor: str) -> list[str]:
    """Return the beginning of a command line of the estimator; options of ROS follow."""
    return [sys.executable, '-c', f'{EXECUTORS[executor]}raise SystemExit(main())', '--ros-args']
