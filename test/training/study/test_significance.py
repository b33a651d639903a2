# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.study.significance with numbers that can be checked by hand."""

import math

import numpy as np
import pytest

from training.study.significance import compare, holm


def by_seed(*errors):
    return dict(enumerate(errors))


@pytest.mark.parametrize(
    'single, corrected',
    [
        ([0.04, 0.01, 0.02], [0.04, 0.03, 0.04]),  # 3 x 0.01, 2 x 0.02, and no less than before
        ([0.5, 0.6], [1.0, 1.0]),
        ([], []),
        ([0.01, math.nan, 0.02], [0.02, math.nan, 0.02]),  # which is no test
    ],
)
def test_holm(single, corrected):
    assert holm(single) == pytest.approx(corrected, nan_ok=True)


def test_a_paired_t_test_by_hand():
    """Logarithms differ by 1, 2, 3: t = 2 / (1 / sqrt(3)) = 3.4641, p = 0.0742 with 2 degrees."""
    first = by_seed(1.0, 1.0, 1.0)
    (comparison,) = compare({'a': first, 'b': by_seed(*np.exp([1.0, 2.0, 3.0]))})
    assert (comparison.first, comparison.second, comparison.seeds) == ('a', 'b', 3)
    assert comparison.ratio == pytest.approx(math.exp(2.0))
    assert comparison.p == pytest.approx(1.0 - math.sqrt(12.0 / 14.0), rel=1e-9)
    assert not comparison.significant and comparison.verdict == 'not significant'


def test_pairs_are_what_makes_it_significant():
    """Seeds are far apart, but one model is better with each of them."""
    spread = np.array([1.0, 5.0, 0.2, 9.0, 3.0])
    better = by_seed(*(spread * np.array([0.50, 0.52, 0.48, 0.51, 0.49])))
    shuffled = dict(zip([2, 0, 1, 4, 3], better.values()))
    first = by_seed(*spread)
    paired, mixed = (compare({'a': first, 'b': second})[0] for second in (better, shuffled))
    assert paired.significant and paired.verdict == 'significant'
    assert paired.ratio == pytest.approx(0.5, rel=0.01)
    assert not mixed.significant


def test_only_common_seeds_are_compared():
    first, second = {0: 1.0, 1: 2.0, 2: 4.0, 7: 99.0}, {2: 8.0, 0: 2.0, 1: 4.0}
    (comparison,) = compare({'a': first, 'b': second})
    assert comparison.seeds == 3 and comparison.ratio == pytest.approx(2.0)


@pytest.mark.parametrize('second, ratio', [({}, math.nan), ({1: 6.0}, 2.0)])
def test_too_few_seeds_are_not_tested(second, ratio):
    (comparison,) = compare({'a': {0: 1.0, 1: 3.0}, 'b': second})
    assert math.isnan(comparison.p) and not comparison.significant
    assert comparison.ratio == pytest.approx(ratio, nan_ok=True)
    assert comparison.verdict == 'no test with fewer than 3 seeds'


def test_equal_errors_are_not_different():
    (comparison,) = compare({'a': by_seed(1.0, 2.0, 3.0), 'b': by_seed(1.0, 2.0, 3.0)})
    assert comparison.p == 1.0 and comparison.ratio == 1.0


def test_all_pairs_are_corrected_together():
    rng = np.random.default_rng(0)
    levels = {'a': 1.0, 'b': 1.2, 'c': 1.5}
    errors = {name: by_seed(*rng.uniform(0.9, 1.1, 5) * level) for name, level in levels.items()}
    together = {(item.first, item.second): item.p for item in compare(errors)}
    assert list(together) == [('a', 'b'), ('a', 'c'), ('b', 'c')]
    alone = {pair: compare(errors, [pair])[0].p for pair in together}
    assert min(together.values()) == pytest.approx(3.0 * min(alone.values()))
    assert all(together[pair] >= alone[pair] for pair in alone)
