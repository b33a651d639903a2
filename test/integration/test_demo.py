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
