# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
A simulated arm pours to targets by what the estimator predicts, and a scale weighs each pour.

    ros2 launch pour_force_estimator demo.launch.py speed:=1.0 figure:=demo.png
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription  # type: ignore[attr-defined]
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, Shutdown
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PythonExpression
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from pour_force_estimator.ros.demo.session import arm_parameters, MAX_AGE_S

SPEED = LaunchConfiguration('speed')
MAX_AGE = PythonExpression([SPEED, f' * {MAX_AGE_S}'])
SHARE = Path(get_package_share_directory('pour_force_estimator'))


def generate_launch_description() -> LaunchDescription:
    """Return the nodes of the demo."""
    return LaunchDescription(
        [
            DeclareLaunchArgument('speed', default_value='1.0', description='Times real time'),
            DeclareLaunchArgument(
                'figure', default_value='demo.png', description='Picture to write'
            ),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(SHARE / 'launch' / 'estimator.launch.py'))
            ),
            Node(
                package='pour_force_estimator',
                executable='pour_to_target',
                name='pour_to_target',
                output='screen',
                parameters=[
                    {
                        'use_sim_time': ParameterValue(
                            PythonExpression([SPEED, ' != 1.0']), value_type=bool
                        ),
                        'max_estimate_age': ParameterValue(MAX_AGE, value_type=float),
                        'max_joint_state_age': ParameterValue(MAX_AGE, value_type=float),
                    }
                ],
            ),
            Node(
                package='pour_force_estimator',
                executable='simulated_arm',
                name='arm',
                output='screen',
                parameters=[arm_parameters(), {'speed': ParameterValue(SPEED, value_type=float)}],
            ),
            Node(
                package='pour_force_estimator',
                executable='session_monitor',
                name='session_monitor',
                output='screen',
                parameters=[
                    {'figure': ParameterValue(LaunchConfiguration('figure'), value_type=str)}
                ],
                on_exit=Shutdown(reason='the demo is over'),
            ),
        ]
    )
