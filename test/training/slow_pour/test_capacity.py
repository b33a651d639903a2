# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the capacity that is fitted to noisy volumes."""

import math

from hypothesis import given, settings, strategies
import numpy as np
import pytest

from pour_force_estimator.cups.cup import Cup
from training.slow_pour.capacity import CapacityCurve, smoothed

CUP = Cup(0.12, 0.08)


def curve_of(tilts, noise=0.0, seed=0, weights=None):
    volumes = CUP.capacity(tilts) + noise * np.random.default_rng(seed).standard_normal(len(tilts))
    weights = np.ones(len(tilts)) if weights is None else weights
    return CapacityCurve.of_bins(tilts, volumes, weights, float(CUP.volume))


@settings(max_examples=30, deadline=None)
@given(strategies.integers(0, 10_000), strategies.floats(0.0, 3e-5))
def test_a_capacity_falls_and_stays_within_what_was_seen(seed, noise):
    tilts = np.radians(np.arange(10.0, 95.0, 0.5))
    curve = curve_of(tilts, noise, seed)
    assert np.all(np.diff(curve.capacities) <= 0.0)
    assert curve.capacities.min() >= 0.0 and curve.capacities.max() <= CUP.volume
    assert curve.capacity(math.radians(5.0)) == curve.capacities[0]
    assert curve.capacity(math.radians(150.0)) == curve.capacities[-1]


def test_noise_is_smoothed_without_bending_the_curve():
    tilts = np.radians(np.arange(10.0, 95.0, 0.5))
    clean, noisy = curve_of(tilts), curve_of(tilts, 3e-6)
    truth = CUP.capacity(tilts)
    assert np.abs(clean.capacities - truth).max() < 1.5e-6
    assert np.sqrt(np.mean((noisy.capacities - truth) ** 2)) < 2e-6


def test_bins_that_nothing_was_seen_in_are_bridged():
    tilts = np.radians(np.arange(20.0, 60.0, 0.5))
    weights = np.ones(len(tilts))
    weights[30:36] = 0.0
    curve = curve_of(tilts, weights=weights)
    np.testing.assert_allclose(curve.capacities, CUP.capacity(tilts), atol=2e-6)


def test_area_and_lip_are_those_of_a_cylinder():
    tilts = np.radians(np.arange(5.0, 50.0, 0.5))  # the base is covered up to 56 degree
    curve = curve_of(tilts)
    inside = slice(8, -8)
    _, areas = CUP.capacity_and_surface_area(tilts)
    np.testing.assert_allclose(curve.areas(0.08)[inside], areas[inside], rtol=0.01)
    assert curve.lip_diameter(0.1) == pytest.approx(0.08, rel=0.02)
    assert curve.lip_diameter(0.07) == 0.07  # never wider than the body


def test_a_line_stays_one_to_its_ends():
    line = np.linspace(3.0, 1.0, 40)
    np.testing.assert_allclose(smoothed(line, 3.0), line, atol=1e-12)
