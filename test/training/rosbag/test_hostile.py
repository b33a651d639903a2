# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Readers of bags and context files, fed with what no recorder and nobody writes.

The rule: what can be read is read; else there is the package's own error, in lines of bounded
length, in bounded time and memory, and nothing is written.
"""

import resource
import sqlite3
import struct
import textwrap

from command_line import command_line, run_python
from hypothesis import example, given, HealthCheck, settings
from hypothesis import strategies as st
import pytest
from rosbags.rosbag2 import CompressionMode, StoragePlugin
from small_bags import float64, joint_state, JOINTS, START_NS, write_bag, write_mcap
import yaml
import zstandard

from pour_force_estimator.pours.cut import Cut
from pour_force_estimator.pours.scale import Scale
from pour_force_estimator.tilt.joint_tilt import JointTilt
from training.errors import BagError
from training.rosbag.context import ContextFile
from training.rosbag.reading import read_bag

MAX_LINE, MAX_LINES = 450, 40
TILT = JointTilt(('wrist_3_joint',), (1.0,))
FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def check_error(error):
    """Assert that a message is bounded, printable, and in lines of its own."""
    lines = str(error).splitlines()
    assert 0 < len(lines) <= MAX_LINES
    assert all(len(line) <= MAX_LINE for line in lines), max(lines, key=len)
    assert all(line.isprintable() for line in lines)


def read(path):
    """Read a bag by the rule; return it, or the error."""
    before = {file: file.stat().st_mtime_ns for file in path.parent.rglob('*')}
    try:
        result = read_bag(path, '/joint_states', TILT, '/scale', Scale())
        for problem in result.problems:
            check_error(problem)
    except BagError as error:
        check_error(error)
        result = error
    assert {file: file.stat().st_mtime_ns for file in path.parent.rglob('*')} == before
    return result


def small_messages(count=40):
    rows = []
    for index in range(count):
        stamp = START_NS + index * 10_000_000
        state = joint_state(stamp, JOINTS, [0.1, 0.01 * index])
        rows += [(stamp + 1000, '/joint_states', state), (stamp + 2000, '/scale', float64(index))]
    return rows


BAGS = [
    *(('MCAP', mode) for mode in ('NONE', 'STORAGE', 'FILE')),
    *(('SQLITE3', mode) for mode in ('NONE', 'MESSAGE')),
]


@pytest.fixture(scope='module', params=BAGS, ids='-'.join)
def small_bag(request, tmp_path_factory):
    """Return the content of the files of a bag by their names."""
    kind = StoragePlugin[request.param[0]], CompressionMode[request.param[1]]
    bag = write_bag(tmp_path_factory.mktemp('small') / 'bag', small_messages(), *kind)
    return {file.name: file.read_bytes() for file in bag.iterdir()}


PARTS = st.floats(0.0, 1.0)
WAYS = st.sampled_from(['set', 'insert', 'delete', 'zero', 'ones'])
EDITS = st.lists(
    st.tuples(PARTS, WAYS, st.binary(min_size=1, max_size=16)), min_size=1, max_size=8
)


def edited(content, changes, part=1.0):
    """Return bytes with changes at parts of their length, cut off at a part."""
    content = bytearray(content)
    for where, how, data in changes:
        at = round(where * len(content))
        if how == 'insert':
            content[at:at] = data
        elif how == 'delete':
            del content[at : at + len(data)]
        else:
            new = {'set': data, 'zero': bytes(8), 'ones': b'\xff' * 8}[how]
            content[at : at + len(new)] = new
    return bytes(content[: round(part * len(content))])


@FUZZ
@given(data=st.data())
def test_damaged_bags(small_bag, tmp_path_factory, data):
    bag = tmp_path_factory.mktemp('fuzz') / 'bag'
    bag.mkdir()
    which = data.draw(st.sampled_from(sorted(small_bag)))
    for name, content in small_bag.items():
        if name == which:
            content = edited(content, data.draw(EDITS), data.draw(st.just(1.0) | PARTS))
        (bag / name).write_bytes(content)
    read(bag)


@FUZZ
@given(content=st.binary(max_size=2000), name=st.sampled_from(['a.mcap', 'a.db3', 'a.mcap.zstd']))
@example(b'', 'a.mcap')
@example(b'\x89MCAP0\r\n', 'a.mcap')
@example(b'\x89MCAP0\r\n\x06' + b'\xff' * 8, 'a.mcap')
@example(b'\x89MCAP0\r\n\x01' + struct.pack('<Q', 1 << 60), 'a.mcap')
@example(b'\x89MCAP0\r\n\x05' + struct.pack('<Q', 2) + b'ab', 'a.mcap')
@example(b'SQLite format 3\x00' + bytes(84), 'a.db3')
def test_files_of_any_bytes(tmp_path_factory, content, name):
    path = tmp_path_factory.mktemp('fuzz') / name
    path.write_bytes(content)
    assert isinstance(read(path), BagError)


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.dates()
) | st.sampled_from([10**400, 'measured', 'poured'])
MAPPING_KEYS = st.text(max_size=10) | st.integers() | st.none()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MAPPING_KEYS, inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    'cup_height cup_diameter initial_weight target_weight relative_density empty_weight bags '
    'other'.split()
)

GOOD = 'cup_height: 0.12\ncup_diameter: 0.1\ninitial_weight: 3\ntarget_weight: 0.7\n'
LAUGHS = 'a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n' + ''.join(
    f'{name}: &{name} [{", ".join(10 * ["*" + before])}]\n'
    for before, name in zip('abcdefgh', 'bcdefghi')
)
CONTEXTS = {
    'aliases': LAUGHS,
    'aliases of a long text': f'a: &a "{"x" * 900_000}"\nb: [{"*a, " * 9999}1]',
    'aliases in a key': GOOD + 'bags: &b {one: {cup_height: [*b]}}',
    'merge': 'a: &a {k: 1}\nb: &b {<<: [*a, *a, *a]}\n<<: [*b, *b, *b]\n' + GOOD,
    'deep list': '[' * 100_000,
    'deep block': '- ' * 50_000 + '1',
    'hour 99': 'cup_height: 2024-01-01 99:00:00',
    'long integer': GOOD.replace('0.7', '9' * 5000),
    'hexadecimal': 'cup_height: 0x' + 'f' * 9999,
    'base 60': 'cup_height: ' + '1:' * 100_000 + '1',
    'large': 'a: ' + 'x' * 2_000_000,
    'tag': 'a: !!python/name:os.system',
    'binary': 'cup_height: !!binary "////"',
    'set': 'cup_height: !!set {1, 2}',
    'nan': GOOD.replace('0.7', '.nan'),
    'key that is a list': '? [1, 2]\n: 3\n',
    'two documents': GOOD + '---\n' + GOOD,
    'colours': 'cup_height: "\x1b[31m"',
    'bags of numbers': GOOD + 'bags: {1: {}, two: {}}',
}


def load_context(path):
    """Read a context file by the rule; return what it says of a pour, or the error."""
    try:
        loaded = ContextFile(path)
        loaded.check_names(['one', *map(str, loaded._bags)])
        return loaded.of('one').contexts([Cut(0, 10**9, tare=-4.0, change=0.5)], 1)
    except BagError as error:
        check_error(error)
        return error


@FUZZ
@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_contexts_of_any_values(tmp_path_factory, values):
    path = tmp_path_factory.mktemp('fuzz') / 'context.yaml'
    try:
        path.write_text(yaml.safe_dump(values), encoding='utf-8')
    except UnicodeEncodeError:  # lone surrogates
        path.write_bytes(yaml.safe_dump(values).encode('utf-8', 'surrogatepass'))
    load_context(path)


YAML_TEXTS = st.text(alphabet='abc:-[]{}&*!?|>%@`"\'#, \n\t0123456789.e_', max_size=300)


@FUZZ
@given(st.binary(max_size=500) | YAML_TEXTS.map(str.encode))
@example(b'\xff\xfe\x00')
@example(b'\x00')
def test_contexts_of_any_bytes(tmp_path_factory, content):
    path = tmp_path_factory.mktemp('fuzz') / 'context.yaml'
    path.write_bytes(content)
    load_context(path)


LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
sys.path.insert(0, str(Path(sys.argv[1]) / 'test'))
from training.rosbag.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


def run_limited(repository, bag, context):
    """Run the command with 3 GB of address space and a minute; return its standard error."""
    folder = context.parent / 'out'
    options = {'joints': 'wrist_3_joint', 'scale': '/scale', 'context': context}
    line = command_line(repository, bag, **options, output=folder / 'pours.npy')
    done = run_python('-c', LIMITED, *line, timeout=60)
    assert 'Traceback' not in done.stderr, done.stderr[-2000:]
    assert done.returncode == 2 and done.stderr.startswith('error: ')
    check_error(done.stderr)
    assert not folder.exists()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert used.ru_maxrss < 2 << 20  # kB
    return done.stderr


@pytest.mark.parametrize('name', sorted(CONTEXTS))
def test_seeds_of_contexts(tmp_path, name):
    path = tmp_path / 'context.yaml'
    path.write_text(CONTEXTS[name])
    result = load_context(path)
    assert isinstance(result, BagError) or name in ('bags of numbers', 'merge')


@pytest.mark.parametrize('name', ['aliases of a long text', 'deep list', 'base 60'])
def test_contexts_in_bounded_time_and_memory(tmp_path, repository, name):
    bag = write_bag(tmp_path / 'bag', small_messages())
    context = tmp_path / 'context.yaml'
    context.write_text(CONTEXTS[name])
    assert str(context) in run_limited(repository, bag, context)


def chunk_that_grows(path):
    """Write an MCAP whose one chunk becomes 64 GB."""
    packed = zstandard.ZstdCompressor().compress(bytes(1 << 28))
    head = struct.pack('<QQQII4sQ', 0, 0, 64 << 30, 0, 4, b'zstd', 4 * len(packed))
    record = head + 4 * packed
    path.write_bytes(b'\x89MCAP0\r\n\x06' + struct.pack('<Q', len(record)) + record)


def file_that_grows(path):
    path.write_bytes(zstandard.ZstdCompressor().compress(bytes(1 << 30)))


def rows_without_end(path):
    """Write a database whose messages are a view that never ends."""
    with sqlite3.connect(path) as database:
        database.executescript(
            'CREATE TABLE topics(id, name, type, serialization_format);'
            "INSERT INTO topics VALUES(1, '/scale', 'std_msgs/msg/Float64', 'cdr');"
            'CREATE VIEW messages AS WITH RECURSIVE n(topic_id, timestamp, data) AS '
            "(SELECT 1, 1, x'00' UNION ALL SELECT 1, timestamp + 1, x'00' FROM n) "
            'SELECT * FROM n;'
        )


def metadata_of_aliases(path):
    path.mkdir()
    laughs = textwrap.indent(LAUGHS, '  ')
    (path / 'metadata.yaml').write_text(f'rosbag2_bagfile_information:\n{laughs}')


def names_without_end(path):
    """Write an MCAP of one joint state with names of megabytes."""
    state = joint_state(START_NS, [f'{index}' * 40_000 for index in range(60)], [0.0] * 60)
    messages = [(START_NS, '/joint_states', state), (START_NS, '/scale', float64(1.0))]
    write_mcap(path, messages)


@pytest.mark.parametrize(
    'write, suffix',
    [
        (chunk_that_grows, '.mcap'),
        (file_that_grows, '.mcap.zstd'),
        (rows_without_end, '.db3'),
        (metadata_of_aliases, ''),
        (names_without_end, '.mcap'),
    ],
)
def test_bags_in_bounded_time_and_memory(tmp_path, repository, write, suffix):
    context, bag = tmp_path / 'context.yaml', tmp_path / f'bag{suffix}'
    context.write_text(GOOD)
    write(bag)
    assert 'no pour that can be used' in run_limited(repository, bag, context)
