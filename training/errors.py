"""The exceptions of the training side; all are `PourForceEstimatorError`."""

from pour_force_estimator.errors import PourForceEstimatorError


class TrainingError(PourForceEstimatorError):
    """A training cannot go on or gave no usable network."""


class ExportError(PourForceEstimatorError):
    """An exported model does not do what the trained network does; nothing was written."""
