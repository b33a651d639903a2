# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.spikes."""

import numpy as np
import pytest
from signals import pour, ticks

from pour_force_estimator.pours.cut import Cut
from pour_force_estimator.pours.spikes import find_spikes, judge_spikes, SpikeFilter
from pour_force_estimator.pours.stream import PourStream

FULL_SCALE = 8388607 * 0.00980665
"""What a converter of 24 bits says at its end, in grams, as newton."""


def weights_of_a_pour(rate_hz, noise=0.004, flow_s=1.0, seed=0):
    """Return the readings of a pour of 3 N: rest, flow, rest."""
    time_s = np.arange(0.0, 9.0, 1.0 / rate_hz)
    weight = 12.0 + np.interp(time_s, [4.0, 4.0 + flow_s], [0.0, 3.0])
    return weight + noise * np.random.default_rng(seed).standard_normal(len(weight))


@pytest.mark.parametrize('rate_hz', [10.0, 50.0, 80.0, 1000.0])
@pytest.mark.parametrize('flow_s', [0.05, 0.5, 4.0])
@pytest.mark.parametrize('noise', [0.0, 0.004, 0.05])
def test_a_pour_has_no_spikes(rate_hz, flow_s, noise):
    """However fast: what rises and stays is none."""
    assert not find_spikes(weights_of_a_pour(rate_hz, noise, flow_s)).any()


@pytest.mark.parametrize('rate_hz', [10.0, 50.0])
@pytest.mark.parametrize('spike', [FULL_SCALE, -FULL_SCALE, -3.08, 0.8])
def test_spikes_are_found_wherever_they_are(rate_hz, spike):
    """At rest, at the begin and the end, in the flow, and three in a row."""
    weights = weights_of_a_pour(rate_hz, flow_s=2.0)
    middle, row = (np.array(seconds) * rate_hz for seconds in ([3.0, 5.0], [7.0] * 3))
    places = np.rint([0, 8, 9, *middle, *row + range(3), len(weights) - 1]).astype(int)
    weights[places] += spike
    assert np.flatnonzero(find_spikes(weights)).tolist() == sorted({*places.tolist()})


@pytest.mark.parametrize('seed', range(5))
def test_two_percent_of_spikes(seed):
    rng = np.random.default_rng(seed)
    weights = weights_of_a_pour(80.0, seed=seed)
    spiked = rng.random(len(weights)) < 0.02
    weights[spiked] += rng.choice([-1, 1], spiked.sum()) * rng.uniform(0.5, 500.0, spiked.sum())
    is_spike = find_spikes(weights)
    assert (is_spike[spiked]).all() and not is_spike[~spiked].any()


def test_what_comes_out_live_is_what_stays_of_a_recording():
    weights = weights_of_a_pour(50.0)
    weights[[100, 220, 300]] -= 3.0
    spikes, live = SpikeFilter(), []
    for index, weight in enumerate(weights.tolist()):
        live += spikes.push(index, weight)
    live += spikes.flush()
    assert [index for index, _ in live] == np.flatnonzero(~find_spikes(weights)).tolist()
    assert spikes.take_spikes() == [100, 220, 300] and spikes.take_spikes() == []


def test_a_reading_near_the_last_ones_is_not_late():
    spikes = SpikeFilter()
    assert [len(spikes.push(index, 5.0 + 0.02 * index)) for index in range(9)] == [1] * 9


@pytest.mark.parametrize('weights', [[], [5.0], [5.0, 900.0], [1.0, 2.0, 3.0]])
def test_short_recordings(weights):
    assert len(find_spikes(np.array(weights))) == len(weights)


def test_too_many_spikes_refuse_a_pour_by_that_name():
    pour_cut = Cut(0, 6_000_000_000, tare=1.0, change=0.5)
    few = judge_spikes(pour_cut, 5, 60)
    assert few.is_pour and few.spikes == 5
    many = judge_spikes(Cut(0, 1, 'no rest before it', poured_nothing=True), 41, 800)
    assert many.reason.startswith('too many spikes: 41 of 800 readings') and many.spikes == 41
    assert not many.poured_nothing


def play(spiked):
    """Return the cut of a pour whose readings at the indices `spiked` are at full scale."""
    stream, cuts = PourStream(), []
    for index, (stamp, tilt, weight) in enumerate(ticks(*pour(5.0, 6.5))):
        stream.add_weight(FULL_SCALE if index in spiked else weight)
        cuts += stream.add_tilt(stamp, tilt)
    (piece,) = cuts
    return piece


def test_a_live_pour_is_what_it_is_without_its_spikes_unless_these_are_many():
    clean, spiked, full = map(play, ((), {90, 150, 270, 271, 400}, range(0, 600, 8)))
    assert spiked.is_pour and spiked.spikes == 5 and clean.spikes == 0
    assert spiked.change == pytest.approx(clean.change) == pytest.approx(1.5)
    assert spiked.tare == pytest.approx(5.0)
    assert full.reason.startswith('too many spikes: ')
