# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""One step of an exported recurrent model in ONNX Runtime."""

from collections.abc import Mapping, Sequence
import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime

from ..bounded_file import read_bounded
from ..errors import ModelContractError, ModelError, ModelFileError
from ..features.physics import PHYSICS_FEATURES
from ..text import one_line
from .digest import check_digest
from .graph import MAX_FILE_BYTES, read_graph
from .graph_shapes import check_shapes
from .shipped import DEFAULT_MODEL, find_model
from .spec import GATES_OUTPUT, INPUT_NAMES, ModelSpec, OUTPUT_NAMES
from .step_stream import StepStream
from .trial_run import try_steps


class StepOutputs(NamedTuple):
    """
    What one step of a model returns, named as the tensors of the contract.

    Attributes
    ----------
    weight : ndarray of shape (batch_size, 1), float32
        The response [N].
    next_state : ndarray of shape (batch_size, state_size), float32
        The state for the next step.
    gates : ndarray of shape (batch_size, K), float32, or None
        How probable each of the K hypotheses is [-]; None of a model without an interval.

    """

    weight: np.ndarray
    next_state: np.ndarray
    gates: np.ndarray | None = None


class StepModel:
    """
    An exported model, loaded and verified; it holds no state of a pour.

    The recurrent state goes in and comes out of each step, so that one model serves any number of
    pours at once, and none can leak into another.

    Parameters
    ----------
    content : bytes
        An ONNX file that fulfils the contract of `pour_force_estimator.model.spec`.
    source : str
        What messages call it.

    Attributes
    ----------
    spec : ModelSpec
        The model's metadata.
    digest : str
        SHA-256 of the file, hexadecimal.
    has_digest : bool
        Whether the file carries a digest of itself, which was checked; see `model.digest`.

    Raises
    ------
    ModelFileError
        If `content` is no ONNX model, is damaged, or holds what is refused unseen; see
        `model.graph`.
    ModelContractError
        If the model lacks a tensor or a metadata key, has others than expected, or does not run:
        a few steps are tried, see `model.trial_run`.

    Examples
    --------
    >>> model = StepModel.load('robot_trials')
    >>> features = np.zeros((1, len(model.spec.features)), np.float32)
    >>> outputs = model.step(features, model.initial_state())
    >>> outputs.weight.shape, outputs.gates.shape
    ((1, 1), (1, 15))
    >>> outputs = model.step(features, outputs.next_state)

    """

    def __init__(self, content: bytes, source: str = 'model') -> None:
        self.digest = hashlib.sha256(content).hexdigest()
        try:
            graph = read_graph(content)
            self.has_digest = check_digest(content, graph.metadata)
            self.spec = ModelSpec.from_metadata(graph.metadata)
            check_shapes(graph)
            self._session = _create_session(content)
            _check_tensors(self._session, self.spec)
            try_steps(self._session, self.spec)
        except ModelError as error:
            raise type(error)(f'{source}: {one_line(error)}') from error
        self._output_names = self.spec.output_names

    @classmethod
    def load(cls, name_or_path: str | Path = DEFAULT_MODEL) -> 'StepModel':
        """
        Load and verify a model that ships, by its name, or the one in a file.

        Parameters
        ----------
        name_or_path : str or path-like
            See `model.shipped.find_model`.

        Raises
        ------
        ModelFileError, ModelContractError
            If there is no such model, or it cannot be used; see the class.

        """
        path = find_model(name_or_path)
        try:
            content = read_bounded(path, MAX_FILE_BYTES)
        except (OSError, ValueError) as error:  # a ValueError is about the path
            reason = getattr(error, 'strerror', None) or error
            raise ModelFileError(
                f'{path}: cannot be read, {reason}; expected an '
                'ONNX file that training.train wrote'
            ) from error
        return cls(content, source=str(path))

    def initial_state(self, batch_size: int = 1) -> np.ndarray:
        """Return the state that starts a pour: zeros of shape (batch_size, state_size)."""
        return np.zeros((batch_size, self.spec.state_size), np.float32)

    def stream(self) -> StepStream:
        """Return a `StepStream` at the start of a pour, for steps of one pour at a time."""
        return StepStream(self._session, self.spec)

    def step(self, features: np.ndarray, state: np.ndarray) -> StepOutputs:
        """
        Advance by one step of 1/`spec.sample_rate_hz`.

        Parameters
        ----------
        features : ndarray of shape (batch_size, n_features), float32
            Raw features in the units and order of `spec.features`.
        state : ndarray of shape (batch_size, state_size), float32
            `initial_state()` at first, then what the last step returned.

        Returns
        -------
        StepOutputs

        """
        return StepOutputs(
            *self._session.run(self._output_names, {'features': features, 'state': state})
        )


def _create_session(content: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # A step takes some ten microseconds: more threads, or threads that spin between two ticks,
    # would only take time from the rest of the robot.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    # A model may name other files to read weights from; it is given a place that holds none.
    options.add_session_config_entry(
        'session.model_external_initializers_file_folder_path', os.devnull
    )
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=['CPUExecutionProvider'])
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise ModelFileError(
            f'expected an ONNX model, received {len(content)} bytes that ONNX Runtime cannot load '
            f'({one_line(error, 200)})'
        ) from error


def _check_tensors(session: onnxruntime.InferenceSession, spec: ModelSpec) -> None:
    """Raise `ModelContractError` unless the tensors are those that the contract demands."""
    _check_side(
        'inputs',
        session.get_inputs(),
        dict(zip(INPUT_NAMES, (len(spec.features), spec.state_size))),
    )
    widths = dict(zip(OUTPUT_NAMES, (1, spec.state_size)))
    if spec.interval is not None:
        widths[GATES_OUTPUT] = len(PHYSICS_FEATURES)
    _check_side('outputs', session.get_outputs(), widths)


def _check_side(
    side: str, tensors: Sequence[onnxruntime.NodeArg], widths: Mapping[str, int]
) -> None:
    received = {tensor.name: tensor for tensor in tensors}
    if set(received) != set(widths):
        raise ModelContractError(f'{side}: expected {sorted(widths)}, received {sorted(received)}')
    for name, width in widths.items():
        tensor = received[name]
        if tensor.type != 'tensor(float)' or tensor.shape[1:] != [width]:
            raise ModelContractError(
                f'{side}: expected {name} of shape (batch, {width}) and tensor(float), received '
                f'shape {tuple(tensor.shape)} and {tensor.type}'
            )
