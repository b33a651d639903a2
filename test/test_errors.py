# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the two files of exceptions."""

import inspect

import pytest

from pour_force_estimator import errors
from training import errors as training_errors

TREE = {
    errors.ModelError: errors.PourForceEstimatorError,
    errors.ModelFileError: errors.ModelError,
    errors.ModelContractError: errors.ModelError,
    errors.ModelStepError: errors.ModelError,
    errors.ContextError: errors.PourForceEstimatorError,
    errors.MissingContextError: errors.ContextError,
    errors.TiltError: errors.PourForceEstimatorError,
    errors.RecordingError: errors.PourForceEstimatorError,
    errors.SimulationError: errors.PourForceEstimatorError,
    errors.WeighingError: errors.PourForceEstimatorError,
    errors.MountingError: errors.PourForceEstimatorError,
    errors.PourError: errors.PourForceEstimatorError,
    training_errors.TrainingError: errors.PourForceEstimatorError,
    training_errors.DivergedError: training_errors.TrainingError,
    training_errors.DeadNetworkError: training_errors.TrainingError,
    training_errors.ExportError: errors.PourForceEstimatorError,
    training_errors.ShapeError: errors.PourForceEstimatorError,
    training_errors.StudyError: errors.PourForceEstimatorError,
    training_errors.BagError: errors.RecordingError,
}


@pytest.mark.parametrize('error, base', TREE.items(), ids=lambda error: error.__name__)
def test_tree(error, base):
    assert error.__bases__[0] is base


def test_all_exceptions_are_in_the_tree():
    defined = {
        value
        for module in (errors, training_errors)
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    assert defined == {errors.PourForceEstimatorError, *TREE}


@pytest.mark.parametrize(
    'error', [errors.ContextError, errors.TiltError, errors.RecordingError, errors.SimulationError]
)
def test_errors_of_values_are_value_errors(error):
    assert issubclass(error, ValueError)


def test_model_errors_are_no_value_errors():
    assert not issubclass(errors.ModelError, ValueError)


def test_missing_context_names_the_fields():
    error = errors.MissingContextError(['cup_height', 'initial_weight'])
    assert error.missing == ('cup_height', 'initial_weight')
    assert str(error) == (
        'the model needs values of the pour that are not set: cup_height, initial_weight'
    )


def test_the_drawing_shows_each_exception_of_its_file():
    for name, value in vars(errors).items():
        if inspect.isclass(value) and value.__module__ == errors.__name__:
            assert name in errors.__doc__
