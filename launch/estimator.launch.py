# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Start the estimator.

    ros2 launch pour_force_estimator estimator.launch.py params_file:=my_cup.yaml model:=my.onnx

An argument that is left empty leaves the value of the parameter file as it is.
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchContext, LaunchDescription  # type: ignore[attr-defined]
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue

PARAMS_FILE = Path(get_package_share_directory('pour_force_estimator'), 'config', 'estimator.yaml')
OVERRIDES = {'model': str, 'use_sim_time': bool, 'autostart': bool}


def start_estimator(context: LaunchContext) -> list[Node]:
    """Return the node, with the arguments that were given."""
    overrides = {
        name: kind
        for name, kind in OVERRIDES.items()
        if LaunchConfiguration(name).perform(context)
    }
    return [
        Node(
            package='pour_force_estimator',
            executable='estimator',
            name='estimator',
            namespace=LaunchConfiguration('namespace'),
            output='screen',
            parameters=[
                ParameterFile(LaunchConfiguration('params_file')),
                {
                    name: ParameterValue(LaunchConfiguration(name), value_type=kind)
                    for name, kind in overrides.items()
                },
            ],
            arguments=['--ros-args', '--log-level', LaunchConfiguration('log_level')],
        )
    ]


def generate_launch_description() -> LaunchDescription:
    """Return the node and the arguments of this file."""
    return LaunchDescription(
        [
            *[
                DeclareLaunchArgument(name, default_value=default, description=description)
                for name, default, description in (
                    ('namespace', '', 'Namespace of the node'),
                    ('params_file', str(PARAMS_FILE), 'Parameter file'),
                    ('model', '', 'A shipped model by name, or the path of an ONNX file'),
                    ('use_sim_time', '', 'Whether to take the time from /clock (true or false)'),
                    (
                        'autostart',
                        '',
                        'Whether to configure and activate at start (true or false)',
                    ),
                    ('log_level', 'info', 'Lowest level to log'),
                )
            ],
            OpaqueFunction(function=start_estimator),
        ]
    )
