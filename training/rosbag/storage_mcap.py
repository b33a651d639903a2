# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Messages of an MCAP file, read from its begin to where it ends.

Nothing but the data is needed: an index, a summary and the end of the file may be missing, and
what was being written when a recorder died is taken as far as it is whole.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
import struct
from typing import BinaryIO
from zlib import crc32

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Schema, Statistics

from .contents import Contents, Messages, RawMessage
from .packed import unpack

_MAGIC = b'\x89MCAP0\r\n'
_HEAD = struct.Struct('<BQ')
_MESSAGE_HEAD = struct.Struct('<HIQQ')
_CHUNK_HEAD = struct.Struct('<QQQII')

_MAX_RECORD = 1 << 29
"""Bytes of a record, packed or not; recorders write chunks of some megabytes."""

_MAX_TIME_NS = (1 << 63) - 1

_DAMAGE = (ValueError, struct.error, McapError, OSError, RuntimeError, EOFError, MemoryError)
"""What readers and unpackers raise where data are not as they were written."""


def read_mcap(
    path: Path, contents: Contents, unpack_message: Callable[[bytes], bytes] = bytes
) -> Messages:
    """
    Yield the messages of an MCAP file.

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
        Chunk by chunk as they were written, in the order of arrival within each.

    Raises
    ------
    ValueError
        If the file is no MCAP.

    """
    channels = _Channels(contents, unpack_message)
    with path.open('rb') as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError('a file that does not begin as an MCAP does')
        try:
            for code, record in _records(file):
                if code == Opcode.FOOTER:
                    return
                yield from (
                    channels.take_chunk(record)
                    if code == Opcode.CHUNK
                    else channels.take(code, record)
                )
            raise ValueError('it ends without a footer')
        except _DAMAGE as error:
            contents.add_damage(path.name, error)


def _records(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield code and content of each record; of a chunk that is cut off, what there is of it."""
    while head := file.read(_HEAD.size):
        if len(head) < _HEAD.size:
            raise ValueError('it ends within a record')
        code, size = _HEAD.unpack(head)
        if size > _MAX_RECORD:
            raise ValueError(f'a record of {size} bytes')
        record = file.read(size)
        if len(record) == size or code == Opcode.CHUNK:
            yield code, record
        if len(record) < size:
            raise ValueError('it ends within a record')


class _Channels:
    """What schemas and channels say of the messages."""

    def __init__(self, contents: Contents, unpack_message: Callable[[bytes], bytes]) -> None:
        self._contents = contents
        self._unpack = unpack_message
        self._schemas: dict[int, str] = {}
        self._topics: dict[int, str] = {}
        self._channels: dict[int, tuple[str, str]] = {}

    def take(self, code: int, record: bytes) -> list[RawMessage]:
        """Take a record; return the message that it is, if it is wanted."""
        if code == Opcode.MESSAGE:
            channel_id, _, received_ns, _ = _MESSAGE_HEAD.unpack_from(record)
            if received_ns > _MAX_TIME_NS:
                return []
            self._contents.note_message(received_ns)
            if channel_id in self._channels:
                topic, kind = self._channels[channel_id]
                self._contents.counts[topic] += 1
                data = self._unpack(record[_MESSAGE_HEAD.size :])
                return [RawMessage(topic, kind, received_ns, data)]
        elif code == Opcode.SCHEMA:
            schema = Schema.read(ReadDataStream(BytesIO(record)))
            self._schemas[schema.id] = schema.name
        elif code == Opcode.CHANNEL:
            self._take_channel(Channel.read(ReadDataStream(BytesIO(record))))
        elif code == Opcode.STATISTICS:
            counts = Statistics.read(ReadDataStream(BytesIO(record))).channel_message_counts
            for channel_id, count in counts.items():
                if channel_id in self._topics:
                    self._contents.state(self._topics[channel_id], count)
        return []

    def _take_channel(self, channel: Channel) -> None:
        topic = channel.topic
        kind = self._contents.add_topic(
            topic, self._schemas.get(channel.schema_id, 'no type'), channel.message_encoding
        )
        self._topics[channel.id] = topic
        if topic in self._contents.topics and channel.message_encoding == 'cdr':
            self._channels[channel.id] = topic, kind

    def take_chunk(self, record: bytes) -> list[RawMessage]:
        """Take a chunk, or what there is of it; return the messages that are wanted."""
        if len(record) < _CHUNK_HEAD.size:
            return []
        _, _, size, crc, length = _CHUNK_HEAD.unpack_from(record)
        begin = _CHUNK_HEAD.size + length
        compression = record[_CHUNK_HEAD.size : begin].decode()
        packed_size = int.from_bytes(record[begin : begin + 8], 'little')
        packed = record[begin + 8 : begin + 8 + packed_size]
        data = unpack(packed, compression, min(size, _MAX_RECORD))
        is_whole = len(packed) == packed_size
        if is_whole and (len(data) != size or crc and crc32(data) != crc):
            self._contents.faults.append('a chunk whose checksum or size is another is left out')
            return []
        messages = []
        try:
            for code, part in _records(BytesIO(data)):
                messages += self.take(code, part)
        except _DAMAGE:
            if is_whole:
                raise
        return sorted(messages, key=lambda message: message.received_ns)
