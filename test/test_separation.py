# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What the runtime loads in the end.

What may import what is in pyproject.toml, for import-linter; ``make lint`` checks it.
"""

import subprocess
import sys

ROS = {'rclpy', 'launch', 'launch_ros', 'ament_index_python', 'rosidl_runtime_py'}
ROS_ENDINGS = ('_msgs', '_srvs', '_interfaces')
OTHERS = {
    'keras',
    'matplotlib',
    'onnx',
    'rich',
    'rosbags',
    'sklearn',
    'tensorflow',
    'tf2onnx',
    'training',
    'trimesh',
}


def test_the_package_loads_numpy_and_onnxruntime_alone(repository):
    """Not what the files say, but what is loaded."""
    loaded = subprocess.run(
        [sys.executable, '-c', 'import sys; import pour_force_estimator; print(*sys.modules)'],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert 'onnxruntime' in loaded and 'numpy' in loaded
    roots = {name.partition('.')[0] for name in loaded}
    assert not roots & (ROS | OTHERS)
    assert not {root for root in roots if root.endswith(ROS_ENDINGS)}
