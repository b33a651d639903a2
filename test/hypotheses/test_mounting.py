# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.hypotheses.mounting."""

from dataclasses import replace
import json
import math
import warnings

import hypothesis
from hypothesis import strategies
from hypothetical_pours import BOTTLE, context_of, CYLINDER, outflow_of, turn
from json_values import json_values
import numpy as np
import pytest

from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.errors import MountingError
from pour_force_estimator.hypotheses import Hypotheses, hypotheses_of
from pour_force_estimator.hypotheses.grid import OFFSET_STEPS, POUR_SPREAD_DEG, SESSION_SPREAD_DEG
from pour_force_estimator.hypotheses.mounting import Mounting, WEIGHING_SPREAD, WEIGHING_SPREAD_N

TABLE = CupTable([CYLINDER, BOTTLE])
KNOWN = hypotheses_of(TABLE, 0.120, 0.121)
NEW = hypotheses_of(TABLE, 0.100, 0.130)
DEGREE = math.pi / 180.0
JSON = json_values('height', 'diameter', 'cups', 'x')


def finals(hypotheses, largest=0.85):
    """Return what a pour has poured under each hypothesis [N], and what was in the cup."""
    context = context_of(hypotheses.typical)
    return outflow_of(hypotheses, context, turn(largest=largest)).left, context.initial_weight


def weighed_at(left, hypotheses, offset_deg):
    """Return what the pour gives if the typical cup sits so [N]."""
    row = hypotheses.cups.index(hypotheses.typical)
    return float(np.interp(offset_deg, hypotheses.offsets_deg, left[row]))


def test_what_is_known_at_first():
    mounting = Mounting(KNOWN)
    assert mounting.pours_weighed == 0
    assert mounting.offset == pytest.approx(0.0, abs=1e-12)
    # the grid ends at 3.2 standard deviations
    assert mounting.spread / DEGREE == pytest.approx(SESSION_SPREAD_DEG, rel=0.02)
    prior = mounting.pour_prior()[0]
    spread = math.sqrt(prior @ np.square(KNOWN.offsets_deg))
    assert spread == pytest.approx(math.hypot(SESSION_SPREAD_DEG, POUR_SPREAD_DEG), rel=0.03)


def test_a_posterior_by_hand():
    """Two shapes; sums over all mountings and all pours, written out with scalars."""
    hypotheses = Hypotheses((CYLINDER, replace(CYLINDER, discharge=0.2)), (0.7, 0.3), 1.0, 0.0)
    final = np.array([(2.0 + 0.2 * step, 1.0 + 0.05 * step**2) for step in OFFSET_STEPS]).T
    weighed, initial = 2.5, 8.0
    mounting = Mounting(hypotheses)
    mounting.weigh(final, weighed, initial)

    def bell(x, spread):
        return math.exp(-0.5 * (x / spread) ** 2) / (spread * math.sqrt(2.0 * math.pi))

    steps = [quarter / 4.0 for quarter in range(-28, 29)]
    spread_n = WEIGHING_SPREAD_N + WEIGHING_SPREAD * weighed
    expected = np.zeros((2, len(steps)))
    for shape, share in enumerate(hypotheses.cup_prior):
        for index, of_session in enumerate(steps):
            of_pours = [bell(of_session - of_pour, POUR_SPREAD_DEG) for of_pour in steps]
            likelihood = 0.0
            for p, of_pour in zip(of_pours, steps):
                error = np.interp(of_pour, OFFSET_STEPS, final[shape]) - weighed
                mixture = 0.01 / initial + 0.99 * bell(error, spread_n)
                likelihood += p / sum(of_pours) * mixture
            expected[shape, index] = share * bell(of_session, SESSION_SPREAD_DEG) * likelihood
    expected /= expected.sum()
    offsets = expected.sum(axis=0)
    assert mounting.offset_distribution()[1] == pytest.approx(offsets, abs=1e-12)
    assert mounting.offset / DEGREE == pytest.approx(offsets @ steps)
    variance = offsets @ np.square(steps) - (offsets @ steps) ** 2
    assert mounting.spread / DEGREE == pytest.approx(math.sqrt(variance))
    assert mounting.pours_weighed == 1
    assert mounting.pour_prior().sum() == pytest.approx(1.0)


@pytest.mark.parametrize('offset_deg', [-3.0, 0.0, 1.3, 3.0])
def test_weighing_finds_the_offset(offset_deg):
    """Each time nearer to it, and surer; whatever was poured."""
    mounting, pours = Mounting(KNOWN), [finals(KNOWN, largest) for largest in (0.8, 0.85, 0.9)]
    spreads = [mounting.spread / DEGREE]
    for number in range(40):
        left, initial = pours[number % 3]
        mounting.weigh(left, weighed_at(left, KNOWN, offset_deg), initial)
        spreads.append(mounting.spread / DEGREE)
        assert number < 5 or mounting.offset / DEGREE == pytest.approx(offset_deg, abs=0.2)
    assert all(later < before for before, later in zip(spreads, spreads[1:]))
    # a pour tells no more than how the offsets scatter from pour to pour, as the next one will
    assert POUR_SPREAD_DEG < spreads[1] < POUR_SPREAD_DEG + 0.5
    assert POUR_SPREAD_DEG / math.sqrt(6) * 0.9 < spreads[6] and spreads[-1] < 0.2
    prior = mounting.pour_prior()[0]
    variance = prior @ np.square(KNOWN.offsets_deg) - (prior @ KNOWN.offsets_deg) ** 2
    assert math.sqrt(variance) > POUR_SPREAD_DEG


@pytest.mark.parametrize('offset_deg', [-4.0, 0.0, 4.0])
def test_of_a_new_cup_another_shape_explains_an_offset_too(offset_deg):
    """But all agree about what such a pour gives."""
    left, initial = finals(NEW)
    mounting, weighed = Mounting(NEW), weighed_at(left, NEW, offset_deg)
    for _ in range(6):
        mounting.weigh(left, weighed, initial)
    assert float(np.vdot(mounting.pour_prior(), left)) == pytest.approx(weighed, rel=0.02)


def test_the_shape_of_a_new_cup_is_found_too():
    truth = NEW.cups.index(max(NEW.cups, key=lambda cup: (cup.lip_ratio, cup.discharge)))
    mounting = Mounting(NEW)
    for largest in (1.0, 1.2, 1.4):
        left, initial = finals(NEW, largest)
        mounting.weigh(left, float(left[truth, 7]), initial)
    assert mounting.pour_prior()[truth].sum() > NEW.cup_prior[truth]


@pytest.mark.parametrize('hypotheses', [KNOWN, NEW])
@pytest.mark.parametrize('share', [0.0, 1.0])
def test_an_impossible_weight_leaves_all_finite_and_hardly_changed(hypotheses, share):
    """A cup that was filled again, a pour into another vessel: no hypothesis explains it."""
    left, initial = finals(hypotheses, 1.1)
    mounting = Mounting(hypotheses)
    before = mounting.pour_prior()
    for _ in range(50):
        mounting.weigh(np.maximum(left, 0.5), share * 10.0 * initial, initial)
    prior = mounting.pour_prior()
    assert np.isfinite(prior).all() and prior.sum() == pytest.approx(1.0)
    assert 0.0 < mounting.spread and math.isfinite(mounting.offset)
    assert not share or prior == pytest.approx(before, abs=0.02)


def test_what_was_learned_of_a_cup_stays_when_it_is_mounted_anew():
    """Its own offset is half-way between the mountings', and its shape is what it was."""
    left, initial = finals(NEW, 1.1)
    mounting = Mounting(NEW)
    spread = mounting.spread
    for offset_deg in (5.0, 1.0, 4.0, 2.0):
        for _ in range(3):
            mounting.weigh(left, weighed_at(left, NEW, offset_deg), initial)
        shapes = mounting.pour_prior().sum(axis=1)
        assert mounting.offset / DEGREE == pytest.approx(offset_deg, abs=1.5)
        mounting.remount()
        assert mounting.pours_weighed == 0
        assert mounting.pour_prior().sum(axis=1) == pytest.approx(shapes, abs=1e-6)
        # the next mounting is unknown by what mountings differ, and less and less by the cup
        assert SESSION_SPREAD_DEG < mounting.spread / DEGREE < spread / DEGREE
        spread = mounting.spread
    assert mounting.offset / DEGREE == pytest.approx(3.0, abs=1.0)


def test_two_mountings_by_hand():
    """The offset of a cup from two normal likelihoods, in closed form."""
    hypotheses = Hypotheses((CYLINDER,), (1.0,), 1.6, 2.0)
    left = 2.0 + 0.4 * hypotheses.offsets_deg[np.newaxis]
    initial = 50.0
    mounting = Mounting(hypotheses)
    precision, mean_deg = 1.0 / 2.0**2, 0.0
    for weighed in (2.8, 1.9):
        mounting.weigh(left, weighed, initial)
        spread_n = WEIGHING_SPREAD_N + WEIGHING_SPREAD * weighed
        of_weighing = math.hypot(SESSION_SPREAD_DEG, math.hypot(POUR_SPREAD_DEG, spread_n / 0.4))
        gain = of_weighing**-2 / (precision + of_weighing**-2)
        mean_deg += gain * ((weighed - 2.0) / 0.4 - mean_deg)
        precision += of_weighing**-2
        mounting.remount()
    # the offset of the next mounting
    assert mounting.offset / DEGREE == pytest.approx(mean_deg, abs=0.03)
    expected = math.hypot(SESSION_SPREAD_DEG, precision**-0.5)
    assert mounting.spread / DEGREE == pytest.approx(expected, rel=0.02)


def test_the_cup_of_a_fit_is_as_unknown_as_the_fit_says():
    cup = replace(CYLINDER, pours=3, flow_spread=0.4, offset_per_flow=0.02, offset_spread=0.03)
    hypotheses = hypotheses_of([cup], CYLINDER.height, CYLINDER.diameter)
    probabilities = np.array(hypotheses.cup_prior)
    flows = np.log([shape.discharge / cup.discharge for shape in hypotheses.cups])
    offsets = np.array([shape.angle_offset - cup.angle_offset for shape in hypotheses.cups])
    assert probabilities.sum() == pytest.approx(1.0)
    assert probabilities @ flows == pytest.approx(0.0, abs=1e-12)
    assert math.sqrt(probabilities @ flows**2) == pytest.approx(0.4)
    assert offsets == pytest.approx(0.02 * flows)
    assert hypotheses.spread_deg == pytest.approx(math.hypot(SESSION_SPREAD_DEG, 0.03 / DEGREE))
    assert Mounting(hypotheses).spread / DEGREE == pytest.approx(hypotheses.spread_deg, rel=0.02)


def test_hardly_unknown_flow_is_one_hypothesis():
    cup = replace(CYLINDER, pours=30, flow_spread=0.01, offset_spread=0.003)
    assert hypotheses_of([cup], CYLINDER.height, CYLINDER.diameter).cups == (cup,)


@pytest.mark.parametrize('hypotheses', [KNOWN, NEW])
def test_it_survives_a_file(hypotheses):
    left, initial = finals(hypotheses)
    mounting = Mounting(hypotheses)
    mounting.weigh(left, weighed_at(left, hypotheses, 2.0), initial)
    again = Mounting.from_dict(json.loads(json.dumps(mounting.to_dict())), hypotheses)
    assert again.to_dict() == mounting.to_dict()
    for copy in (mounting, again):
        copy.weigh(left, weighed_at(left, hypotheses, 2.0), initial)
    assert again.to_dict() == mounting.to_dict() and again.pours_weighed == 2


def refusal(values, hypotheses=KNOWN):
    with pytest.raises(MountingError) as caught, warnings.catch_warnings():
        warnings.simplefilter('error')
        Mounting.from_dict(values, hypotheses)
    message = str(caught.value)
    assert message.startswith('mounting') and message.isprintable() and len(message) < 400
    return message


def test_one_of_another_cup_or_fit():
    values = Mounting(KNOWN).to_dict()
    assert '120 x 121 mm' in refusal(values, NEW)
    fitted_anew = hypotheses_of([replace(CYLINDER, discharge=0.5)], 0.120, 0.121)
    assert 'another fit' in refusal(values, fitted_anew)


@pytest.mark.parametrize(
    'change, part',
    [
        ({'pours_weighed': -1}, 'pours_weighed: expected a whole number, received -1'),
        ({'pours_weighed': True}, 'pours_weighed: expected a whole number'),
        ({'pours_before': 1.0}, 'pours_before: expected a whole number'),
        ({'pours_weighed': 10**5000}, 'pours_weighed: expected a whole number'),
        ({'pours_weighed': 'x' * 10_000}, 'pours_weighed: expected a whole number'),
        ({'cup': []}, 'cup: expected 1 x 57 probabilities whose sum is 1'),
        ({'cup': [[1.0 / 57] * 56]}, 'received shape (1, 56)'),
        ({'cup': [[1.0] * 57]}, 'or 57'),
        ({'cup': [[math.inf, -math.inf] + [0.0] * 55]}, 'or nan'),
        ({'cup': [[2.0, -1.0] + [0.0] * 55]}, 'received others'),
        ({'cup': [['a'] * 57]}, 'received others'),
        ({'likelihood': [[10**400] * 57]}, 'received others'),
        ({'likelihood': [[1.0], [1.0, 2.0]]}, 'received others'),
        ({'likelihood': [[0.0] * 57]}, 'of which the largest is 1, received others or 0'),
        ({'likelihood': None}, 'likelihood: expected'),
        ({'step_deg': 1.8}, 'another fit'),
        ({'cups': []}, 'no sizes'),
        ({'cups': None}, 'no sizes'),
        ({'cups': [{'name': 'cup', 'height': 10**400, 'diameter': 0.1}]}, 'no sizes'),
        ({'more': 1}, 'expected cups, step_deg'),
    ],
    ids=range(20),
)
def test_broken_ones(change, part):
    assert part in refusal({**Mounting(KNOWN).to_dict(), **change})


@hypothesis.settings(max_examples=50)
@hypothesis.given(JSON)
def test_anything_else_is_refused(values):
    refusal(values)


@hypothesis.settings(max_examples=50)
@hypothesis.given(strategies.sampled_from(sorted(Mounting(KNOWN).to_dict())), JSON)
def test_anything_else_in_one_field_is_refused(name, value):
    """Other than numbers of pours, which can be any."""
    values = {**Mounting(KNOWN).to_dict(), name: value}
    if name.startswith('pours_') and type(value) is int and 0 <= value < 10**9:
        assert getattr(Mounting.from_dict(values, KNOWN), name) == value
    elif name != 'step_deg' or value != 1.0:
        refusal(values)
    values.pop(name)
    refusal(values)
