# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.cli.ending: commands that are ended, as processes of their own."""

import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip('joblib')
pytest.importorskip('onnx')

ROOT = Path(__file__).resolve().parents[3]


def ended(code, number, after_s=0.0):
    """Run Python code that prints a line when it is ready, signal it; return code and stderr."""
    process = subprocess.Popen(
        [sys.executable, *code],
        cwd=ROOT,
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if not after_s:
        ready = process.stdout.readline()
    time.sleep(after_s)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors, None if after_s else ready.strip()


@pytest.mark.parametrize('after_s', [0.3, 0.8, 1.5])
def test_ctrl_c_while_a_command_imports_its_libraries(after_s):
    words = ['-m', 'training.evaluate', '--model', 'robot_trials', '--data', '/dev/stdin']
    code, errors, _ = ended(words, signal.SIGINT, after_s)
    assert 'Traceback' not in errors
    if code == -signal.SIGINT:  # the interpreter itself had yet to begin, or was at its end
        assert len(errors.splitlines()) <= 1
        return
    assert code in (130, 2)  # 2: it was faster, and the data are none
    assert len(errors.splitlines()) == 1


WITH_WORKER = """
import os, time
from joblib import delayed, Parallel
from training.cli.ending import ended_by_signals

@ended_by_signals
def main():
    for pid in Parallel(n_jobs=2, return_as='generator')(
            delayed(os.getpid)() for _ in range(2)):
        pass
    print(pid, flush=True)
    time.sleep(60)
    return 0

raise SystemExit(main())
"""


@pytest.mark.parametrize(
    'number, code, line',
    [(signal.SIGTERM, 143, 'terminated'), (signal.SIGINT, 130, 'interrupted')],
)
def test_a_signal_ends_the_workers_too(number, code, line):
    received, errors, worker = ended(['-c', WITH_WORKER], number)
    assert received == code and errors.splitlines() == [line]
    for _ in range(50):
        try:
            os.kill(int(worker), 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError(f'worker {worker} is still there')
