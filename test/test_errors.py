# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the two files of exceptions."""

import inspect

import pytest

from pour_force_estimator import errors
from training import errors as training_errors

EXCEPTIONS = {
    name: value
    for module in (errors, training_errors)
    for name, value in vars(module).items()
    if inspect.isclass(value) and issubclass(value, Exception)
}
KINDS = {
    errors.ModelError: 'ModelFileError ModelContractError ModelStepError',
    errors.ContextError: 'MissingContextError',
    errors.RecordingError: 'BagError',
    training_errors.TrainingError: 'DivergedError DeadNetworkError',
    ValueError: 'ContextError MissingContextError TiltError RecordingError BagError ShapeError '
    'SimulationError WeighingError MountingError PourError',
}


@pytest.mark.parametrize('kind', KINDS, ids=lambda kind: kind.__name__)
def test_errors_of_a_kind(kind):
    derived = {name for name, error in EXCEPTIONS.items() if issubclass(error, kind)}
    assert derived - {kind.__name__} == set(KINDS[kind].split())


def test_all_exceptions_are_in_one_tree_and_those_of_the_runtime_are_drawn():
    for name, error in EXCEPTIONS.items():
        assert issubclass(error, errors.PourForceEstimatorError)
        assert name in errors.__doc__ or error.__module__ == training_errors.__name__


def test_missing_context_names_the_fields():
    error = errors.MissingContextError(['cup_height', 'initial_weight'])
    assert error.missing == ('cup_height', 'initial_weight')
    expected = 'that are not set: cup_height, initial_weight; cup, a name, stands for both sizes'
    assert str(error).endswith(expected)
