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
from small_trainings import check_files, FILES

from training import train


def interrupted_at(monkeypatch, capfd, recording_paths, folder, name):
    """Run the command with Ctrl-C where it calls the function `name`."""

    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, name, interrupt)
    code = train.main(
        [
            '--data',
            str(recording_paths['robot_trials']),
            '--schema',
            'robot_trials',
            '--architecture',
            'single_gru',
            '--epochs',
            '1',
            '--output',
            str(folder),
        ]
    )
    return code, capfd.readouterr().err


def test_ctrl_c_before_the_first_epoch_writes_nothing(
    tmp_path, capfd, monkeypatch, recording_paths
):
    code, err = interrupted_at(monkeypatch, capfd, recording_paths, tmp_path / 'out', 'fit')
    assert code == 130
    assert err.startswith('interrupted') and err.endswith(': nothing was written\n')
    assert err.count('\n') == 1
    assert not (tmp_path / 'out').exists()


def test_ctrl_c_during_the_export_is_not_said_to_be_another(
    tmp_path, capfd, monkeypatch, recording_paths
):
    code, err = interrupted_at(
        monkeypatch, capfd, recording_paths, tmp_path / 'out', 'package_model'
    )
    assert code == 130 and not (tmp_path / 'out').exists()
    assert 'before the first epoch' not in err


def test_ctrl_c_while_writing_leaves_all_or_nothing(tmp_path, capfd, monkeypatch, recording_paths):
    code, _ = interrupted_at(monkeypatch, capfd, recording_paths, tmp_path / 'out', 'plot_history')
    assert code == 130
    files = os.listdir(tmp_path / 'out') if (tmp_path / 'out').exists() else []
    assert sorted(files) in ([], FILES)


class Command:
    """The command as a process whose standard error is a terminal."""

    def __init__(self, repository, *options):
        master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'training.train', *map(str, options)],
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
    command = start(
        '--data',
        recording_paths['robot_trials'],
        '--schema',
        'robot_trials',
        '--architecture',
        'single_gru',
        '--epochs',
        '100000',
        '--output',
        folder,
    )
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
