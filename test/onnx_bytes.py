# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""ONNX files byte by byte, after onnx.proto: a robot has no package ``onnx`` to write them."""

import numpy as np

_ELEMENTS = {'float32': 1, 'int64': 7, 'float64': 11}
_INT_ATTRIBUTE = 2


def node(kind, inputs, outputs, **attributes):
    """Return a node; attributes are int."""
    return _message(
        *((1, name) for name in inputs),
        *((2, name) for name in outputs),
        (4, kind),
        *(
            (5, _message((1, name), (3, value), (20, _INT_ATTRIBUTE)))
            for name, value in attributes.items()
        ),
    )


def constant(name, values):
    """Return an initializer, of an ndarray."""
    sizes = ((1, size) for size in values.shape)
    return _message(*sizes, (2, _ELEMENTS[values.dtype.name]), (8, name), (9, values.tobytes()))


def model(nodes, inputs, outputs, constants, metadata, dtype):
    """Return an ONNX file of such parts; inputs and outputs are a dict of widths [-]."""
    graph = _message(
        *((1, part) for part in nodes),
        (2, 'small'),
        *((5, part) for part in constants),
        *((11, _tensor(*tensor, dtype)) for tensor in inputs.items()),
        *((12, _tensor(*tensor, dtype)) for tensor in outputs.items()),
    )
    return _message(
        (1, 8),  # version of the format
        (7, graph),
        (8, _message((1, ''), (2, 17))),  # version of the operations
        *((14, _message((1, key), (2, text))) for key, text in metadata.items()),
    )


def _tensor(name, width, dtype):
    shape = _message((1, _message((2, 'batch'))), (1, _message((1, width))))
    kind = _message((1, _ELEMENTS[np.dtype(dtype).name]), (2, shape))
    return _message((1, name), (2, _message((1, kind))))


def _message(*fields):
    """Return the bytes of fields, each a number and an int, str or bytes."""
    return b''.join(_field(number, value) for number, value in fields)


def _field(number, value):
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value % 2**64)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value):
    content = bytearray()
    while value > 127:
        content.append(value & 127 | 128)
        value >>= 7
    return bytes([*content, value])
