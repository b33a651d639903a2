# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.cli.progress."""

from io import StringIO
import sys

import pytest

from training.cli import progress
from training.cli.progress import ProgressDisplay, track


@pytest.fixture
def use_terminal(monkeypatch):
    """Return a function that makes standard error a terminal and returns what is written."""

    def use():
        terminal = StringIO()
        terminal.isatty = lambda: True
        monkeypatch.setenv('TERM', 'xterm')
        monkeypatch.setattr(sys, 'stderr', terminal)
        return terminal

    return use


def test_elsewhere_only_the_end_of_a_short_work_is_a_line(capsys):
    with ProgressDisplay('training', 3) as display:
        for note in ('a', 'b', 'c'):
            display.advance(note)
    assert capsys.readouterr() == ('', 'training 3/3 c\n')


def test_elsewhere_a_long_work_is_a_line_now_and_then(capsys, monkeypatch):
    now = iter([0.0, 4.0, 9.9, 10.0, 10.0, 12.0, 20.0, 20.0, 21.0])
    monkeypatch.setattr(progress.time, 'monotonic', lambda: next(now))
    with ProgressDisplay('training', 1000) as display:
        for _ in range(6):
            display.advance()
    assert capsys.readouterr().err == 'training 3/1000\ntraining 5/1000\n'


def test_a_bar_on_a_terminal(use_terminal):
    terminal = use_terminal()
    with ProgressDisplay('training', 3) as display:
        for step in range(3):
            display.advance(f'loss {step}')
    assert all(text in terminal.getvalue() for text in ('training', '3/3', 'loss 2'))


@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt])
def test_a_bar_ends_with_an_error(use_terminal, error):
    terminal = use_terminal()
    with pytest.raises(error), ProgressDisplay('training', 3) as display:
        display.advance()
        raise error
    assert '\x1b[?25h' in terminal.getvalue()  # the cursor is shown again


@pytest.mark.parametrize('items, line', [('abc', 'reading 3/3\n'), ('', '')])
def test_track(capsys, items, line):
    assert list(track(items, 'reading')) == list(items)
    assert capsys.readouterr().err == line
