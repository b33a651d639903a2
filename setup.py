"""Install the package with pip, or as an ament_python package with colcon."""

from glob import glob

from setuptools import find_packages, setup

NAME = 'pour_force_estimator'
VERSION = '0.1.0'

RUNTIME = ['numpy>=1.21', 'onnxruntime>=1.18']
BAGS = ['rosbags']
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
URDF = ['pytransform3d']
TRAINING = [
    *BAGS, 'jinja2', 'joblib', 'markdown-it-py', 'matplotlib', 'onnx', 'PyYAML', 'rich',
    'scikit-learn', 'scipy', 'tensorflow', 'tf2onnx', 'threadpoolctl',
]
CLUSTER = ['dask', 'distributed']
TEST = [
    'catkin_pkg', 'colcon-common-extensions', 'colcon-ros', 'hypothesis', 'psutil', 'pytest',
    'pytest-timeout', 'pytest-xdist', 'PyYAML', 'ruff', 'setuptools>=70.1,<80',
]

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
        f'{NAME}.models': ['*.onnx', '*.md'],
        'training.report': ['templates/*'],
    },
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        (f'share/{NAME}/launch', glob('launch/*.launch.py')),
        (f'share/{NAME}/config', glob('config/*')),
        (f'share/{NAME}/models', glob(f'{NAME}/models/*.onnx')),
    ],
    zip_safe=False,
    install_requires=RUNTIME,
    extras_require={
        'cluster': CLUSTER, 'demo': DEMO, 'ros': ROS, 'training': TRAINING, 'urdf': URDF,
        'test': [*BAGS, *CLUSTER, *URDF, *TEST]},
    entry_points={
        'console_scripts': [
            f'estimator = {NAME}.ros.estimator_node:main',
            f'replay = {NAME}.ros.replay_node:main',
            f'demo_monitor = {NAME}.ros.demo_monitor_node:main',
            f'monitor = {NAME}.ros.monitor_node:main',
            f'recorder = {NAME}.ros.recorder_node:main',
            f'simulated_arm = {NAME}.ros.simulated_arm_node:main',
        ],
    },
)
