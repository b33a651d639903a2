# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.export.onnx_file with networks of random weights."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import onnx
from onnx import numpy_helper
import pytest
from small_models import INTERVAL, make_spec, random_networks

from pour_force_estimator.errors import ModelContractError
from pour_force_estimator.features import feature_unit
from pour_force_estimator.features.physics import PHYSICS_FEATURES, PRIOR_FEATURES
from pour_force_estimator.model.digest import with_digest
from pour_force_estimator.model.spec import FeatureSpec, StateSlot
from pour_force_estimator.model.step_model import StepModel
from training.errors import ExportError
from training.evaluation.bulk import run_features
from training.export.onnx_file import (
    check_against_keras,
    convert,
    feature_specs,
    state_layout,
    TOLERANCE,
)
from training.fitting.fit import predict
from training.fitting.preprocessing import Preprocessor
from training.networks.architectures import (
    Architecture,
    ARCHITECTURES,
    build_training_model,
    MULTI_GRU,
    MULTI_LSTM,
)
from training.networks.experts import Experts
from training.networks.scaling import FeatureScaling
from training.networks.step_network import build_step_model

NAMES = list(ARCHITECTURES)


def check(network, content):
    raw = [network.preprocessor.raw(pour) for pour in network.pours]
    return check_against_keras(content, [network.sequence_model], raw, network.padded)


def tampered(content, change):
    """Return a model whose largest table of weights is changed by a function."""
    model = onnx.load_from_string(content)
    largest = max(model.graph.initializer, key=lambda table: np.prod(table.dims))
    values = numpy_helper.to_array(largest)
    assert values.size > 100
    largest.CopyFrom(numpy_helper.from_array(change(values), largest.name))
    return with_digest(model.SerializeToString())


def test_layout_of_states():
    slots = [StateSlot(f'gru_{layer}', 'h', units) for layer, units in enumerate((64, 32, 16))]
    assert state_layout(MULTI_GRU) == tuple(slots)
    for members in (1, 2):
        slots = [
            StateSlot(f'lstm_{layer}', tensor, members * units)
            for layer, units in enumerate((55, 27, 16))
            for tensor in 'hc'
        ]
        assert state_layout(MULTI_LSTM, members) == tuple(slots)


def test_feature_specs():
    scaling = FeatureScaling(*np.array([[1.0, 2.0], [3.0, 4.0], [-5.0, 6.0], [7.0, 8.0]]))
    specs = feature_specs(('theta', 'rho'), ('degree', '-'), scaling)
    theta = FeatureSpec('theta', 'degree', mean=1.0, scale=3.0, low=-5.0, high=7.0)
    assert list(specs) == [theta, FeatureSpec('rho', '-', mean=2.0, scale=4.0, low=6.0, high=8.0)]
    assert all(type(value) is float for value in list(vars(specs[0]).values())[2:])


@pytest.mark.parametrize('name', NAMES)
def test_the_exported_model_is_the_network(random_network, name):
    network = random_network(name)
    assert 0.0 <= check(network, network.content) <= TOLERANCE == 1e-5


def check_graph(content, *gates):
    """Assert that a graph has no loops, and no other tensors than those of the contract."""
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    operators = {node.op_type for node in model.graph.node}
    assert not operators & {'Loop', 'Scan', 'If', 'GRU', 'LSTM'}
    assert {entry.domain: entry.version for entry in model.opset_import}[''] == 17
    assert [tensor.name for tensor in model.graph.input] == ['features', 'state']
    assert [tensor.name for tensor in model.graph.output] == ['weight', 'next_state', *gates]


@pytest.mark.parametrize(
    'name, size',
    [('multi_gru', 112), ('multi_lstm', 196), ('single_gru', 93), ('single_lstm', 160)],
)
def test_the_graph_is_flat_and_has_the_spec(random_network, name, size):
    network = random_network(name)
    check_graph(network.content)
    assert network.step_model.spec == network.spec
    assert network.step_model.spec.state_size == size


@pytest.mark.parametrize('name', NAMES)
def test_changed_weights_are_noticed(random_network, name):
    network = random_network(name)
    wrong = tampered(network.content, lambda values: values + np.float32(0.001))
    message = '^the exported model differs from Keras by .* expected at most 1e-05; nothing was'
    with pytest.raises(ExportError, match=message):
        check(network, wrong)
    with pytest.raises(ModelContractError, match='trial step'):
        check(network, tampered(network.content, lambda values: np.nan * values))


FEATURES = ('theta', 'theta_velocity', *PHYSICS_FEATURES, *PRIOR_FEATURES, 'h_pc')


@pytest.fixture(scope='module')
def inputs(robot_recordings):
    """Return pours and what a network with experts, and one without, sees of them."""
    pours = robot_recordings.pours[:4]
    preprocessor = Preprocessor(FEATURES, 60.0, robot_recordings.tilt_sign).fit(pours)

    def real(array):
        """Return the values at real steps of an ndarray of shape (pours, steps, ...)."""
        return np.concatenate([row[: len(pour)] for row, pour in zip(array, pours)])

    return SimpleNamespace(
        scaling=preprocessor.scaling,
        padded=preprocessor.transform(pours),
        raw=[preprocessor.raw(pour) for pour in pours],
        real=real,
    )


@pytest.fixture(scope='module')
def ensembles(inputs):
    """Return a function that exports two networks of random weights, alone and together."""

    @cache
    def make(cell, with_experts):
        experts = None
        if with_experts:
            experts = Experts.among(FEATURES, PHYSICS_FEATURES, PRIOR_FEATURES, inputs.scaling)
        architecture = Architecture('small', cell, (5, 4), (3,), experts=experts)
        networks = random_networks(architecture, len(FEATURES), 2, seed=11, spread=0.6)
        return SimpleNamespace(
            architecture=architecture,
            networks=networks,
            alone=[export(inputs, architecture, network) for network in networks],
            together=export(inputs, architecture, *networks),
        )

    return make


def export(inputs, architecture, *networks):
    """Return the ONNX file of some networks."""
    spec = make_spec(
        features=feature_specs(FEATURES, map(feature_unit, FEATURES), inputs.scaling),
        state=state_layout(architecture, len(networks)),
        tilt_sign=-1,
        interval=INTERVAL if architecture.experts else None,
    )
    return convert(build_step_model(architecture, inputs.scaling, networks), spec)


KINDS = [(cell, with_experts) for cell in ('gru', 'lstm') for with_experts in (True, False)]


@pytest.mark.parametrize('kind', KINDS)
def test_all_three_networks_agree(ensembles, inputs, kind):
    """That which trains, that which is described and that which is stepped."""
    ensemble = ensembles(*kind)
    described, content = ensemble.networks[0], ensemble.alone[0]
    fast = build_training_model(ensemble.architecture, len(FEATURES))
    fast.set_weights(described.get_weights())
    expected = inputs.real(described.predict(inputs.padded.features, verbose=0))[:, 0]
    scale = float(np.ptp(expected))
    assert scale > 0.05
    trained = np.concatenate(predict(fast, inputs.padded))
    assert trained == pytest.approx(expected, abs=1e-5 * scale)
    responses, _ = run_features(StepModel(content), inputs.raw)
    assert inputs.real(responses) == pytest.approx(expected, abs=2e-5 * scale)
    assert check_against_keras(content, [described], inputs.raw, inputs.padded) <= TOLERANCE
    for content in (*ensemble.alone, ensemble.together):
        check_graph(content, *(['gates'] if kind[1] else []))


@pytest.mark.parametrize('kind', KINDS)
def test_an_ensemble_is_the_mean_of_its_members(ensembles, inputs, kind):
    ensemble = ensembles(*kind)
    first, second, ensembled = (
        inputs.real(run_features(StepModel(content), inputs.raw)[0])
        for content in (*ensemble.alone, ensemble.together)
    )
    assert np.abs(first - second).max() > 0.01
    assert ensembled == pytest.approx((first + second) / 2.0, abs=1e-5 * float(np.ptp(first)))
