# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
From a trained Keras network to one ONNX file that the node needs nothing beside.

The network over whole pours becomes one that takes a step (`step_network.py`): raw features and
the packed state in, weight and next state out, the scaler inside. tf2onnx converts it to a flat
graph (a recurrent *layer* would become an ONNX Loop, which is slower per step). The file's
metadata is a `pour_force_estimator.model.spec.ModelSpec`.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import onnx

from pour_force_estimator.model.digest import with_digest
from pour_force_estimator.model.spec import FeatureSpec, ModelSpec, StateSlot
from pour_force_estimator.model.step_model import StepModel

from ..errors import ExportError
from ..evaluation.bulk import run_features
from ..fitting.fit import predict
from ..fitting.preprocessing import PaddedPours
from ..networks.architectures import Architecture
from ..networks.backend import keras, tf, tf2onnx
from ..networks.scaling import FeatureScaling

OPSET = 17
"""ONNX operator set; ONNX Runtime of ROS 2 Humble's time (1.12) already knows it."""

TOLERANCE = 1e-5
"""Largest difference between Keras and ONNX Runtime, relative to the weight's scale."""


def state_layout(architecture: Architecture, members: int = 1) -> tuple[StateSlot, ...]:
    """Return the layout of the packed state of some networks, a tuple of StateSlot."""
    return tuple(
        StateSlot(name, tensor, members * units)
        for name, units in zip(architecture.recurrent_layer_names(), architecture.recurrent_units)
        for tensor in architecture.states_per_layer
    )


def feature_specs(
    names: Iterable[str], units: Iterable[str], scaling: FeatureScaling
) -> tuple[FeatureSpec, ...]:
    """Return the tuple of FeatureSpec for features `names` with their `units` and `scaling`."""
    return tuple(
        FeatureSpec(name, unit, float(mean), float(scale), float(low), float(high))
        for name, unit, mean, scale, low, high in zip(
            names, units, scaling.mean, scaling.scale, scaling.low, scaling.high
        )
    )


def convert(step_model: keras.Model, spec: ModelSpec) -> bytes:
    """
    Convert a network of one step to ONNX.

    Parameters
    ----------
    step_model : keras.Model
        What `build_step_model` returned.
    spec : ModelSpec
        Metadata of the file.

    Returns
    -------
    bytes
        The content of the ONNX file.

    """
    signature = [
        tf.TensorSpec((None, len(spec.features)), tf.float32, name='features'),
        tf.TensorSpec((None, spec.state_size), tf.float32, name='state'),
    ]

    model, _ = tf2onnx.convert.from_keras(step_model, input_signature=signature, opset=OPSET)
    onnx.helper.set_model_props(model, spec.to_metadata())
    onnx.checker.check_model(model)
    return with_digest(model.SerializeToString())


def with_metadata(content: bytes, spec: ModelSpec) -> bytes:
    """Return the ONNX file `content` (bytes) with another `ModelSpec` in it."""
    model = onnx.load_from_string(content)
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, spec.to_metadata())
    return with_digest(model.SerializeToString())


def check_against_keras(
    content: bytes,
    networks: Sequence[keras.Model],
    raw_pours: Sequence[np.ndarray],
    padded: PaddedPours,
) -> float:
    """
    Run an exported model over whole pours and compare it with the trained networks.

    Parameters
    ----------
    content : bytes
        The ONNX file.
    networks : sequence of keras.Model
        The trained networks, over whole pours; the model says the mean of what they say.
    raw_pours : sequence of ndarray of shape (n_steps, n_features)
        Raw features of the pours.
    padded : PaddedPours
        The same pours, standardized.

    Returns
    -------
    float
        Largest difference, relative to the largest recorded response.

    Raises
    ------
    ExportError
        If the difference is larger than `TOLERANCE`.

    """
    stepped, _ = run_features(StepModel(content), raw_pours)
    answers = zip(*(predict(network, padded) for network in networks))
    scale = float(np.abs(padded.response).max())
    differences = [
        np.abs(np.mean(answer, axis=0) - response[: len(answer[0])]).max()
        for response, answer in zip(stepped, answers)
    ]
    worst = float(np.max(differences)) / scale  # unlike max(), keeps NaN
    if not worst <= TOLERANCE:
        raise ExportError(
            f'the exported model differs from Keras by {worst:.2e} of the largest weight '
            f'({scale:.3f} N): expected at most {TOLERANCE:.0e}; nothing was written'
        )
    return worst
