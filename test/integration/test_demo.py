"""`make demo` without make: three processes, DDS between them."""

import subprocess
import sys

import numpy as np
import pytest
from small_pours import pours_array



@pytest.fixture
def run_demo(tmp_path, ros_environment):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, '-m', 'pour_force_estimator.ros.demo', '--speed', '10',
             '--output', tmp_path / 'out', *arguments],
            capture_output=True, text=True, timeout=90)
    return run


def test_simulated_pours_give_errors_latency_and_a_picture(run_demo, tmp_path):
    done = run_demo()
    assert done.returncode == 0, done.stdout + done.stderr
    for text in ('estimate', 'pour 3', 'lbf', ' N ', ' ml', 'latency'):
        assert text in done.stdout
    assert (tmp_path / 'out' / 'demo.png').read_bytes().startswith(b'\x89PNG')


def test_recorded_pours_are_replayed(run_demo, tmp_path):
    np.save(tmp_path / 'pours.npy', pours_array('robot_trials', 2))
    done = run_demo('--data', tmp_path / 'pours.npy')
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'pour 2' in done.stdout and 'pour 3' not in done.stdout


def test_a_bad_file_of_pours_ends_the_demo_with_its_error(run_demo, tmp_path):
    (tmp_path / 'pours.npy').write_text('no pours')
    done = run_demo('--data', tmp_path / 'pours.npy')
    assert done.returncode != 0
    assert 'pours.npy' in done.stderr


def test_a_model_that_does_not_exist_ends_the_demo_with_its_error(run_demo):
    done = run_demo('--model', 'no_such_model')
    assert done.returncode == 2
    assert done.stderr.startswith('error: model: expected the path of an ONNX file or one of')


def test_a_bag_of_the_demo_can_be_imported_and_evaluated(run_demo, tmp_path):
    bag = tmp_path / 'pours_bag'
    done = run_demo('--bag', bag)
    assert done.returncode == 0, done.stdout + done.stderr
    command, = [line.partition(' with python -m ')[2] for line in done.stdout.splitlines()
                if line.startswith('bag: ')]
    imported = subprocess.run(
        [sys.executable, '-m', *command.split()], cwd=tmp_path, capture_output=True, text=True)
    assert imported.returncode == 0, imported.stderr
    assert imported.stderr == ''
    assert 'a delay of 0.1' in imported.stdout  # what the simulated scale has
    evaluated = subprocess.run(
        [sys.executable, '-m', 'training.evaluate', '--model', 'robot_trials', '--data',
         'pours.npy'], cwd=tmp_path, capture_output=True, text=True)
    assert evaluated.returncode == 0, evaluated.stderr
    assert 'pours                  3' in evaluated.stdout
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith('pours')) == [
        'pours.npy', 'pours.png', 'pours.yaml', 'pours_bag', 'pours_bag_context.yaml']


def test_a_bag_that_exists_is_not_changed(run_demo, tmp_path):
    bag = tmp_path / 'pours_bag'
    bag.mkdir()
    done = run_demo('--bag', bag)
    assert done.returncode != 0
    assert f'{bag}: expected the name of a new folder, it exists already' in done.stderr
    assert not list(bag.iterdir())
