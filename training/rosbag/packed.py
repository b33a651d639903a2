# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Zstandard and LZ4 data of unknown origin, unpacked in bounded memory as far as whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import tempfile
from typing import BinaryIO

import lz4.frame
import zstandard

_MAX_RATIO = 1000
"""How many times larger a file may become; joint states and readings stay below 100."""

_MIN_FILE = 64 << 20
"""Bytes that any file may become, however small it is."""

_BLOCK = 1 << 20


def unpack(data: bytes, compression: str, max_size: int) -> bytes:
    """
    Unpack data, or as much of it as is whole.

    Parameters
    ----------
    data : bytes
        What is compressed; its end may be missing.
    compression : {'', 'zstd', 'lz4'}
        How.
    max_size : int
        Bytes that it may become.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If it is compressed in another way, damaged, or becomes larger.

    """
    if not compression:
        return data
    try:
        if compression == 'zstd':
            unpacked = _read(zstandard.ZstdDecompressor().stream_reader(data), max_size)
        elif compression == 'lz4':
            unpacked = lz4.frame.LZ4FrameDecompressor().decompress(data, max_length=max_size + 1)
        else:
            raise ValueError(f'the compression {compression[:20]!r}, expected zstd or lz4')
    except (zstandard.ZstdError, RuntimeError) as error:
        raise ValueError(f'damaged {compression} data: {error}') from error
    if len(unpacked) > max_size:
        raise ValueError(f'data that become more than {max_size} bytes')
    return unpacked


def _read(stream: BinaryIO, max_size: int) -> bytes:
    blocks, size = [], 0
    while size <= max_size and (block := stream.read(_BLOCK)):
        blocks.append(block)
        size += len(block)
    return b''.join(blocks)


@contextmanager
def unpacked_file(path: Path) -> Iterator[Path]:
    """
    Unpack a .zstd file, or as much of it as is whole, for as long as the context lasts.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    Path
        A temporary file.

    Raises
    ------
    ValueError
        If it is damaged from the begin, or becomes a thousand times larger, as no recording does.

    """
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / path.stem
        size, max_size = 0, max(_MIN_FILE, _MAX_RATIO * path.stat().st_size)
        with (
            path.open('rb') as source,
            unpacked.open('wb') as target,
            zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True) as stream,
        ):
            try:
                while block := stream.read(_BLOCK):
                    size += len(block)
                    if size > max_size:
                        raise ValueError(f'a file that becomes {_MAX_RATIO} times larger')
                    target.write(block)
            except zstandard.ZstdError as error:
                if not size:
                    raise ValueError(f'damaged zstd data: {error}') from error
        yield unpacked
