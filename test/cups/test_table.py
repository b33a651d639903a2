# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.cups.table."""

import math

import pytest

from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.table import CupSpec, CupTable, TYPICAL_BOTTLE, TYPICAL_CYLINDER
from pour_force_estimator.errors import SimulationError

CYLINDER = CupSpec(0.120, 0.121, discharge=0.4, angle_offset=0.09, delay_s=0.08)
BOTTLES = (
    CupSpec(0.225, 0.067, 0.41, 0.2, 0.8, 0.01, 0.10),
    CupSpec(0.285, 0.089, 0.60, 0.8, None, -0.03, 0.12),
    CupSpec(0.292, 0.075, 0.30, 0.4, 0.2, 0.02, 0.05),
)
TABLE = CupTable((CYLINDER, *BOTTLES))


def test_cup_is_that_of_the_simulator():
    assert BOTTLES[0].cup() == Cup(0.225, 0.067, 0.41, 0.2, 0.8, 0.01)
    assert CYLINDER.cup() == Cup(0.120, 0.121, 1.0, 0.4, math.inf, 0.09)


@pytest.mark.parametrize(
    'values, named',
    [
        ({'height': 12.0}, 'height'),
        ({'diameter': 0.0}, 'diameter'),
        ({'lip_ratio': 1.1}, 'lip_ratio'),
        ({'discharge': math.nan}, 'discharge'),
        ({'choke': 0.0}, 'choke'),
        ({'angle_offset': 4.0}, 'angle_offset'),
        ({'delay_s': -0.1}, 'delay_s'),
        ({'delay_s': '0.1s'}, 'delay_s'),
    ],
)
def test_values_out_of_range_are_named(values, named):
    with pytest.raises(SimulationError, match=f'^{named}: expected '):
        CupSpec(**{**vars(CYLINDER), **values})


@pytest.mark.parametrize(
    'height, diameter, known',
    [(0.120, 0.121, True), (0.1204, 0.1206, True), (0.1206, 0.121, False), (0.120, 0.1204, False)],
)
def test_same_size_within_half_a_millimetre(height, diameter, known):
    assert TABLE.knows(height, diameter) is known
    assert (TABLE.find(height, diameter) is CYLINDER) is known


def test_typical_bottle_is_the_median_of_the_bottles():
    """Between 0.8 and never choked there is 0.8, and the cylinder takes no part."""
    found = TABLE.find(0.250, 0.080)
    assert (found.height, found.diameter) == (0.250, 0.080)
    assert vars(found) == pytest.approx(vars(CupSpec(0.250, 0.080, 0.41, 0.4, 0.8, 0.01, 0.10)))


def test_median_of_two_ratios_is_their_geometric_mean():
    found = CupTable(BOTTLES[::2]).find(0.250, 0.080)
    assert found.discharge == pytest.approx(math.sqrt(0.2 * 0.4))
    assert found.choke == pytest.approx(math.sqrt(0.8 * 0.2))
    assert found.lip_ratio == pytest.approx(0.355)


def test_typical_cup_is_never_choked_where_half_of_them_are_not():
    assert CupTable(BOTTLES[:2]).find(0.250, 0.080).choke is None


def test_typical_cylinder():
    found = TABLE.find(0.080, 0.090)
    assert vars(found) == {**vars(CYLINDER), 'height': 0.080, 'diameter': 0.090}


@pytest.mark.parametrize(
    'height, typical',
    [(0.159, TYPICAL_CYLINDER), (0.160, TYPICAL_CYLINDER), (0.161, TYPICAL_BOTTLE)],
)
def test_a_cup_of_no_known_kind_has_the_defaults(height, typical):
    found = CupTable().find(height, 0.080)
    assert vars(found) == pytest.approx({**vars(typical), 'height': height, 'diameter': 0.080})


def test_no_cup_of_an_impossible_size():
    with pytest.raises(SimulationError, match='^height: expected '):
        TABLE.find(120.0, 121.0)


TYPICAL = CupSpec(0.2, 0.2, 0.5, 0.3, 0.7, 0.05, 0.07)


@pytest.mark.parametrize('height, diameter', [(0.080, 0.090), (0.250, 0.080), (0.2, 0.2)])
def test_typical_cup_that_is_given_stands_for_all_others(height, diameter):
    """Whatever their kind, with the size that is asked for; cups that are known stay theirs."""
    table = CupTable(TABLE, TYPICAL)
    assert table.find(height, diameter) == CupSpec(height, diameter, 0.5, 0.3, 0.7, 0.05, 0.07)
    assert not table.knows(height, diameter)
    assert table.find(0.1204, 0.121) is CYLINDER


def test_typical_cup_is_none_of_the_cups():
    table = CupTable(typical=TYPICAL)
    assert list(table) == [] and len(table) == 0
    with pytest.raises(SimulationError, match='^diameter: expected '):
        table.find(0.2, 200.0)


def test_a_table_of_cups_or_of_a_table():
    assert CupTable.of([CYLINDER, *BOTTLES]) == TABLE
    assert CupTable.of(iter(BOTTLES)) == CupTable(BOTTLES)
    assert CupTable.of(()) == CupTable()
    table = CupTable(BOTTLES, TYPICAL)
    assert CupTable.of(table) is table


def test_with_cup_keeps_what_is_typical():
    table = CupTable(BOTTLES, TYPICAL)
    for cup in (CYLINDER, CupSpec(0.2251, 0.0671)):
        assert table.with_cup(cup).typical is TYPICAL
        assert table.with_cup(cup).find(0.3, 0.3).discharge == TYPICAL.discharge
    assert TABLE.with_cup(CYLINDER).typical is None


def test_with_cup_adds_or_replaces():
    other = CupSpec(0.1201, 0.1209, discharge=0.9)
    replaced = TABLE.with_cup(other)
    assert len(replaced) == len(TABLE) == 4
    assert replaced.find(0.120, 0.121) is other and TABLE.find(0.120, 0.121) is CYLINDER
    assert list(TABLE.with_cup(CupSpec(0.1, 0.1))) == [*TABLE, CupSpec(0.1, 0.1)]


def test_two_cups_of_one_size_are_refused():
    with pytest.raises(SimulationError, match='expected no two of one size, .* 0.1203 x 0.121 m'):
        CupTable([CYLINDER, CupSpec(0.1203, 0.121)])
