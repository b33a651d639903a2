# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.train, the command, when somebody presses Ctrl-C."""

import os
import pty
import signal
import subprocess
import sys
import threading
import time

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


class Command:
    """The command as a process whose standard error is a terminal."""

    def __init__(self, repository, *options):
        master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'training.train', *options],
            cwd=repository,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=slave,
            text=True,
            env={**os.environ, 'TERM': 'xterm', 'COLUMNS': '200'},
        )
        os.close(slave)
        self.error = ''
        self._master = master
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        try:
            while block := os.read(self._master, 65536):
                self.error += block.decode(errors='replace')
        except OSError:  # the other side was closed
            pass

    def wait_for(self, text, timeout_s=600.0):
        end = time.monotonic() + timeout_s
        while text not in self.error:
            assert self.process.poll() is None, self.error
            assert time.monotonic() < end, self.error
            time.sleep(0.02)

    def finish(self, timeout_s=600.0):
        """Return exit code and standard output."""
        out, _ = self.process.communicate(timeout=timeout_s)
        self._reader.join(60.0)
        os.close(self._master)
        return self.process.returncode, out


@pytest.fixture
def start(repository):
    """Return a function that starts the command; what still runs at the end is killed."""
    commands = []

    def start(*options):
        commands.append(Command(repository, *options))
        return commands[-1]

    yield start
    for command in commands:
        if command.process.poll() is None:
            command.process.kill()
            command.process.wait()


def test_ctrl_c_exports_the_best_network_so_far(tmp_path, start, recording_paths):
    folder = tmp_path / 'out'
    data = recording_paths['robot_trials']
    command = start(*single_gru(data=data, epochs=100_000, output=folder))
    command.wait_for('validation 0.')
    command.process.send_signal(signal.SIGINT)
    code, out = command.finish()
    assert code == 130, command.error
    assert 'interrupted: exporting the best network so far (epoch ' in command.error
    assert 'Traceback' not in command.error
    assert f'wrote {folder / "model.onnx"}' in out
    metrics, model = check_files(folder)
    assert metrics['interrupted'] is True and model.spec.training['interrupted'] is True
    assert 1 <= metrics['epochs'] < 100000
