# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a model file holds, read before ONNX Runtime sees it, and only as far as it is bounded."""

from dataclasses import dataclass, field
import math
from typing import Any

import numpy as np

from ..errors import ModelFileError
from ..text import one_line, quoted
from .wire import integers, signed, WireReader

MAX_FILE_BYTES = 16 * 2**20
"""Size of a file; the models that ship have 0.4 MB."""

MAX_NODES = 1000
"""Nodes of a graph; the largest that is exported has some 50."""

MAX_TABLES = 1000
"""Tables of weights."""

MAX_METADATA_BYTES = 4 * 2**20
"""Size of the metadata; a cup takes some 18,000 bytes."""

OPERATORS = frozenset(
    (
        'Add',
        'Concat',
        'MatMul',
        'Mul',
        'ReduceMean',
        'ReduceSum',
        'Relu',
        'Reshape',
        'Sigmoid',
        'Slice',
        'Softmax',
        'Split',
        'Sub',
        'Tanh',
        'Unsqueeze',
    )
)
"""What `training.export` writes; none of them branches, loops or reads a file."""

_DTYPES = {1: np.float32, 6: np.int32, 7: np.int64, 11: np.float64}


@dataclass(frozen=True)
class Table:
    """A table of weights: its shape, and its values where they are whole numbers."""

    shape: tuple[int, ...]
    whole_numbers: tuple[int, ...] | None


@dataclass(frozen=True)
class Node:
    """A node: its operator, names of inputs and outputs, and attributes of whole numbers."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, int | tuple[int, ...]]


@dataclass
class Graph:
    """
    The graph of a model, and the metadata of its file.

    The shapes of the inputs have 1 where the file leaves a size open, which is the batch.
    """

    inputs: dict[str, tuple[int, ...]] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


def read_graph(content: bytes) -> Graph:
    """
    Read a model file.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    Graph

    Raises
    ------
    ModelFileError
        If it is no model, or one of a kind that is refused: too large, with an operator that is
        not in `OPERATORS`, subgraphs, functions, or weights in other files.

    """
    if len(content) > MAX_FILE_BYTES:
        raise ModelFileError(
            f'expected a model of at most {MAX_FILE_BYTES} bytes, received {len(content)}'
        )
    try:
        return _read(content)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ModelFileError(
            f'expected an ONNX model, received {len(content)} bytes that ONNX Runtime cannot load '
            f'({one_line(error, 200)})'
        ) from error


def _read(content: bytes) -> Graph:
    reader, graph = WireReader(), Graph()
    graphs = 0
    metadata_bytes = 0
    for number, value in reader.fields(memoryview(content)):
        if number == 7:
            graphs += 1
            if graphs == 1:
                _read_graph(reader, _message(value), graph)
        elif number in (20, 25):
            raise ModelFileError(
                'expected a graph alone, received a model with functions or training steps'
            )
        elif number == 14:
            metadata_bytes += len(_message(value))
            if metadata_bytes > MAX_METADATA_BYTES:
                raise ModelFileError(
                    f'expected at most {MAX_METADATA_BYTES} bytes of metadata, received more'
                )
            entry = dict(reader.fields(_message(value)))
            key = _text(entry.get(1, b''))
            if key in graph.metadata:
                raise ModelFileError(
                    f'metadata: expected each key once, received {quoted(key)} twice'
                )
            graph.metadata[key] = _text(entry.get(2, b''))
    if graphs != 1:
        raise ValueError(f'{graphs} graphs in place of one')
    return graph


def _read_graph(reader: WireReader, message: memoryview, graph: Graph) -> None:
    for number, value in reader.fields(message):
        if number == 1:
            if len(graph.nodes) == MAX_NODES:
                raise ModelFileError(f'expected at most {MAX_NODES} nodes, received more')
            graph.nodes.append(_node(reader, _message(value)))
        elif number == 5:
            if len(graph.tables) == MAX_TABLES:
                raise ModelFileError(
                    f'expected at most {MAX_TABLES} tables of weights, received more'
                )
            name, table = _table(reader, _message(value))
            graph.tables[name] = table
        elif number == 11:
            name, shape = _input(reader, _message(value))
            graph.inputs[name] = shape
        elif number == 15:
            raise ModelFileError('expected dense weights, received a sparse table')


def _input(reader: WireReader, message: memoryview) -> tuple[str, tuple[int, ...]]:
    parts = dict(reader.fields(message))
    tensor = dict(reader.fields(_message(parts.get(2, b'')))).get(1, b'')
    shape = dict(reader.fields(_message(tensor))).get(2, b'')
    sizes = [
        _size(dict(reader.fields(_message(size))).get(1, 1))
        for number, size in reader.fields(_message(shape))
        if number == 1
    ]
    if len(sizes) > 4 or any(not 0 <= size <= 2**20 for size in sizes):
        raise ModelFileError(
            f'input {quoted(_text(parts.get(1, b"")))}: expected a row of numbers, received shape '
            f'{quoted(str(sizes))}'
        )
    return _text(parts.get(1, b'')), tuple(sizes)


def _size(value: int | memoryview) -> int:
    if not isinstance(value, int):
        raise ValueError('a message in place of a number')
    return signed(value)


def _node(reader: WireReader, message: memoryview) -> Node:
    parts: dict[int, list[Any]] = {}
    for number, value in reader.fields(message):
        parts.setdefault(number, []).append(value)
    operator = _text(parts.get(4, [b''])[-1])
    domain = _text(parts.get(7, [b''])[-1])
    if operator not in OPERATORS or domain not in ('', 'ai.onnx'):
        raise ModelFileError(
            f'expected nodes of {", ".join(sorted(OPERATORS))}, received one of '
            f'{quoted(f"{domain}.{operator}" if domain else operator)}'
        )
    attributes = [_attribute(reader, _message(value)) for value in parts.get(5, [])]
    return Node(
        operator,
        tuple(map(_text, parts.get(1, []))),
        tuple(map(_text, parts.get(2, []))),
        dict(attributes),
    )


def _attribute(reader: WireReader, message: memoryview) -> tuple[str, int | tuple[int, ...]]:
    parts: dict[int, list[Any]] = {}
    for number, value in reader.fields(message):
        parts.setdefault(number, []).append(value)
    name = _text(parts.get(1, [b''])[-1])
    if parts.keys() - {1, 3, 8, 13, 20}:
        raise ModelFileError(
            f'expected whole numbers as attributes of nodes, received {quoted(name)} of another '
            'kind (a subgraph, a table, a text)'
        )
    if 8 in parts:
        return name, tuple(integers(parts[8]))
    value = parts.get(3, [0])[-1]
    if not isinstance(value, int):
        raise ModelFileError(f'expected a whole number as attribute {quoted(name)}')
    return name, signed(value)


def _table(reader: WireReader, message: memoryview) -> tuple[str, Table]:
    parts: dict[int, list[Any]] = {}
    for number, value in reader.fields(message):
        parts.setdefault(number, []).append(value)
    name = _text(parts.get(8, [b''])[-1])
    if 13 in parts or parts.get(14, [0])[-1] != 0:
        raise ModelFileError(
            'expected one file that holds all weights, received a model that reads other files, '
            'which is refused'
        )
    dtype = _DTYPES.get(parts.get(2, [0])[-1])
    shape = tuple(integers(parts.get(1, [])))
    if dtype is None or len(shape) > 4 or any(not 0 <= size <= 2**20 for size in shape):
        raise ModelFileError(
            f'table {quoted(name)}: expected numbers in 4 dimensions at most, received type '
            f'{quoted(parts.get(2, [0])[-1])} of shape {quoted(str(shape))}'
        )
    count = math.prod(shape)
    values = _values(parts, dtype)
    if len(values) != count:
        raise ModelFileError(
            f'table {quoted(name)}: expected {count} values for shape {shape}, received '
            f'{len(values)}'
        )
    whole = None
    if np.issubdtype(dtype, np.integer) and count <= 16:
        whole = tuple(int(value) for value in values)
    return name, Table(shape, whole)


def _values(parts: dict[int, list[Any]], dtype: type) -> np.ndarray | list[int]:
    """Return the values of a table, wherever the message keeps them."""
    if 9 in parts:
        raw = _message(parts[9][-1])
        if len(raw) % np.dtype(dtype).itemsize:
            raise ModelFileError('table: expected whole values, received a part of one')
        return np.frombuffer(raw, dtype)
    if dtype is np.float32 or dtype is np.float64:
        packed = b''.join(parts.get(4 if dtype is np.float32 else 10, []))
        return np.frombuffer(
            packed[: len(packed) // np.dtype(dtype).itemsize * np.dtype(dtype).itemsize], dtype
        )
    return integers(parts.get(5 if dtype is np.int32 else 7, []))


def _message(value: int | memoryview | bytes) -> memoryview:
    if isinstance(value, int):
        raise ValueError('a number in place of a message')
    return memoryview(value)


def _text(value: int | memoryview | bytes) -> str:
    try:
        return bytes(_message(value)).decode('utf-8')
    except UnicodeDecodeError as error:
        raise ModelFileError('expected texts in UTF-8, received other bytes') from error
