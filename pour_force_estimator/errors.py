# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The exceptions of this package.

::

    PourForceEstimatorError
    ├── ModelError                 an exported model cannot be used
    │   ├── ModelFileError         the file is missing, truncated or no ONNX model
    │   ├── ModelContractError     a tensor or a metadata key is missing or different
    │   └── ModelStepError         a step gave no number
    ├── ContextError               what is known of a pour is missing or out of range
    │   └── MissingContextError    the model needs values that were not given
    ├── TiltError                  joints, or a URDF, that make no tilt
    ├── RecordingError             recorded pours, or what records them, are not as expected
    ├── SimulationError            a cup, liquid or motion that cannot exist
    ├── ShapeError                 a cup's shape, or its file, is broken or of no cup
    ├── WeighingError              a pour cannot have been weighed so
    ├── MountingError              what was learned of a mounting cannot be taken over
    └── PourError                  a pour to a target that cannot be

Each message names the thing, what was expected and what was received.
"""

from collections.abc import Iterable


class PourForceEstimatorError(Exception):
    """Base of all errors that this package raises on purpose."""


class ModelError(PourForceEstimatorError):
    """An exported model cannot be used."""


class ModelFileError(ModelError):
    """The model file is missing, truncated or no ONNX model at all."""


class ModelContractError(ModelError):
    """The file is an ONNX model, but not one that this package can run."""


class ModelStepError(ModelError):
    """A step of the model cannot be run, or gives NaN or infinity."""


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

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        needs = 'the model needs values of the pour that are not set: ' + ', '.join(self.missing)
        is_of_cup = {'cup_height', 'cup_diameter'} & set(self.missing)
        super().__init__(needs + ('; cup, a name, stands for both sizes' if is_of_cup else ''))


class TiltError(PourForceEstimatorError, ValueError):
    """Joints and coefficients, or a URDF, that make no tilt."""


class RecordingError(PourForceEstimatorError, ValueError):
    """Recorded pours, or what records them (a scale, a log), are not as expected."""


class SimulationError(PourForceEstimatorError, ValueError):
    """A cup, a liquid or a motion that cannot exist was to be simulated."""


class ShapeError(PourForceEstimatorError, ValueError):
    """The shape of a cup, or its file, is broken or of no cup."""


class WeighingError(PourForceEstimatorError, ValueError):
    """A weighing that cannot be: of no pour, or of a weight that cannot have left the cup."""


class MountingError(PourForceEstimatorError, ValueError):
    """What was learned of a mounting is broken, or of another cup."""


class PourError(PourForceEstimatorError, ValueError):
    """A pour to a target that cannot be: not so, not now, or not with what answers."""
