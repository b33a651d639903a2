# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Install the package with pip, or as an ament_python package with colcon."""

from glob import glob
from xml.etree import ElementTree

from setuptools import find_packages, setup

NAME = 'pour_force_estimator'
VERSION = ElementTree.parse('package.xml').findtext('version')

RUNTIME = ['numpy>=1.21', 'onnxruntime>=1.18', 'PyYAML']
BAGS = ['lz4', 'mcap', 'rosbags', 'zstandard']
DEMO = ['matplotlib', *BAGS]
ROS = [
    'ros-jazzy-rclpy',
    'ros-jazzy-rmw-fastrtps-cpp',
    'ros-jazzy-ament-package',
    'ros-jazzy-diagnostic-msgs',
    'ros-jazzy-geometry-msgs',
    'ros-jazzy-lifecycle-msgs',
    'ros-jazzy-sensor-msgs',
    'ros-jazzy-std-msgs',
    'ros-jazzy-std-srvs',
]
SHAPE = ['matplotlib', 'PyYAML', 'scipy', 'trimesh']
TRAINING = [
    *BAGS,
    'joblib',
    'markdown-it-py',
    'matplotlib',
    'onnx',
    'PyYAML',
    'rich',
    'scikit-learn',
    'scipy',
    'tensorflow',
    'tf2onnx',
    'threadpoolctl',
]
CLUSTER = ['dask', 'distributed']
TEST = [
    'catkin_pkg',
    'colcon-common-extensions',
    'colcon-ros',
    'grimp',
    'hypothesis',
    'import-linter',
    'mypy',
    'pre-commit',
    'psutil',
    'pytest',
    'pytest-timeout',
    'pytest-xdist',
    'pytransform3d',
    'PyYAML',
    'ruff',
    'setuptools>=70.1,<80',
    'types-PyYAML',
]
DOCS = ['pdoc']

setup(
    name=NAME,
    version=VERSION,
    description='Estimates how much a robot arm has poured, without a force sensor.',
    long_description=open('README.md', encoding='utf-8').read(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    author='The pour_force_estimator maintainers',
    maintainer='The pour_force_estimator maintainers',
    maintainer_email='maintainers@example.com',
    python_requires='>=3.10',
    packages=find_packages(include=[NAME, f'{NAME}.*', 'training', 'training.*']),
    package_data={
        f'{NAME}.cups.everyday': ['*.csv'],
        f'{NAME}.model.shipped': ['*.onnx', '*.md'],
        'training.report': ['page.css'],
        **{name: ['py.typed'] for name in (NAME, 'training')},
    },
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        (f'share/{NAME}/launch', glob('launch/*.launch.py')),
        (f'share/{NAME}/config', glob('config/*')),
        (f'share/{NAME}/models', glob(f'{NAME}/model/shipped/*.onnx')),
    ],
    zip_safe=False,
    install_requires=RUNTIME,
    extras_require={
        'cluster': CLUSTER,
        'demo': DEMO,
        'docs': DOCS,
        'ros': ROS,
        'shape': SHAPE,
        'training': TRAINING,
        'test': [*BAGS, *CLUSTER, *SHAPE, *TEST],
    },
    entry_points={
        'console_scripts': [
            f'estimator = {NAME}.ros.estimator_node:main',
            f'replay = {NAME}.ros.arm.replay_node:main',
            f'demo_monitor = {NAME}.ros.demo.played_monitor_node:main',
            f'monitor = {NAME}.ros.monitor_node:main',
            f'pour_to_target = {NAME}.ros.pouring.pour_to_target_node:main',
            f'recorder = {NAME}.ros.recorder_node:main',
            f'session_monitor = {NAME}.ros.demo.session_monitor_node:main',
            f'simulated_arm = {NAME}.ros.arm.simulated_arm_node:main',
        ],
    },
)
