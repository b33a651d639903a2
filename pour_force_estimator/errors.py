"""
The exceptions of this package.

::

    PourForceEstimatorError
    ├── ModelError                 an exported model cannot be used
    │   ├── ModelFileError         the file is missing, truncated or no ONNX model
    │   └── ModelContractError     a tensor or a metadata key is missing or different
    ├── ContextError               what is known of a pour is missing or out of range
    │   └── MissingContextError    the model needs values that were not given
    ├── TiltError                  joints, or a URDF, that make no tilt
    ├── RecordingError             recorded pours, or what records them, are not as expected
    └── SimulationError            a cup, liquid or motion that cannot exist

Each message names the thing, what was expected and what was received.
"""


class PourForceEstimatorError(Exception):
    """Base of all errors that this package raises on purpose."""


class ModelError(PourForceEstimatorError):
    """An exported model cannot be used."""


class ModelFileError(ModelError):
    """The model file is missing, truncated or no ONNX model at all."""


class ModelContractError(ModelError):
    """The file is an ONNX model, but not one that this package can run."""


class ContextError(PourForceEstimatorError, ValueError):
    """A value of a pour's context is out of range."""


class MissingContextError(ContextError):
    """
    The model needs values of the pour's context that were not given.

    Attributes
    ----------
    missing : tuple of str
        Names of the missing fields of `PourContext`.

    """

    def __init__(self, missing):
        self.missing = tuple(missing)
        super().__init__(
            'the model needs values of the pour that are not set: ' + ', '.join(self.missing))


class TiltError(PourForceEstimatorError, ValueError):
    """Joints and coefficients, or a URDF, that make no tilt."""


class RecordingError(PourForceEstimatorError, ValueError):
    """Recorded pours, or what records them (a scale, a log), are not as expected."""


class SimulationError(PourForceEstimatorError, ValueError):
    """A cup, a liquid or a motion that cannot exist was to be simulated."""
