# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.train, the command, when somebody presses Ctrl-C."""

from contextlib import suppress
import os
import pty
import signal
import subprocess
import sys

import pytest
from small_trainings import check_files, FILES, single_gru

from training import train


@pytest.fixture
def interrupted_at(tmp_path, monkeypatch, capfd, recording_paths):
    """Return a function that runs the command with Ctrl-C where it calls a function."""

    def run(name):
        def interrupt(*arguments, **options):
            raise KeyboardInterrupt

        monkeypatch.setattr(train, name, interrupt)
        data = recording_paths['robot_trials']
        assert train.main(single_gru(data=data, output=tmp_path / 'out')) == 130
        return capfd.readouterr().err

    return run


def test_ctrl_c_before_the_first_epoch_writes_nothing(tmp_path, interrupted_at):
    err = interrupted_at('fit')
    assert err.startswith('interrupted') and err.endswith(': nothing was written\n')
    assert err.count('\n') == 1
    assert not (tmp_path / 'out').exists()


def test_ctrl_c_during_the_export_is_not_said_to_be_another(tmp_path, interrupted_at):
    assert 'before the first epoch' not in interrupted_at('package_model')
    assert not (tmp_path / 'out').exists()


def test_ctrl_c_while_writing_leaves_all_or_nothing(tmp_path, interrupted_at):
    interrupted_at('plot_history')
    files = os.listdir(tmp_path / 'out') if (tmp_path / 'out').exists() else []
    assert sorted(files) in ([], FILES)


def test_ctrl_c_exports_the_best_network_so_far(tmp_path, repository, recording_paths):
    """In a process of its own, whose standard error is a terminal."""
    folder, data = tmp_path / 'out', recording_paths['robot_trials']
    words = ['-m', 'training.train', *single_gru(data=data, epochs=100_000, output=folder)]
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=repository,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=end,
        text=True,
        env={**os.environ, 'TERM': 'xterm', 'COLUMNS': '200'},
    )
    os.close(end)
    error, is_pressed = '', False
    try:
        with suppress(OSError):  # of a terminal whose process has ended
            while block := os.read(terminal, 65536):
                error += block.decode(errors='replace')
                if not is_pressed and 'validation 0.' in error:
                    process.send_signal(signal.SIGINT)
                    is_pressed = True
        out, _ = process.communicate(timeout=60.0)
    finally:
        process.kill()
        os.close(terminal)
    assert process.returncode == 130, error
    assert 'interrupted: exporting the best network so far (epoch ' in error
    assert 'Traceback' not in error
    assert f'wrote {folder / "model.onnx"}' in out
    metrics, model = check_files(folder)
    assert metrics['interrupted'] is True and model.spec.training['interrupted'] is True
    assert 1 <= metrics['epochs'] < 100000
