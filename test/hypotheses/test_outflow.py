# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.hypotheses: grid, outflow and belief."""

from dataclasses import replace

import hypothesis
from hypothesis import strategies
from hypothetical_pours import BOTTLE, context_of, CYLINDER, outflow_of, RATE_HZ, turn
import numpy as np
import pytest

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.hypotheses import hypotheses_of, Mounting
from pour_force_estimator.hypotheses.belief import central_interval, mean
from pour_force_estimator.hypotheses.grid import normal, OFFSET_STEPS
from pour_force_estimator.simulation import simulate_pour
from pour_force_estimator.units import degree_to_rad

TABLE = CupTable([CYLINDER, BOTTLE])
SIZES = [(0.120, 0.121), (0.292, 0.075), (0.100, 0.130), (0.250, 0.080)]
"""Two cups that are known, and one of either kind that is not."""

PAIRS = strategies.tuples(strategies.floats(0.0, 1.0), strategies.floats(0.0, 10.0))


@pytest.mark.parametrize('size', SIZES)
def test_probabilities_of_a_new_mounting_sum_to_one(size):
    hypotheses = hypotheses_of(TABLE, *size)
    assert sum(hypotheses.cup_prior) == pytest.approx(1.0) and min(hypotheses.cup_prior) > 0.0
    assert len(hypotheses.cups) == len(hypotheses.cup_prior) == len(set(hypotheses.cups))
    prior = Mounting(hypotheses).pour_prior()
    assert prior.shape == (len(hypotheses.cups), len(OFFSET_STEPS))
    assert prior.sum() == pytest.approx(1.0) and prior.min() > 0.0
    assert prior.sum(axis=1) == pytest.approx(hypotheses.cup_prior)
    assert prior == pytest.approx(prior[:, ::-1])
    assert np.argmax(prior.sum(axis=0)) == OFFSET_STEPS.index(0)


@pytest.mark.parametrize('cup', [CYLINDER, BOTTLE])
def test_a_known_cup_has_one_shape_that_of_its_fit(cup):
    hypotheses = hypotheses_of(TABLE, cup.height, cup.diameter)
    assert (hypotheses.cups, hypotheses.cup_prior, hypotheses.typical) == ((cup,), (1.0,), cup)
    assert hypotheses.offsets_deg.tolist() == list(range(-7, 8))


@pytest.mark.parametrize('size, lips', [((0.100, 0.130), 3), ((0.250, 0.080), 4)])
def test_a_new_cup_may_be_one_of_several(size, lips):
    hypotheses = hypotheses_of(TABLE, *size)
    assert all(cup.is_size(*size) for cup in hypotheses.cups)
    assert len({cup.lip_ratio for cup in hypotheses.cups}) == lips
    assert len(hypotheses.cups) == 3 * lips
    expected = TABLE.find(*size)
    assert hypotheses.typical.discharge == expected.discharge
    flows = sorted({cup.discharge / expected.discharge for cup in hypotheses.cups})
    assert flows == pytest.approx([0.4, 1.0, min(2.5, 2.0 / expected.discharge)], rel=0.01)
    assert hypotheses.offsets_deg.max() > hypotheses_of(TABLE, 0.120, 0.121).offsets_deg.max()
    assert hypotheses.spread_deg > hypotheses_of(TABLE, 0.120, 0.121).spread_deg


@pytest.mark.parametrize('size', SIZES)
def test_the_same_cup_has_the_same_hypotheses(size):
    """They are keys of tables, and tell whether a mounting is of this cup."""
    hypotheses, again = (hypotheses_of(CupTable([CYLINDER, BOTTLE]), *size) for _ in range(2))
    assert hypotheses == again and hash(hypotheses) == hash(again)
    fitted_anew = CupTable([replace(CYLINDER, discharge=0.43), replace(BOTTLE, discharge=0.61)])
    assert hypotheses_of(fitted_anew, *size) != hypotheses


def test_a_cup_that_cannot_be():
    with pytest.raises(SimulationError):
        hypotheses_of(TABLE, -0.1, 0.1)


def test_the_normal_density_integrates_to_one():
    x = np.linspace(-20.0, 20.0, 4001)
    assert np.trapezoid(normal(x, 2.0), x) == pytest.approx(1.0)
    assert normal(np.array(0.0), 2.0) == pytest.approx(0.19947114)


@pytest.mark.parametrize('size, largest', list(zip(SIZES, (1.35, 2.0, 1.35, 2.0))))
@pytest.mark.parametrize('density', [None, 1.3])
def test_each_hypothesis_pours_as_the_simulator(size, largest, density):
    """Within 1 % of what it pours in the end, at all times."""
    hypotheses = hypotheses_of(TABLE, *size)
    context = context_of(CupSpec.of_size(*size), density=density)
    tilts, outflow = turn(largest=largest), outflow_of(hypotheses, context)
    arrived = np.array([outflow.step(tilt) for tilt in tilts.tolist()])
    poured = 0
    for row, cup in list(enumerate(hypotheses.cups))[::4]:
        for column in (0, 4, 7, 14):
            offset = degree_to_rad(hypotheses.offsets_deg[column])
            held = replace(cup, angle_offset=cup.angle_offset + offset)
            pour = (held, context.initial_weight, tilts, RATE_HZ, density or 1.0)
            expected = simulate_pour(*pour, delay_s=hypotheses.typical.delay_s, substeps=3)
            error = np.abs(arrived[:, row, column] - expected).max()
            assert error <= 0.01 * max(expected[-1], 0.05)
            poured += expected[-1] > 0.2
    assert poured >= 2


@hypothesis.settings(max_examples=30)
@hypothesis.given(
    strategies.sampled_from(SIZES),
    strategies.floats(0.05, 1.5),
    strategies.lists(strategies.floats(-7.0, 7.0), min_size=2, max_size=40),
)
def test_volumes_never_rise_nor_become_negative(size, fill, tilts):
    """Whatever the motion, even of an overfull cup or an angle that is none."""
    outflow = outflow_of(hypotheses_of(TABLE, *size), context_of(CupSpec.of_size(*size), fill))
    before, arrived_before = outflow.volumes, 0.0
    for tilt in tilts:
        arrived = outflow.step(tilt)
        assert np.all(outflow.volumes <= before) and outflow.volumes.min() >= 0.0
        assert np.all(arrived >= arrived_before) and np.all(arrived <= outflow.left + 1e-12)
        assert outflow.flows == bool(np.any(outflow.volumes < before))
        before, arrived_before = outflow.volumes, arrived


def test_what_was_said_earlier_stays_as_it_was():
    hypotheses, tilts = hypotheses_of(TABLE, 0.120, 0.121), turn().tolist()
    outflow, again = (outflow_of(hypotheses, context_of(CYLINDER)) for _ in range(2))
    rows = [outflow.step(tilt) for tilt in tilts]
    assert all(np.array_equal(row, again.step(tilt)) for row, tilt in zip(rows, tilts))


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('fill', [0.3, 0.7, 0.95])
def test_the_onset_is_where_the_typical_cup_begins_to_pour(size, fill):
    hypotheses, context = hypotheses_of(TABLE, *size), context_of(CupSpec.of_size(*size), fill)
    onset, margin = outflow_of(hypotheses, context).onset, degree_to_rad(0.15)
    volume, cup = context.initial_weight / 9806.65, hypotheses.typical
    assert cup.capacity(onset - margin) > volume > cup.capacity(onset + margin)
    past_deg = outflow_of(hypotheses, context).past_onset_deg(onset + degree_to_rad(3.0))
    assert past_deg == pytest.approx(3.0)


def test_nothing_has_poured_before_the_onset_of_the_most_tilted():
    outflow = outflow_of(hypotheses_of(TABLE, 0.120, 0.121), context_of(CYLINDER))
    early = outflow.onset - degree_to_rad(7.5)
    for tilt in (0.1, early, early):
        outflow.step(tilt)
    assert not outflow.has_poured and not outflow.flows and not outflow.left.any()
    for tilt in (early + degree_to_rad(1.0),) * 2:
        outflow.step(tilt)
    assert outflow.has_poured and outflow.flows
    assert np.flatnonzero(outflow.left[0]).tolist() == [len(OFFSET_STEPS) - 1]
    outflow.step(0.0)
    outflow.step(0.0)
    assert outflow.has_poured and not outflow.flows


def test_mean_and_interval_by_hand():
    """Half of each probability lies on either side: 0.05 at 1.0, 0.5 at 2.0 and 0.95 at 5.0."""
    assert mean(np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[1.0, 2.0], [3.0, 4.0]])) == 3.0
    probabilities = np.array([[0.1, 0.1], [0.8, 0.0]])
    interval = central_interval(probabilities, np.array([[5.0, 1.0], [2.0, 2.0]]))
    assert interval == pytest.approx((1.0, 5.0))
    # 0.05 lies a tenth of the way from 0 to 0.5, where the weights go from 1 to 2
    interval = central_interval(np.array([[0.0, 1.0]]), np.array([[1.0, 2.0]]))
    assert interval == pytest.approx((1.1, 2.0))
    assert central_interval(np.full((2, 3), 1.0 / 6.0), np.full((2, 3), 1.5)) == (1.5, 1.5)


@hypothesis.given(strategies.lists(PAIRS, min_size=2, max_size=20), strategies.randoms())
def test_an_interval_lies_between_the_hypotheses_in_any_order(pairs, random):
    probabilities, weights = np.array(pairs).T[:, np.newaxis]
    probabilities = (probabilities + 1e-6) / (probabilities + 1e-6).sum()
    interval = low, high = central_interval(probabilities, weights)
    assert weights.min() <= low <= high <= weights.max()
    order = np.array(random.sample(range(len(pairs)), len(pairs)))
    if len(np.unique(weights)) == weights.size:
        shuffled = central_interval(probabilities[:, order], weights[:, order])
        assert shuffled == pytest.approx(interval)
