# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.schemas."""

import numpy as np
import pytest

from pour_force_estimator.context import CONTEXT_FIELDS
from pour_force_estimator.errors import RecordingError
from pour_force_estimator.features import CONTEXT_FEATURES, feature_unit, leaking_features
from pour_force_estimator.pours.schemas import get_schema, SCHEMAS, weight_from_response

DIM, ROBOT_TRIALS = SCHEMAS['dim'], SCHEMAS['robot_trials']
REMAINING = [1.5, 1.25, 0.5]
PAPER = 'theta f_init f_empty f_final d_rc h_rc d_pc h_pc rho'


@pytest.mark.parametrize(
    'schema, names, changing',
    [
        (DIM, PAPER.replace('theta', 'theta f'), 'theta f'),
        (ROBOT_TRIALS, 'theta f f_init f_target h_pc d_pc theta_dot', 'theta f theta_dot'),
    ],
)
def test_columns(schema, names, changing):
    assert schema.column_names == tuple(names.split())
    assert [column.name for column in schema.columns if not column.constant] == changing.split()
    assert get_schema(schema.name) is SCHEMAS[schema.name] is schema
    assert schema.sample_rate_hz == 60.0


@pytest.mark.parametrize(
    'schema, f, response',
    [(DIM, REMAINING, REMAINING), (ROBOT_TRIALS, [0.0, -0.25, -1.0], [0.0, 0.25, 1.0])],
)
def test_poured_weight_is_what_is_missing_or_minus_f(schema, f, response):
    assert schema.response_of(np.array(f)).tolist() == response
    assert schema.poured_weight_of(np.array(response), 1.5).tolist() == [0.0, 0.25, 1.0]


def test_rules_of_the_poured_weight():
    assert weight_from_response('response', 0.25, None) == 0.25
    assert weight_from_response('f_init - response', 0.25, 1.0) == 0.75
    with pytest.raises(ValueError, match="'response' or 'f_init - response', received '-f'"):
        weight_from_response('-f', 0.25, 1.0)


def test_an_unknown_schema_is_named_with_the_known_ones():
    with pytest.raises(RecordingError, match=r"\['dim', 'robot_trials'\], received 'paper'"):
        get_schema('paper')


@pytest.mark.parametrize('schema', SCHEMAS.values(), ids=SCHEMAS)
def test_online_features_know_neither_outcome_nor_force_sensor(schema):
    assert not {'f', 'f_final', 'theta_dot'} & set(schema.online_features)
    assert leaking_features(schema.online_features) == ()
    assert {'theta', 'theta_velocity'} <= set(schema.online_features)


def test_features_of_the_paper_have_the_outcome():
    """Studies compare on them where there are such."""
    assert DIM.paper_features == DIM.study_features == tuple(PAPER.split())
    assert leaking_features(DIM.paper_features) == ('f_final',)
    assert ROBOT_TRIALS.paper_features == ()
    expected = 'theta theta_velocity f_init f_target h_pc d_pc'
    assert ROBOT_TRIALS.study_features == tuple(expected.split())


@pytest.mark.parametrize('schema', SCHEMAS.values(), ids=SCHEMAS)
def test_columns_have_the_units_of_the_features_and_the_ranges_of_a_context(schema):
    """Otherwise a file would load whose pours have no context."""
    for column in schema.columns:
        if column.name not in ('f', 'theta_dot'):
            assert feature_unit(column.name) == column.unit.replace('lbf', 'N')
        if column.name in CONTEXT_FEATURES:
            field = CONTEXT_FIELDS[CONTEXT_FEATURES[column.name].field]
            assert column.to_si(column.low) >= field.low, column.name
            assert column.to_si(column.high) <= field.high, column.name
