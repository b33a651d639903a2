# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make demo` without make: its nodes as processes, DDS between them."""

import signal
import subprocess
import sys

from command_line import run_python
import numpy as np
import pytest
from small_pours import pours_array

TIMEOUT_S = 900.0


@pytest.fixture
def run_demo(tmp_path, ros_environment):
    """Run the demo; return what it printed, and assert its exit code."""

    def run(*arguments, code=0):
        command = [sys.executable, '-m', 'pour_force_estimator.ros.demo', '--speed', '4']
        with subprocess.Popen(
            [*command, '--output', tmp_path / 'out', *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as demo:
            try:
                output, errors = demo.communicate(timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired:
                demo.send_signal(signal.SIGINT)  # so that it ends its nodes
                raise
        assert demo.returncode == code, output + errors
        return output if code == 0 else errors

    return run


def test_an_arm_pours_to_targets_from_a_known_cup_and_a_new_one(run_demo, tmp_path):
    lines = run_demo('--pours', '2').splitlines()
    assert 'cup 120 x 121 mm, known to the model, in a new mounting' in lines
    assert 'cup 150 x 98 mm, never seen by the model, in a new mounting' in lines
    pours = [line for line in lines if line.startswith('pour ')]
    assert [line.split()[1] for line in pours] == ['1', '2', '1', '2']
    assert [line.split()[3] for line in pours] == ['120', '80', '100', '120']
    for line in pours:
        target, poured = (float(line.split()[place]) for place in (3, 6))
        assert abs(poured - target) < target, line
    assert any(line.startswith('latency, joint state to estimate') for line in lines)
    assert (tmp_path / 'out' / 'demo.png').read_bytes().startswith(b'\x89PNG')


def test_recorded_pours_are_replayed(run_demo, tmp_path):
    np.save(tmp_path / 'pours.npy', pours_array('robot_trials', 2))
    output = run_demo('--data', tmp_path / 'pours.npy')
    assert 'pour 2' in output and 'pour 3' not in output
    assert 'the interval covers the truth at ' in output


def test_the_monitor_listens_to_the_arm_once_it_hears_the_estimator(
    start_installed, start_estimator, peer
):
    """An arm waits for its listeners; else pours pass before both have found each other."""
    start_installed('demo_monitor')
    peer.wait_until(lambda: peer.count_subscribers('/arm/true_wrench'), 'the monitor')
    assert not peer.count_subscribers('/joint_states')
    start_estimator()
    peer.wait_until(lambda: peer.count_subscribers('/joint_states') == 2, 'both')


def test_what_cannot_be_ends_the_demo_with_its_error(run_demo, tmp_path):
    (tmp_path / 'pours.npy').write_text('no pours')
    assert 'pours.npy' in run_demo('--data', tmp_path / 'pours.npy', code=1)
    errors = run_demo('--model', 'no_such_model', code=2)
    assert errors.startswith('error: model: expected the path of an ONNX file or one of')


def test_a_bag_of_the_demo_can_be_imported_and_evaluated(run_demo, tmp_path):
    for module in ('onnx', 'rosbags', 'scipy'):  # of the import and of training.evaluate
        pytest.importorskip(module)
    bag = tmp_path / 'pours_bag'
    (line,) = [line for line in run_demo('--bag', bag).splitlines() if line.startswith('bag: ')]
    imported = run_python(*line.partition(' with python ')[2].split(), cwd=tmp_path, check=True)
    assert imported.stderr == ''
    assert 'a delay of 0.1' in imported.stdout  # what the simulated scale has
    command = '-m training.evaluate --model robot_trials --data pours.npy'
    evaluated = run_python(*command.split(), cwd=tmp_path, check=True)
    assert 'pours                  3' in evaluated.stdout
    names = {'pours.npy', 'pours.png', 'pours.yaml', 'pours_bag', 'pours_bag_context.yaml'}
    assert {path.name for path in tmp_path.glob('pours*')} == names


def test_a_bag_that_exists_is_not_changed(run_demo, tmp_path):
    pytest.importorskip('rosbags')
    bag = tmp_path / 'pours_bag'
    bag.mkdir()
    errors = run_demo('--bag', bag, code=1)
    assert f'{bag}: expected the name of a new folder, it exists already' in errors
    assert not list(bag.iterdir())
