# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.cups.outflow."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.outflow import advance, choked_flow

DETERMINISTIC = settings(derandomize=True, database=None, deadline=None, max_examples=60)
durations = st.floats(1e-4, 100.0)


def test_choked_flow_by_hand_limits_the_flow():
    cup = Cup(0.2, 0.1, lip_ratio=0.4, choke=0.1)
    assert choked_flow(cup) == pytest.approx(0.1 * math.sqrt(9.80665 * 0.04**5))
    assert choked_flow(Cup(0.2, 0.1)) == math.inf
    volume = cup.capacity(2.0) + 2e-4
    left = advance(cup, volume, 2.0, 2.0, 0.01)
    assert volume - left == pytest.approx(choked_flow(cup) * 0.01)


def test_short_step_agrees_with_the_weir_law_by_hand():
    cup, tilt, above_lip = Cup(0.12, 0.121, discharge=0.5), 1.0, 1e-5
    capacity, area = cup.capacity_and_surface_area(tilt)
    flow = 0.5 * 2.0 / 3.0 * 0.121 * math.sqrt(2.0 * 9.80665) * (above_lip / area) ** 1.5
    left = advance(cup, capacity + above_lip, tilt, tilt, 1e-5)
    assert (capacity + above_lip - left) / 1e-5 == pytest.approx(flow, rel=1e-3)


def test_nothing_flows_below_the_onset_angle():
    cup, volume = Cup(0.12, 0.121), 6e-4
    onset = float(cup.onset_angle(volume))
    assert advance(cup, volume, 0.0, onset - 1e-6, 10.0) == volume
    assert advance(cup, volume, onset, onset + 0.05, 1.0) < volume


@given(st.floats(0.2, 1.0), st.floats(0, 2.6), st.floats(-0.05, 0.05), st.floats(0, 1), durations)
@DETERMINISTIC
def test_a_cup_keeps_what_it_holds_at_any_step_size(ratio, tilt, turn, share, duration_s):
    cup = Cup(0.2, 0.08, lip_ratio=ratio)
    volume = share * cup.volume
    left = advance(cup, volume, tilt, tilt + turn, duration_s)
    holds = cup.capacity(max(tilt, tilt + turn))
    assert min(volume, holds) - 1e-15 <= left <= volume


def test_n_cups_give_what_each_gives():
    sizes = np.array([[0.1, 0.2], [0.09, 0.07], [1.0, 0.5]])
    volume, tilt = np.array([5e-4, 6e-4]), np.array([0.6, 1.4])
    together = advance(Cup(*sizes), volume, tilt, tilt + 0.01, 1.0 / 60.0)
    arguments = zip(sizes.T, volume, tilt, tilt + 0.01)
    alone = [advance(Cup(*size), *values, 1.0 / 60.0) for size, *values in arguments]
    np.testing.assert_allclose(together, alone, rtol=1e-12)
