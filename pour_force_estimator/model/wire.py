# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Protobuf messages read field by field, without a schema and without trust.

The runtime has no protobuf parser, and must look into a model file before ONNX Runtime does. This
reads what is there, once, and stops at a given number of fields; it never recurses by itself.
"""

from collections.abc import Iterator

from ..errors import ModelFileError

MAX_FIELDS = 100_000
"""Fields that are read of one file."""

MAX_PACKED_BYTES = 2**12
"""Size of a field of packed whole numbers, which are shapes and axes."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10


class WireReader:
    """
    Reads the messages of one file.

    Parameters
    ----------
    max_fields : int
        Fields that are read of all its messages together.

    """

    def __init__(self, max_fields: int = MAX_FIELDS) -> None:
        self._left = self._max_fields = max_fields

    def fields(self, message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
        """
        Yield number and value of each field.

        Parameters
        ----------
        message : memoryview of bytes
            A message.

        Yields
        ------
        number : int
            The field.
        value : int or memoryview
            A number as its 64 bits say, bytes otherwise (texts, messages, floats).

        Raises
        ------
        ModelFileError
            If it holds too many fields.
        ValueError
            If that is no protobuf message.

        """
        position, end = 0, len(message)
        while position < end:
            self._left -= 1
            if self._left < 0:
                raise ModelFileError(
                    f'expected at most {self._max_fields} protobuf fields, received more'
                )
            tag, position = _varint(message, position)
            number, kind = tag >> 3, tag & 7
            if not number:
                raise ValueError('no protobuf message')
            if kind == _VARINT:
                value, position = _varint(message, position)
                yield number, value
                continue
            if kind == _BYTES:
                length, position = _varint(message, position)
            elif kind in (_FIXED64, _FIXED32):
                length = 8 if kind == _FIXED64 else 4
            else:
                raise ValueError('no protobuf message')
            if length > end - position:
                raise ValueError('it ends in the middle of a field')
            yield number, message[position : position + length]
            position += length


def integers(values: list[int | memoryview]) -> list[int]:
    """
    Return a repeated field of signed numbers, packed or not.

    Parameters
    ----------
    values : list of int or memoryview
        What `WireReader.fields` gave.

    """
    numbers: list[int] = []
    for value in values:
        if isinstance(value, int):
            numbers.append(signed(value))
            continue
        if len(value) > MAX_PACKED_BYTES:
            raise ModelFileError(
                f'expected at most {MAX_PACKED_BYTES} bytes of packed numbers, received '
                f'{len(value)}'
            )
        position = 0
        while position < len(value):
            number, position = _varint(value, position)
            numbers.append(signed(number))
    return numbers


def signed(value: int) -> int:
    """Return the signed number whose 64 bits are `value`."""
    return value - (1 << 64) if value >= 1 << 63 else value


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(message[position : position + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & ((1 << 64) - 1), position + index + 1
    raise ValueError('no protobuf message')
