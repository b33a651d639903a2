# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.context."""

from dataclasses import fields, FrozenInstanceError
import math

import pytest

from pour_force_estimator.context import check_context_value, CONTEXT_FIELDS, PourContext
from pour_force_estimator.errors import ContextError


def test_nothing_is_known_by_default():
    assert all(getattr(PourContext(), name) is None for name in CONTEXT_FIELDS)


def test_each_field_is_described():
    assert [field.name for field in fields(PourContext)] == [*CONTEXT_FIELDS, 'cup']
    assert all(field.description.endswith('.') for field in CONTEXT_FIELDS.values())


@pytest.mark.parametrize('name', ['', ' jug', 'jug\n', '=jug', 'j' * 101, 3])
def test_a_cup_has_a_plain_name(name):
    with pytest.raises(ContextError, match='^cup: expected the name of a cup'):
        PourContext(cup=name)


@pytest.mark.parametrize('name', CONTEXT_FIELDS)
def test_the_ends_of_a_range_are_inside(name):
    field = CONTEXT_FIELDS[name]
    assert getattr(PourContext(**{name: field.low}), name) == field.low
    assert getattr(PourContext(**{name: field.high}), name) == field.high


@pytest.mark.parametrize('name', CONTEXT_FIELDS)
@pytest.mark.parametrize(
    'make_value',
    [
        lambda field: math.nextafter(field.low, -math.inf),
        lambda field: math.nextafter(field.high, math.inf),
        lambda field: math.nan,
        lambda field: math.inf,
        lambda field: -math.inf,
    ],
    ids=['below', 'above', 'nan', 'inf', '-inf'],
)
def test_values_out_of_range_are_refused(name, make_value):
    field = CONTEXT_FIELDS[name]
    value = make_value(field)
    with pytest.raises(ContextError) as caught:
        PourContext(**{name: value})
    assert str(caught.value) == (
        f'{name}: expected {field.low:g} to {field.high:g} {field.unit}, received {value!r}'
    )


@pytest.mark.parametrize(
    'name, value',
    [
        ('cup_height', 120.0),
        ('cup_diameter', 121.0),
        ('receiver_height', 100.0),
        ('relative_density', 1000.0),
        ('initial_weight', 800.0),
    ],
)
def test_mistaken_units_are_refused(name, value):
    """mm for m, kg/m^3 for the relative density, g for N."""
    with pytest.raises(ContextError, match=f'^{name}: .*received {value}'):
        PourContext(**{name: value})


@pytest.mark.parametrize(
    'name, value, low, high',
    [
        ('initial_weight', 3.5, 0.01, 100.0),
        ('cup_height', 0.12, 0.02, 1.0),
        ('cup_diameter', 0.121, 0.01, 0.5),
        ('relative_density', 1.0, 0.3, 5.0),
    ],
)
def test_documented_ranges(name, value, low, high):
    check_context_value(name, value)
    assert (CONTEXT_FIELDS[name].low, CONTEXT_FIELDS[name].high) == (low, high)


def test_a_context_cannot_change_unchecked():
    context = PourContext(cup_height=0.1)
    with pytest.raises(FrozenInstanceError):
        context.cup_height = 100.0
