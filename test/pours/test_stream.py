# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.stream."""

import math

import pytest
from signals import pour, ticks

from pour_force_estimator.pours.stream import PourStream

S = 1_000_000_000


def play(stream, parts, start_ns=0, weight_every=2, has_scale=True):
    """Feed samples, each weight before the joint state of its time; return the cuts."""
    cuts = []
    for index, (stamp, tilt, weight) in enumerate(ticks(*parts)):
        if index % weight_every == 0 and has_scale:
            stream.add_weight(weight)
        cuts += stream.add_tilt(start_ns + stamp, tilt)
    return cuts


def test_pours_are_cut_from_samples_of_different_rates():
    (piece,) = play(PourStream(), pour(5.0, 6.0), start_ns=1_700_000_000 * S, weight_every=5)
    assert piece.is_pour
    assert piece.change == pytest.approx(1.0)
    assert piece.start_ns >= 1_700_000_000 * S


def test_a_gap_of_the_joint_states_ends_a_pour_with_the_gap_as_reason():
    stream = PourStream()
    play(stream, pour(5.0, 6.0)[:3])
    assert stream.add_tilt(6 * S, 1.0) == []  # it may be a stray
    (piece,) = stream.add_tilt(6 * S + S // 100, 1.0)
    assert piece.reason == 'a gap of 1.000 s in the samples of the joint states'
    assert play(stream, pour(6.0, 7.0), start_ns=7 * S)[0].is_pour


def test_a_clock_that_goes_back_starts_anew():
    stream = PourStream()
    assert play(stream, pour(5.0, 6.0), start_ns=100 * S)[0].is_pour
    assert play(stream, pour(6.0, 7.0))[0].is_pour
    assert stream.stamp_ns < 100 * S


def test_a_silent_scale_ends_a_pour_and_without_any_there_is_none():
    stream = PourStream()
    play(stream, pour(5.0, 6.0)[:2])
    cuts = play(stream, ((1.0, 1.0, 6.0),), start_ns=4 * S + 20_000_000, has_scale=False)
    assert [cut.reason for cut in cuts] == ['no reading of the scale for 0.5 s']
    assert play(PourStream(), pour(5.0, 6.0), has_scale=False) == []


def test_readings_that_are_no_number_count_as_none():
    stream = PourStream()
    stream.add_weight(5.0)
    stream.add_weight(math.nan)
    assert stream.weight == 5.0
