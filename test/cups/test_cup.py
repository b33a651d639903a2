# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.cups.cup."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from pour_force_estimator.cups.cup import Cup, MAX_TILT
from pour_force_estimator.errors import SimulationError

DETERMINISTIC = settings(derandomize=True, database=None, deadline=None, max_examples=80)

lip_ratios = st.just(1.0) | st.floats(0.1, 1.0)
cups = st.builds(Cup, st.floats(0.05, 0.35), st.floats(0.04, 0.15), lip_ratios)
tilts = st.floats(0.0, math.radians(150.0))


def numerical_capacity(cup, tilt, nodes=20001):
    """Integrate the depth of the liquid over y, as the definition of the capacity has it."""
    edge = np.linspace(-1.0, 1.0, nodes)
    y = cup.radius * (edge[1:] + edge[:-1]) / 2.0
    level = cup.height * math.cos(tilt) - cup.lip_radius * math.sin(tilt)
    at = (level - y * math.sin(tilt)) / math.cos(tilt)
    depth = np.clip(at, 0.0, cup.height)
    if math.cos(tilt) < 0.0:
        depth = cup.height - depth
    return np.sum(2.0 * np.sqrt(cup.radius**2 - y**2) * depth) * (y[1] - y[0])


@given(cup=cups, tilt=tilts.filter(lambda tilt: abs(math.cos(tilt)) > 1e-3))
@DETERMINISTIC
def test_capacity_is_the_integral_of_the_depth(cup, tilt):
    expected = numerical_capacity(cup, tilt)
    assert cup.capacity(tilt) == pytest.approx(expected, rel=1e-3, abs=1e-4 * cup.volume)


def test_cylinders_by_hand():
    """Half full, a cylindrical wedge, or one whose base is covered."""
    cup, covered = Cup(height=0.2, diameter=0.08), math.radians(40.0)
    half, wedge = (cup.capacity(math.atan2(cup.height, width)) for width in (0.08, 0.04))
    assert half == pytest.approx(cup.volume / 2.0, rel=1e-9)
    assert wedge == pytest.approx(2.0 / 3.0 * cup.radius**2 * cup.height, rel=1e-9)
    base = math.pi * cup.radius**2
    expected = base * (cup.height - cup.radius * math.tan(covered))
    values = cup.capacity_and_surface_area(covered)
    assert values == pytest.approx((expected, base / math.cos(covered)), rel=1e-6)


@pytest.mark.parametrize('lip_ratio', [0.05, 0.3, 0.7])
def test_capacity_of_a_lying_bottle(lip_ratio):
    cup, chord = Cup(0.25, 0.07, lip_ratio), math.sqrt(1.0 - lip_ratio**2)
    segment = cup.radius**2 * (math.acos(lip_ratio) - lip_ratio * chord)
    area = cup.height * 2.0 * cup.radius * chord
    for offset in (0.0, 1e-12, -1e-12, 1e-9):
        tilt = math.pi / 2.0 + offset
        values = cup.capacity_and_surface_area(tilt)
        assert values == pytest.approx((cup.height * segment, area), rel=1e-4)


@given(cup=cups, tilt=tilts, further=st.floats(0.0, 0.5))
@DETERMINISTIC
def test_capacity_falls_as_the_tilt_grows_and_a_cup_that_leans_back_holds_all(cup, tilt, further):
    later = min(tilt + further, MAX_TILT)
    assert -1e-12 <= cup.capacity(later) <= cup.capacity(tilt) + 1e-9 * cup.volume
    assert cup.capacity(tilt) <= cup.volume * (1.0 + 1e-9)
    assert cup.capacity(-tilt) == cup.capacity(0.0) == pytest.approx(cup.volume, rel=1e-5)


@pytest.mark.parametrize('degree', [20.0, 60.0, 89.0, 95.0, 120.0])
def test_surface_area_is_the_derivative_of_the_capacity_by_the_level(degree):
    tilt, step = math.radians(degree), 1e-5
    wide, narrow = (Cup(0.2, 0.08, lip_ratio=0.5 + sign * step) for sign in (1.0, -1.0))
    level_fall = (wide.lip_radius - narrow.lip_radius) * math.sin(tilt)
    expected = (narrow.capacity(tilt) - wide.capacity(tilt)) / level_fall
    _, area = Cup(0.2, 0.08, lip_ratio=0.5).capacity_and_surface_area(tilt)
    assert area == pytest.approx(expected, rel=1e-4)


@given(cup=cups, share=st.floats(0.05, 0.95))
@DETERMINISTIC
def test_onset_angle_inverts_the_capacity(cup, share):
    volume = share * cup.volume
    onset = cup.onset_angle(volume)
    if onset < MAX_TILT:
        assert cup.capacity(onset) == pytest.approx(volume, rel=1e-5)


def test_angle_offset_adds_to_the_tilt():
    straight, crooked = Cup(0.12, 0.121), Cup(0.12, 0.121, angle_offset=0.1)
    assert crooked.capacity(0.5) == straight.capacity(0.6)
    assert crooked.onset_angle(5e-4) == pytest.approx(straight.onset_angle(5e-4) - 0.1)


def test_arrays_give_what_numbers_give():
    sizes, tilt = np.array([[0.1, 0.2, 0.3], [0.06, 0.08, 0.12], [1.0, 0.7, 0.3]]), [0.5, 1.5, 2.4]
    together, cups = Cup(*sizes), [Cup(*size) for size in sizes.T]
    alone = [cup.capacity(tilt[index]) for index, cup in enumerate(cups)]
    np.testing.assert_allclose(together.capacity(np.array(tilt)), alone, rtol=1e-12)
    onsets = [cup.onset_angle(4e-5) for cup in cups]
    np.testing.assert_allclose(together.onset_angle(4e-5), onsets, rtol=1e-12)


@pytest.mark.parametrize(
    'wrong, message',
    [
        ({'lip_ratio': 1.2}, 'lip_ratio: expected 0.05 to 1, received 1.2'),
        ({'height': 120.0}, 'height: expected 0.02 to 1 m, received 120'),
        ({'diameter': -0.1}, 'diameter: expected 0.01 to 0.5 m, received -0.1'),
        ({'height': math.nan}, 'height: expected 0.02 to 1 m, received nan'),
        ({'height': 'tall'}, "height: expected numbers, received 'tall'"),
        ({'discharge': 0.0}, 'discharge: expected 0.01 to 2, received 0'),
        ({'choke': -1.0}, 'choke: expected 0.001 to inf, received -1'),
        ({'angle_offset': 8.0}, 'angle_offset: expected -0.5 to 0.5 rad, received 8'),
        ({'lip_ratio': np.array([0.5, 1.5])}, r'lip_ratio: .* received 1.5 at \[1\]'),
    ],
)
def test_a_cup_that_cannot_exist_is_refused(wrong, message):
    with pytest.raises(SimulationError, match=message):
        Cup(**{'height': 0.12, 'diameter': 0.121, **wrong})
