# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.simulation.tilt_profile."""

import numpy as np
import pytest

from pour_force_estimator.errors import SimulationError
from pour_force_estimator.simulation import draw_population, tilt_profile


def test_minimum_jerk_starts_and_ends_at_rest():
    part = np.linspace(0.0, 1.0, 1001)
    way = tilt_profile.minimum_jerk(part)
    assert way[0] == 0.0 and way[500] == 0.5 and way[-1] == 1.0
    speed = np.gradient(way, part)
    assert speed.max() == pytest.approx(tilt_profile.PEAK_TO_MEAN_SPEED, rel=1e-4)
    assert abs(speed[0]) < 1e-4 and abs(speed[-1]) < 1e-4


def test_sampled_profile_stops_where_it_should():
    """One that is too long becomes faster, and moves take time."""
    profile = tilt_profile.TiltProfiles(
        np.array([[0.1, 1.0, 1.0, 0.0]]), np.array([[1.0, 0.5, 1.0]])
    )
    tilt, velocity = profile.sample(241, 60.0)
    assert tilt[0, [0, 60, 75, 90, 150, 240]] == pytest.approx([0.1, 1.0, 1.0, 1.0, 0.0, 0.0])
    assert velocity[0, 30] == pytest.approx(0.9 * tilt_profile.PEAK_TO_MEAN_SPEED)
    np.testing.assert_allclose(np.gradient(tilt[0], 1.0 / 60.0), velocity[0], atol=0.02)
    tilts = np.array([[0.0, 1.0], [0.0, 1.0]])
    faster = tilt_profile.TiltProfiles(tilts, np.array([[4.0], [1.0]])).within(2.0)
    assert faster.durations_s.ravel() == pytest.approx([2.0, 1.0])
    with pytest.raises(SimulationError, match='durations_s: expected 0.001 to 1000 s, received 0'):
        tilt_profile.TiltProfiles(tilts, np.array([[1.0], [0.0]]))


def test_drawn_profiles_are_smooth_and_within_their_ranges():
    rng = np.random.default_rng(0)
    population = draw_population(300, rng)
    tilt, velocity = tilt_profile.draw_tilt_profiles(
        population.cup, population.volume, rng
    ).sample(900, 60.0)
    assert np.degrees(tilt[:, 0]).min() >= 4.5 and np.degrees(tilt[:, 0]).max() <= 8.0
    assert tilt.max() <= tilt_profile.MAX_POUR_TILT + 1e-9
    assert velocity.max() <= 1.1 + 1e-9 and velocity.min() >= -1.65 - 1e-9
    assert np.abs(np.diff(velocity, axis=1)).max() <= 6.0 / 60.0
    onset = population.cup.onset_angle(population.volume)
    assert np.mean(tilt.max(axis=1) > onset) > 0.95
