# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of what is remembered of cups that were put away."""

import numpy as np

from pour_force_estimator.hypotheses import hypotheses_of, Mounting
from pour_force_estimator.hypotheses.put_away import CupsPutAway, MAX_CUPS


def weighed(height: float) -> Mounting:
    """Return what one pour has told of a cup of a height [m]."""
    mounting = Mounting(hypotheses_of((), height, 0.080))
    shape = len(mounting.hypotheses.cups), len(mounting.hypotheses.offsets_deg)
    mounting.weigh(np.linspace(0.5, 1.5, shape[1]) * np.ones(shape), 1.1, 3.0)
    return mounting


def test_a_cup_comes_back_in_a_new_mounting():
    away, mounting = CupsPutAway(), weighed(0.1)
    away.add(mounting, 'jug')
    assert (mounting.pours_weighed, mounting.pours_before) == (0, 1)
    assert away.find(mounting.hypotheses) is mounting
    assert list(away) == [('jug', mounting)]
    away.remove(mounting.hypotheses)
    away.remove(mounting.hypotheses)
    assert not away.find(mounting.hypotheses).has_learned and list(away) == []


def test_a_cup_of_which_nothing_was_weighed_is_not_remembered():
    away = CupsPutAway()
    away.add(Mounting(hypotheses_of((), 0.1, 0.080)), None)
    assert list(away) == []


def test_those_that_were_put_away_last_are_remembered():
    away = CupsPutAway()
    mountings = [weighed(0.1 + 0.01 * number) for number in range(MAX_CUPS + 1)]
    for mounting in (*mountings, mountings[1]):
        away.add(mounting, None)
    remembered = [mounting for _, mounting in away]
    assert remembered == [mountings[1], *mountings[:1:-1]]
