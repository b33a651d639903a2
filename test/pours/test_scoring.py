# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.scoring against numbers computed by hand."""

import random

import numpy as np
import pytest

from pour_force_estimator.pours.scoring import NEW_POUR_AFTER_NS, PourScorer, ScoredPour, summarize

S = 1_000_000_000
START = 1_700_000_000 * S


@pytest.fixture
def pour():
    """Return a pour of 0 to 2 N in 2 s, and three estimates."""
    times = np.array([0.0, 1.0, 2.0])
    bounds = np.array([0.5, np.nan, np.nan]), np.array([1.0, 2.0, np.nan])
    return ScoredPour(times, times, np.array([0.5, 1.5, 2.0]), np.array([0.75, 1.5, 1.0]), *bounds)


def scored(truth, estimates=()):
    """Return a scorer that was given all truth before all estimates."""
    return play([('truth', *sample) for sample in truth] + [('estimate', *e) for e in estimates])


def play(messages):
    """Return a scorer that was given messages (kind, stamp, value), one received each ns."""
    scorer = PourScorer()
    for place, (kind, stamp, value) in enumerate(messages):
        arrival = [START + place] if kind == 'estimate' else []
        getattr(scorer, f'add_{kind}')(stamp, value, *arrival)
    return scorer


def test_errors_are_against_the_truth_in_between_and_an_interval_has_two_bounds(pour):
    assert pour.errors().tolist() == pytest.approx([0.25, 0.0, -1.0])
    assert pour.has_interval().tolist() == [True, False, False]


@pytest.mark.parametrize('density', [1.0, 1.25])
def test_summary_by_hand(pour, density):
    (row,) = summarize([pour], relative_density=density)
    rmse, ml = np.sqrt((0.0625 + 1.0) / 3.0), 1000.0 / 9.80665 / density
    weights = {'rmse_newton': rmse, 'rmse_ml': rmse * ml}
    assert row == pytest.approx({**weights, 'poured_ml': 2.0 * ml, 'final_error_ml': -ml})


def test_times_count_from_the_first_truth():
    empty = PourScorer()
    assert empty.pours() == [] and empty.delays_s().shape == (0,)
    assert empty.latest_true is None and empty.latest_estimate is None
    scorer = scored([(START, 0.0), (START + S // 4, 0.5)], [(START + S // 8, 0.3)])
    (pour,) = scorer.pours()
    assert [pour.true_s.tolist(), pour.true_weight.tolist()] == [[0.0, 0.25], [0.0, 0.5]]
    assert [pour.estimate_s.tolist(), pour.estimated_weight.tolist()] == [[0.125], [0.3]]
    assert (scorer.latest_true, scorer.latest_estimate) == (0.5, 0.3)


def test_a_silence_of_the_truth_separates_pours():
    silence = NEW_POUR_AFTER_NS
    scorer = scored([(START, 0.0), (START + silence, 1.0), (START + 2 * silence + 1, 0.25)])
    assert [pour.true_weight.tolist() for pour in scorer.pours()] == [[0.0, 1.0], [0.25]]
    assert all(len(pour.estimated_weight) == 0 for pour in scorer.pours())


def test_estimates_belong_to_the_pour_of_their_stamp():
    truth = [(START, 0.0), (START + S // 2, 1.0), (START + 9 * S, 0.0), (START + 19 * S // 2, 1.0)]
    stamps = START - 1, START, START + S // 2, START + S // 2 + 1, START + 9 * S, START + 10 * S
    pours = scored(truth, list(zip(stamps, range(10, 16)))).pours()
    assert [pour.estimated_weight.tolist() for pour in pours] == [[11.0, 12.0], [14.0]]
    assert pours[1].estimate_s.tolist() == [0.0]


def test_the_order_of_arrival_does_not_matter():
    stamps = [START + k * S // 10 for k in (*range(5), *range(50, 55))]
    messages = [('truth', stamp, k * 0.1) for k, stamp in enumerate(stamps)]
    messages += [('estimate', stamp, k * 0.2) for k, stamp in enumerate(stamps)]
    expected = play(messages).pours()
    random.Random(0).shuffle(messages)
    pours = play(messages).pours()
    assert len(pours) == len(expected) == 2
    for pour, in_order in zip(pours, expected):
        for name, values in vars(pour).items():
            assert np.array_equal(values, getattr(in_order, name), equal_nan=True)


def test_delay_counts_from_the_joint_state_that_completed_the_tick():
    """The tick at 30 was completed by the joint state at 40, which arrived at 1.04 s."""
    scorer = PourScorer()
    scorer.add_estimate(START + 30, 0.0, 1_041_000_000)
    for stamp in (60, 0, 40, 20):
        scorer.add_joint_state(START + stamp, 1_000_000_000 + stamp * 1_000_000)
    scorer.add_estimate(START + 60, 0.0, 1_062_500_000)
    scorer.add_estimate(START + 61, 0.0, 2_000_000_000)  # its joint state was lost
    assert scorer.delays_s() == pytest.approx([0.001, 0.0025])


def ticks(count):
    """Return what the node publishes at its ticks; all of one has its stamp."""
    return [
        (kind, START + 1000 * number, number + shift)
        for number in range(count)
        for kind, shift in (('lower', -0.5), ('upper', 0.5), ('estimate', 0.0))
    ]


def bounds_of(messages):
    """Return weights and bounds of one pour that lasts for all of `messages`."""
    truth = [('truth', START, 0.0), ('truth', START + S // 2, 1.0)]
    (pour,) = play([*truth, *messages]).pours()
    return [pour.estimated_weight.tolist(), pour.lower.tolist(), pour.upper.tolist()]


def test_bounds_belong_to_the_estimate_with_their_stamp():
    """Whatever the order in which they come: never to that of another tick."""
    messages = ticks(9)
    expected = [[number + shift for number in range(9)] for shift in (0.0, -0.5, 0.5)]
    assert bounds_of(messages) == expected
    random.Random(1).shuffle(messages)
    assert bounds_of(messages) == expected


@pytest.mark.parametrize('lost', ['lower', 'upper', 'estimate'])
def test_a_lost_message_shifts_no_other(lost):
    messages = [message for message in ticks(5) if message[:2] != (lost, START + 2000)]
    weights, lower, upper = bounds_of(messages)
    for weight, low, high in zip(weights, lower, upper):
        is_lost = weight == 2.0
        assert np.isnan(low) if is_lost and lost == 'lower' else low == weight - 0.5
        assert np.isnan(high) if is_lost and lost == 'upper' else high == weight + 0.5
    assert len(weights) == (4 if lost == 'estimate' else 5)


def test_bounds_that_were_heard_late_are_those_of_the_last_estimates():
    for first in (3, 5):
        heard = [row for row in ticks(5) if row[0] == 'estimate' or row[1] >= START + 1000 * first]
        weights, lower, upper = bounds_of(heard)
        assert weights == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert np.isnan([lower[:first], upper[:first]]).all()
        assert lower[first:] == [weight - 0.5 for weight in weights[first:]]
