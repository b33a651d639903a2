# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of `pour_force_estimator.cups.shape` and `.surface` against closed forms."""

import math

from hypothesis import given, settings, strategies
import numpy as np
import pytest

from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.outflow import advance
from pour_force_estimator.cups.shape import cup_of_profile
from pour_force_estimator.cups.tilt_table import TABLE_TILTS
from pour_force_estimator.errors import SimulationError

sizes = strategies.floats(0.02, 0.08)
profiles = strategies.lists(sizes, min_size=2, max_size=6)


def shape_of(radii, height=0.1):
    heights = np.linspace(0.0, height, len(radii))
    return heights, cup_of_profile('any', heights, radii)


def sliced_capacity(heights, radii, tilts):
    """Return capacities [m^3] by another way: segments of circles in horizontal slices."""
    step = heights[-1] / 4000
    z = (np.arange(4000) + 0.5) * step
    radius = np.interp(z, heights, radii)
    tilt = np.asarray(tilts)[:, None]
    front = z * np.cos(tilt) - radius * np.sin(tilt)
    lip = heights[-1] * np.cos(tilt) - radii[-1] * np.sin(tilt)
    sill = np.maximum.accumulate(np.maximum(front, lip)[:, ::-1], axis=1)[:, ::-1]
    cosine = np.clip((sill - z * np.cos(tilt)) / np.sin(tilt) / radius, -1.0, 1.0)
    segment = math.pi / 2.0 + np.arcsin(cosine) + cosine * np.sqrt(1.0 - cosine**2)
    return step * np.sum(radius**2 * segment, axis=1)


@settings(max_examples=15, deadline=None)
@given(strategies.floats(0.05, 0.3), sizes)
def test_cylinder_is_the_closed_form(height, radius):
    cup = Cup(height, 2.0 * radius)
    _, shape = shape_of([radius, radius], height)
    capacity, area = cup.capacity_and_surface_area(TABLE_TILTS)
    np.testing.assert_allclose(shape.table.capacities, capacity, atol=1e-4 * cup.volume)
    is_open, between = TABLE_TILTS < 1.5, np.linspace(0.0, 2.0, 777)
    np.testing.assert_allclose(shape.table.areas[is_open], area[is_open], rtol=1e-3)
    expected = cup.capacity(between)
    np.testing.assert_allclose(shape.capacity(between), expected, atol=1e-3 * cup.volume)


def test_tilted_cone_is_the_closed_form():
    """The plane through the lip cuts the cone in an ellipse; the liquid is a cone on it."""
    height, radius = 0.1, 0.05
    table = cup_of_profile('cone', [0.0, height], [0.0, radius]).table
    tilts = TABLE_TILTS[TABLE_TILTS < 0.9 * math.atan2(height, radius)]
    slope, t, count = radius / height, np.tan(tilts), len(tilts)
    level = height - radius * t
    half_along = slope * level / (1.0 - (slope * t) ** 2) / np.cos(tilts)
    half_across = slope * level / np.sqrt(1.0 - (slope * t) ** 2)
    area = math.pi * half_along * half_across
    np.testing.assert_allclose(table.areas[:count], area, rtol=1e-3)
    volume = area * level * np.cos(tilts) / 3.0
    np.testing.assert_allclose(table.capacities[:count], volume, rtol=1e-3)


@settings(max_examples=15, deadline=None)
@given(profiles)
def test_two_ways_to_integrate_a_profile_agree_and_the_capacity_falls(radii):
    heights, shape = shape_of(radii)
    sliced = sliced_capacity(heights, np.array(radii), TABLE_TILTS[10:300:10])
    capacities = shape.table.capacities
    np.testing.assert_allclose(capacities[10:300:10], sliced, atol=1e-3 * shape.volume)
    assert np.all(np.diff(capacities) <= 0.0)
    r = np.array(radii)
    frusta = math.pi / 3.0 * np.sum(np.diff(heights) * (r[:-1] ** 2 + r[:-1] * r[1:] + r[1:] ** 2))
    assert shape.volume == pytest.approx(frusta, rel=1e-4)


@settings(max_examples=10, deadline=None)
@given(profiles, strategies.floats(0.3, 1.0))
def test_what_pours_out_and_what_is_left_are_what_was_in(radii, fill):
    _, shape = shape_of(radii)
    volume = fill * shape.volume
    for tilt in np.linspace(0.0, 1.4, 120):
        left = float(advance(shape, volume, tilt, tilt, 1 / 60))
        assert min(volume, float(shape.capacity(tilt))) - 1e-12 <= left <= volume
        volume = left
    rested = float(advance(shape, volume, 1.4, 1.4, 1e6))
    assert rested == pytest.approx(min(volume, float(shape.capacity(1.4))), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(profiles, strategies.floats(0.05, 1.0))
def test_a_cup_begins_to_pour_where_it_holds_what_is_in_it(radii, fill):
    _, shape = shape_of(radii)
    held, tolerance = shape.capacity(shape.onset_angle(fill * shape.volume)), 1e-3 * shape.volume
    assert held == pytest.approx(fill * shape.volume, rel=1e-6, abs=tolerance)


def test_lip_is_the_chord_at_the_head_of_reference():
    _, shape = shape_of([0.04, 0.04])
    lying = np.interp(math.pi / 2.0, TABLE_TILTS, shape.table.lip_widths)
    assert shape.table.lip_widths[0] == pytest.approx(0.08, rel=1e-4)
    assert lying == pytest.approx(2.0 * math.sqrt(0.04**2 - 0.035**2), rel=1e-3)


def test_sizes_of_no_cup_are_an_error():
    with pytest.raises(SimulationError, match='any: height: expected 0.02 to 1 m, received 5'):
        shape_of([0.04, 0.04], 5.0)


@pytest.mark.parametrize('flare', [([0.08, 0.1], [0.04, 0.055]), ([0.08, 0.0801], [0.04, 0.07])])
def test_a_flare_holds_what_the_cylinder_below_it_does_once_the_lip_is_lower(flare):
    heights, radii = (np.array([start, *part]) for start, part in zip((0.0, 0.04), flare))
    flared = cup_of_profile('flared', heights, radii).table
    cylinder = cup_of_profile('cylinder', heights[:2], radii[:2]).table
    dips = math.atan2(heights[2] - heights[1], radii[2] - radii[1])
    past = TABLE_TILTS >= dips
    for name in ('capacities', 'areas'):
        column, expected = getattr(flared, name)[past], getattr(cylinder, name)[past]
        np.testing.assert_allclose(column, expected, rtol=1e-5, atol=1e-9, err_msg=name)
    assert np.all(flared.capacities[~past] > cylinder.capacities[~past])


def test_of_two_ridges_each_holds_its_own_pool():
    """Lying, a bottle with a bulge in its neck holds two pools apart, one in the bulge."""
    heights, radii = [0.0, 0.1, 0.12, 0.14, 0.16], [0.04, 0.04, 0.02, 0.03, 0.02]
    held = cup_of_profile('bottle', heights, radii).capacity(math.pi / 2.0)
    assert held == pytest.approx(sliced_capacity(heights, radii, [math.pi / 2.0])[0], rel=2e-3)
