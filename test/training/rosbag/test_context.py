# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.rosbag.context."""

import pytest

from pour_force_estimator.pours.cut import Cut
from training.errors import BagError
from training.rosbag.context import ContextFile

COMMON = 'cup_height: 0.12\ncup_diameter: 0.1\n'
S = 1_000_000_000
POURS = [
    Cut(0, 6 * S, tare=1.0, change=0.5),
    Cut(0, 6 * S, 'nothing poured', tare=1.0),
    Cut(0, 6 * S, tare=1.5, change=0.8),
]


WHOLE = f'{COMMON}initial_weight: 3.0\ntarget_weight: 0.7\n'


@pytest.fixture
def load(tmp_path):
    def load_text(text):
        path = tmp_path / 'context.yaml'
        path.write_text(text)
        return ContextFile(path)

    return load_text


def contexts(loaded, cuts=POURS, sign=1, bag='one'):
    return loaded.of(bag).contexts(cuts, sign)


def weights(cuts):
    return [context and (context.initial_weight, context.target_weight) for context, _ in cuts]


def test_one_value_holds_for_all_pours(load):
    cuts = contexts(load(WHOLE))
    assert weights(cuts) == [(3.0, 0.7), None, (3.0, 0.7)]
    assert cuts[1] == (None, 'nothing poured')
    assert (cuts[0][0].cup_height, cuts[0][0].cup_diameter) == (0.12, 0.1)


@pytest.mark.parametrize('values', ['[3.0, 2.0]', '[3.0, 9.0, 2.0]'])
def test_a_list_has_a_value_for_each_pour_or_for_each_cut(load, values):
    """Cups may differ too."""
    cuts = contexts(load(WHOLE.replace('3.0', values, 1).replace('0.12', '[0.12, 0.2]')))
    assert weights(cuts) == [(3.0, 0.7), None, (2.0, 0.7)]
    assert [cuts[0][0].cup_height, cuts[2][0].cup_height] == [0.12, 0.2]


def test_a_list_of_another_length_shows_what_was_found(load):
    expected = 'initial_weight: expected 2 values, one for each pour of bag one, or 3 with'
    cuts = r'1\. 6.0 s, weight changed by \+0.500 N.*2\. 6.0 s, nothing poured'
    with pytest.raises(BagError, match=f'(?s){expected}.*received 4.*{cuts}'):
        contexts(load(WHOLE.replace('3.0', '[3.0, 2.0, 1.0, 1.0]')))


def test_the_outcome_as_target(load):
    loaded = load(WHOLE.replace('0.7', 'poured'))
    assert loaded.of('one').targets_are_outcomes
    assert weights(contexts(loaded)) == [(3.0, 0.5), None, (3.0, 0.8)]


@pytest.mark.parametrize('sign, tare', [(-1, 5.0), (1, -5.0)])
def test_the_initial_weight_of_a_sensor_that_carries_the_cup(load, sign, tare):
    """Newton of a weight, or of a force that points down."""
    loaded = load(f'{COMMON}initial_weight: measured\nempty_weight: 2.0\ntarget_weight: 1.0\n')
    cuts = [Cut(0, S, tare=tare, change=sign * 0.5)]
    assert weights(contexts(loaded, cuts, sign)) == [(3.0, 1.0)]


def test_bags_may_differ(load):
    loaded = load(f'{WHOLE}bags:\n  two: {{cup_height: 0.2, initial_weight: 4.0}}\n')
    assert contexts(loaded)[0][0].cup_height == 0.12
    context = contexts(loaded, bag='two')[0][0]
    assert (context.cup_height, context.cup_diameter, context.initial_weight) == (0.2, 0.1, 4.0)
    loaded.check_names(['one', 'two'])
    with pytest.raises(BagError, match=r"bags: expected some of \['one'\], received \['two'\]"):
        loaded.check_names(['one'])


@pytest.mark.parametrize(
    'text, message',
    [
        ('', 'expected keys such as cup_height'),
        ('[1, 2]', 'expected keys such as cup_height'),
        ('{', 'expected a YAML file'),
        ('cup_hight: 0.1\n', "received 'cup_hight'"),
        ('cup_height: 120\n', 'cup_height: expected 0.02 to 1 m, received 120'),
        ('cup_height: [0.12, high]\n', "height: expected a number or a list .* received 'high'"),
        ('initial_weight: much\n', "weight: expected a number .*, or measured; received 'much'"),
        ('initial_weight: [3.0, true]\n', 'received True'),
        ('target_weight: measured\n', 'expected a number or a list of numbers, or poured'),
        ('initial_weight: [3.0, 300.0]\n', 'initial_weight: expected 0.01 to 100 N, received 300'),
        ('bags: [one]\n', 'bags: expected names of bags'),
        ('bags: {one: 3}\n', 'bags: one: expected keys, received 3'),
        ('bags: {one: {cup_height: 120}}\n', 'bags: one: cup_height: expected'),
    ],
)
def test_what_is_wrong_with_a_file_is_said(load, text, message):
    with pytest.raises(BagError, match=message):
        load(text)


def test_a_missing_file(tmp_path):
    with pytest.raises(BagError, match='none.yaml'):
        ContextFile(tmp_path / 'none.yaml')


@pytest.mark.parametrize(
    'text, missing',
    [
        (COMMON, 'initial_weight, target_weight'),
        (WHOLE.replace('3.0', 'measured'), 'empty_weight'),
    ],
)
def test_missing_values_are_named(load, text, missing):
    with pytest.raises(BagError, match=f'{missing}.* is not set for bag one'):
        load(text).of('one')


def test_the_example_of_the_configuration(repository):
    example = ContextFile(repository / 'config' / 'pours_context.yaml')
    assert contexts(example, POURS[:1])[0][0] is not None
