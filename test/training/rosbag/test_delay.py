# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.rosbag.delay: delays that are known are found, for any shape of the cup."""

import numpy as np
import pytest

from pour_force_estimator.context import PourContext
from pour_force_estimator.simulation import FITTED_CUPS, Population, simulate_pours
from training.rosbag.delay import Delay, DelayedPour, estimate_delay

RATE_HZ = 60.0


def delayed_pours(cup, delay_s, n=8, control='closed', seed=0, noise=0.02):
    """Return pours of a cup whose scale lags by `delay_s` and is noisy."""
    rng = np.random.default_rng(seed)
    population = Population.of([cup] * n, 1.0, rng.uniform(0.25, 0.6, n))
    pours = simulate_pours(n, rng, control=control, population=population)
    lag, delayed = round(delay_s * RATE_HZ), []
    for index, length in enumerate(pours.lengths):
        seen = pours.poured_weight[index, np.maximum(np.arange(length) - lag, 0)]
        seen = seen + noise * rng.standard_normal(length)
        size = {'cup_height': cup.height, 'cup_diameter': cup.diameter}
        context = PourContext(initial_weight=pours.population.weight[index], **size)
        delayed.append(DelayedPour(pours.tilt[index, :length], seen, context))
    return delayed


@pytest.mark.parametrize('name', FITTED_CUPS)
@pytest.mark.parametrize('control', ['open', 'closed'])
def test_delays_are_found_whatever_the_cup(name, control):
    """Within 0.05 s: two to three steps of the network."""
    for delay_s in (0.0, 0.3):
        delay = estimate_delay(delayed_pours(FITTED_CUPS[name], delay_s, control=control), RATE_HZ)
        assert delay.is_sure and delay.pours == 8 and delay.spread_s < 0.2
        assert delay.seconds == pytest.approx(delay_s, abs=0.05)


def test_pours_of_different_cups_decide_together():
    pours = [delayed_pours(cup, 0.25, n=2, seed=3) for cup in FITTED_CUPS.values()]
    delay = estimate_delay(sum(pours, []), RATE_HZ)
    assert delay.seconds == pytest.approx(0.25, abs=0.03) and delay.pours == 10


def test_the_delay_of_the_robot_trials(robot_trials):
    """It was 0.1 s in a fit of the cups, which knew nothing of this method."""
    delay = estimate_delay(
        [DelayedPour(pour.tilt, pour.poured_weight, pour.context) for pour in robot_trials.pours],
        RATE_HZ,
    )
    assert delay.is_sure
    assert delay.seconds == pytest.approx(0.1, abs=0.05)


def test_one_pour_is_enough():
    pours = delayed_pours(FITTED_CUPS['cylinder_120x121'], 0.5, n=1)
    assert estimate_delay(pours, RATE_HZ).seconds == pytest.approx(0.5, abs=0.1)


def test_a_weight_that_has_nothing_to_do_with_the_tilt_gives_no_sure_delay():
    rng = np.random.default_rng(5)
    pours = [
        DelayedPour(pour.tilt, np.cumsum(rng.standard_normal(len(pour.tilt))), pour.context)
        for pour in delayed_pours(FITTED_CUPS['cylinder_120x121'], 0.0)
    ]
    assert not estimate_delay(pours, RATE_HZ).is_sure


def test_a_delay_at_the_end_of_the_range_is_not_sure():
    assert not Delay(2.0, 0.9, 0.1, 5).is_sure
    assert Delay(0.2, 0.9, 0.1, 5).is_sure
