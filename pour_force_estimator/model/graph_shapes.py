# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
How large each tensor of a step is, worked out before anything is computed.

ONNX Runtime computes what is constant while it loads a model, and the rest at each step; either
may be made to take gigabytes. For a batch of one, the shape of every tensor that `OPERATORS` make
follows from the tables; a shape that depends on values of a pour is refused.
"""

import math

from ..errors import ModelContractError
from ..text import quoted
from .graph import Graph, Node

MAX_VALUES = 2**18
"""Values of a tensor at a step; the largest that is exported has some hundred."""

MAX_OPERATIONS = 2**26
"""Multiplications of a step; the models that ship have some 30,000 to 100,000."""

Shape = tuple[int, ...]


def check_shapes(graph: Graph) -> None:
    """
    Raise `ModelContractError` unless each tensor of a step is of a bounded, known size.

    Parameters
    ----------
    graph : Graph
        The model.

    """
    shapes: dict[str, Shape] = {name: table.shape for name, table in graph.tables.items()}
    shapes |= graph.inputs
    operations = 0
    for node in graph.nodes:
        missing = [name for name in node.inputs if name and name not in shapes]
        if missing:
            raise ModelContractError(
                f'graph: expected nodes in their order, received {node.operator} of '
                f'{quoted(missing[0])}, which comes later or not at all'
            )
        inputs = [shapes[name] for name in node.inputs if name]
        try:
            results, cost = _results(graph, node, inputs)
        except (ArithmeticError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ModelContractError(
                f'graph: expected shapes that fit and do not depend on values, received '
                f'{node.operator} of {quoted(str(inputs))}'
            ) from error
        operations += cost
        for name, shape in zip(node.outputs, results):
            if math.prod(shape) > MAX_VALUES or len(shape) > 6:
                raise ModelContractError(
                    f'graph: expected tensors of at most {MAX_VALUES} values, received '
                    f'{node.operator} with shape {quoted(str(shape))}'
                )
            shapes[name] = shape
    if operations > MAX_OPERATIONS:
        raise ModelContractError(
            f'graph: expected at most {MAX_OPERATIONS} multiplications a step, received more'
        )


def _results(graph: Graph, node: Node, inputs: list[Shape]) -> tuple[list[Shape], int]:
    """Return the shapes of a node's outputs, and how many multiplications it takes."""
    operator, first = node.operator, inputs[0]
    if operator in ('Add', 'Sub', 'Mul'):
        shape = _broadcast(first, inputs[1])
        return [shape], math.prod(shape)
    if operator in ('Relu', 'Sigmoid', 'Tanh', 'Softmax'):
        return [first], math.prod(first)
    if operator == 'MatMul':
        rows, columns = first, inputs[1]
        if len(rows) < 2 or len(columns) < 2 or rows[-1] != columns[-2]:
            raise ValueError('no matrices that fit')
        shape = (*_broadcast(rows[:-2], columns[:-2]), rows[-2], columns[-1])
        return [shape], math.prod(shape) * rows[-1]
    return [_moved(graph, node, inputs)] if operator != 'Split' else _split(
        graph, node, first
    ), math.prod(first)


def _moved(graph: Graph, node: Node, inputs: list[Shape]) -> Shape:
    """Return the shape of what a node only moves or sums up."""
    first, rank = inputs[0], len(inputs[0])
    if node.operator == 'Concat':
        axis = _axis(_attribute(node, 'axis'), rank)
        if any(
            shape[:axis] + shape[axis + 1 :] != first[:axis] + first[axis + 1 :]
            for shape in inputs
        ):
            raise ValueError('parts that do not fit')
        return (*first[:axis], sum(shape[axis] for shape in inputs), *first[axis + 1 :])
    if node.operator == 'Reshape':
        return _reshape(first, _constant(graph, node, 1), _attribute(node, 'allowzero', 0))
    if node.operator == 'Unsqueeze':
        axes = _axes(graph, node)
        rank += len(axes)
        places = {_axis(axis, rank) for axis in axes}
        sizes = iter(first)
        return tuple(1 if place in places else next(sizes) for place in range(rank))
    if node.operator in ('ReduceMean', 'ReduceSum'):
        axes = _axes(graph, node)
        places = {_axis(axis, rank) for axis in axes} if axes else set(range(rank))
        keeps = _attribute(node, 'keepdims', 1)
        return tuple(
            1 if place in places else size
            for place, size in enumerate(first)
            if keeps or place not in places
        )
    return _slice(graph, node, first)


def _slice(graph: Graph, node: Node, shape: Shape) -> Shape:
    starts, ends = _constant(graph, node, 1), _constant(graph, node, 2)
    axes = (
        _constant(graph, node, 3)
        if len(node.inputs) > 3 and node.inputs[3]
        else range(len(starts))
    )
    steps = (
        _constant(graph, node, 4)
        if len(node.inputs) > 4 and node.inputs[4]
        else (1,) * len(starts)
    )
    sizes = list(shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        axis = _axis(axis, len(shape))
        sizes[axis] = len(range(*slice(start, end, step).indices(shape[axis])))
    return tuple(sizes)


def _split(graph: Graph, node: Node, shape: Shape) -> list[Shape]:
    axis = _axis(_attribute(node, 'axis', 0), len(shape))
    count = len(node.outputs)
    if len(node.inputs) > 1 and node.inputs[1]:
        sizes = _constant(graph, node, 1)
    else:
        sizes = (shape[axis] // count,) * count
    if sum(sizes) != shape[axis] or len(sizes) != count or min(sizes) < 0:
        raise ValueError('parts that do not fit')
    return [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]


def _reshape(shape: Shape, target: Shape, allowzero: int) -> Shape:
    sizes = [
        shape[place] if size == 0 and not allowzero else size for place, size in enumerate(target)
    ]
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = math.prod(shape) // -math.prod(sizes)
    if min(sizes, default=1) < 0 or math.prod(sizes) != math.prod(shape):
        raise ValueError('another number of values')
    return tuple(sizes)


def _broadcast(left: Shape, right: Shape) -> Shape:
    length = max(len(left), len(right))
    pairs = zip((1,) * (length - len(left)) + left, (1,) * (length - len(right)) + right)
    sizes = []
    for first, second in pairs:
        if first != second and 1 not in (first, second):
            raise ValueError('shapes that do not fit')
        sizes.append(second if first == 1 else first)
    return tuple(sizes)


def _attribute(node: Node, name: str, default: int | None = None) -> int:
    value = node.attributes.get(name, default)
    if not isinstance(value, int):
        raise ValueError(f'no whole number as {name}')
    return value


def _axes(graph: Graph, node: Node) -> Shape:
    if 'axes' in node.attributes:
        axes = node.attributes['axes']
        if not isinstance(axes, tuple):
            raise ValueError('axes that are no list')
        return axes
    return _constant(graph, node, 1) if len(node.inputs) > 1 and node.inputs[1] else ()


def _constant(graph: Graph, node: Node, place: int) -> Shape:
    """Return the whole numbers that a table gives as an input; a computed one is refused."""
    values = graph.tables[node.inputs[place]].whole_numbers
    if values is None:
        raise ValueError('no few whole numbers')
    return values


def _axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ValueError('no such axis')
    return axis % rank
