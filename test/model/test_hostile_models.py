# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Model files that were made to break what loads them: one bounded line each, before they run."""

import json
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, HealthCheck, settings, strategies
from json_values import json_values
import numpy as np
import onnx
from onnx import helper, numpy_helper, TensorProto
import pytest
from small_models import make_model, make_spec

from pour_force_estimator.errors import ModelContractError, ModelError, ModelFileError
from pour_force_estimator.model.digest import KEY, with_digest
from pour_force_estimator.model.graph import read_graph
from pour_force_estimator.model.shipped import find_model
from pour_force_estimator.model.step_model import StepModel

SHIPPED = Path(find_model()).read_bytes()
KEYS = sorted(make_spec().to_metadata())
LOOP = helper.make_node('Loop', ['', ''], ['x'], body=helper.make_graph([], 'body', [], []))
MANY = [helper.make_node('Relu', ['state'], [f'x{index}']) for index in range(20_000)]
DATA_DEPENDENT = helper.make_node('Reshape', ['state', 'features'], ['y'])
PLACES, JUNK = strategies.integers(0, 900), strategies.binary(max_size=12)
NAMES = 'name', 'unit', 'size', 'schema', 'test', 'height'


def refusal(content):
    """Load what must be refused before ONNX Runtime sees it; return the line, which is bounded."""
    with patch('onnxruntime.InferenceSession') as session, pytest.raises(ModelError) as caught:
        StepModel(content, 'cup.onnx')
    session.assert_not_called()
    line = str(caught.value)
    assert line.startswith('cup.onnx: ') and len(line) <= 400 and line.isprintable()
    return line


def changed(change, content=None):
    model = onnx.load_from_string(make_model() if content is None else content)
    change(model)
    return model.SerializeToString()


def test_a_changed_weight_is_noticed():
    def change(model):
        table = model.graph.initializer[0]
        table.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(table) * 1.01, table.name))

    assert 'bytes differ from its file_digest' in refusal(changed(change, SHIPPED))


@settings(max_examples=60, deadline=None)
@given(strategies.integers(0, len(SHIPPED) - 1), strategies.integers(1, 255))
def test_any_changed_byte_of_a_shipped_model_is_noticed(place, flip):
    content = bytearray(SHIPPED)
    content[place] ^= flip
    refusal(bytes(content))


def test_a_digest_stays_right_and_survives_onnx():
    assert with_digest(SHIPPED) == SHIPPED
    assert StepModel(onnx.load_from_string(SHIPPED).SerializeToString()).has_digest
    assert StepModel(with_digest(make_model())).has_digest
    assert not StepModel(make_model()).has_digest
    assert KEY in read_graph(SHIPPED).metadata


def with_nodes(*nodes):
    """Return a change that adds nodes to the graph of a model."""
    return lambda model: model.graph.node.extend(nodes)


def huge_constant(model):
    column, row = np.ones((100_000, 1), np.float32), np.ones((1, 100_000), np.float32)
    model.graph.initializer.extend(map(numpy_helper.from_array, (column, row), ('column', 'row')))
    with_nodes(helper.make_node('MatMul', ['column', 'row'], ['large']))(model)


def function(model):
    model.functions.append(helper.make_function('own', 'f', ['x'], ['y'], [], []))


def lying_table(model):
    model.graph.initializer[0].dims[:] = [1000, 1000]


def table_of_texts(model):
    model.graph.initializer[0].data_type = TensorProto.STRING


@pytest.mark.parametrize(
    'change, expected',
    [
        (with_nodes(LOOP), "received one of 'Loop'"),
        (huge_constant, 'tensors of at most'),
        (with_nodes(*MANY), 'at most 1000 nodes'),
        (function, 'model with functions'),
        (with_nodes(DATA_DEPENDENT), 'do not depend on values'),
        (lying_table, 'values for'),
        (table_of_texts, 'expected numbers'),
    ],
)
def test_graphs_that_are_refused(change, expected):
    assert expected in refusal(changed(change))


def test_a_batch_of_a_fixed_size_is_refused():
    def change(model):
        for tensor in (*model.graph.input, *model.graph.output):
            tensor.type.tensor_type.shape.dim[0].dim_value = 2

    with pytest.raises(ModelContractError, match='Got: 1 Expected: 2'):
        StepModel(changed(change))


@pytest.mark.parametrize('weight', [np.nan, np.inf, 3e38])
def test_numbers_that_are_none_once_the_cup_is_tilted(weight):
    def change(model):
        gain = numpy_helper.from_array(np.array([[weight]], np.float32), 'gain')
        model.graph.initializer[0].CopyFrom(gain)

    with pytest.raises(ModelContractError, match='trial step: expected finite numbers'):
        StepModel(changed(change))


def spoilt(end, junk, begin):
    return make_model()[:end] + junk + make_model()[begin:]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.binary(max_size=400) | strategies.builds(spoilt, PLACES, JUNK, PLACES))
def test_the_reader_has_one_kind_of_error(content):
    try:
        read_graph(content)
    except ModelFileError as error:
        assert len(str(error)) <= 400 and str(error).isprintable()


@settings(max_examples=100, deadline=None)
@given(strategies.dictionaries(strategies.sampled_from(KEYS), json_values(*NAMES), max_size=3))
def test_metadata_of_any_form(values):
    changes = {key: json.dumps(value) for key, value in values.items()}
    try:
        StepModel(make_model(metadata={**make_spec().to_metadata(), **changes}), 'cup.onnx')
    except ModelError as error:
        assert len(str(error)) <= 400 and str(error).isprintable()
