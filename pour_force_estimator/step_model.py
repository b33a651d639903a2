"""One step of an exported recurrent model in ONNX Runtime."""

import hashlib
import os
from pathlib import Path

import numpy as np
import onnxruntime

from .errors import ModelContractError, ModelFileError
from .model_spec import INPUT_NAMES, ModelSpec, OUTPUT_NAMES, SPREAD_OUTPUT
from .step_stream import StepStream


class StepModel:
    """
    An exported model, loaded and verified; it holds no state of a pour.

    The recurrent state goes in and comes out of each step, so that one model serves any number of
    pours at once, and none can leak into another.

    Parameters
    ----------
    content : bytes
        An ONNX file that fulfils the contract of `pour_force_estimator.model_spec`.
    source : str
        What messages call it.

    Attributes
    ----------
    spec : ModelSpec
        The model's metadata.
    digest : str
        SHA-256 of the file, hexadecimal.

    Raises
    ------
    ModelFileError
        If `content` is no ONNX model.
    ModelContractError
        If the model lacks a tensor or a metadata key, or has others than expected.

    Examples
    --------
    >>> model = StepModel.load('model.onnx')  # doctest: +SKIP
    >>> state = model.initial_state()  # doctest: +SKIP
    >>> weight, state = model.step(features, state)  # doctest: +SKIP

    """

    def __init__(self, content, source='model'):
        self.digest = hashlib.sha256(content).hexdigest()
        self._session = _create_session(content, source)
        try:
            self.spec = ModelSpec.from_metadata(
                self._session.get_modelmeta().custom_metadata_map)
            _check_tensors(self._session, self.spec)
        except ModelContractError as error:
            raise ModelContractError(f'{source}: {error}') from error
        self._output_names = self.spec.output_names

    @classmethod
    def load(cls, path):
        """
        Load and verify the model in file `path`.

        Raises
        ------
        ModelFileError, ModelContractError
            See the class.

        """
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            raise ModelFileError(
                f'{path}: cannot be read, {error.strerror or error}; expected an ONNX file that '
                'training.train wrote') from error
        return cls(content, source=str(path))

    def initial_state(self, batch_size=1):
        """Return the state that starts a pour: zeros of shape (batch_size, state_size)."""
        return np.zeros((batch_size, self.spec.state_size), np.float32)

    def stream(self):
        """Return a `StepStream` at the start of a pour, for steps of one pour at a time."""
        return StepStream(self._session, self.spec)

    def step(self, features, state):
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
        weight : ndarray of shape (batch_size, 1), float32
            The response [lbf].
        next_state : ndarray of shape (batch_size, state_size), float32
            The state for the next step.
        spread : ndarray of shape (batch_size, 1), float32
            How uncertain the network is [lbf]; only of a model with an interval.

        """
        return self._session.run(self._output_names, {'features': features, 'state': state})


def _create_session(content, source):
    options = onnxruntime.SessionOptions()
    # A step takes some ten microseconds: more threads, or threads that spin between two ticks,
    # would only take time from the rest of the robot.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    # A model may name other files to read weights from; it is given a place that holds none.
    options.add_session_config_entry(
        'session.model_external_initializers_file_folder_path', os.devnull)
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            content, options, providers=['CPUExecutionProvider'])
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        if 'external data' in reason.lower():
            raise ModelFileError(
                f'{source}: expected one file that holds all weights, received a model that '
                'reads other files, which is refused') from error
        raise ModelFileError(
            f'{source}: expected an ONNX model, received {len(content)} bytes that ONNX Runtime '
            f'cannot load ({reason})') from error


def _check_tensors(session, spec):
    """Raise `ModelContractError` unless the tensors are those that the contract demands."""
    _check_side('inputs', session.get_inputs(),
                dict(zip(INPUT_NAMES, (len(spec.features), spec.state_size))))
    widths = dict(zip(OUTPUT_NAMES, (1, spec.state_size)))
    if spec.interval is not None:
        widths[SPREAD_OUTPUT] = 1
    _check_side('outputs', session.get_outputs(), widths)


def _check_side(side, tensors, widths):
    received = {tensor.name: tensor for tensor in tensors}
    if set(received) != set(widths):
        raise ModelContractError(f'{side}: expected {sorted(widths)}, received {sorted(received)}')
    for name, width in widths.items():
        tensor = received[name]
        if tensor.type != 'tensor(float)' or tensor.shape[1:] != [width]:
            raise ModelContractError(
                f'{side}: expected {name} of shape (batch, {width}) and tensor(float), received '
                f'shape {tuple(tensor.shape)} and {tensor.type}')
