# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.cli.command: how a command ends."""

import pytest

from pour_force_estimator.errors import RecordingError

pytest.importorskip('joblib')

from training.cli.command import command  # noqa: E402


@pytest.mark.parametrize(
    'error, code, line',
    [
        (RecordingError('pours: none'), 2, 'error: pours: none'),
        (FileNotFoundError('a.npy'), 2, 'error: a.npy'),
        (KeyboardInterrupt(), 130, 'interrupted: nothing was written'),
        (KeyboardInterrupt('half was written'), 130, 'interrupted: half was written'),
    ],
)
def test_an_end_before_its_time_is_one_line(capsys, error, code, line):
    @command(interrupted='nothing was written')
    def main():
        raise error

    assert main() == code
    assert capsys.readouterr().err == f'{line}\n'


def test_a_mistake_of_the_program_is_not_hidden():
    @command()
    def main():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main()
