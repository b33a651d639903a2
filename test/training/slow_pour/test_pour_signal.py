# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pours as volumes: what is mended, and what is refused with which words."""

import math

import numpy as np
import pytest

from pour_force_estimator.context import PourContext
from training.errors import ShapeError
from training.slow_pour.pour_signal import PourSignal

CONTEXT = PourContext(initial_weight=4.0, cup_height=0.12, cup_diameter=0.08)
RATE_HZ = 60.0


def pour(duration_s=60.0):
    """Return tilt [rad] and weight [N] of a pour with rests of three seconds."""
    rest, motion = round(3.0 * RATE_HZ), round(duration_s * RATE_HZ)
    tilt = np.radians(np.r_[[5.0] * rest, np.linspace(5.0, 100.0, motion), [5.0] * rest])
    weight = np.clip(4.0 * (np.degrees(tilt) - 20.0) / 60.0, 0.0, 4.0)
    weight = np.maximum.accumulate(weight)
    return tilt, weight + np.random.default_rng(0).normal(0.0, 0.005, len(weight))


def refused(tilt, weight, context=CONTEXT):
    with pytest.raises(ShapeError) as caught:
        PourSignal.of_weights('slow.npy', RATE_HZ, tilt, weight, context)
    message = str(caught.value)
    assert message.startswith('slow.npy: ') and len(message) <= 400 and message.isprintable()
    return message


def test_weights_become_volumes():
    signal = PourSignal.of_weights('any', RATE_HZ, *pour(), CONTEXT)
    assert signal.initial == pytest.approx(4.0 / 9806.65)
    assert signal.poured[-1] == pytest.approx(signal.initial, rel=0.01)
    assert signal.noise == pytest.approx(0.005 / 9806.65, rel=0.2)
    assert not signal.notes
    oil = PourSignal.of_weights('any', RATE_HZ, *pour(), CONTEXT, 0.8)
    assert oil.initial == pytest.approx(signal.initial / 0.8)


def test_spikes_are_left_out_and_said():
    tilt, weight = pour()
    clean = PourSignal.of_weights('any', RATE_HZ, tilt, weight, CONTEXT)
    weight[[400, 900, 1500]] += [3.0, -2.0, 80.0]
    signal = PourSignal.of_weights('any', RATE_HZ, tilt, weight, CONTEXT)
    assert signal.notes == ('3 spikes of the scale left out',)
    np.testing.assert_allclose(signal.poured, clean.poured, atol=3e-6)
    weight[200:3000:9] += 5.0
    assert 'of spikes' in refused(tilt, weight)


def test_a_steady_drift_is_removed_and_another_refused():
    tilt, weight = pour()
    time_s = np.arange(len(tilt)) / RATE_HZ
    signal = PourSignal.of_weights('any', RATE_HZ, tilt, weight + 0.003 * time_s, CONTEXT)
    assert 'drift' in signal.notes[0]
    assert signal.poured[-1] == pytest.approx(signal.initial, rel=0.03)
    drifts_late = np.where(time_s > time_s[-1] - 3.0, 0.05 * (time_s - time_s[-1] + 3.0), 0.0)
    assert 'the scale drifts' in refused(tilt, weight + drifts_late)


def test_what_is_no_pour_of_a_cup_says_why():
    tilt, weight = pour()
    assert 'expected a cup that tilts' in refused(0.02 * tilt, weight)
    assert 'expected a cup that tilts' in refused(tilt[:2], weight[:2])
    assert 'expected a pour of at least 10 ml' in refused(tilt, 0.0 * weight)
    assert 'is initial_weight that of the full cup' in refused(tilt, 1.2 * weight)
    falls = weight - 2.5 * np.exp(-((tilt - 1.2) ** 2) / 0.02)
    assert 'the poured weight falls' in refused(tilt, falls)
    overfull = PourContext(initial_weight=6.8, cup_height=0.12, cup_diameter=0.08)
    assert 'at most 5.92 N, what a cylinder of 120 x 80 mm holds' in refused(
        tilt, weight, overfull
    )
    assert 'expected cup_height' in refused(tilt, weight, PourContext(initial_weight=4.0))


def test_tilts_are_those_that_a_cup_can_have():
    tilt, weight = pour()
    signal = PourSignal.of_weights('any', RATE_HZ, tilt - math.radians(8.0), weight, CONTEXT)
    assert signal.tilt.min() == 0.0
