# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Messages of a .db3 file of rosbag2, an SQLite database.

Of one that is damaged or cut off the rows are read as they lie in the file, up to where it ends.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
import sqlite3

from .contents import Contents, Messages, RawMessage

_TOPICS = 'SELECT id, name, type, serialization_format FROM topics'
_ROWS = 'SELECT topic_id, timestamp, data FROM messages'

_TABLES = (
    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('messages', 'topics')"
)


def read_sqlite(
    path: Path, contents: Contents, unpack_message: Callable[[bytes], bytes] = bytes
) -> Messages:
    """
    Yield the messages of a .db3 file.

    Parameters
    ----------
    path : Path
        The file.
    contents : Contents
        Which topics are wanted; takes what else is found.
    unpack_message : callable
        Unpacks the data of a message.

    Yields
    ------
    RawMessage
        In the order of arrival; of a damaged file, as they were written.

    Raises
    ------
    sqlite3.Error
        If the file is no database of rosbag2.

    """
    uri = f'{path.resolve().as_uri()}?mode=ro&immutable=1'
    with closing(sqlite3.connect(uri, uri=True)) as database:
        database.text_factory = lambda text: text.decode(errors='replace')
        database.execute('PRAGMA trusted_schema=OFF')
        database.execute('PRAGMA writable_schema=ON')  # reads a file that is shorter than it says
        if database.execute(_TABLES).fetchone()[0] != 2:  # a view may have rows without end
            raise sqlite3.DatabaseError('a database without the tables messages and topics')
        channels = {}
        for number, topic, kind, encoding in database.execute(_TOPICS):
            kind = contents.add_topic(str(topic), str(kind), str(encoding))
            if topic in contents.topics and encoding == 'cdr':
                channels[number] = topic, kind
        try:
            is_whole = (
                database.execute('PRAGMA page_count').fetchone()[0] * _page_size(path)
                <= path.stat().st_size
            )
            order = ' ORDER BY timestamp' if is_whole else ' NOT INDEXED'
            for number, received_ns, data in database.execute(_ROWS + order):
                if not isinstance(received_ns, int) or not isinstance(data, bytes):
                    continue
                contents.note_message(received_ns)
                if number in channels:
                    topic, kind = channels[number]
                    contents.counts[topic] += 1
                    yield RawMessage(topic, kind, received_ns, unpack_message(data))
            if not is_whole:
                raise sqlite3.DatabaseError('the file is shorter than it says')
        except sqlite3.Error as error:
            contents.add_damage(path.name, error)


def _page_size(path: Path) -> int:
    """Return the size of a page [bytes], from the header of the file."""
    with path.open('rb') as file:
        size = int.from_bytes(file.read(18)[16:18], 'big')
    return 65536 if size == 1 else size
