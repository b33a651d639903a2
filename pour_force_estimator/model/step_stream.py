# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The steps of one pour after the other, in memory that is bound once.

A call of ONNX Runtime with arrays checks them, wraps them and allocates its outputs each time,
which takes a quarter of a step. Here the session reads the features and the state where they are,
and writes the next state into a second buffer that changes places with the first.
"""

from typing import NamedTuple

import numpy as np
import onnxruntime

from ..errors import ModelStepError
from ..features.physics import PHYSICS_FEATURES
from ..text import one_line
from .spec import ModelSpec


class StreamOutputs(NamedTuple):
    """
    What one step of a stream returns; the next state stays in the stream.

    Attributes
    ----------
    weight : float
        The response [N].
    gates : ndarray of shape (1, K), float32
        How probable each of the K hypotheses is [-]; the same array at each step. Without
        meaning where the model has no interval.

    """

    weight: float
    gates: np.ndarray


class StepStream:
    """
    One recurrent state, and the steps that advance it; see `StepModel.stream`.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        The model; streams share it.
    spec : ModelSpec
        Its metadata.

    """

    def __init__(self, session: onnxruntime.InferenceSession, spec: ModelSpec) -> None:
        self._run = session.run_with_iobinding
        self._features = np.zeros((1, len(spec.features)), np.float32)
        self._states = [np.zeros((1, spec.state_size), np.float32) for _ in range(2)]
        weight = np.zeros((1, 1), np.float32)
        gates = np.zeros((1, len(PHYSICS_FEATURES)), np.float32)
        before, after = self._states
        self._binding, self._next_binding = (
            self._bind(session, spec, state, next_state, weight, gates)
            for state, next_state in ((before, after), (after, before))
        )
        self._weight, self._gates = weight.item, gates  # they keep the arrays alive

    @property
    def state(self) -> np.ndarray:
        """The packed state after the last step, ndarray of shape (1, state_size), float32."""
        return self._states[0]

    def reset(self) -> None:
        """Start a pour: the state becomes zeros."""
        for state in self._states:
            state.fill(0.0)

    def step(self, features: np.ndarray) -> StreamOutputs:
        """
        Advance by one step.

        Parameters
        ----------
        features : ndarray of shape (1, n_features), float32
            Raw features in the units and order of the model; they are copied.

        Returns
        -------
        StreamOutputs

        Raises
        ------
        ModelStepError
            If ONNX Runtime cannot run the step.

        """
        self._features[:] = features
        try:
            self._run(self._binding)
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise ModelStepError(f'ONNX Runtime: {one_line(error)}') from error
        self._binding, self._next_binding = self._next_binding, self._binding
        self._states.reverse()
        return StreamOutputs(self._weight(), self._gates)

    def _bind(
        self,
        session: onnxruntime.InferenceSession,
        spec: ModelSpec,
        state: np.ndarray,
        next_state: np.ndarray,
        weight: np.ndarray,
        gates: np.ndarray,
    ) -> onnxruntime.IOBinding:
        binding = session.io_binding()
        for name, array in (('features', self._features), ('state', state)):
            binding.bind_input(name, 'cpu', 0, np.float32, array.shape, array.ctypes.data)
        for name, array in zip(spec.output_names, (weight, next_state, gates)):
            binding.bind_output(name, 'cpu', 0, np.float32, array.shape, array.ctypes.data)
        return binding
