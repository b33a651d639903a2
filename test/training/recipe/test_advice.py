# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.recipe.advice: each sentence is said where its reason is, and only there."""

import numpy as np
import pytest
from small_pours import pour_of_readings

from pour_force_estimator.cups.spec import CupSpec
from training.cups.fit import CupFit
from training.evaluation.bulk import BulkEstimate
from training.recipe.advice import advise, time_to_max_tilt
from training.recipe.held_out import HeldOut

STEPS = 200
SMALL, LARGE = (81.0, 88.0), (120.0, 121.0)


def pour_of(size, fill, peak_step):
    """Return a pour from a cup of `size` [mm] that is tilted furthest at `peak_step`."""
    tilts = np.interp(np.arange(STEPS), [0, peak_step, STEPS], [5.0, 90.0, 5.0])
    return pour_of_readings(tilts, np.linspace(0.0, 0.3, STEPS), fill, size=size)


def cup(size=SMALL, n=14, fills=(0.4, 0.8), peaks=(60, 120), error=0.045):
    """Return pours of a cup, evenly over fills and speeds, and the error of each [N]."""
    evenly = zip(np.linspace(*fills, n), np.linspace(*peaks, n))
    return [(pour_of(size, fill, int(peak)), error) for fill, peak in evenly]


def advice_of(*cups, train_rmse=0.0375, fits=()):
    """Return the advice for some cups."""
    pours, errors = zip(*(pair for pours in cups for pair in pours))
    weights = [pour.poured_weight + error for pour, error in zip(pours, errors)]
    estimates = [BulkEstimate(weight, weight - 0.1, weight + 0.1) for weight in weights]
    held_out = HeldOut(pours, estimates, np.zeros(len(pours), int), [], [])
    return advise(held_out, {'rmse_newton': train_rmse}, fits)


def fit_of(offsets_deg, size=SMALL):
    cup = CupSpec.of_size(*(value / 1000.0 for value in size))
    return CupFit(cup, cup, np.array(offsets_deg), 0.01)


ENOUGH = (
    'The error on pours held out is only 1.2 times that on pours learned from: more pours '
    'of the same kind would change little.'
)
ONE_CUP = (
    'All pours are of one cup; for others the model is a guess. Record another size, or '
    'adapt it with `python -m training.calibrate`.'
)


def test_time_to_the_largest_tilt():
    assert time_to_max_tilt(pour_of(SMALL, 0.5, 90)) == 1.5


def test_good_data_need_no_advice_but_for_other_cups():
    """An only cup is not worse than the others either."""
    assert advice_of(cup(), cup(LARGE)) == [ENOUGH]
    assert advice_of(cup(error=0.18), train_rmse=0.15) == [ENOUGH, ONE_CUP]


@pytest.mark.parametrize(
    'options, sentence',
    [
        ({'n': 11}, 'record more than its 11 pours'),
        ({'fills': (0.5, 0.75)}, 'the fullest pour starts with only 1.5 times the emptiest'),
        ({'peaks': (90, 120)}, 'all pours take 1.5 to 2.0 s to their largest tilt'),
    ],
)
def test_what_a_cup_lacks(options, sentence):
    lack, enough = advice_of(cup(), cup(LARGE, **options))
    assert lack.startswith('cup 120 x 121 mm: ') and sentence in lack and enough == ENOUGH


def test_a_cup_that_is_worse_than_the_others():
    """Errors of 0.045 in 42 pours and of 0.18 N in 14: 0.098 N over all, 10 ml."""
    cups = (cup(), cup((100.0, 100.0)), cup((90.0, 100.0)), cup(LARGE, error=0.18))
    sentence, _ = advice_of(*cups, train_rmse=0.09)
    assert sentence.startswith('cup 120 x 121 mm: RMSE 18 ml, against 10 ml over all')


def test_a_loose_grip():
    """One pour says nothing of it."""
    fits = [fit_of([-2.0, 2.0]), fit_of([1.0, 1.5], LARGE), fit_of([9.0], (99.0, 99.0))]
    sentence, enough = advice_of(cup(), cup(LARGE), fits=fits)
    assert sentence.startswith('cup 81 x 88 mm: it sits up to 4.0 degree differently')
    assert '(standard deviation 2.0)' in sentence and enough == ENOUGH


def test_errors_that_more_pours_would_lower():
    (sentence,) = advice_of(cup(), cup(LARGE), train_rmse=0.0225)
    assert sentence.startswith('The error on pours held out is 2.0 times that on pours learned')
    assert sentence.endswith('more pours would lower it.')
