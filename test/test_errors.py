# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the two files of exceptions."""

import inspect

import pytest

from pour_force_estimator import errors
from training import errors as training_errors

BASES = {
    errors.PourForceEstimatorError: (
        errors.ModelError,
        errors.ContextError,
        errors.TiltError,
        errors.RecordingError,
        errors.SimulationError,
        errors.WeighingError,
        errors.MountingError,
        errors.PourError,
        training_errors.TrainingError,
        training_errors.ExportError,
        training_errors.ShapeError,
        training_errors.StudyError,
    ),
    errors.ModelError: (errors.ModelFileError, errors.ModelContractError, errors.ModelStepError),
    errors.ContextError: (errors.MissingContextError,),
    errors.RecordingError: (training_errors.BagError,),
    training_errors.TrainingError: (
        training_errors.DivergedError,
        training_errors.DeadNetworkError,
    ),
}
TREE = {error: base for base, derived in BASES.items() for error in derived}


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
def test_errors_of_values_are_value_errors_and_those_of_models_are_not(error):
    assert issubclass(error, ValueError)
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
