# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.files."""

import os
import stat

import pytest

from pour_force_estimator.files import atomic_path, write_bytes, write_text


def test_what_is_written_is_there_for_all_and_replaces_what_was(tmp_path):
    path = tmp_path / 'runs' / 'a.txt'  # in a folder that is made
    write_text(path, 'old and longer')
    write_text(str(path), 'µN\n')
    assert path.read_bytes() == b'\xc2\xb5N\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    write_bytes(path, b'\x00\xff')
    assert path.read_bytes() == b'\x00\xff'
    assert os.listdir(path.parent) == ['a.txt']


@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    (tmp_path / 'a.txt').write_text('old')
    with pytest.raises(error), atomic_path(tmp_path / 'a.txt') as temporary:
        temporary.write_text('half of the n')
        raise error
    with pytest.raises(error), atomic_path(tmp_path / 'b.txt'):
        raise error
    assert os.listdir(tmp_path) == ['a.txt']
    assert (tmp_path / 'a.txt').read_text() == 'old'


def test_until_the_end_the_file_is_not_there(tmp_path):
    with atomic_path(tmp_path / 'a.png') as temporary:
        assert temporary.parent == tmp_path and temporary.suffix == '.png'
        temporary.write_bytes(b'half')
        assert not (tmp_path / 'a.png').exists()
    assert (tmp_path / 'a.png').read_bytes() == b'half'
