# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.hypotheses.mounting_file."""

import json
import os
from pathlib import Path

from hypothesis import example, given, HealthCheck, settings
from hypothesis import strategies as st
from json_values import json_values
import pytest

from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.errors import MountingError
from pour_force_estimator.hypotheses.mounting_file import (
    FORMAT,
    MAX_BYTES,
    MAX_MOUNTINGS,
    read_mountings,
    StoredMounting,
    VERSION,
    write_mountings,
)

STORED = [
    StoredMounting(
        CupSize(0.1 + 0.02, 0.09),
        {'pours_weighed': 3, 'cup': [[0.1 + 0.2, 1e-300, 1.0 / 3.0, 5e-324]]},
    ),
    StoredMounting(CupSize(0.1, 0.1), {}, 'jug'),
]
OF_CUP = {'cup': {'height': 0.15, 'diameter': 0.09}, 'mounting': {'pours_weighed': 3}}
GOOD = {'format': FORMAT, 'version': VERSION, 'mountings': [OF_CUP]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'mounting.json'


@pytest.fixture
def stored(path):
    """Return the path of a file that is there."""
    write_mountings(path, STORED)
    return path


def refusal(path):
    """Return why a file is refused: one line, not long, that names it."""
    with pytest.raises(MountingError) as raised:
        read_mountings(path)
    message = str(raised.value)
    assert message.startswith(f'{path}: ')
    rest = message.removeprefix(f'{path}: ')
    assert 'expected' in rest and rest.isprintable() and len(rest) < 250
    return rest


def test_what_was_written_is_read_to_each_bit(tmp_path):
    path = tmp_path / 'robot' / 'cup.json'
    write_mountings(path, STORED)
    assert read_mountings(path) == STORED
    assert json.loads(path.read_text())['version'] == VERSION


def test_no_file_is_no_error(path):
    assert read_mountings(path) is None
    assert read_mountings(path / 'deeper.json') is None


@pytest.mark.parametrize(
    ('changes', 'named'),
    [
        ({'format': 'other'}, '"format"'),
        ({'version': 1}, 'version: expected 2, received 1'),
        ({'version': True}, 'version'),
        ({'version': '1'}, "received '1'"),
        ({'mountings': {}}, 'mountings: expected a list'),
        ({'mountings': [OF_CUP] * (MAX_MOUNTINGS + 1)}, 'mountings: expected a list of at most'),
        ({'mountings': [3]}, 'mountings: expected JSON objects, received 3'),
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
    of_cup = {**OF_CUP, **{key: value for key, value in changes.items() if key in OF_CUP}}
    path.write_text(json.dumps({**GOOD, 'mountings': [OF_CUP, of_cup], **changes}))
    assert named in refusal(path)


@pytest.mark.parametrize(
    'content',
    [
        b'',
        b'\xff\xfe',
        b'[]',
        b'[' * 100_000,
        b'{"a":' * 50_000,
        b'1' * 5000,
        b'NaN',
        b'{"format": Infinity}',
        json.dumps(GOOD).encode('utf-16'),
        json.dumps(GOOD).encode() * 2,
    ],
    ids=range(10),
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


def cut(place, patch):
    """Return the bytes of a file with others in a place."""
    content = json.dumps(GOOD).encode()
    return content[:place] + patch + content[place + len(patch) :]


JSON = json_values()
SIZES = {'height': st.floats() | JSON, 'diameter': st.floats(0.02, 0.4) | JSON}
OF_ANY_CUP = {
    'mounting': st.dictionaries(st.text(), JSON) | JSON,
    'cup': JSON | st.fixed_dictionaries(SIZES),
}
VALUES = st.fixed_dictionaries(
    {'format': st.just(FORMAT) | JSON},
    optional={
        'version': st.just(VERSION) | JSON,
        'mountings': JSON | st.lists(st.fixed_dictionaries(OF_ANY_CUP) | JSON, max_size=2),
    },
)
FILES = st.one_of(
    st.binary(max_size=300),
    (JSON | VALUES).map(lambda values: json.dumps(values).encode()),
    st.builds(cut, st.integers(0, 200), st.binary(min_size=1, max_size=3)),
)


@given(content=FILES)
@example(content=json.dumps(GOOD).encode())
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_mounting_or_one_line(path, content):
    path.write_bytes(content)
    try:
        stored = read_mountings(path)
    except MountingError:
        refusal(path)
    else:
        for of_cup in stored:
            assert isinstance(of_cup.mounting, dict)
            assert 0.02 <= of_cup.size.height <= 1.0 and 0.01 <= of_cup.size.diameter <= 0.5
        write_mountings(path, stored)
        assert read_mountings(path) == stored


@pytest.mark.parametrize('step', ['fsync', 'replace'])
@pytest.mark.parametrize(
    'error, expected',
    [(OSError(28, 'disk is full'), MountingError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_an_interrupted_write_leaves_the_old_file(stored, monkeypatch, step, error, expected):
    def fail(*arguments):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(expected) as raised:
        write_mountings(stored, [StoredMounting(CupSize(0.2, 0.1), {})])
    if expected is MountingError:
        assert str(raised.value) == f'{stored}: cannot be written, disk is full'
    assert read_mountings(stored) == STORED
    assert os.listdir(stored.parent) == [stored.name]


@pytest.mark.parametrize('value', [[float('nan')], object()], ids=['NaN', 'no JSON'])
def test_what_could_not_be_read_again_is_not_written(stored, value):
    with pytest.raises(MountingError, match='cannot be written'):
        write_mountings(stored, [StoredMounting(CupSize(0.2, 0.1), {'cup': value})])
    assert read_mountings(stored) == STORED
