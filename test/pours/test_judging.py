# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.judging on recorded pours; see test_cutter for the rest."""

import numpy as np

from pour_force_estimator.pours.cut import CutterSettings
from pour_force_estimator.pours.judging import max_fall
from pour_force_estimator.pours.spikes import find_spikes


def test_a_fall_is_what_a_pour_was_before_less_what_it_is():
    poured = np.concatenate([np.linspace(0.0, 3.0, 120), np.linspace(3.0, 1.0, 60), np.ones(60)])
    assert abs(max_fall(poured) - 2.0) < 0.2
    assert max_fall(np.linspace(0.0, 3.0, 120)) == 0.0
    assert abs(max_fall(np.concatenate([np.zeros(60), np.full(60, -1.5)])) - 1.5) < 0.01


def test_recorded_pours_fall_by_little_and_have_hardly_any_spikes(robot_trials):
    """Of water that sloshes in real cups: 0.17 N at most, below the 0.3 N that are refused."""
    weights = [pour.poured_weight for pour in robot_trials.pours]
    assert max(map(max_fall, weights)) < 0.6 * CutterSettings().max_fall
    assert max(int(find_spikes(weight).sum()) for weight in weights) <= 2
