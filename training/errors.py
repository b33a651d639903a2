# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The exceptions of the training side; all are `PourForceEstimatorError`."""

from pour_force_estimator.errors import PourForceEstimatorError, RecordingError, ShapeError

__all__ = [
    'BagError',
    'DeadNetworkError',
    'DivergedError',
    'ExportError',
    'OutputError',
    'ShapeError',
    'StudyError',
    'TrainingError',
]


class TrainingError(PourForceEstimatorError):
    """A training run cannot go on or gave no usable network."""


class DivergedError(TrainingError):
    """A training run diverged: its loss is NaN."""


class DeadNetworkError(TrainingError):
    """A network predicts the same at every step: its last relu is off for good."""


class ExportError(PourForceEstimatorError):
    """An exported model does not do what the trained network does; nothing was written."""


class OutputError(PourForceEstimatorError):
    """A file that is to be written would take the place of another one."""


class StudyError(PourForceEstimatorError):
    """A study cannot begin or go on as it was asked to."""


class BagError(RecordingError):
    """A bag, or what is said of its pours, cannot be imported."""
