# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.model.spec."""

from dataclasses import asdict, fields, replace
import json
import math

import pytest
from small_models import BELIEF, INTERVAL, make_spec

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.tilt_table import TiltTable
from pour_force_estimator.errors import ModelContractError
from pour_force_estimator.model.spec import (
    FeatureSpec,
    MEASURED_ON,
    ModelSpec,
    ResponseSpec,
    StateSlot,
)

CUPS = (
    CupSpec.of_size(0.120, 0.121, discharge=0.25, angle_offset=0.07, delay_s=0.105),
    CupSpec.of_size(0.285, 0.089, lip_ratio=0.6, discharge=0.36, choke=0.27),
)
NO_PLAIN_TEXTS = 5, 'a\nb', '\x1b[31mred', '=cmd|calc', 'x' * 101, '\ud800'
FEATURE = asdict(make_spec().features[0])
CUP = CupSpec(
    'cup', 0.1, 0.05, TiltTable([0.0, 2.0], [1e-4, 0.0], [1e-3, 1e-3], [0.05, 0.05])
).to_dict()


def metadata(**changes):
    """Return the metadata of a valid model with other values, as JSON or, of bytes, as it is."""
    values = make_spec(('theta', 'f_init')).to_metadata()
    for key, value in changes.items():
        values[key] = value.decode() if isinstance(value, bytes) else json.dumps(value)
    return values


def refusal(values):
    """Return why metadata are refused: one line, which is bounded."""
    with pytest.raises(ModelContractError) as caught:
        ModelSpec.from_metadata(values)
    line = str(caught.value)
    assert len(line) <= 700 and line.isprintable()
    return line


def test_round_trip():
    theta = FeatureSpec('theta', 'degree', 0.1 + 0.2, 1.0 / 3.0, -1e-300, 131.0 / 7.0)
    spec = make_spec(
        (theta, *BELIEF, 'f_init', 'rho'),
        sample_rate_hz=59.94,
        tilt_sign=-1,
        response=ResponseSpec('f', 'N', 'f_init - response'),
        state=(StateSlot('lstm_0', 'h', 55), StateSlot('lstm_0', 'c', 55)),
        cups=CUPS,
        interval=INTERVAL,
    )
    assert ModelSpec.from_metadata({**spec.to_metadata(), 'producer': 'another key'}) == spec


def test_each_field_is_a_key_of_its_own_with_json():
    values = make_spec(('theta',)).to_metadata()
    assert json.loads(values['sample_rate_hz']) == 60.0
    assert json.loads(values['schema_version']) == 3
    assert json.loads(values['cups']) == [] and json.loads(values['interval']) is None
    statistics = {'mean': 0.0, 'scale': 1.0, 'low': -100.0, 'high': 100.0}
    assert json.loads(values['features']) == [{'name': 'theta', 'unit': 'degree', **statistics}]
    assert json.loads(values['state']) == [{'layer': 'sum_0', 'tensor': 'h', 'size': 1}]


@pytest.mark.parametrize('key', [field.name for field in fields(ModelSpec)])
def test_a_missing_key_is_named(key):
    values = metadata()
    del values[key]
    assert refusal(values) == f'metadata: missing {key}'


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
def test_another_schema_version_is_named_before_keys_that_it_lacks(version):
    values = metadata(schema_version=version)
    del values['cups']
    assert refusal(values) == (
        f'schema_version: expected 3, received {version!r}; models of other versions are made '
        'anew with `python -m training.train`'
    )


def feature(**changes):
    return {'features': [{**FEATURE, **changes}]}


def cup(**changes):
    return {'cups': [{**CUP, **changes}]}


def column(name, values):
    return cup(table={**CUP['table'], name: values})


def interval(**changes):
    return {'interval': {**asdict(INTERVAL), **changes}}


def factors(**changes):
    return interval(factors={**INTERVAL.factors, **changes})


@pytest.mark.parametrize(
    'changes, expected',
    [
        *(({'name': name}, 'name: expected plain text') for name in NO_PLAIN_TEXTS),
        ({'name': b'{half'}, "metadata name: expected JSON, received '{half'"),
        ({'errors': b'[' * 100_000}, 'metadata errors: expected JSON'),
        ({'sample_rate_hz': b'9' * 5000}, 'metadata sample_rate_hz: expected JSON'),
        ({'sample_rate_hz': 0}, 'sample_rate_hz: expected a positive rate, received 0'),
        ({'sample_rate_hz': -60.0}, 'sample_rate_hz: expected a positive rate, received -60.0'),
        ({'sample_rate_hz': math.nan}, 'sample_rate_hz: expected a positive rate, received nan'),
        ({'sample_rate_hz': math.inf}, 'sample_rate_hz: expected a number'),
        ({'sample_rate_hz': True}, 'sample_rate_hz: expected a number'),
        ({'sample_rate_hz': 1001.0}, 'sample_rate_hz: expected a rate of 1 to 1000 Hz'),
        ({'sample_rate_hz': 0.5}, 'sample_rate_hz: expected a rate of 1 to 1000 Hz'),
        ({'tilt_sign': 0}, 'tilt_sign: expected 1 or -1, received 0'),
        ({'tilt_sign': True}, 'tilt_sign: expected 1 or -1, received True'),
        ({'errors': {'test': 3}}, 'errors: expected a JSON object'),
        ({'errors': {'test': {'rmse_newton': '0.1'}}}, 'errors: expected a number as rmse_newton'),
        ({'training': {}}, 'training: schema: expected plain text'),
        ({'training': {'schema': 'paper'}}, 'training: expected a schema of'),
        ({'training': {'schema': ['dim']}}, 'training: schema: expected plain text'),
        ({'state': [{'layer': 'a', 'size': 3}]}, 'metadata: '),
        ({'state': [{'layer': 'a', 'tensor': 'h', 'size': 10**9}]}, 'state a: expected a size'),
        ({'state': [{'layer': 'a', 'tensor': 'h', 'size': '3'}]}, 'state a: expected a size'),
        ({'response': 'f'}, 'metadata: '),
        ({'response': {'name': 'f', 'unit': 'N'}}, 'metadata: '),
        (
            {'response': {'name': 'f', 'unit': 'N', 'poured_weight': 'f'}},
            "response: expected the rule 'response' or 'f_init - response', received 'f'",
        ),
        ({'features': 3}, 'metadata: features: expected a list, received 3'),
        ({'features': []}, 'features: expected at least one, received none'),
        ({'features': [{'name': 'theta'}]}, 'metadata: '),
        (feature(offset=1.0), 'metadata: '),
        (feature(name=['theta']), 'features: expected plain text'),
        (feature(name='theta_dot'), "received 'theta_dot'"),
        (feature(unit='rad'), "feature theta: expected unit 'degree', received 'rad'"),
        (feature(scale=0.0), 'feature theta: expected a positive scale, received 0.0'),
        (feature(scale=math.nan), 'feature theta: expected a positive scale, received nan'),
        (feature(low=2.0, high=1.0), 'theta: expected a range from low to high, received 2.0 to'),
        (feature(high=math.nan), 'expected a range from low to high, received -100.0 to nan'),
        (interval(coverage=1.0), 'expected a coverage between 0 and 1, received 1.0'),
        (interval(coverage=0.0), 'expected a coverage between 0 and 1, received 0.0'),
        (interval(coverage=None), 'expected a number as coverage, received None'),
        (interval(noise=0.0), 'interval: expected a noise above 0 N, received 0.0'),
        (interval(noise=math.nan), 'interval: expected a noise above 0 N, received nan'),
        (interval(noise=True), 'interval: expected a number as noise, received True'),
        (factors(new=-0.1), 'expected a factor of 0 or more for new, received -0.1'),
        (factors(known=math.inf), 'expected a factor of 0 or more for known, received inf'),
        (factors(known='2'), "interval: expected a number as known, received '2'"),
        (interval(factors={'known': 1.0}), 'interval: expected factors of known, known_weighed'),
        (interval(factors=2.0), 'interval: expected factors of known, known_weighed'),
        ({'interval': {'coverage': 0.9}}, 'metadata: '),
        ({'interval': 0.9}, 'metadata: '),
        ({'cups': None}, 'metadata: '),
        ({'cups': [{'height': 0.1}] * 20_000}, 'cups: expected at most 200'),
        ({'cups': [{'height': 0.1}]}, 'cups: name: expected plain text'),
        ({'cups': [CUP] * 2}, 'cups: expected no two of one name, received two of cup'),
        (cup(height=-1.0), 'cups: '),
        (cup(height='0.1'), "cups: 'height' of cup: expected a number"),
        (cup(lip_ratio=1.0), 'metadata: '),
        (cup(table={}), 'metadata: '),
        (cup(table=[1.0]), 'cups: expected a JSON object as table of cup'),
        (column('tilts', [0.1, 0.2]), 'cups: tilts: expected the first to be 0 rad'),
        (column('capacities', [1e-4, 2e-4]), 'cups: capacities: expected'),
        (column('areas', [1e-3]), 'cups: areas: expected 2 to'),
        (column('areas', [[1e-3]] * 2), "'areas' of cup: expected a number"),
        (column('lip_widths', [0.05] * 3000), 'expected at most 2000'),
    ],
)
def test_values_that_make_no_sense(changes, expected):
    assert expected in refusal(metadata(**changes))


def test_of_a_model_in_lbf_the_response_is_named_though_its_features_differ_too():
    values = make_spec(('theta', 'f_init')).to_metadata()
    for key in ('features', 'response'):
        values[key] = values[key].replace('"N"', '"lbf"')
    expected = "response: expected unit 'N', received 'lbf'; models in other units are made anew"
    assert refusal(values).startswith(expected)


def test_a_spec_cannot_be_built_with_bad_values():
    with pytest.raises(ModelContractError, match='^tilt_sign: expected 1 or -1, received 2$'):
        replace(make_spec(), tilt_sign=2)


def test_what_follows_from_features_state_and_interval():
    state = StateSlot('a', 'h', 64), StateSlot('b', 'h', 32)
    spec = make_spec(('rho', 'theta', 'f_final'), state=state)
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
