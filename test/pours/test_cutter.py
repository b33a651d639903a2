# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.cutter on signals made by hand."""

import math

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest
from signals import pour, RATE_HZ, REST, signal, ticks, TILTED

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.cut import Cut, CutterSettings, detect_sign
from pour_force_estimator.pours.cutter import cut_pours, PourCutter
from pour_force_estimator.pours.rest import rest_slope

BEGUN = (2.0, REST, 5.0), (1.0, TILTED, 5.5)
NEVER_SETTLED = 'the weight never settled: after 10 s it still changes by +0.150 N/s'
NO_REST = 'no rest before it: expected the cup upright and the weight still for 1 s'
PART = st.tuples(st.floats(0.02, 3.0), st.floats(-2.0, 2.5), st.floats(-5.0, 5.0))


def cut(*parts, sign=0, **settings):
    return cut_pours(*signal(*parts), RATE_HZ, CutterSettings(**settings), sign)


def test_a_pour_begins_before_its_motion_and_ends_when_the_weight_stands_still():
    (piece,) = cut(*pour(5.0, 6.5))
    assert piece.is_pour and piece.reason == ''
    assert 1.49 < piece.start_ns * 1e-9 < 1.95
    assert piece.end_ns * 1e-9 == pytest.approx(7.0, abs=0.3)  # upright at 5.9 s, and a second
    assert (piece.tare, piece.change) == pytest.approx((5.0, 1.5))
    assert piece.drift == pytest.approx(0.0, abs=1e-9)
    assert piece.max_tilt == pytest.approx(TILTED)
    assert piece.tilt_speed == pytest.approx((TILTED - REST) / 2.0, rel=0.01)
    left_s = 2.0 + 2.0 * (CutterSettings().upright_tilt - REST) / (TILTED - REST)
    assert piece.left_ns * 1e-9 == pytest.approx(left_s, abs=0.02)


def test_several_pours_follow_each_other_and_each_has_a_tare_of_its_own():
    pieces = cut(*pour(5.0, 6.0), *pour(6.0, 6.3), (1.0, REST, 2.0), *pour(2.0, 3.0))
    assert [piece.is_pour for piece in pieces] == [True] * 3
    assert [piece.change for piece in pieces] == pytest.approx([1.0, 0.3, 1.0])
    assert [piece.tare for piece in pieces] == pytest.approx([5.0, 6.0, 2.0])


def test_a_weight_that_falls_is_a_pour_too_unless_it_has_to_grow():
    assert cut(*pour(5.0, 4.0))[0].change == pytest.approx(-1.0)
    assert cut(*pour(5.0, 4.0), sign=-1)[0].is_pour
    (piece,) = cut(*pour(5.0, 4.0), sign=1)
    assert (
        piece.reason == 'the weight changed by -1.000 N, expected it to grow while the cup pours'
    )


def test_a_cup_that_swings_back_and_pours_again_is_one_pour():
    swing = ((1.0, REST, 5.6), (0.5, REST, 5.6), (1.0, TILTED, 6.0), (1.0, REST, 6.0))
    pieces = cut((2.0, REST, 5.0), (2.0, TILTED, 5.5), *swing, (2.0, REST, 6.0))
    assert [piece.change for piece in pieces] == pytest.approx([1.0])


@pytest.mark.parametrize(
    'parts, reason',
    [
        (pour(5.0, 5.01), 'nothing poured: the weight changed by +0.010 N'),
        (pour(5.0, 6.0, rest_s=0.5), NO_REST),
        (
            ((1.0, REST, 5.0), (1.0, REST, 5.2), *pour(5.2, 6.0)[1:]),
            f'{NO_REST}, received a weight that changes by +0.09 N',
        ),
        ((*BEGUN, (70.0, TILTED, 6.0), (1.0, REST, 6.0)), 'never upright again within 60 s'),
        ((*BEGUN, (1.0, REST, 6.0), (20.0, REST, 9.0)), NEVER_SETTLED),
        (pour(5.0, 6.0)[:3], 'the recording ends before the weight has settled'),
        (pour(5.0, 6.0, settled_s=0.5), 'the recording ends before the weight has settled'),
    ],
)
def test_what_is_no_pour_says_why(parts, reason):
    (piece,) = cut(*parts)
    assert not piece.is_pour
    assert piece.reason == reason
    assert piece.poured_nothing == reason.startswith('nothing poured')


def turned(before, after, factor):
    """Return a pour whose sensor turns with the cup: tilted, it feels `factor` of the weight."""
    rest, _, *poured = pour(before, after)
    return rest, (2.0, TILTED, factor * before), (1.0, TILTED, factor * after), *poured[1:]


def fall_of(piece):
    """Return by how much the poured weight falls [N], from the reason."""
    assert piece.reason.startswith('the poured weight falls by ')
    return float(piece.reason.split()[5])


@pytest.mark.parametrize('sign', [0, -1])
@pytest.mark.parametrize('after', [5.0, 3.5])
def test_a_wrench_that_turns_with_the_cup_is_no_label(after, sign):
    """Whether something was poured or not: the latter must not be told as 0 N."""
    (piece,) = cut(*turned(5.0, after, 0.3), sign=sign)
    assert not piece.is_pour and not piece.poured_nothing
    assert fall_of(piece) == pytest.approx(0.7 * after, abs=0.1)
    assert 'Record its force in a frame that does not turn' in piece.reason


def test_a_component_that_grows_with_the_tilt_and_comes_back_is_no_label_either():
    poured = ((2.0, TILTED, 4.0), (1.0, TILTED, 3.0), (1.0, REST, -0.2), (2.0, REST, -0.2))
    (piece,) = cut((2.0, REST, 0.0), *poured, sign=-1)
    assert fall_of(piece) == pytest.approx(4.0, abs=0.1)


def test_sloshing_and_single_readings_are_no_fall():
    stamps, tilt, weight = signal(*pour(5.0, 6.0))
    noise = 0.1 * np.random.default_rng(2).standard_normal(len(tilt)) * (tilt > 0.3)
    noise[250] += 1.0
    assert cut_pours(stamps, tilt, weight + noise, RATE_HZ)[0].is_pour


@pytest.mark.parametrize('count', [1, 6, 15])
@pytest.mark.parametrize('off', [4.0, -82264.0])
def test_what_is_left_of_a_burst_of_spikes_is_no_label(count, off):
    stamps, tilt, weight = signal(*pour(5.0, 6.0))
    weight[250 : 250 + count] += off
    (piece,) = cut_pours(stamps, tilt, weight, RATE_HZ)
    assert piece.reason.startswith(('the weight is off by ', 'the poured weight falls by '))


def test_a_scale_that_drifts_spoils_a_pour():
    stamps, tilt, weight = signal(*pour(5.0, 6.0, rest_s=5.0))
    noise = 0.002 * np.random.default_rng(0).standard_normal(len(tilt))
    drift = 0.015 * stamps * 1e-9
    assert cut_pours(stamps, tilt, weight + noise, RATE_HZ)[0].is_pour
    (piece,) = cut_pours(stamps, tilt, weight + drift + noise, RATE_HZ)
    assert piece.reason.startswith('the scale drifts by +0.01')
    assert piece.drift == pytest.approx(0.015, abs=0.002)


def test_filling_the_cup_again_is_no_drift():
    (piece,) = cut((2.0, REST, 1.0), (0.02, REST, 4.0), (1.6, REST, 4.0), *pour(4.0, 3.0)[1:])
    assert piece.is_pour
    assert piece.drift == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize('offset', [0.0, 0.2])
def test_a_tilt_the_wrong_way_says_so(offset):
    stamps, tilt, weight = signal(*pour(5.0, 6.0))
    (piece,) = cut_pours(stamps, offset - tilt, weight, RATE_HZ)
    assert piece.reason.startswith(f'the tilt fell to {math.degrees(offset - TILTED):.0f} degree')


@given(st.lists(PART, min_size=1, max_size=12))
def test_any_signal_can_be_cut(parts):
    columns = signal((1.5, 0.0, 0.0), *parts, (1.5, 0.0, 0.0))
    pieces = cut_pours(*columns, RATE_HZ)
    for piece in pieces:
        assert 0 <= piece.start_ns < piece.end_ns <= columns[0][-1]
        assert not piece.is_pour or (
            piece.max_tilt > math.radians(15.0)
            and math.isfinite(piece.tilt_speed)
            and abs(piece.change) >= 0.05
        )
    ends = [piece.end_ns for piece in pieces]
    assert ends == sorted(ends)


def test_the_cup_must_have_been_seen_upright():
    assert cut((1.0, TILTED, 5.0), (1.0, TILTED, 6.0)) == []
    pieces = cut((2.0, TILTED, 5.0), (1.0, REST, 6.0), *pour(6.0, 7.0))
    assert [piece.change for piece in pieces] == pytest.approx([1.0])


def test_the_same_ticks_give_the_same_cuts_live():
    parts = *pour(5.0, 6.0), *pour(6.0, 6.01), *pour(6.0, 7.0)
    cutter = PourCutter(RATE_HZ)
    live = [(tick[0], piece) for tick in ticks(*parts) if (piece := cutter.push(*tick))]
    assert [repr(piece) for _, piece in live] == [repr(expected) for expected in cut(*parts)]
    assert [stamp for stamp, piece in live] == [piece.end_ns for _, piece in live]


def test_the_tare_is_known_while_a_pour_is_under_way():
    cutter, tares = PourCutter(RATE_HZ), []
    for tick in ticks(*pour(5.0, 6.0)):
        cutter.push(*tick)
        tares.append(cutter.tare)
    assert tares[60] is None and tares[-1] is None
    assert tares[round(4.0 * RATE_HZ)] == pytest.approx(5.0)


def test_an_interruption_ends_a_pour_and_forgets_the_rest_before_the_next():
    cutter = PourCutter(RATE_HZ)
    assert [cutter.push(*tick) for tick in ticks(*pour(5.0, 6.0))][:240] == [None] * 240
    for stamp, tilt, weight in ticks(*pour(5.0, 6.0))[:200]:
        cutter.push(stamp + 100 * 10**9, tilt, weight)
    assert cutter.interrupt('the plug was pulled').reason == 'the plug was pulled'
    assert cutter.interrupt('again') is None
    assert cutter.tare is None


def test_long_rests_are_not_kept():
    cutter = PourCutter(RATE_HZ)
    for step in range(20_000):
        cutter.push(round(step * 1e9 / RATE_HZ), REST, 5.0)
    assert len(cutter._stamps) < 1000


@pytest.mark.parametrize('name', ['upright_tilt', 'rest_s', 'min_poured'])
@pytest.mark.parametrize('value', [0.0, -1.0, math.nan, math.inf])
def test_settings_are_positive_numbers(name, value):
    with pytest.raises(RecordingError, match=f'{name}: expected a positive number, received'):
        CutterSettings(**{name: value})


def test_the_slope_of_a_line_has_no_error():
    stamps = np.arange(60) * 16_000_000
    slope, error = rest_slope(stamps, 2.0 + 0.3 * stamps * 1e-9)
    assert slope == pytest.approx(0.3) and error == pytest.approx(0.0, abs=1e-9)


def test_the_error_of_a_slope_is_that_of_many_draws():
    rng, stamps = np.random.default_rng(1), np.arange(120) * 16_666_667
    fits = np.array([rest_slope(stamps, 0.01 * rng.standard_normal(120)) for _ in range(400)])
    assert np.mean(fits[:, 1]) == pytest.approx(np.std(fits[:, 0]), rel=0.15)


def test_the_sign_is_that_of_most_pours():
    up, down = Cut(0, 1, change=1.0), Cut(0, 1, change=-9.0)
    assert detect_sign([up, up, down]) == 1
    assert detect_sign([down, up, down]) == -1
    assert detect_sign([Cut(0, 1, 'no pour', change=1.0)]) == 0
