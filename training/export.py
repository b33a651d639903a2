"""
From a trained Keras network to one ONNX file that the node needs nothing beside.

The network over whole pours becomes a network of cells that takes one step: raw features and the
packed state in, weight and next state out, the scaler inside. tf2onnx converts it to a flat graph
(a recurrent *layer* would become an ONNX Loop, which is slower per step). The file's metadata is a
`pour_force_estimator.model_spec.ModelSpec`.
"""

from functools import partial

import numpy as np
import onnx

from pour_force_estimator.model_spec import FeatureSpec, StateSlot
from pour_force_estimator.step_model import StepModel

from .architectures import build_cell, dense_layers, layer_names
from .backend import keras, tf, tf2onnx
from .errors import ExportError
from .experts import ExpertMixture

OPSET = 17
"""ONNX operator set; ONNX Runtime of ROS 2 Humble's time (1.12) already knows it."""

TOLERANCE = 1e-5
"""Largest difference between Keras and ONNX Runtime, relative to the weight's scale."""


def state_layout(architecture, members=1):
    """Return the layout of the packed state of some networks, a tuple of StateSlot."""
    return tuple(
        StateSlot(_member_name(name, member, members), tensor, units)
        for member in range(members)
        for name, units in zip(architecture.recurrent_layer_names(), architecture.recurrent_units)
        for tensor in architecture.states_per_layer)


def feature_specs(names, units, scaling):
    """Return the tuple of FeatureSpec for features `names` with their `units` and `scaling`."""
    return tuple(
        FeatureSpec(name, unit, float(mean), float(scale), float(low), float(high))
        for name, unit, mean, scale, low, high in zip(
            names, units, scaling.mean, scaling.scale, scaling.low, scaling.high))


def build_step_model(architecture, scaling, *networks):
    """
    Build the network that takes one step.

    Parameters
    ----------
    architecture : Architecture
        Layers of the trained networks.
    scaling : FeatureScaling
        The scaler to put inside.
    *networks : keras.Model
        A trained network whose weights are copied; or several, whose last layers are averaged:
        their weights, or, of networks that mix experts, their gates.

    Returns
    -------
    keras.Model
        From raw features (batch, n_features) and state (batch, state_size) to weight (batch, 1)
        and next state (batch, state_size); and to spread (batch, 1) where experts are mixed.

    """
    slots = state_layout(architecture, len(networks))
    features = keras.Input((len(scaling.mean),), name='features')
    state = keras.Input((sum(slot.size for slot in slots),), name='state')
    parts = _split(state, [slot.size for slot in slots])
    standardized = (
        features - scaling.mean.astype(np.float32)) / scaling.scale.astype(np.float32)
    answers, next_parts = [], []
    for member, network in enumerate(networks):
        answer, own_parts = _one_step(
            architecture, network, standardized, parts,
            partial(_member_name, member=member, members=len(networks)))
        answers.append(answer)
        next_parts += own_parts
    # tf2onnx names the outputs of the graph after these layers.
    next_state = keras.layers.Concatenate(name='next_state')(next_parts)
    answer = answers[0]
    if len(answers) > 1:
        answer = keras.layers.Average(name='mean' if architecture.experts else 'weight')(answers)
    if not architecture.experts:
        return keras.Model([features, state], [answer, next_state])
    weight, spread = ExpertMixture(architecture.experts, with_spread=True, name='mixture')(
        answer, standardized)
    return keras.Model([features, state], [
        keras.layers.Identity(name='weight')(weight), next_state,
        keras.layers.Identity(name='spread')(spread)])


def _one_step(architecture, network, standardized, parts, name_of):
    """
    Add one step of a trained network.

    Parameters
    ----------
    architecture : Architecture
        Its layers.
    network : keras.Model
        Its weights.
    standardized : KerasTensor of shape (batch, n_features)
        Standardized features.
    parts : iterator of KerasTensor
        The state, of which as many parts are taken as the network has.
    name_of : callable
        From the name of a layer of `network` to that of the layer to add.

    Returns
    -------
    answer : KerasTensor of shape (batch, n_outputs)
        Output of the last layer.
    next_parts : list of KerasTensor
        The parts of the next state.

    """
    hidden, next_parts, added = standardized, [], []
    for name, units in zip(architecture.recurrent_layer_names(), architecture.recurrent_units):
        cell = build_cell(architecture, units, name_of(name))
        own = [next(parts) for _ in architecture.states_per_layer]
        hidden, own = cell(hidden, own)
        next_parts += own
        added.append(cell)
    for layer in dense_layers(architecture, name_of):
        hidden = layer(hidden)
        added.append(layer)
    for layer, name in zip(added, layer_names(architecture)):
        layer.set_weights(network.get_layer(name).get_weights())
    return hidden, next_parts


def _member_name(name, member, members):
    """Return what a layer of one of several networks is called."""
    return name if members == 1 else f'member_{member}_{name}'


def convert(step_model, spec):
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
        tf.TensorSpec((None, spec.state_size), tf.float32, name='state')]

    model, _ = tf2onnx.convert.from_keras(step_model, input_signature=signature, opset=OPSET)
    onnx.helper.set_model_props(model, spec.to_metadata())
    onnx.checker.check_model(model)
    return model.SerializeToString()


def check_against_keras(content, sequence_model, raw_pours, padded):
    """
    Run an exported model over whole pours and compare it with the trained network.

    Parameters
    ----------
    content : bytes
        The ONNX file.
    sequence_model : keras.Model
        The trained network.
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
    model = StepModel(content)
    expected = sequence_model.predict(padded.features, verbose=0)
    scale = float(np.abs(padded.response).max())
    worst = 0.0
    for raw, weights in zip(raw_pours, expected):
        state = model.initial_state()
        stepped = np.empty(len(raw))
        for step, row in enumerate(raw):
            weight, state, *_ = model.step(row[np.newaxis], state)
            stepped[step] = weight[0, 0]
        difference = np.abs(stepped - weights[:len(raw), 0]).max() / scale
        worst = float(np.maximum(worst, difference))  # unlike max(), keeps NaN
    if not worst <= TOLERANCE:
        raise ExportError(
            f'the exported model differs from Keras by {worst:.2e} of the largest weight '
            f'({scale:.3f} lbf): expected at most {TOLERANCE:.0e}; nothing was written')
    return worst


def _split(state, sizes):
    start = 0
    for size in sizes:
        yield state[:, start:start + size]
        start += size
