# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.recipe.conformal."""

import numpy as np
import pytest

from pour_force_estimator.model.interval import bounds
from pour_force_estimator.model.spec import IntervalSpec
from training.evaluation.bulk import BulkEstimate
from training.evaluation.metrics import FINAL_STEPS
from training.in_the_loop.motions import KINDS
from training.recipe.conformal import (
    calibrate,
    conformal_quantile,
    coverages,
    HeldOutPour,
    Kind,
    MAX_NOISE_N,
    MIN_NOISE_N,
    RECORDED,
)

STEPS = FINAL_STEPS + 5


def pour(error, below=0.0, above=None, weight=5.0):
    """Return a pour whose estimate is off by an error, one value or one for each step."""
    weights = np.full(STEPS, weight)
    above = below if above is None else above
    return HeldOutPour(BulkEstimate(weights, weights - below, weights + above), weights - error)


def interval_of(*kinds, coverage=0.9):
    """Return the interval of kinds of one category: after one weighing, after two, and so on."""
    by_kind = {Kind('known', n, 'planned'): pours for n, pours in enumerate(kinds, 1)}
    return calibrate(by_kind, coverage)


CATEGORY = Kind('known', 1, 'planned').category


@pytest.mark.parametrize(
    'n, coverage, rank',
    [
        (10, 0.9, 10),  # 11 x 0.9 = 9.9
        (19, 0.9, 18),  # 20 x 0.9
        (4, 0.5, 3),  # 5 x 0.5 = 2.5
        (5, 0.9, 5),  # 6 x 0.9 = 5.4, of which there is none: the largest
    ],
)
def test_quantiles_by_hand(n, coverage, rank):
    scores = np.random.default_rng(0).permutation(np.arange(1.0, n + 1.0))
    assert conformal_quantile(scores, coverage) == rank
    assert conformal_quantile(scores, coverage, np.full(n, 0.125)) == rank


@pytest.mark.parametrize(
    'shares, coverage, expected',
    [
        ((1.0, 1.0, 2.0), 0.5, 3.0),  # 1, 2 and 4 parts of 4 x 4 / 3 = 5.33: 0.19, 0.375, 0.75
        ((1.0, 1.0, 2.0), 0.37, 2.0),
        ((4.0, 1.0, 1.0), 0.5, 1.0),  # 4 of 6 x 4 / 3 = 8: 0.5
        ((4.0, 1.0, 1.0), 0.51, 2.0),
        ((4.0, 1.0, 1.0), 0.99, 3.0),
    ],
)
def test_weighted_quantiles_by_hand(shares, coverage, expected):
    assert conformal_quantile(np.array([1.0, 2.0, 3.0]), coverage, np.array(shares)) == expected


def test_distances_are_those_on_the_side_of_the_truth():
    errors = np.linspace(-1.0, 1.0, STEPS)
    case = pour(errors, below=0.1, above=0.4)
    assert case.distances == pytest.approx(np.where(errors > 0.0, 0.1, 0.4))
    assert pour(0.5, below=-0.2).distances.tolist() == [0.0] * STEPS  # all hypotheses above


def test_the_final_weight_is_the_mean_of_the_last_steps():
    errors = np.append(np.full(5, 7.0), np.full(FINAL_STEPS, -0.2))
    assert pour(errors, below=0.1, above=0.4).final == (pytest.approx(0.2), pytest.approx(0.4))
    assert pour(-errors, below=0.1, above=0.4).final == (pytest.approx(0.2), pytest.approx(0.1))


def test_a_factor_by_hand():
    """Nine pours with errors of 1 to 9 distances: the largest, for 90 % of ten."""
    pours = [pour(sign * 0.45 * k, below=0.45) for k, sign in zip(range(1, 10), (1, -1) * 5)]
    for coverage, factor in ((0.9, 9.0), (0.5, 5.0)):
        interval = interval_of(pours, coverage=coverage)
        assert interval.coverage == coverage
        assert MIN_NOISE_N <= interval.noise <= MAX_NOISE_N * (1.0 + 1e-9)
        assert interval.factors[CATEGORY] == pytest.approx(
            np.sqrt((0.45 * factor) ** 2 - interval.noise**2) / 0.45
        )


def test_kinds_count_alike_however_many_pours_they_have():
    """Ninety of one kind do not outvote nine of another."""
    small = [pour(0.45, below=0.45)] * 90
    large = [pour(0.45 * k, below=0.45) for k in range(11, 20)]
    together, alone = (interval_of(*kinds, coverage=0.7) for kinds in ([small, large], [small]))
    assert alone.factors[CATEGORY] == pytest.approx(1.0, abs=0.05)
    assert together.factors[CATEGORY] > 1.3
    assert interval_of(large, small, coverage=0.7) == together


def test_recorded_pours_count_as_one_kind_of_motion():
    """Five motions with errors of ten distances outvote them, however many pours they are."""
    recorded = {RECORDED: [pour(0.45, below=0.45)] * 500}
    motions = {Kind('known', 0, motion): [pour(4.5, below=0.45)] * 20 for motion in KINDS}
    assert calibrate({**recorded, **motions}, 0.8).factors['known'] == pytest.approx(10.0, 0.01)
    assert calibrate(recorded, 0.8).factors['known'] == pytest.approx(1.0, abs=0.05)


def test_the_noise_is_that_with_which_the_kinds_agree():
    """Pours with no distance at all, and an error of 45 mN, beside some without noise."""
    rng = np.random.default_rng(0)
    certain = [pour(error) for error in 0.045 * rng.uniform(0.9, 1.0, 50)]
    vague = [pour(error, below=0.45) for error in 0.9 * rng.uniform(0.0, 1.0, 50)]
    interval = interval_of(certain, vague)
    assert interval.noise > 0.0427
    assert coverages(interval, CATEGORY, certain)[1].mean() >= 0.9
    assert coverages(interval, CATEGORY, vague)[1].mean() == pytest.approx(0.9, abs=0.12)


def test_a_few_pours_of_each_motion_do_not_choose_the_noise():
    """The same pours dealt out evenly to the motions give the same interval."""
    rng = np.random.default_rng(7)
    reach = rng.uniform(0.0, 0.45, 60)
    pours = [pour(0.09 * rng.normal() + width * rng.standard_t(3), width) for width in reach]
    dealt = {Kind('known', 1, motion): pours[n::5] for n, motion in enumerate(KINDS)}
    assert calibrate(dealt, 0.9) == calibrate({Kind('known', 1, 'planned'): pours}, 0.9)


def test_coverages_by_hand():
    interval = IntervalSpec.uniform(0.9, noise=3.0, factor=2.0)
    first, last = np.full(STEPS, 4.9), np.full(STEPS, 2.9)
    first[:5] = 6.0  # before the last steps
    last[-1] = -3.1
    pours = [pour(first, 2.0), pour(-5.1, 2.0), pour(last), pour(-5.1, 0.0, 9.0)]
    steps, finals = coverages(interval, CATEGORY, pours)
    assert steps.tolist() == [1.0 - 5.0 / STEPS, 0.0, 1.0 - 1.0 / STEPS, 1.0]
    assert finals.tolist() == [1.0, 0.0, 1.0, 1.0]


def test_what_is_inside_is_within_the_bounds_of_the_node():
    interval, rng = IntervalSpec.uniform(0.9, noise=0.01, factor=1.5), np.random.default_rng(3)
    for _ in range(200):
        case = pour(rng.normal(0.0, 0.2), rng.uniform(0.0, 0.2), rng.uniform(0.0, 0.2))
        last = (values[-1] for values in case.estimate)
        lower, upper = bounds(interval.noise, interval.factors[CATEGORY], *last, 99.0)
        assert coverages(interval, CATEGORY, [case])[1][0] == (lower <= case.measured[-1] <= upper)


def test_the_next_pour_is_inside_as_often_as_promised():
    """Whatever the distribution; the noise is chosen too, which costs a little."""
    n, rng = 19, np.random.default_rng(19)

    def draw(number):
        distances = rng.uniform(0.01, 0.2, number)
        return [pour(distance * rng.standard_t(3), distance) for distance in distances]

    covered = [coverages(interval_of(draw(n)), CATEGORY, draw(50))[1].mean() for _ in range(60)]
    assert np.mean(covered) == pytest.approx(np.ceil(0.9 * (n + 1)) / (n + 1), abs=0.04)


def test_each_category_has_a_factor_of_its_own():
    """Errors of one distance and of three; the categories without pours get the larger factor."""
    narrow = [pour(0.45 * k / 20, below=0.45) for k in range(1, 20)]
    wide = [pour(1.35 * k / 20, below=0.45) for k in range(1, 20)]
    kinds = {Kind('known', 0, 'planned'): narrow, Kind('known', 1, 'planned'): wide}
    factors = calibrate(kinds, 0.9).factors
    assert factors['known'] == pytest.approx(0.9, abs=0.1)
    assert factors['known_weighed'] == pytest.approx(2.7, abs=0.15)
    assert factors['new'] == factors['new_weighed'] == factors['known_weighed']
