# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The array in a .npy or .npz file, read with bounds.

A header of a few bytes may claim any number of rows, and a compressed member may grow a thousand
times: what a file claims is compared with what it holds before any of it is allocated.
"""

import io
import math
import struct
from zipfile import BadZipFile, ZipFile
import zlib

import numpy as np

from ..errors import RecordingError
from ..text import one_line, quoted

MAX_ARRAY_BYTES = 2**32
"""Size of a file, and of what a compressed one becomes."""

MAX_GROWTH = 1100
"""How many times larger a compressed array may be: deflate packs zeros 1030 times."""

_MAX_HEADER = 10_000


def read_array(content: bytes) -> np.ndarray:
    """
    Return the only array of a .npy or .npz file.

    Parameters
    ----------
    content : bytes
        The file.

    Raises
    ------
    RecordingError
        If it is no such file, holds something else, or claims more than it holds.

    """
    if not content.startswith(b'PK'):
        return _npy(content)
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) != 1:
                arrays = [name.removesuffix('.npy') for name in names[:10]]
                raise RecordingError(
                    f'expected one array in the .npz, received {one_line(arrays, 200)}'
                )
            size = archive.infolist()[0].file_size
            if size > min(MAX_ARRAY_BYTES, MAX_GROWTH * len(content)):
                raise RecordingError(
                    f'expected an array that fits its file, received a member of {size} bytes in '
                    f'a file of {len(content)}'
                )
            with archive.open(names[0]) as member:  # stops at the size that was checked
                inside = member.read(size + 1)
    except (
        BadZipFile,
        EOFError,
        LookupError,
        NotImplementedError,
        OSError,
        RuntimeError,
        struct.error,
        UnicodeError,
        ValueError,
        zlib.error,
    ) as error:
        if isinstance(error, RecordingError):
            raise
        raise _unreadable(error) from error
    if not names[0].endswith('.npy') or not inside.startswith(b'\x93NUMPY'):
        raise RecordingError(
            f'expected an array in the .npz, received the file {quoted(names[0])}'
        )
    return _npy(inside)


def _npy(content: bytes) -> np.ndarray:
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, is_fortran, dtype = read_header(stream, max_header_size=_MAX_HEADER)
        if dtype.hasobject:
            raise RecordingError(
                'expected an array saved by numpy without pickle, received Python objects'
            )
        remaining_bytes = len(content) - stream.tell()
        if any(type(size) is not int or size < 0 for size in shape) or (
            math.prod(shape) * dtype.itemsize > remaining_bytes
        ):
            raise RecordingError(
                f'expected an array saved by numpy without pickle, received a header of shape '
                f'{quoted(str(shape))} and {quoted(str(dtype))} before {remaining_bytes} bytes'
            )
        count = math.prod(shape)
        values = np.frombuffer(content, dtype, count, stream.tell())
        return values.reshape(shape, order='F' if is_fortran else 'C').copy()
    except RecordingError:
        raise
    except Exception as error:  # numpy evaluates the header as Python, with whatever that raises
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> RecordingError:
    return RecordingError(
        'expected an array saved by numpy without pickle, received a file that cannot be read so '
        f'({one_line(error, 200)})'
    )
