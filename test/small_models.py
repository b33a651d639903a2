"""
ONNX models made by hand, whose estimates can be computed by hand.

``next_state = state + gain x (sum of the features)`` and ``weight = (sum of next_state)``: with
one feature, one state and gain 1, the weight is the sum of the feature over all steps so far. A
model with an interval has the spread ``|what the step has added to the weight|``.
"""

import numpy as np
from onnx import checker, helper, numpy_helper, TensorProto

from pour_force_estimator.features import feature_unit
from pour_force_estimator.model_spec import (
    FeatureSpec, IntervalSpec, ModelSpec, ResponseSpec, StateSlot)

INTERVAL = IntervalSpec(coverage=0.9, noise=3.0, factor=2.0)
"""With a spread of 2 lbf, a half-width of sqrt(3^2 + (2 x 2)^2) = 5 lbf."""


def make_spec(features=('theta',), **changes):
    """Return a valid `ModelSpec` with `features` (names or FeatureSpec) and other values."""
    values = {
        'name': 'small',
        'features': tuple(
            feature if isinstance(feature, FeatureSpec)
            else FeatureSpec(feature, feature_unit(feature), 0.0, 1.0, -100.0, 100.0)
            for feature in features),
        'response': ResponseSpec('poured_weight', 'lbf', 'response'),
        'sample_rate_hz': 60.0,
        'tilt_sign': 1,
        'architecture': {'name': 'sum', 'recurrent_units': [1], 'trainable_parameters': 0},
        'state': (StateSlot('sum_0', 'h', 1),),
        'training': {'schema': 'robot_trials', 'dataset': 'none', 'seed': 0},
        'errors': {'test': {'rmse_lbf': 0.25}},
        'software': {'python': '3.11'},
    }
    return ModelSpec(**{**values, **changes})


def make_model(spec=None, *, gain=1.0, metadata=None, inputs=('features', 'state'),
               outputs=None, n_features=None, state_size=None, weight_size=1,
               element=TensorProto.FLOAT):
    """Return an ONNX file as bytes; what is not given fulfils the contract for `spec`."""
    spec = make_spec() if spec is None else spec
    outputs = spec.output_names if outputs is None else outputs
    n_features = len(spec.features) if n_features is None else n_features
    state_size = spec.state_size if state_size is None else state_size
    dtype = helper.tensor_dtype_to_np_dtype(element)

    def tensor(name, width):
        return helper.make_tensor_value_info(name, element, ['batch', width])

    def constant(name, values):
        return numpy_helper.from_array(np.asarray(values, dtype), name)

    nodes = [
        helper.make_node('MatMul', [inputs[0], 'gain'], ['rise']),
        helper.make_node('Add', [inputs[1], 'rise'], [outputs[1]]),
        helper.make_node('MatMul', [outputs[1], 'ones'], [outputs[0]]),
    ]
    if len(outputs) > 2:
        nodes += [
            helper.make_node('MatMul', ['rise', 'ones'], ['added']),
            helper.make_node('Abs', ['added'], [outputs[2]]),
        ]
    graph = helper.make_graph(
        nodes,
        'small',
        [tensor(inputs[0], n_features), tensor(inputs[1], state_size)],
        [tensor(name, width)
         for name, width in zip(outputs, (weight_size, state_size, weight_size))],
        [constant('gain', np.full((n_features, state_size), gain)),
         constant('ones', np.ones((state_size, weight_size)))])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    helper.set_model_props(model, spec.to_metadata() if metadata is None else metadata)
    checker.check_model(model)
    return model.SerializeToString()
