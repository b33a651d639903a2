# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The installed package (a real colcon build) and a peer that talks to its nodes over DDS."""

import os
from pathlib import Path
import subprocess
import sys

import pytest

pytest.importorskip('rclpy', reason='needs rclpy: pip install .[ros] or a ROS 2 installation')

from estimated_pour import LOSSLESS, options, PARAMETERS, Pour  # noqa: E402
from ros_domain import isolated  # noqa: E402
from ros_peer import Peer  # noqa: E402
from running import NodeProcess  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='session')
def ros_environment():
    """Environment variables that keep all nodes of this run on this machine, to themselves."""
    variables = isolated()
    os.environ.update(variables)
    return variables


@pytest.fixture(scope='session')
def colcon(tmp_path_factory):
    """Run colcon on this package; returns its standard output and the folder of the workspace."""
    workspace = tmp_path_factory.mktemp('workspace')
    executable = Path(sys.executable).parent / 'colcon'
    if not executable.exists():
        pytest.skip('needs colcon: pip install .[test]')

    def run(*arguments):
        done = subprocess.run(
            [executable, '--log-base', workspace / 'log', *arguments, '--paths', REPOSITORY],
            cwd=workspace,
            env={**os.environ, 'COLCON_HOME': str(workspace / 'colcon_home')},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.workspace = workspace
    return run


@pytest.fixture(scope='session')
def installation(colcon):
    """Build and install the package with colcon; returns the folder `install`."""
    build, install = colcon.workspace / 'build', colcon.workspace / 'install'
    colcon('build', '--build-base', build, '--install-base', install)
    return install


@pytest.fixture(scope='session')
def installed_environment(installation, ros_environment):
    """Environment of a shell that has sourced install/setup.bash."""
    shell = subprocess.run(
        ['bash', '-c', f'source {installation}/setup.bash && env -0'],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(entry.split('=', 1) for entry in shell.stdout.split('\0') if '=' in entry)


@pytest.fixture
def start_installed(installation, installed_environment):
    """Start an installed executable; all that were started are ended after the test."""
    processes = []

    def start(executable, *ros_arguments, **kwargs):
        command = [installation / 'pour_force_estimator/lib/pour_force_estimator' / executable]
        if ros_arguments:
            command += ['--ros-args', *ros_arguments]
        process = NodeProcess(command, env=installed_environment, **kwargs)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        process.end()


@pytest.fixture
def peer(request, ros_environment):
    """A node beside the one that is tested; a module says of which kind it is by its `PEER`."""
    with getattr(request.module, 'PEER', Peer)() as peer:
        yield peer


@pytest.fixture
def start_estimator(start_installed, peer):
    """Start the estimator with a context and a lossless input, and wait for it."""

    def start(state='active', **parameters):
        values = {**PARAMETERS, **LOSSLESS, 'autostart': state == 'active'}
        values.update((name.replace('__', '.'), value) for name, value in parameters.items())
        node = start_installed('estimator', *options(values))
        if state == 'inactive':
            assert peer.change_state('configure')
        peer.wait_for_state(state)
        if state == 'active':
            peer.wait_for_estimator()
        return node

    return start


@pytest.fixture
def pour(start_estimator, peer):
    """A pour from an estimator that was started, `pour.node`, without parameters of a test."""
    return Pour(peer, node=start_estimator())
