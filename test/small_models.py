# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
ONNX models made by hand, whose estimates can be computed by hand.

``next_state = state + gain x (sum of the features)`` and ``weight = (sum of next_state)``: with
one feature, one state and gain 1, the weight is the sum of the feature over all steps so far. A
model with an interval believes what was known before the pour: its gates are the prior, and its
weight is the mean of the physics under them.
"""

import numpy as np
import onnx_bytes

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.features import feature_unit
from pour_force_estimator.features.physics import PHYSICS_FEATURES, PRIOR_FEATURES
from pour_force_estimator.model.interval import IntervalSpec
from pour_force_estimator.model.spec import FeatureSpec, ModelSpec, ResponseSpec, StateSlot

INTERVAL = IntervalSpec.uniform(coverage=0.9, noise=3.0, factor=2.0)
"""With a distance of 2 N, a bound that is sqrt(3^2 + (2 x 2)^2) = 5 N away."""

BELIEF = (*PHYSICS_FEATURES, *PRIOR_FEATURES)
"""Features of a model with an interval."""

CYLINDER = CupSpec.of_size(0.120, 0.121, discharge=0.42, angle_offset=0.089, delay_s=0.08)
"""The cup that a model with an interval knows."""


def make_spec(features=None, **changes):
    """
    Return a valid `ModelSpec` with `features` (names or FeatureSpec) and other values.

    Where they are left out, they are `BELIEF` of a model with an interval, and theta of others.
    """
    has_interval = changes.get('interval') is not None
    if features is None:
        features = BELIEF if has_interval else ('theta',)
    values = {
        'cups': (CYLINDER,) if has_interval else (),
        'name': 'small',
        'features': tuple(
            feature
            if isinstance(feature, FeatureSpec)
            else FeatureSpec(feature, feature_unit(feature), 0.0, 1.0, -100.0, 100.0)
            for feature in features
        ),
        'response': ResponseSpec('poured_weight', 'N', 'response'),
        'sample_rate_hz': 60.0,
        'tilt_sign': 1,
        'architecture': {'name': 'sum', 'recurrent_units': [1], 'trainable_parameters': 0},
        'state': (StateSlot('sum_0', 'h', 1),),
        'training': {'schema': 'robot_trials', 'dataset': 'none', 'seed': 0},
        'errors': {'test': {'rmse_newton': 0.25}},
        'software': {'python': '3.11'},
    }
    return ModelSpec(**{**values, **changes})


def make_model(
    spec=None,
    *,
    gain=1.0,
    metadata=None,
    inputs=('features', 'state'),
    outputs=None,
    n_features=None,
    state_size=None,
    weight_size=1,
    gates_size=None,
    dtype=np.float32,
):
    """Return an ONNX file as bytes; what is not given fulfils the contract for `spec`."""
    spec = make_spec() if spec is None else spec
    outputs = spec.output_names if outputs is None else outputs
    n_features = len(spec.features) if n_features is None else n_features
    state_size = spec.state_size if state_size is None else state_size

    def constant(name, values):
        return onnx_bytes.constant(name, np.asarray(values, dtype))

    nodes = [
        onnx_bytes.node('MatMul', [inputs[0], 'gain'], ['rise']),
        onnx_bytes.node('Add', [inputs[1], 'rise'], [outputs[1]]),
        onnx_bytes.node('MatMul', [outputs[1], 'ones'], [outputs[0]]),
    ]
    widths, more = [weight_size, state_size], []
    if len(outputs) > 2:
        n_experts = len(PHYSICS_FEATURES) if gates_size is None else gates_size
        widths.append(n_experts)
        more = [
            constant('pick_priors', _columns(spec, PRIOR_FEATURES, n_features, n_experts)),
            constant('pick_answers', _columns(spec, PHYSICS_FEATURES, n_features, n_experts)),
        ]
        nodes[-1:] = [
            onnx_bytes.node('MatMul', [inputs[0], 'pick_priors'], ['priors']),
            onnx_bytes.node('Softmax', ['priors'], [outputs[2]], axis=-1),
            onnx_bytes.node('MatMul', [inputs[0], 'pick_answers'], ['answers']),
            onnx_bytes.node('Mul', [outputs[2], 'answers'], ['shares']),
            onnx_bytes.node('ReduceSum', ['shares', 'last'], [outputs[0]], keepdims=1),
        ]
        more.append(onnx_bytes.constant('last', np.array([-1])))
    return onnx_bytes.model(
        nodes,
        {inputs[0]: n_features, inputs[1]: state_size},
        dict(zip(outputs, widths)),
        [
            constant('gain', np.full((n_features, state_size), gain)),
            constant('ones', np.ones((state_size, weight_size))),
            *more,
        ],
        spec.to_metadata() if metadata is None else metadata,
        dtype,
    )


def _columns(spec, names, n_features, n_experts):
    """Return what picks features `names` from a row, ndarray of shape (n_features, n_experts)."""
    matrix = np.zeros((n_features, n_experts))
    for row, feature in enumerate(spec.features[:n_features]):
        if feature.name in names:
            matrix[row, list(names).index(feature.name) % n_experts] = 1.0
    return matrix


def random_networks(architecture, n_features, members, *, seed, spread):
    """Return so many networks of Keras with normal weights, of which none is 0."""
    from training.networks.architectures import build_sequence_model

    rng = np.random.default_rng(seed)
    networks = [build_sequence_model(architecture, n_features) for _ in range(members)]
    for network in networks:
        shapes = [weights.shape for weights in network.get_weights()]
        network.set_weights([rng.normal(0.0, spread, shape) for shape in shapes])
    return networks
