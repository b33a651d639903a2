# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.cli.ending: commands that are ended, as processes of their own."""

import os
from pathlib import Path
import select
import signal
import subprocess
import sys

import pytest

pytest.importorskip('joblib')
pytest.importorskip('onnx')

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT_S = 120.0


def started(*words):
    """Return a process of Python."""
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize('module', ['training', 'numpy', 'onnxruntime'])
def test_ctrl_c_while_a_command_imports_its_libraries(module):
    """`-X importtime` tells of each module that has been imported."""
    words = ['-m', 'training.evaluate', '--model', 'robot_trials', '--data', '/dev/stdin']
    process = started('-X', 'importtime', *words)
    assert any(line.rstrip().endswith(f' {module}') for line in process.stderr)
    process.send_signal(signal.SIGINT)
    lines = [line for line in process.stderr if not line.startswith('import time:')]
    assert process.wait(TIMEOUT_S) == 130 and lines == ['interrupted\n']


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
    process = started('-c', WITH_WORKER)
    worker = os.pidfd_open(int(process.stdout.readline()))
    process.send_signal(number)
    _, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == code and errors.splitlines() == [line]
    try:
        ended, _, _ = select.select([worker], [], [], TIMEOUT_S)
        assert ended, 'the worker is still there'
    finally:
        os.close(worker)
