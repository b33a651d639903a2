# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What colcon and pip install, and where."""

import os
from pathlib import Path
import shutil
import zipfile

from command_line import run_python

EXECUTABLES = (
    'demo_monitor estimator monitor pour_to_target recorder replay session_monitor simulated_arm'
).split()


def test_colcon_knows_the_package_as_ament_python(colcon, repository):
    listed = colcon('list').split()
    assert listed == ['pour_force_estimator', str(repository), '(ros.ament_python)']


def test_colcon_installs_executables_launch_files_config_and_models(installation):
    prefix = installation / 'pour_force_estimator'
    for name in EXECUTABLES:
        assert os.access(prefix / 'lib/pour_force_estimator' / name, os.X_OK)
    share = prefix / 'share/pour_force_estimator'
    for name in (
        'package.xml',
        'launch/estimator.launch.py',
        'launch/demo.launch.py',
        'config/estimator.yaml',
        'models/robot_trials.onnx',
    ):
        assert (share / name).is_file(), name
    assert (prefix / 'share/ament_index/resource_index/packages/pour_force_estimator').is_file()
    assert not list(prefix.rglob('test_*.py'))


def test_the_sourced_shell_imports_the_installed_package(installation, installed_environment):
    code = 'import pour_force_estimator as p; print(p.__file__)'
    done = run_python('-c', code, env=installed_environment, cwd='/', check=True)
    assert Path(done.stdout.strip()).is_relative_to(installation)


def test_a_wheel_holds_the_models_and_no_tests(tmp_path, repository):
    unwanted = shutil.ignore_patterns('.*', 'build', 'install', 'log', '*.egg-info', '__pycache__')
    source = shutil.copytree(repository, tmp_path / 'source', ignore=unwanted)
    offline = '-m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir'.split()
    run_python(*offline, tmp_path, source, check=True)
    (wheel,) = tmp_path.glob('*.whl')
    names = zipfile.ZipFile(wheel).namelist()
    assert 'pour_force_estimator/model/shipped/robot_trials.onnx' in names
    assert 'pour_force_estimator/ros/estimator_node.py' in names
    assert 'training/train.py' in names
    assert not [name for name in names if name.startswith('test/')]
