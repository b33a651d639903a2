# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.train, the command, when somebody presses Ctrl-C."""

from contextlib import suppress
import os
import pty
import signal
import subprocess
import sys
from unittest.mock import Mock

import pytest
from small_trainings import check_files, single_gru

from training import train
from training.recipe import single_network


@pytest.mark.parametrize('name', ['fit', 'package_model', 'plot_history'])
def test_ctrl_c_before_there_is_a_model_writes_nothing(
    tmp_path, monkeypatch, capfd, recording_paths, name
):
    """In the first epoch, during the export, and while the figures are drawn."""
    monkeypatch.setattr(single_network, name, Mock(side_effect=KeyboardInterrupt))
    data, folder = recording_paths['robot_trials'], tmp_path / 'out'
    assert train.main(single_gru(data=data, output=folder)) == 130
    assert capfd.readouterr().err.endswith('interrupted: nothing was written\n')
    assert not folder.exists() or not os.listdir(folder)


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
