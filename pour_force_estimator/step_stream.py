"""
The steps of one pour after the other, in memory that is bound once.

A call of ONNX Runtime with arrays checks them, wraps them and allocates its outputs each time,
which takes a quarter of a step. Here the session reads the features and the state where they are,
and writes the next state into a second buffer that changes places with the first.
"""

import numpy as np


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

    def __init__(self, session, spec):
        self._run = session.run_with_iobinding
        self._features = np.zeros((1, len(spec.features)), np.float32)
        self._states = [np.zeros((1, spec.state_size), np.float32) for _ in range(2)]
        weight, spread = (np.zeros((1, 1), np.float32) for _ in range(2))
        before, after = self._states
        self._binding, self._next_binding = (
            self._bind(session, spec, state, next_state, weight, spread)
            for state, next_state in ((before, after), (after, before)))
        self._weight, self._spread = weight.item, spread.item  # they keep the arrays alive

    def reset(self):
        """Start a pour: the state becomes zeros."""
        for state in self._states:
            state.fill(0.0)

    def step(self, features):
        """
        Advance by one step.

        Parameters
        ----------
        features : ndarray of shape (1, n_features), float32
            Raw features in the units and order of the model; they are copied.

        Returns
        -------
        weight : float
            The response [lbf].
        spread : float
            How uncertain the network is [lbf]; 0 of a model without an interval.

        """
        self._features[:] = features
        self._run(self._binding)
        self._binding, self._next_binding = self._next_binding, self._binding
        return self._weight(), self._spread()

    def _bind(self, session, spec, state, next_state, weight, spread):
        binding = session.io_binding()
        for name, array in (('features', self._features), ('state', state)):
            binding.bind_input(name, 'cpu', 0, np.float32, array.shape, array.ctypes.data)
        for name, array in zip(spec.output_names, (weight, next_state, spread)):
            binding.bind_output(name, 'cpu', 0, np.float32, array.shape, array.ctypes.data)
        return binding
