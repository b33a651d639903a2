# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.features."""

from dataclasses import replace
import math
import re

import numpy as np
import pytest

from pour_force_estimator.context import CONTEXT_FIELDS, PourContext
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.errors import MissingContextError, ModelContractError
from pour_force_estimator.features import (
    CONTEXT_FEATURES,
    CUP_KNOWN,
    feature_unit,
    FeatureBuilder,
    leaking_features,
    needed_context,
    TILT_FEATURES,
)
from pour_force_estimator.features.physics import PHYSICS_FEATURES, PRIOR_FEATURES
from pour_force_estimator.hypotheses import hypotheses_of, HypotheticalOutflow, Mounting

ALL = (*TILT_FEATURES, CUP_KNOWN, *CONTEXT_FEATURES)
CONTEXT = PourContext(
    initial_weight=1.25,
    target_weight=0.5,
    empty_weight=0.125,
    cup_height=0.12,
    cup_diameter=0.121,
    receiver_height=0.1,
    receiver_diameter=0.09,
    relative_density=1.25,
)
UNITS = {
    'degree': ('theta', 'past_onset'),
    'rad/s': ('theta_velocity',),
    'N': (*'capacity excess largest_excess f_init f_target f_empty'.split(), *PHYSICS_FEATURES),
    'mm': ('d_rc', 'h_rc', 'd_pc', 'h_pc'),
    '-': (*PRIOR_FEATURES, 'rho', 'cup_known'),
}
CUPS = CupSpec.of_size(0.12, 0.121, discharge=0.2), CupSpec.of_size(0.292, 0.075, 0.41, 0.2, 0.16)
SIZES = ('cup_height', 'cup_diameter')


@pytest.fixture
def tilts():
    return np.cumsum(np.random.default_rng(3).uniform(-0.02, 0.05, 100))


def test_all_features_have_their_unit():
    assert len(ALL) == len(set(ALL)) == 45
    assert sorted(ALL) == sorted(name for names in UNITS.values() for name in names)
    for unit, names in UNITS.items():
        assert {feature_unit(name) for name in names} == {unit}


@pytest.mark.parametrize(
    'name', ['theta_dot', 'f', '', 'Theta', 'physics_0', 'physics_+8', 'theta_start']
)
def test_unknown_features_are_named(name):
    for use in (feature_unit, lambda name: FeatureBuilder(['theta', name], 60.0, 1)):
        with pytest.raises(ModelContractError, match=re.escape(f"received '{name}'") + '$'):
            use(name)


def test_constants_by_hand_in_the_order_of_the_names():
    assert sorted(feature.field for feature in CONTEXT_FEATURES.values()) == sorted(CONTEXT_FIELDS)
    row = FeatureBuilder(CONTEXT_FEATURES, 60.0, -1).matrix([0.0], CONTEXT)[0]
    weights = {'f_init': 1.25, 'f_target': 0.5, 'f_empty': 0.125}
    sizes = {'d_rc': 90.0, 'h_rc': 100.0, 'd_pc': 121.0, 'h_pc': 120.0}
    expected = {**weights, **sizes, 'rho': 1.25}
    assert dict(zip(CONTEXT_FEATURES, row.tolist())) == pytest.approx(expected, rel=1e-7)
    names = ('h_pc', 'theta', 'f_init', 'd_pc')
    rows = FeatureBuilder(names, 60.0, -1).matrix([0.0, math.pi / 6.0], CONTEXT)
    assert rows.T == pytest.approx(np.array([[120.0] * 2, [0.0, -30.0], [1.25] * 2, [121.0] * 2]))


def test_rows_are_the_matrix_bit_for_bit(tilts):
    matrix = FeatureBuilder(ALL, 60.0, -1).matrix(tilts, CONTEXT)
    builder = FeatureBuilder(ALL, 60.0, -1)
    builder.start(CONTEXT)
    rows = np.concatenate([builder.row(tilt).copy() for tilt in tilts.tolist()])
    assert matrix.dtype == rows.dtype == np.float32
    assert matrix.shape == (100, 45) and matrix.tobytes() == rows.tobytes()
    assert builder.row(0.6) is builder.row(0.5)  # of shape (1, 45), a batch of one
    changing = [ALL.index(name) for name in TILT_FEATURES if name not in PRIOR_FEATURES]
    assert np.all(np.ptp(matrix[:, changing], axis=0) > 0.0)


def test_physics_may_stand_anywhere_among_the_features(tilts):
    """One group fills all of its columns, wherever they are, from the cups that it was given."""
    cups = [CupSpec.of_size(0.120, 0.121, discharge=0.2, angle_offset=0.1, delay_s=0.05)]
    names = ('physics_+1', 'theta', 'prior_-2', 'h_pc', 'physics_-3', 'past_onset', 'prior_+0')
    matrix = FeatureBuilder(names, 60.0, 1, cups).matrix(tilts, CONTEXT)
    alone = ('physics_+1', 'physics_-3', 'prior_+0', 'prior_-2', 'past_onset')
    expected = FeatureBuilder(alone, 60.0, 1, cups).matrix(tilts, CONTEXT)
    assert matrix[:, [0, 4, 6, 2, 5]].tobytes() == expected.tobytes()
    others = FeatureBuilder(('theta', 'h_pc'), 60.0, 1).matrix(tilts, CONTEXT)
    assert matrix[:, [1, 3]].tobytes() == others.tobytes()
    typical = FeatureBuilder(names, 60.0, 1).matrix(tilts, CONTEXT)
    assert np.abs(typical[:, 0] - matrix[:, 0]).max() > 0.01


@pytest.mark.parametrize(
    'height, diameter, feature',
    [(0.120, 0.121, 1.0), (0.1206, 0.121, 0.0), (0.292, 0.075, 1.0), (0.120, 0.075, 0.0)],
)
def test_cup_known(height, diameter, feature):
    """Within half a millimetre of both of its sizes, and from the first tick to the last."""
    context = replace(CONTEXT, cup_height=height, cup_diameter=diameter)
    for cups in (CUPS, CupTable(CUPS), CupTable(CUPS, typical=CUPS[0])):
        builder = FeatureBuilder(('h_pc', 'cup_known', 'theta'), 60.0, 1, cups)
        for pour, expected in ((CONTEXT, 1.0), (context, feature)):
            rows = builder.matrix([0.1, 0.2, 0.3], pour)
            assert rows[:, 1].tolist() == [expected] * 3
    alone = FeatureBuilder(('cup_known',), 60.0, 1).matrix([0.1], context)
    assert alone.tolist() == [[0.0]]


def missing(builder, context):
    """Return what a builder says is missing of a context."""
    with pytest.raises(MissingContextError) as caught:
        builder.start(context)
    return caught.value.missing


def test_cup_known_of_a_cup_without_sizes():
    builder = FeatureBuilder(('theta', 'cup_known'), 60.0, 1, CUPS)
    assert missing(builder, PourContext(initial_weight=1.0)) == ('cup_height', 'cup_diameter')
    assert missing(builder, PourContext(cup_height=0.12)) == ('cup_diameter',)


def test_physics_is_that_of_the_typical_cup_that_is_given(tilts):
    """A builder that makes a plain tuple of the table would forget it."""
    names = ('physics_+0', 'physics_+3')
    table = CupTable(typical=CupSpec.of_size(0.3, 0.3, 0.5, 0.2, 0.1, 0.3, 0.1))
    given = FeatureBuilder(names, 60.0, 1, table).matrix(tilts, CONTEXT)
    hypotheses = hypotheses_of(table, 0.12, 0.121)
    outflow = HypotheticalOutflow(hypotheses, CONTEXT, 60.0)
    shares = np.reshape(hypotheses.cup_prior, (-1, 1))
    expected = [(shares * outflow.step(tilt)).sum(axis=0)[[7, 10]] for tilt in tilts.tolist()]
    assert given == pytest.approx(np.array(expected), rel=1e-5, abs=1e-6)
    assert np.abs(given - FeatureBuilder(names, 60.0, 1).matrix(tilts, CONTEXT)).max() > 0.01


def test_a_trace_is_the_matrix_and_what_is_behind_it(tilts):
    builder = FeatureBuilder(ALL, 60.0, 1)
    mounting = Mounting(hypotheses_of((), 0.12, 0.121))
    mounting.weigh(np.full((9, 15), 1.0) * np.arange(15), 9.0, 20.0)
    features, arrived, shares = builder.trace(tilts, CONTEXT, mounting)
    assert features.tobytes() == builder.matrix(tilts, CONTEXT, mounting).tobytes()
    assert features.tobytes() != builder.matrix(tilts, CONTEXT).tobytes()
    assert arrived.shape == (100, 9, 15) and shares.shape == (9, 15)
    physics = features[:, [ALL.index(name) for name in PHYSICS_FEATURES]]
    assert physics == pytest.approx((arrived * shares).sum(axis=1), rel=1e-5, abs=1e-6)


def test_a_second_pour_knows_nothing_of_the_first(tilts):
    builder = FeatureBuilder(ALL, 60.0, 1)
    first = builder.matrix(tilts, CONTEXT)
    builder.matrix(tilts[::-1], replace(CONTEXT, cup_height=0.3))
    assert builder.matrix(tilts, CONTEXT).tobytes() == first.tobytes()


@pytest.mark.parametrize(
    'names, fields',
    [
        (('theta', 'theta_velocity'), ()),
        (('f_init',), ('initial_weight',)),
        (('capacity', 'h_pc'), SIZES),
        (('excess', 'f_init', 'rho'), (*SIZES, 'initial_weight', 'relative_density')),
        (('physics_+0', 'theta', 'prior_-4'), (*SIZES, 'initial_weight')),
        (('d_pc', 'cup_known', 'h_pc'), ('cup_diameter', 'cup_height')),
        (('f_final', 'f_empty', 'd_rc'), ('empty_weight', 'receiver_diameter')),
    ],
)
def test_needed_context(names, fields):
    assert needed_context(names) == fields


def test_a_leaking_feature_needs_the_outcome():
    assert leaking_features((*ALL, 'f_final')) == ('f_final',) and leaking_features(ALL) == ()
    builder = FeatureBuilder(('theta', 'f_final'), 60.0, 1)
    assert feature_unit('f_final') == 'N'
    rows = builder.matrix([0.0, 0.1], CONTEXT, weight_after=0.75)
    assert rows[:, 1].tolist() == [0.75, 0.75]
    assert missing(builder, CONTEXT) == ('weight_after',)
    assert builder.row(0.2)[0, 1] == 0.75  # nothing has changed


def test_a_refused_start_changes_nothing(tilts):
    builder = FeatureBuilder(ALL, 60.0, 1)
    whole = builder.matrix(tilts, CONTEXT)
    builder.start(CONTEXT)
    for tilt in tilts[:50].tolist():
        builder.row(tilt)
    wrong = replace(CONTEXT, cup_height=0.2, cup_diameter=None)
    assert missing(builder, wrong) == ('cup_diameter',)
    rest = np.concatenate([builder.row(tilt).copy() for tilt in tilts[50:].tolist()])
    assert rest.tobytes() == whole[50:].tobytes()
