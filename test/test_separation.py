# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the runtime loads in the end; what may import what is in pyproject.toml."""

from command_line import run_python
import pytest

HEAVY = (
    'benchmarks keras lxml matplotlib onnx pandas psutil rich rosbags scipy sklearn '
    'tensorflow test tf2onnx training trimesh'
)
ROS = 'rclpy launch launch_ros ament_index_python rosidl_runtime_py'
ENDINGS = ('_msgs', '_srvs', '_interfaces')


@pytest.mark.parametrize(
    'module, needed, unwanted',
    [
        ('', 'numpy onnxruntime', f'{HEAVY} {ROS}'),
        ('.tilt.urdf_tilt', 'numpy', f'{HEAVY} {ROS}'),
        ('.ros.estimator_node', 'rclpy onnxruntime', HEAVY),
    ],
)
def test_a_module_loads_what_it_needs_alone(module, needed, unwanted):
    """Not what the files say, but what is loaded."""
    if 'rclpy' in needed:
        pytest.importorskip('rclpy')
    done = run_python('-c', f'import sys, pour_force_estimator{module}; print(*sys.modules)')
    loaded = {name.partition('.')[0] for name in done.stdout.split()}
    assert set(needed.split()) <= loaded and not set(unwanted.split()) & loaded
    assert 'rclpy' in loaded or not [name for name in loaded if name.endswith(ENDINGS)]
