# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.model.step_model with models that can be computed by hand."""

import doctest
import hashlib
import re

import numpy as np
import pytest
from small_models import BELIEF, INTERVAL, make_model, make_spec

from pour_force_estimator.errors import ModelContractError, ModelError, ModelFileError
from pour_force_estimator.model import step_model
from pour_force_estimator.model.graph import MAX_FILE_BYTES
from pour_force_estimator.model.spec import StateSlot
from pour_force_estimator.model.step_model import StepModel

TWO_OUTPUTS, THREE_OUTPUTS = ('weight', 'next_state'), ('weight', 'next_state', 'gates')
WITH_INTERVAL = make_spec(interval=INTERVAL)


def refusal(content, error=ModelContractError):
    with pytest.raises(error) as caught:
        StepModel(content, source='cup.onnx')
    assert isinstance(caught.value, ModelError)
    return str(caught.value)


def test_the_example_runs_with_the_default_model():
    assert doctest.testmod(step_model).failed == 0


def test_steps_by_hand():
    model = StepModel(make_model(gain=0.5))
    state = model.initial_state()
    weights = []
    for value in (1.0, 2.0, -4.0):
        weight, state, _ = model.step(np.array([[value]], np.float32), state)
        weights.append(weight[0, 0])
    assert weights == [0.5, 1.5, -0.5]
    assert state.tolist() == [[-0.5]]


def test_shapes_and_types():
    spec = make_spec(('theta', 'f_init'), state=(StateSlot('a', 'h', 3), StateSlot('a', 'c', 2)))
    model = StepModel(make_model(spec))
    state = model.initial_state(4)
    assert state.shape == (4, 5) and state.dtype == np.float32 and not state.any()
    weight, next_state, gates = model.step(np.ones((4, 2), np.float32), state)
    assert gates is None
    assert weight.shape == (4, 1) and weight.dtype == np.float32
    assert next_state.shape == (4, 5) and next_state.dtype == np.float32
    assert weight.tolist() == [[10.0]] * 4


def test_a_model_with_an_interval_gives_its_gates_too():
    """By hand: the second of two hypotheses is three times as probable as the first."""
    model = StepModel(make_model(WITH_INTERVAL))
    features = np.zeros((1, len(BELIEF)), np.float32)
    features[0, [BELIEF.index('physics_-7'), BELIEF.index('physics_-6')]] = 1.0, 3.0
    features[0, len(BELIEF) // 2 :] = -100.0
    features[0, [BELIEF.index('prior_-7'), BELIEF.index('prior_-6')]] = np.log([0.25, 0.75])
    for outputs in (model.step(features, model.initial_state()), model.stream().step(features)):
        assert np.ravel(outputs.weight) == pytest.approx(2.5)
        assert outputs.gates.shape == (1, 15) and outputs.gates.dtype == np.float32
        assert outputs.gates[0] == pytest.approx([0.25, 0.75, *[0.0] * 13])


def test_rows_of_a_batch_do_not_mix_and_arguments_stay():
    model = StepModel(make_model())
    features, state = np.array([[1.0], [2.0]], np.float32), np.array([[10.0], [20.0]], np.float32)
    weight, *_ = model.step(features, state)
    assert weight.tolist() == [[11.0], [22.0]]
    assert features.tolist() == [[1.0], [2.0]] and state.tolist() == [[10.0], [20.0]]


def test_load(tmp_path):
    content = make_model()
    path = tmp_path / 'cup.onnx'
    path.write_bytes(content)
    model = StepModel.load(path)
    assert model.spec == make_spec()
    assert model.digest == hashlib.sha256(content).hexdigest()
    assert StepModel.load(str(path)).digest == model.digest


def test_what_cannot_be_read_is_named(tmp_path):
    path = tmp_path / 'large.onnx'
    path.write_bytes(bytes(MAX_FILE_BYTES + 1))
    message = f'{path}: cannot be read, it has more than {MAX_FILE_BYTES} bytes; expected an ONNX'
    with pytest.raises(ModelFileError, match=f'^{re.escape(message)}'):
        StepModel.load(path)


@pytest.mark.parametrize(
    'content',
    [b'', b'this is a text, not a model\n', make_model()[:200], make_model()[:-40], bytes(500)],
    ids=['empty', 'text', 'truncated', 'end missing', 'zeros'],
)
def test_files_that_are_no_model(content):
    line = refusal(content, ModelFileError)
    assert line.startswith(
        f'cup.onnx: expected an ONNX model, received {len(content)} bytes that ONNX Runtime cannot'
    )
    assert '\n' not in line


@pytest.mark.parametrize(
    'changes, expected, received',
    [
        ({'inputs': ('x', 'state')}, "inputs: expected ['features', 'state']", "['state', 'x']"),
        ({'outputs': ('weight', 'out')}, "outputs: expected ['next_state', '", "['out', 'weight'"),
        ({'n_features': 3}, 'inputs: expected features of shape (batch, 1)', "('batch', 3)"),
        ({'state_size': 2}, 'inputs: expected state of shape (batch, 1)', "('batch', 2)"),
        ({'weight_size': 2}, 'outputs: expected weight of shape (batch, 1)', "('batch', 2)"),
        ({'outputs': THREE_OUTPUTS}, "outputs: expected ['next_state', 'weight']", "['gates', "),
        (
            {'spec': WITH_INTERVAL, 'outputs': TWO_OUTPUTS},
            "outputs: expected ['gates', 'next_state', 'weight']",
            "['next_state', 'weight']",
        ),
        (
            {'spec': WITH_INTERVAL, 'gates_size': 7},
            'outputs: expected gates of shape (batch, 15)',
            "('batch', 7)",
        ),
        ({'dtype': np.float64}, 'tensor(float), received', 'tensor(double)'),
        ({'metadata': {}}, 'cup.onnx: metadata: missing name, ', ''),  # a model of somebody else
    ],
)
def test_other_tensors_and_no_metadata(changes, expected, received):
    line = refusal(make_model(**changes))
    assert line.startswith('cup.onnx: ')
    assert expected in line and received in line.partition('received')[2]
