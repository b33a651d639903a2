# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Files that are cut off, or that other programs wrote: what is whole is read."""

import shutil

from mcap.writer import CompressionType, IndexType
import pytest
from rosbags.rosbag2 import CompressionMode, StoragePlugin
from small_bags import joint_states, readings, START_NS, write_mcap
import yaml

S = 1_000_000_000
STORAGES = [StoragePlugin.MCAP, StoragePlugin.SQLITE3]
FORMATS = [
    *((storage, mode) for storage in STORAGES for mode in ('NONE', 'FILE')),
    (StoragePlugin.MCAP, 'STORAGE'),
    (StoragePlugin.SQLITE3, 'MESSAGE'),
]


def storage_file(bag):
    (file,) = (file for file in bag.iterdir() if file.suffix != '.yaml')
    return file


def cut_off(file, part):
    content = file.read_bytes()
    file.write_bytes(content[: round(part * len(content))])


@pytest.mark.parametrize('storage, compression', FORMATS)
def test_the_pours_before_a_file_is_cut_off_are_kept(
    make_bag, messages, three_pours, import_bag, storage, compression
):
    bag = make_bag(messages, storage=storage, compression=CompressionMode[compression])
    # An index that is not compressed is most of a file whose messages are.
    cut_off(storage_file(bag), 0.25 if compression == 'STORAGE' else 0.6)
    outcome = import_bag(bag)
    kept = len(outcome.pours)
    assert 1 <= kept < 3
    outcome.check(three_pours.poured[:kept])
    line = next(line for line in outcome.errors.splitlines() if 'cut off' in line)
    assert line.startswith('warning: bag: expected a rosbag2 that is whole, received bag.')
    end_s = float(line.split('damaged at ')[1].split()[0])
    assert three_pours.starts_s[kept - 1] + 4.0 < end_s < three_pours.time_s[-1] - 2.0
    assert ' messages before are whole and kept' in line
    assert f', {len(three_pours.time_s)} by the account of the bag' in outcome.errors


def test_an_mcap_cut_at_90_percent_of_many_chunks(tmp_path, messages, three_pours, import_bag):
    options = {'chunk_size': 50_000, 'compression': CompressionType.LZ4}
    path = write_mcap(tmp_path / 'bag.mcap', messages, **options)
    cut_off(path, 0.9)
    outcome = import_bag(path)
    assert outcome.weights[:2] == pytest.approx(three_pours.poured[:2], abs=0.02)
    assert 'bag.mcap, cut off or damaged at ' in outcome.errors


@pytest.mark.parametrize(
    'options',
    [
        {'index_types': IndexType.NONE},
        {'use_chunking': False},
        {'use_statistics': False},
        {'repeat_channels': False, 'repeat_schemas': False, 'use_summary_offsets': False},
        *({'compression': kind} for kind in CompressionType),
    ],
)
def test_an_mcap_needs_no_index(tmp_path, messages, three_pours, import_bag, options):
    outcome = import_bag(write_mcap(tmp_path / 'bag.mcap', messages, **options))
    outcome.check(three_pours.poured)
    assert 'warning' not in outcome.errors


FOREVER = {'sec': 9223372036, 'nsec': 854775807}
PROFILE = {
    **dict.fromkeys(['deadline', 'lifespan', 'liveliness_lease_duration'], FOREVER),
    'history': 'keep_last',
    'depth': 10,
    'reliability': 'reliable',
    'durability': 'volatile',
    'liveliness': 'automatic',
    'avoid_ros_namespace_conventions': False,
}


@pytest.mark.parametrize('storage', STORAGES)
@pytest.mark.parametrize(
    'changes',
    [
        {'offered_qos_profiles': [PROFILE]},
        {'offered_qos_profiles': '- history: of a newer one'},
        {'type_description_hash': 'RIHS01_' + 64 * '0'},
        {'type': 'std_msgs/msg/String'},
    ],
)
def test_what_the_metadata_say_of_topics_loses_no_message(
    make_bag, messages, three_pours, import_bag, storage, changes
):
    bag = make_bag(messages, storage=storage)
    path = bag / 'metadata.yaml'
    metadata = yaml.safe_load(path.read_text())
    for topic in metadata['rosbag2_bagfile_information']['topics_with_message_count']:
        topic['topic_metadata'].update(changes)
    path.write_text(yaml.safe_dump(metadata))
    import_bag(bag).check(three_pours.poured)


def test_fewer_messages_than_the_bag_states(make_bag, messages, three_pours, import_bag):
    bag, count = make_bag(messages), len(three_pours.time_s)
    path, key = bag / 'metadata.yaml', 'message_count:'
    path.write_text(path.read_text().replace(f'{key} {count}\n', f'{key} {count + 7}\n'))
    outcome = import_bag(bag)
    outcome.check(three_pours.poured)
    warning = f'warning: bag, /joint_states: {count} messages found'
    assert f'{warning}, {count + 7} by the account of the bag' in outcome.errors


@pytest.mark.parametrize('storage', STORAGES)
@pytest.mark.parametrize('metadata', [None, '', 'rosbag2_bagfile_information: {version: 9', '[1]'])
def test_a_folder_without_usable_metadata(
    tmp_path, make_bag, messages, three_pours, import_bag, storage, metadata
):
    """As a recorder leaves it that was killed; parts count by their numbers."""
    half = len(three_pours.time_s) // 2 * 10_000_000 + START_NS
    bag = tmp_path / 'bag'
    bag.mkdir()
    for index in (9, 10):
        rows = [row for row in messages if (row[0] >= half) == (index == 10)]
        part = storage_file(make_bag(rows, name=f'part_{index}', storage=storage))
        shutil.copy(part, bag / f'bag_{index}{part.suffix}')
    if metadata is not None:
        (bag / 'metadata.yaml').write_text(metadata)
    outcome = import_bag(bag)
    outcome.check(three_pours.poured)
    assert 'metadata.yaml' in outcome.errors and 'are read as they are' in outcome.errors


@pytest.mark.parametrize('encoding', ['json', 'protobuf'])
def test_channels_that_are_not_of_ros_2_are_refused_with_a_reason(
    tmp_path, messages, import_bag, encoding
):
    errors = import_bag(write_mcap(tmp_path / 'bag.mcap', messages, encoding)).refusal
    assert '/joint_states: expected messages of ROS 2 (cdr), received sensor_msgs' in errors
    assert f"encoded as '{encoding}'" in errors


def test_lists_in_the_context_do_not_hide_that_nothing_overlaps(make_bag, three_pours, import_bag):
    scale = readings(three_pours, start_ns=START_NS + 1000 * S)
    bag = make_bag(joint_states(three_pours), scale)
    errors = import_bag(bag, initial_weight=[3.0, 2.0, 2.0, 1.0]).refusal
    assert 'bag, /scale: no overlap: /joint_states covers 2023-11-14T22:13:20' in errors
    assert 'expected 0 values' not in errors


def test_a_list_that_does_not_fit_comes_with_what_is_wrong_with_the_bag(
    make_bag, messages, import_bag
):
    bag = make_bag(messages)
    cut_off(storage_file(bag), 0.6)
    errors = import_bag(bag, initial_weight=[4.5, 4.5, 4.5]).refusal
    assert 'initial_weight: expected 2 values' in errors
    assert 'received bag.mcap, cut off or damaged at' in errors


def test_a_bag_without_a_pour_does_not_stop_the_others(make_bag, messages, import_bag):
    """Not even where a list says how many it should have."""
    rows = [row for row in messages if row[0] < START_NS + 1.5 * S]
    errors = import_bag(make_bag(rows, name='still'), initial_weight=[4.5]).refusal
    assert 'still: the tilt never leaves upright' in errors
