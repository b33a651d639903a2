# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of `pour_force_estimator.cups.spec`, `.tilt_table` and `.stack`."""

from dataclasses import replace
import json
import math

from hypothesis import given, settings, strategies
import numpy as np
import pytest

from pour_force_estimator.cups.cup import Cup, MAX_TILT
from pour_force_estimator.cups.everyday import everyday_cup, EVERYDAY_NAMES
from pour_force_estimator.cups.outflow import advance, choked_flow
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.cups.tilt_table import MAX_POINTS, rounded, TiltTable
from pour_force_estimator.errors import SimulationError

TILTS = np.linspace(-0.5, 2.9, 300)
CUPS = (
    CupSpec.of_size(0.12, 0.121, discharge=0.4, angle_offset=0.08),
    CupSpec.of_size(0.285, 0.075, 0.44, 0.65, 0.27, -0.01, 0.11),
    everyday_cup('wine_glass'),
)

closed_forms = strategies.builds(
    Cup,
    strategies.floats(0.05, 0.3),
    strategies.floats(0.05, 0.15),
    strategies.floats(0.2, 1.0),
    strategies.floats(0.1, 1.0),
    strategies.just(math.inf) | strategies.floats(0.05, 1.0),
    strategies.floats(-0.1, 0.2),
)
COLUMNS = {'tilts': [0.0, 1.0, 2.0], 'capacities': [1e-3, 5e-4, 0.0]}
COLUMNS |= {'areas': [1e-2, 1e-2, 0.0], 'lip_widths': [0.1, 0.05, 0.05]}


def pour(cup, volume, tilts):
    left = [volume]
    for tilt, following in zip(tilts[:-1], tilts[1:]):
        left.append(float(advance(cup, left[-1], tilt, following, 1 / 60)))
    return np.array(left)


@settings(max_examples=30, deadline=None)
@given(closed_forms)
def test_the_table_of_a_closed_form_is_the_closed_form(cup):
    table = CupSpec.of_cup(cup)
    tilts = TILTS[TILTS + cup.angle_offset <= MAX_TILT]  # where the table ends
    np.testing.assert_allclose(table.capacity(tilts), cup.capacity(tilts), atol=1e-3 * cup.volume)
    assert table.lip_ratio == pytest.approx(cup.lip_ratio, abs=2e-5)
    assert choked_flow(table) == pytest.approx(choked_flow(cup), rel=1e-4)
    assert np.all(np.diff(table.table.capacities) <= 0.0)
    for part in (0.9, 0.5, 0.2):
        expected = float(cup.onset_angle(part * cup.volume))
        assert float(table.onset_angle(part * cup.volume)) == pytest.approx(expected, abs=3e-3)


@settings(max_examples=10, deadline=None)
@given(closed_forms, strategies.floats(0.3, 0.9))
def test_the_table_of_a_closed_form_pours_as_the_closed_form(cup, fill):
    tilts = np.linspace(0.1, 1.5, 150)
    volume = fill * cup.volume
    left = pour(CupSpec.of_cup(cup), volume, tilts)
    np.testing.assert_allclose(left, pour(cup, volume, tilts), atol=1e-3 * cup.volume)
    assert np.all(np.diff(left) <= 0.0) and left[-1] >= 0.0


@pytest.mark.parametrize('name', EVERYDAY_NAMES)
def test_of_an_everyday_vessel_the_shape_alone_is_known(name):
    cup = everyday_cup(name)
    assert (cup.name, cup.is_shape_alone) == (name, True)
    left = pour(cup, 0.8 * cup.volume, np.linspace(0.1, 2.0, 200))
    assert np.all(np.diff(left) <= 0.0)
    assert left[-1] >= float(cup.capacity(2.0)) - 1e-9


@pytest.mark.parametrize('cup', CUPS)
def test_a_cup_returns_from_json_and_is_told_from_others(cup):
    back = CupSpec.from_dict(json.loads(json.dumps(cup.to_dict())))
    assert back == cup and hash(back) == hash(cup)
    assert back.identity() == cup.identity()
    table = next(rival.table for rival in CUPS if rival is not cup)
    for changes in ({'name': 'other'}, {'angle_offset': 0.03}, {'table': table}):
        changed = replace(cup, **changes)
        assert changed != cup and changed.identity() != cup.identity()


def test_cups_at_once_are_each_cup():
    offsets = np.array([0.0, 0.03, -0.02])
    stack, tilts = CupStack(CUPS, offsets), TILTS[:, None]
    columns, widths = np.stack(stack.capacity_and_surface_area(tilts)), stack.lip_width(tilts)
    onsets = stack.onset_angle(0.5 * stack.volume)
    for index, cup in enumerate(CUPS):
        held = replace(cup, angle_offset=cup.angle_offset + offsets[index])
        alone = held.capacity_and_surface_area(TILTS)
        np.testing.assert_allclose(columns[..., index], alone, rtol=1e-4, atol=1e-8)
        np.testing.assert_allclose(widths[:, index], held.lip_width(TILTS), atol=1e-5)
        assert stack.single(index) == held
        onset = float(held.onset_angle(0.5 * held.volume))
        assert float(onsets[index]) == pytest.approx(onset, abs=1e-4)
    some = stack.take(np.array([2, 0]))
    assert (some.single(0).name, some.single(1).name) == (CUPS[2].name, CUPS[0].name)
    np.testing.assert_array_equal(some.angle_offset, stack.angle_offset[[2, 0]])


@given(strategies.floats(1e-12, 1e3))
def test_six_digits_stay_six_digits(value):
    once = float(rounded(value))
    assert once == pytest.approx(value, rel=6e-6)
    assert float(rounded(once)) == once
    assert len(f'{once:.6g}') == len(f'{once:.12g}')


@pytest.mark.parametrize(
    'changes, message',
    [
        ({'tilts': [0.0, 2.0, 1.0]}, r'tilts: .* numbers that rise, received 1 after 2 at \[2\]'),
        ({'tilts': [0.1, 1.0, 2.0]}, 'tilts: expected the first to be 0 rad, received 0.1'),
        ({'tilts': [0.0, 1.0, 3.1]}, 'tilts: expected 0 to 2.96'),
        ({'capacities': [1e-3, 2e-3, 0.0]}, 'never rise, received 0.002 after 0.001'),
        ({'capacities': [0.0, 0.0, 0.0]}, 'above 0 m'),
        ({'capacities': [1e-3, math.nan, 0.0]}, 'capacities: expected'),
        ({'areas': [1e-2, -1e-2, 0.0]}, 'areas: expected'),
        ({'areas': [1e-2] * 2}, 'areas: expected a number for each of 3 tilts, received 2'),
        ({'areas': [[1e-2], [1.0, 2.0], 0.0]}, 'areas: expected a list of numbers'),
        ({'lip_widths': [0.0, 0.0, 0.0]}, 'lip_widths: expected 0.001 m'),
        (dict.fromkeys(COLUMNS, [0.1] * (MAX_POINTS + 1)), 'tilts: expected 2 to 2000 numbers'),
    ],
)
def test_a_table_of_no_cup_is_an_error(changes, message):
    with pytest.raises(SimulationError, match=message):
        TiltTable(**{**COLUMNS, **changes})


@pytest.mark.parametrize(
    'name, value', [('name', ''), ('name', 'a\nb'), ('pours', -1), ('pours', 1.5), ('choke', 0.0)]
)
def test_a_cup_that_cannot_be_is_an_error(name, value):
    with pytest.raises(SimulationError, match=f'{name}: expected'):
        replace(CUPS[0], **{name: value})


def test_a_cup_that_never_empties_begins_to_pour_nowhere():
    cup = CupSpec('deep', 0.1, 0.1, TiltTable([0, 2], [1e-3, 2e-4], [1e-2, 1e-2], [0.05, 0.05]))
    assert float(cup.onset_angle(1e-4)) == MAX_TILT
    assert float(cup.onset_angle(6e-4)) == pytest.approx(1.0)


@pytest.mark.parametrize(('pours', 'is_guess'), [(None, False), (0, True), (1, False)])
def test_what_was_fitted_to_no_pour_is_a_guess(pours, is_guess):
    assert replace(CupSpec.of_size(0.12, 0.08), pours=pours).is_shape_alone is is_guess
