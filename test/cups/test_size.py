# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.cups.size."""

import pytest

from pour_force_estimator import PourContext
from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.errors import ContextError

SIZE = CupSize(0.120, 0.121)


@pytest.mark.parametrize('side', ['height', 'diameter'])
@pytest.mark.parametrize('change, is_same', [(0.0004, True), (-0.0004, True), (0.0006, False)])
def test_sizes_within_half_a_millimetre_are_of_one_cup(side, change, is_same):
    changed = CupSize(**{**vars(SIZE), side: vars(SIZE)[side] + change})
    assert SIZE.is_same(changed) is changed.is_same(SIZE) is is_same


def test_a_context_without_a_size_has_none():
    assert CupSize.of(PourContext(cup_height=0.120, cup_diameter=0.121)) == SIZE
    with pytest.raises(ContextError, match='^cup_diameter: expected a number, received None$'):
        CupSize.of(PourContext(cup_height=0.120))
