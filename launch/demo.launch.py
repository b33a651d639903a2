"""
A simulated arm pours, the estimator estimates, and a monitor shows both and draws them.

    ros2 launch pour_force_estimator demo.launch.py speed:=1.0 figure:=demo.png
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, Shutdown
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

SHARE = Path(get_package_share_directory('pour_force_estimator'))


def generate_launch_description():
    return LaunchDescription([
        DeclareLaunchArgument('speed', default_value='1.0', description='Times real time'),
        DeclareLaunchArgument('figure', default_value='demo.png', description='Picture to write'),
        IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(SHARE / 'launch' / 'estimator.launch.py'))),
        Node(
            package='pour_force_estimator',
            executable='simulated_arm',
            name='arm',
            output='screen',
            parameters=[{
                'speed': ParameterValue(LaunchConfiguration('speed'), value_type=float),
                'wait_for_subscribers': 2,  # the estimator and the monitor
            }],
        ),
        Node(
            package='pour_force_estimator',
            executable='demo_monitor',
            name='demo_monitor',
            output='screen',
            parameters=[{
                'figure': ParameterValue(LaunchConfiguration('figure'), value_type=str)}],
            on_exit=Shutdown(reason='the demo is over'),
        ),
    ])
