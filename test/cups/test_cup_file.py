# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Files of cups that were made to break their reader: read or refused in one bounded line."""

from dataclasses import replace
import os
from time import process_time

from hypothesis import example, given, HealthCheck, settings, strategies
import pytest
import yaml

from pour_force_estimator.cups.cup_file import load_cup, save_cup
from pour_force_estimator.cups.everyday import everyday_cup
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.errors import ShapeError

MAX_SECONDS = 20.0
"""Processor time for a file of 1 MiB, on a busy machine [s]."""

MUG = replace(everyday_cup('mug'), discharge=0.5)

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
scalars = strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats()
words = strategies.text(max_size=20) | strategies.binary(max_size=20)
lists = strategies.lists(strategies.floats(), max_size=5)
tables = strategies.dictionaries(strategies.text(max_size=5), strategies.integers(), max_size=3)


@pytest.fixture
def path(tmp_path):
    save_cup(tmp_path / 'mug.yaml', MUG)
    return tmp_path / 'mug.yaml'


def read_or_refused(path):
    """Load a file; return the cup, or None where it is refused as it should be."""
    before, began = os.listdir(path.parent), process_time()
    try:
        cup = load_cup(path)
    except ShapeError as error:
        message = str(error)
        assert message.startswith(str(path))
        assert message.isprintable() and len(message) - len(str(path)) <= 400
        cup = None
    assert process_time() - began < MAX_SECONDS
    assert os.listdir(path.parent) == before
    return cup


@pytest.mark.parametrize(
    'key, part, values, message',
    [
        ('capacity_m3', slice(5, 6), [2.0], 'expected 0 to 1 m'),
        ('tilt_rad', slice(3, 4), [0.0], r'rise, .* at \[3\]'),
        ('lip_width_m', slice(1), [], 'for each of 421 tilts, received 420'),
    ],
)
def test_a_column_is_named_as_in_the_file(path, key, part, values, message):
    content = yaml.safe_load(path.read_text())
    content[key][part] = values
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ShapeError, match=f'mug.yaml: {key}: .*{message}'):
        load_cup(path)


def test_what_was_written_is_read_and_keys_that_are_missing_or_unknown_are_told_apart(path):
    good = path.read_text()
    assert read_or_refused(path) == MUG
    for content, message in (
        (good + 'foo: 1\n', "expected keys among .*, received 'foo'"),
        (good.replace('volume:', 'delay_s:'), 'volume is missing'),
    ):
        path.write_text(content)
        with pytest.raises(ShapeError, match=message):
            load_cup(path)


@quick
@given(strategies.integers(0, 20_000), strategies.text(max_size=12))
@example(0, '&a [*a, *a]')
@example(5, '!!python/object/apply:os.system ["true"]')
def test_files_with_junk(path, place, junk):
    good = path.read_text()
    path.write_text(good[:place] + junk + good[place + len(junk) :], errors='surrogatepass')
    assert isinstance(read_or_refused(path), CupSpec | None)
    path.write_text(good)


@quick
@given(strategies.integers(0, 30), scalars | words | lists | tables)
@example(1, 10**5000)
@example(4, float('nan'))
@example(9, -3)
@example(10, [[[]]])
def test_files_with_odd_values(path, index, value):
    good = path.read_text()
    content = yaml.safe_load(good)
    key = list(content)[index % len(content)]
    is_long = value == 10**5000  # which yaml cannot write
    path.write_text(f'{key}: 1{"0" * 5000}' if is_long else yaml.dump({**content, key: value}))
    assert isinstance(read_or_refused(path), CupSpec | None)
    path.write_text(good)


@pytest.mark.parametrize(
    'content',
    [
        b'',
        b'\x00' * 1000,
        b'\xff\xfe\x00',
        b'[' * 100_000,
        b'a: &a [x]\n' + b''.join(b'k%d: &k%d [*a, *a]\n' % (i, i) for i in range(200)),
        b'a: ' + b'1' * 1_000_000,
        b'? ' * 50_000,
        b'- ' * 200_000,
        b'name: "' + b'x' * 2_000_000,
    ],
    ids=range(9),
)
def test_files_of_something_else(path, content):
    path.write_bytes(content)
    assert read_or_refused(path) is None
