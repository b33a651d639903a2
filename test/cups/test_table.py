# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.cups.table."""

from dataclasses import replace
import math

from cup_values import values_of
import pytest

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.shape import cup_of_profile
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable, TYPICAL_BOTTLE, TYPICAL_CYLINDER
from pour_force_estimator.errors import ContextError, SimulationError

CYLINDER = CupSpec.of_size(0.120, 0.121, discharge=0.4, angle_offset=0.09, delay_s=0.08)
BOTTLES = (
    CupSpec.of_size(0.225, 0.067, 0.41, 0.2, 0.8, 0.01, 0.10),
    CupSpec.of_size(0.285, 0.089, 0.60, 0.8, None, -0.03, 0.12),
    CupSpec.of_size(0.292, 0.075, 0.30, 0.4, 0.2, 0.02, 0.05),
)
TABLE = CupTable((CYLINDER, *BOTTLES))
TYPICAL = CupSpec.of_size(0.2, 0.2, 0.5, 0.3, 0.7, 0.05, 0.07)
SHAPE = cup_of_profile('jug', [0.0, 0.12], [0.0605, 0.0605])


@pytest.mark.parametrize('name, value', [('height', 12.0), ('delay_s', -0.1), ('delay_s', '0.1s')])
def test_values_out_of_range_are_named(name, value):
    with pytest.raises(SimulationError, match=f'^{name}: expected '):
        CupSpec.of_size(**{**values_of(CYLINDER), name: value})


@pytest.mark.parametrize(
    'context, volume',
    [
        (PourContext(cup_height=0.285, cup_diameter=0.089), BOTTLES[1].volume),
        (PourContext(cup_height=0.1, cup_diameter=0.08, relative_density=0.8), 0.8 * 502.65e-6),
        (PourContext(cup=BOTTLES[0].name, cup_height=0.1, cup_diameter=0.08), BOTTLES[0].volume),
        (PourContext(cup_height=0.1), None),
    ],
)
def test_a_full_cup_weighs_what_its_shape_holds(context, volume):
    full = TABLE.full_weight(context)
    assert full == (None if volume is None else pytest.approx(9806.65 * volume, rel=1e-4))


@pytest.mark.parametrize(
    'size, values',
    [((0.25, 0.08), (0.41, 0.4, 0.8, 0.01, 0.1)), ((0.08, 0.09), (1.0, 0.4, None, 0.09, 0.08))],
)
def test_typical_cup_is_the_median_of_its_kind(size, values):
    """Between 0.8 and never choked there is 0.8, and the cylinder takes no part."""
    typical = TABLE.find(*size)
    assert (typical.height, typical.diameter) == size
    assert values_of(typical) == pytest.approx(values_of(CupSpec.of_size(*size, *values)))


def test_median_of_two_ratios_is_their_geometric_mean():
    typical = CupTable(BOTTLES[::2]).find(0.250, 0.080)
    assert typical.discharge == pytest.approx(math.sqrt(0.2 * 0.4))
    assert typical.choke == pytest.approx(math.sqrt(0.8 * 0.2))
    assert typical.lip_ratio == pytest.approx(0.355, rel=1e-5)
    assert CupTable(BOTTLES[:2]).find(0.250, 0.080).choke is None  # as half of them


@pytest.mark.parametrize('height, typical', [(0.160, TYPICAL_CYLINDER), (0.161, TYPICAL_BOTTLE)])
def test_a_cup_of_no_known_kind_has_the_defaults(height, typical):
    expected = {**values_of(typical), 'height': height, 'diameter': 0.080}
    assert values_of(CupTable().find(height, 0.080)) == pytest.approx(expected)


@pytest.mark.parametrize('size', [(0.080, 0.090), (0.250, 0.080), (0.2, 0.2)])
def test_typical_cup_that_is_given_stands_for_all_others(size):
    """Whatever their kind, with the size that is asked for; cups that are known stay theirs."""
    table = CupTable(TABLE, TYPICAL)
    assert table.find(*size) == CupSpec.of_size(*size, 0.5, 0.3, 0.7, 0.05, 0.07)
    assert table.knows(0.1204, 0.121) and not table.knows(*size)
    assert table.find(0.1204, 0.121) is CYLINDER
    assert len(CupTable(typical=TYPICAL)) == 0
    with pytest.raises(SimulationError, match='^diameter: expected '):
        table.find(size[0], 200.0)


def test_a_table_of_cups_or_of_a_table():
    assert CupTable.of(TABLE) is TABLE
    assert CupTable.of([CYLINDER, *BOTTLES]) == CupTable.of(iter(TABLE)) == TABLE
    assert CupTable.of(()) == CupTable()


def test_with_cup_adds_or_replaces_and_keeps_what_is_typical():
    refitted = CupSpec.of_size(0.1201, 0.1209, discharge=0.9)
    replaced = TABLE.with_cup(refitted)
    assert len(replaced) == len(TABLE) == 4
    assert replaced.find(0.120, 0.121) == replace(refitted, name=CYLINDER.name)
    assert TABLE.find(0.120, 0.121) is CYLINDER and replaced.typical is None
    assert list(TABLE.with_cup(CupSpec.of_size(0.1, 0.1))) == [*TABLE, CupSpec.of_size(0.1, 0.1)]
    for cup in (CYLINDER, CupSpec.of_size(0.2251, 0.0671)):
        assert CupTable(BOTTLES, TYPICAL).with_cup(cup).typical is TYPICAL


def test_two_cups_of_one_name_are_refused():
    with pytest.raises(SimulationError, match='no two of one name, received two of cup_120x121'):
        CupTable([CYLINDER, CupSpec.of_size(0.1200, 0.121)])


def test_two_cups_of_one_size_are_told_apart_by_their_names():
    wide = CupSpec.of_size(0.120, 0.121, discharge=0.9, name='wide')
    table = CupTable([SHAPE, CYLINDER, wide])
    assert table.find(0.120, 0.121) is CYLINDER
    assert table.find(0.120, 0.121, 'wide') is wide
    assert table.find(0.3, 0.3, 'jug') is SHAPE
    assert table.knows(0.120, 0.121, 'wide') and not table.knows(0.120, 0.121, 'jug')


def test_a_size_does_not_tell_a_shape():
    table = CupTable([SHAPE])
    assert table.of_size(SHAPE.height, SHAPE.diameter) is None
    assert table.find(0.12, 0.121) == CupTable().find(0.12, 0.121)
    assert CupTable([*TABLE, SHAPE]).find(0.08, 0.09) == TABLE.find(0.08, 0.09)  # as typical


@pytest.mark.parametrize('table', [CupTable(), TABLE])
def test_an_unknown_name_is_refused_with_those_that_are_known(table):
    with pytest.raises(ContextError, match="received 'my_jug'") as caught:
        table.find(0.12, 0.121, 'my_jug')
    assert all(name in str(caught.value) for name in table.names)


def test_many_names_are_not_all_told():
    names = [f'{index}' * 90 for index in range(1, 10)] + [f'cup {index}' for index in range(60)]
    with pytest.raises(ContextError) as caught:
        CupTable([CupSpec.of_size(0.1, 0.1, name=name) for name in names]).named('my_jug')
    assert len(str(caught.value)) < 800 and '...' in str(caught.value)


def test_a_context_that_names_a_cup_has_its_size():
    named = {'cup': 'cup_120x121', 'initial_weight': 2.0}
    resolved = TABLE.resolved(PourContext(**named, cup_height=0.2))
    assert resolved == PourContext(**named, cup_height=0.120, cup_diameter=0.121)
    assert TABLE.resolved(PourContext(cup_height=0.2)) == PourContext(cup_height=0.2)
