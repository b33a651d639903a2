# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.hypotheses.learned_cup."""

from hypothetical_pours import BOTTLE, context_of, CYLINDER, outflow_of, turn
import numpy as np
import pytest

from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.errors import MountingError
from pour_force_estimator.hypotheses import hypotheses_of, Mounting
from pour_force_estimator.hypotheses.learned_cup import learned_cup

TABLE = CupTable([CYLINDER, BOTTLE])
SIZES = [(0.100, 0.130), (0.250, 0.080)]


def weigh(mounting, row, column, largest):
    """Weigh a pour under the hypothesis at `row` and `column`."""
    context = context_of(mounting.hypotheses.typical)
    left = outflow_of(mounting.hypotheses, context, turn(largest=largest)).left
    mounting.weigh(left, float(left[row, column]), context.initial_weight)


@pytest.mark.parametrize('size', SIZES)
def test_a_cup_is_as_its_pours_were(size):
    mounting = Mounting(hypotheses_of(TABLE, *size))
    cups = mounting.hypotheses.cups
    truth = int(np.argmin([cup.discharge for cup in cups]))
    for column in (6, 8, 7):
        for largest in (0.9, 1.2, 1.5, 1.8):
            weigh(mounting, truth, column, largest)
        mounting.remount()
    cup = learned_cup(mounting)
    assert cup.is_size(*size) and cup.pours == 12
    assert cup.name == cups[truth].name
    assert cup.discharge < 0.8 * mounting.hypotheses.typical.discharge
    # what goes on from it believes what the mounting believed
    again = Mounting(hypotheses_of(TABLE.with_cup(cup), *size))
    assert again.spread == pytest.approx(mounting.spread, rel=0.35)
    weigh(again, 0, 7, 0.9)
    assert learned_cup(again).pours == 13


def test_one_pour_leaves_nearly_all_unknown():
    mounting = Mounting(hypotheses_of(TABLE, *SIZES[0]))
    weigh(mounting, 1, 7, 0.9)
    cup = learned_cup(mounting)
    assert cup.pours == 1
    hypotheses = hypotheses_of(TABLE.with_cup(cup), *SIZES[0])
    assert len(hypotheses.cups) == 3
    assert hypotheses.spread_deg <= mounting.hypotheses.spread_deg


def test_nothing_was_weighed():
    with pytest.raises(MountingError, match='expected weighed pours to learn from'):
        learned_cup(Mounting(hypotheses_of(TABLE, *SIZES[0])))
