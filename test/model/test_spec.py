# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.model.spec."""

from dataclasses import asdict, replace
import json
import math

import pytest
from small_models import BELIEF, INTERVAL, make_spec

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.errors import ModelContractError
from pour_force_estimator.model.spec import (
    FeatureSpec,
    IntervalSpec,
    MEASURED_ON,
    ModelSpec,
    ResponseSpec,
    StateSlot,
)

KEYS = tuple(
    'name features response sample_rate_hz tilt_sign architecture state training errors software '
    'schema_version cups interval'.split()
)
CUPS = (
    CupSpec.of_size(0.120, 0.121, discharge=0.25, angle_offset=0.07, delay_s=0.105),
    CupSpec.of_size(0.285, 0.089, lip_ratio=0.6, discharge=0.36, choke=0.27),
)


def metadata(**changes):
    """Return the metadata of a valid model with other JSON values."""
    values = make_spec(('theta', 'f_init')).to_metadata()
    return {**values, **{key: json.dumps(value) for key, value in changes.items()}}


def refusal(values):
    with pytest.raises(ModelContractError) as caught:
        ModelSpec.from_metadata(values)
    return str(caught.value)


def test_round_trip():
    spec = make_spec(
        ('theta', *BELIEF, 'f_init', 'rho'),
        sample_rate_hz=59.94,
        tilt_sign=-1,
        response=ResponseSpec('f', 'N', 'f_init - response'),
        state=(StateSlot('lstm_0', 'h', 55), StateSlot('lstm_0', 'c', 55)),
        cups=CUPS,
        interval=INTERVAL,
    )
    assert ModelSpec.from_metadata(spec.to_metadata()) == spec


def test_numbers_survive_bit_for_bit():
    feature = FeatureSpec('theta', 'degree', 0.1 + 0.2, 1.0 / 3.0, -1e-300, 131.0 / 7.0)
    read = ModelSpec.from_metadata(make_spec((feature,)).to_metadata())
    assert asdict(read.features[0]) == asdict(feature)


def test_each_field_is_a_key_of_its_own_with_json():
    values = make_spec(('theta',)).to_metadata()
    assert set(values) == set(KEYS)
    assert json.loads(values['sample_rate_hz']) == 60.0
    assert json.loads(values['schema_version']) == 3
    assert json.loads(values['cups']) == [] and json.loads(values['interval']) is None
    statistics = {'mean': 0.0, 'scale': 1.0, 'low': -100.0, 'high': 100.0}
    assert json.loads(values['features']) == [{'name': 'theta', 'unit': 'degree', **statistics}]
    assert json.loads(values['state']) == [{'layer': 'sum_0', 'tensor': 'h', 'size': 1}]


def test_keys_of_others_do_not_matter():
    assert ModelSpec.from_metadata({**metadata(), 'producer': 'x'}).name == 'small'


@pytest.mark.parametrize('key', KEYS)
def test_a_missing_key_is_named(key):
    values = metadata()
    del values[key]
    assert refusal(values) == f'metadata: missing {key}'


@pytest.mark.parametrize('key', ['name', 'features', 'training'])
def test_a_value_that_is_no_json(key):
    values = {**metadata(), key: '{half'}
    assert refusal(values) == f"metadata {key}: expected JSON, received '{{half'"


def test_cups_and_interval_are_json():
    values = make_spec(cups=CUPS, interval=INTERVAL).to_metadata()
    bottle = json.loads(values['cups'])[1]
    assert bottle.pop('table') == CUPS[1].table.to_dict()
    sizes = {'name': 'cup_285x89', 'height': 0.285, 'diameter': 0.089}
    mounting = {'angle_offset': 0.0, 'delay_s': 0.0, 'pours': None}
    unknown = {'flow_spread': 0.0, 'offset_per_flow': 0.0, 'offset_spread': 0.0}
    assert bottle == {**sizes, **mounting, **unknown, 'discharge': 0.36, 'choke': 0.27}
    assert json.loads(values['cups'])[0]['choke'] is None
    interval = {'coverage': 0.9, 'noise': 3.0, 'factors': INTERVAL.factors}
    assert json.loads(values['interval']) == interval


@pytest.mark.parametrize('version', [1, 2, 4, '3', None])
def test_another_schema_version(version):
    assert refusal(metadata(schema_version=version)) == (
        f'schema_version: expected 3, received {version!r}; models of other versions are made '
        'anew with `python -m training.train`'
    )


@pytest.mark.parametrize(
    'changes, expected',
    [
        ({'features': []}, 'features: expected at least one, received none'),
        ({'sample_rate_hz': 0}, 'sample_rate_hz: expected a positive rate, received 0'),
        ({'sample_rate_hz': -60.0}, 'sample_rate_hz: expected a positive rate, received -60.0'),
        ({'sample_rate_hz': math.nan}, 'sample_rate_hz: expected a positive rate, received nan'),
        ({'tilt_sign': 0}, 'tilt_sign: expected 1 or -1, received 0'),
        ({'tilt_sign': '+'}, "tilt_sign: expected 1 or -1, received '+'"),
        (
            {'response': {'name': 'f', 'unit': 'N', 'poured_weight': 'f'}},
            "response: expected the rule 'response' or 'f_init - response', received 'f'",
        ),
    ],
)
def test_values_that_make_no_sense(changes, expected):
    assert refusal(metadata(**changes)) == expected


def test_a_model_in_lbf_is_refused_with_a_way_out():
    """Its features have other units too; the response is what is named."""
    values = make_spec(('theta', 'f_init')).to_metadata()
    for key in ('features', 'response'):
        values[key] = values[key].replace('"N"', '"lbf"')
    assert refusal(values) == (
        "response: expected unit 'N', received 'lbf'; models in other units are made anew with "
        '`python -m training.train`'
    )


@pytest.mark.parametrize(
    'changes, expected',
    [
        ({'unit': 'rad'}, "feature theta: expected unit 'degree', received 'rad'"),
        ({'scale': 0.0}, 'feature theta: expected a positive scale, received 0.0'),
        ({'scale': -1.0}, 'feature theta: expected a positive scale, received -1.0'),
        ({'scale': math.nan}, 'feature theta: expected a positive scale, received nan'),
        (
            {'low': 2.0, 'high': 1.0},
            'feature theta: expected a range from low to high, received 2.0 to 1.0',
        ),
        (
            {'high': math.nan},
            'feature theta: expected a range from low to high, received -100.0 to nan',
        ),
    ],
)
def test_features_that_make_no_sense(changes, expected):
    feature = asdict(make_spec().features[0])
    assert refusal(metadata(features=[{**feature, **changes}])) == expected


FOUR_FACTORS = 'expected factors of known, known_weighed, new, new_weighed'


def factors(**changes):
    return {'factors': {**INTERVAL.factors, **changes}}


@pytest.mark.parametrize(
    'changes, expected',
    [
        ({'coverage': 1.0}, 'interval: expected a coverage between 0 and 1, received 1.0'),
        ({'coverage': 90}, 'interval: expected a coverage between 0 and 1, received 90'),
        ({'coverage': None}, 'interval: expected a number as coverage, received None'),
        ({'noise': 0.0}, 'interval: expected a noise above 0 N, received 0.0'),
        ({'noise': math.nan}, 'interval: expected a noise above 0 N, received nan'),
        ({'noise': True}, 'interval: expected a number as noise, received True'),
        (factors(new=-0.1), 'interval: expected a factor of 0 or more for new, received -0.1'),
        (
            factors(known=math.inf),
            'interval: expected a factor of 0 or more for known, received inf',
        ),
        (factors(known='2'), "interval: expected a number as known, received '2'"),
        ({'factors': {'known': 1.0}}, f"interval: {FOUR_FACTORS}, received {{'known': 1.0}}"),
        ({'factors': 2.0}, f'interval: {FOUR_FACTORS}, received 2.0'),
    ],
)
def test_intervals_that_make_no_sense(changes, expected):
    assert refusal(metadata(interval={**asdict(INTERVAL), **changes})) == expected
    with pytest.raises(ModelContractError):
        IntervalSpec(**{**asdict(INTERVAL), **changes})


def test_cups_that_make_no_sense():
    impossible = {**CUPS[0].to_dict(), 'height': -1.0}
    assert refusal(metadata(cups=[impossible])).startswith('cups: ')
    assert refusal(metadata(cups=[CUPS[0].to_dict()] * 2)) == (
        'cups: expected no two of one name, received two of cup_120x121'
    )


def test_an_unknown_feature_is_named():
    feature = {**asdict(make_spec().features[0]), 'name': 'theta_dot'}
    assert refusal(metadata(features=[feature])).endswith("received 'theta_dot'")


@pytest.mark.parametrize(
    'changes',
    [
        {'features': [{'name': 'theta'}]},
        {'features': [{**asdict(make_spec().features[0]), 'offset': 1.0}]},
        {'state': [{'layer': 'gru_0', 'size': 3}]},
        {'response': {'name': 'f', 'unit': 'N'}},
        {'features': 3},
        {'cups': [{'name': 'cup', 'table': {}}]},
        {'cups': [{**CUPS[0].to_dict(), 'lip_ratio': 1.0}]},
        {'cups': None},
        {'interval': {'coverage': 0.9}},
        {'interval': 0.9},
        {'response': 'f'},
    ],
)
def test_values_of_another_form(changes):
    assert refusal(metadata(**changes)).startswith('metadata: ')


@pytest.mark.parametrize(
    'changes',
    [
        {'sample_rate_hz': math.inf},
        {'response': {'name': 'f', 'unit': 'kg', 'poured_weight': 'response'}},
        {'state': [{'layer': 'gru_0', 'tensor': 'h', 'size': '3'}]},
        {'training': {}},
        {'errors': {'test': {'rmse_newton': '0.1'}}},
    ],
    ids=['infinite rate', 'response in kg', 'size as text', 'no schema', 'error as text'],
)
def test_unusable_values_are_refused(changes):
    """Each is used as it is later: an endless loop, a wrong weight, TypeError, KeyError."""
    assert next(iter(changes)) in refusal(metadata(**changes))


def test_a_spec_cannot_be_built_with_bad_values():
    with pytest.raises(ModelContractError, match='^tilt_sign: expected 1 or -1, received 2$'):
        replace(make_spec(), tilt_sign=2)


def test_what_follows_from_features_state_and_interval():
    spec = make_spec(
        ('rho', 'theta', 'f_final'), state=(StateSlot('a', 'h', 64), StateSlot('b', 'h', 32))
    )
    assert spec.state_size == 96
    assert spec.feature_names == ('rho', 'theta', 'f_final')
    assert spec.leaking_features == ('f_final',) and make_spec().leaking_features == ()
    assert spec.output_names == ('weight', 'next_state')
    assert make_spec(interval=INTERVAL).output_names == ('weight', 'next_state', 'gates')


@pytest.mark.parametrize(
    'features, rule, needed',
    [
        (('theta',), 'response', ()),
        (('theta',), 'f_init - response', ('initial_weight',)),
        (('theta', 'h_pc', 'f_init'), 'f_init - response', ('cup_height', 'initial_weight')),
        (('capacity',), 'response', ('cup_height', 'cup_diameter')),
    ],
)
def test_needed_context(features, rule, needed):
    spec = make_spec(features, response=ResponseSpec('f', 'N', rule))
    assert spec.needed_context == needed


def test_the_measured_error_is_the_most_honest_one():
    errors = {'software': {'rmse_newton': 0.0}, 'validation': {}}
    assert make_spec(errors=errors).measured_error is None
    for rmse, part in enumerate(reversed(MEASURED_ON)):
        errors[part] = {'rmse_newton': rmse}
        assert make_spec(errors=errors).measured_error == (part, rmse)
    assert part == 'cross_validation'


@pytest.mark.parametrize('features', [('theta',), BELIEF[1:], BELIEF[:3]])
def test_an_interval_needs_all_hypotheses(features):
    with pytest.raises(ModelContractError, match='^interval: expected a model with all features'):
        make_spec(features, interval=INTERVAL)
