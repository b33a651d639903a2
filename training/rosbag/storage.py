# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Messages of a bag: of a folder of rosbag2 with or without its metadata.yaml, or of one file.

The metadata say which files there are, how they are compressed and how many messages they hold;
what the files hold themselves decides.
"""

from pathlib import Path, PurePath
import re
import sqlite3
from typing import Any

from pour_force_estimator.text import shortened

from ..errors import BagError
from .bounded_yaml import load_yaml
from .contents import Contents, Messages
from .packed import unpack, unpacked_file
from .problems import listed
from .storage_mcap import read_mcap
from .storage_sqlite import read_sqlite

_READERS = {'.mcap': read_mcap, '.db3': read_sqlite}

_EXPECTED = 'expected a rosbag2 (a folder with metadata.yaml, a .db3 or an .mcap file)'

_MAX_MESSAGE = 64 << 20
"""Bytes that a compressed message may become."""

_MAX_FILES = 10_000


def read_messages(path: Path, contents: Contents) -> Messages:
    """
    Yield the messages of a bag.

    Parameters
    ----------
    path : Path
        Folder of a rosbag2, or its file.
    contents : Contents
        Which topics are wanted; takes what else is found.

    Yields
    ------
    RawMessage
        File by file, in the order of arrival within each.

    Raises
    ------
    BagError
        If it is no bag.

    """
    files, packed_messages = [path], False
    if path.is_dir():
        files, packed_messages = _files(path, contents)
    elif not path.exists():
        raise BagError(f'{_EXPECTED}, received nothing: {path} does not exist')
    stated, contents.stated = contents.stated, {}
    refused = []
    for file in files:
        try:
            yield from _read_file(file, contents, packed_messages)
        # What else is raised is that of a parser that met a file which is no bag.
        except (
            ValueError,
            OSError,
            EOFError,
            RuntimeError,
            MemoryError,
            LookupError,
            TypeError,
            sqlite3.Error,
        ) as error:
            refused.append(f'{file.name}: {shortened(error, 200)}')
    if len(refused) == len(files):
        raise BagError(f'{_EXPECTED}, received what cannot be read: {listed(refused)}')
    for text in refused:
        contents.faults.append(f'{text}: this file is left out')
    contents.stated = stated or contents.stated


def _read_file(file: Path, contents: Contents, packed_messages: bool) -> Messages:
    if not file.is_file():  # a pipe would be waited for
        raise ValueError('what is no file')
    if file.suffix == '.zstd':
        with unpacked_file(file) as unpacked:
            yield from _reader(file.with_suffix(''))(unpacked, contents)
        return
    reader = _reader(file)
    if packed_messages:
        yield from reader(file, contents, lambda data: unpack(data, 'zstd', _MAX_MESSAGE))
    else:
        yield from reader(file, contents)


def _reader(file: Path) -> Any:
    if file.suffix not in _READERS:
        raise ValueError(f'a file that is neither {" nor ".join(_READERS)}')
    return _READERS[file.suffix]


def _files(folder: Path, contents: Contents) -> tuple[list[Path], bool]:
    """Return the files of a folder in order, and whether their messages are compressed."""
    metadata = folder / 'metadata.yaml'
    stored = _stored(folder)
    if not metadata.exists():
        if stored:
            contents.faults.append('metadata.yaml is missing: its files are read as they are')
            return stored, False
        raise BagError(f'{_EXPECTED}, received a folder without any')
    try:
        information = load_yaml(metadata, 'the metadata of a rosbag2')
        information = information['rosbag2_bagfile_information']
        files = [folder / PurePath(name).name for name in information['relative_file_paths']]
        mode = str(information.get('compression_mode') or '').lower()
        missing = [file.name for file in files if not file.is_file()]
        for topic in information.get('topics_with_message_count') or ():
            contents.state(str(topic['topic_metadata']['name']), int(topic['message_count']))
    except (
        BagError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        OSError,
    ) as error:
        if not stored:
            raise BagError(f'{_EXPECTED}, received {shortened(error)}') from error
        contents.stated.clear()
        contents.faults.append(
            f'metadata.yaml cannot be used ({shortened(error, 150)}): its files are read as they '
            'are'
        )
        return stored, False
    present = [file for file in dict.fromkeys(files) if file.is_file()][:_MAX_FILES]
    if missing and present:
        contents.faults.append(f'files are missing: {listed(missing, 150)}')
    if not present:
        if not stored:
            raise BagError(
                f'{_EXPECTED}, received a folder whose files are missing: {listed(missing, 150)}'
            )
        contents.faults.append(
            f'metadata.yaml names other files ({listed(missing, 150)}): those that are there are '
            'read'
        )
        present = stored
    return present, mode == 'message'


def _stored(folder: Path) -> list[Path]:
    """Return what may be files of a bag, numbers in their names by their values."""

    def order(file: Path) -> list[Any]:
        return [
            int(part) if part.isdecimal() else part for part in re.split(r'(\d{1,18})', file.name)
        ]

    return sorted(
        (
            file
            for file in folder.iterdir()
            if file.is_file() and file.name.removesuffix('.zstd').endswith(tuple(_READERS))
        ),
        key=order,
    )[:_MAX_FILES]
