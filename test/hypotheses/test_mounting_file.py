# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.hypotheses.mounting_file."""

import json
import os
from pathlib import Path
import stat

from hypothesis import example, given, HealthCheck, settings
from hypothesis import strategies as st
import pytest

from pour_force_estimator.errors import MountingError
from pour_force_estimator.hypotheses.mounting_file import (
    FORMAT,
    MAX_BYTES,
    read_mounting,
    StoredMounting,
    VERSION,
    write_mounting,
)

STORED = StoredMounting(0.15, 0.09, {'pours_weighed': 3, 'posterior': [[0.25, 0.75]]})
GOOD = {
    'format': FORMAT,
    'version': VERSION,
    'cup': {'height': 0.15, 'diameter': 0.09},
    'mounting': {'pours_weighed': 3},
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'mounting.json'


def refusal(path: Path) -> str:
    """Return why a file is refused: one line, not long, that names it."""
    with pytest.raises(MountingError) as raised:
        read_mounting(path)
    message = str(raised.value)
    assert message.startswith(f'{path}: ')
    rest = message.removeprefix(f'{path}: ')
    assert 'expected' in rest and rest.isprintable() and len(rest) < 250
    return rest


def test_what_was_written_is_read(path):
    write_mounting(path, STORED)
    assert read_mounting(path) == STORED
    assert json.loads(path.read_text())['version'] == VERSION
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert os.listdir(path.parent) == [path.name]


def test_numbers_keep_each_bit(path):
    numbers = [0.1 + 0.2, 1e-300, 1.0 / 3.0, 5e-324]
    write_mounting(path, StoredMounting(0.1 + 0.02, 0.121, {'posterior': numbers}))
    stored = read_mounting(path)
    assert stored.mounting == {'posterior': numbers} and stored.cup_height == 0.1 + 0.02


def test_no_file_is_no_error(path):
    assert read_mounting(path) is None
    assert read_mounting(path / 'deeper.json') is None


def test_the_folder_is_made(tmp_path):
    write_mounting(tmp_path / 'robot' / 'cup.json', STORED)
    assert read_mounting(tmp_path / 'robot' / 'cup.json') == STORED


@pytest.mark.parametrize(
    ('changes', 'named'),
    [
        ({'format': 'other'}, '"format"'),
        ({'version': 1}, 'version: expected 2, received 1'),
        ({'version': True}, 'version'),
        ({'version': '1'}, "received '1'"),
        ({'cup': None}, 'cup'),
        ({'cup': {'height': 0.15}}, 'cup_diameter'),
        ({'cup': {'height': 150.0, 'diameter': 0.09}}, 'cup_height: expected the size'),
        ({'cup': {'height': True, 'diameter': 0.09}}, 'cup_height: expected a number'),
        ({'cup': {'height': '0.15', 'diameter': 0.09}}, 'cup_height: expected a number'),
        ({'cup': {'height': 10**400, 'diameter': 0.09}}, 'cup_height'),
        ({'mounting': [1]}, 'mounting: expected a JSON object, received a list'),
        ({'mounting': 'a\n\ud800' * 1000}, 'mounting'),
    ],
)
def test_each_value_that_is_wrong_is_named(path, changes, named):
    path.write_text(json.dumps({**GOOD, **changes}))
    assert named in refusal(path)


@pytest.mark.parametrize(
    'content',
    [
        b'',
        b'\xff\xfe',
        b'{',
        b'null',
        b'[]',
        b'{}',
        b'\x00' * 100,
        b'[' * 100_000,
        b'{"a":' * 50_000,
        b'1' * 5000,
        b'NaN',
        b'{"format": Infinity}',
        json.dumps(GOOD).encode('utf-16'),
        json.dumps(GOOD).encode()[:-1],
        json.dumps(GOOD).encode() * 2,
    ],
    ids=range(15),
)
def test_what_is_no_such_file_is_refused(path, content):
    path.write_bytes(content)
    refusal(path)


def test_a_large_file_is_not_read(path):
    path.write_bytes(b' ' * MAX_BYTES + json.dumps(GOOD).encode())
    assert 'at most' in refusal(path)


def test_what_is_no_file_is_refused_at_once(path):
    os.mkfifo(path)
    assert 'no regular file' in refusal(path)
    assert 'folder' in refusal(path.parent)
    assert 'no regular file' in refusal(Path('/dev/zero'))
    file = path.parent / 'file'
    file.write_text('')
    refusal(file / 'below')
    refusal(Path('a\0b'))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=10,
)
FILES = st.one_of(
    st.binary(max_size=300),
    JSON.map(lambda values: json.dumps(values).encode()),
    st.fixed_dictionaries(
        {'format': st.just(FORMAT) | JSON},
        optional={
            'version': st.just(VERSION) | JSON,
            'mounting': st.dictionaries(st.text(), JSON) | JSON,
            'cup': JSON
            | st.fixed_dictionaries(
                {'height': st.floats() | JSON, 'diameter': st.floats(0.02, 0.4) | JSON}
            ),
        },
    ).map(lambda values: json.dumps(values).encode()),
    st.tuples(st.integers(0, 200), st.binary(min_size=1, max_size=3)).map(
        lambda change: (
            json.dumps(GOOD).encode()[: change[0]]
            + change[1]
            + json.dumps(GOOD).encode()[change[0] + len(change[1]) :]
        )
    ),
)


@given(content=FILES)
@example(content=json.dumps(GOOD).encode())
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_a_mounting_or_one_line(path, content):
    path.write_bytes(content)
    try:
        stored = read_mounting(path)
    except MountingError:
        refusal(path)
    else:
        assert isinstance(stored.mounting, dict)
        assert 0.02 <= stored.cup_height <= 1.0 and 0.01 <= stored.cup_diameter <= 0.5
        write_mounting(path, stored)
        assert read_mounting(path) == stored


@pytest.mark.parametrize('step', ['fsync', 'replace'])
@pytest.mark.parametrize('error', [OSError(28, 'No space left on device'), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_the_old_file(path, monkeypatch, step, error):
    write_mounting(path, STORED)

    def fail(*arguments):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(
        KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else MountingError
    ) as raised:
        write_mounting(path, StoredMounting(0.2, 0.1, {}))
    if raised.type is MountingError:
        assert str(raised.value) == f'{path}: cannot be written, No space left on device'
    assert read_mounting(path) == STORED
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(
    'mounting', [{'posterior': [float('nan')]}, {'posterior': object()}], ids=['NaN', 'no JSON']
)
def test_what_could_not_be_read_again_is_not_written(path, mounting):
    write_mounting(path, STORED)
    with pytest.raises(MountingError, match='cannot be written'):
        write_mounting(path, StoredMounting(0.2, 0.1, mounting))
    assert read_mounting(path) == STORED


def test_where_nobody_can_write_it_says_so(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(MountingError, match='cannot be written'):
        write_mounting(tmp_path / 'file' / 'mounting.json', STORED)
