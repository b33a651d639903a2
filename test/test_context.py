# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.context."""

from dataclasses import fields, FrozenInstanceError
import math

import pytest

from pour_force_estimator.context import CONTEXT_FIELDS, PourContext
from pour_force_estimator.errors import ContextError

MISTAKEN = {'cup_height': 120.0, 'cup_diameter': 121.0, 'receiver_height': 100.0}
MISTAKEN |= {'relative_density': 1000.0, 'initial_weight': 800.0}
"""Values in mm for m, in kg/m^3 for the relative density, in g for N."""


def test_each_field_is_described_and_not_known_by_default():
    assert all(getattr(PourContext(), name) is None for name in CONTEXT_FIELDS)
    assert [field.name for field in fields(PourContext)] == [*CONTEXT_FIELDS, 'cup']
    assert all(field.description.endswith('.') for field in CONTEXT_FIELDS.values())


@pytest.mark.parametrize('name', ['', ' jug', 'jug\n', '=jug', 'j' * 101, 3])
def test_a_cup_has_a_plain_name(name):
    with pytest.raises(ContextError, match='^cup: expected the name of a cup'):
        PourContext(cup=name)


@pytest.mark.parametrize('name', CONTEXT_FIELDS)
@pytest.mark.parametrize('end', ['low', 'high'])
def test_the_ends_of_a_range_are_inside_and_all_beyond_is_refused(name, end):
    field, infinite = CONTEXT_FIELDS[name], {'low': -math.inf, 'high': math.inf}[end]
    inside = getattr(field, end)
    assert getattr(PourContext(**{name: inside}), name) == inside
    for value in (math.nextafter(inside, infinite), infinite, math.nan):
        with pytest.raises(ContextError) as caught:
            PourContext(**{name: value})
        assert str(caught.value) == (
            f'{name}: expected {field.low:g} to {field.high:g} {field.unit}, received {value!r}'
        )


@pytest.mark.parametrize('name, value', MISTAKEN.items())
def test_mistaken_units_are_refused(name, value):
    with pytest.raises(ContextError, match=f'^{name}: .*received {value}'):
        PourContext(**{name: value})


def test_a_context_cannot_change_unchecked():
    context = PourContext(cup_height=0.1)
    with pytest.raises(FrozenInstanceError):
        context.cup_height = 100.0
