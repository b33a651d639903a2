# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the fit: a cup whose truth is known comes back, and what was not seen is not said."""

from dataclasses import replace

from command_line import command_line
import numpy as np
import pytest

from training.cup.report import lines_of_cup, lines_of_fit
from training.errors import ShapeError
from training.shapes.nearest import nearest_cup
from training.slow_pour.check import main, measure, predicted, table
from training.slow_pour.fit import fit_slow_pour
from training.slow_pour.pour_signal import PourSignal
from training.slow_pour.truth import random_profile, RATE_HZ, TrueCup


def signal(pour):
    return PourSignal.of_weights('slow.npy', RATE_HZ, pour.tilt, pour.weight, pour.context)


def turned(truth, slow, tilt):
    """Return the signal of what was in the cup of a slow pour, with another motion."""
    return signal(truth.pour(np.concatenate(tilt), slow.context.initial_weight / 9806.65))


@pytest.fixture(scope='module')
def truth():
    return TrueCup(np.array([0.0, 0.11]), np.array([0.028, 0.038]), np.random.default_rng(2))


@pytest.fixture(scope='module')
def slow(truth):
    return truth.slow_pour(2.0)


@pytest.fixture(scope='module')
def quick(truth):
    return list(truth.quick_pours(9, 0.0))


@pytest.fixture(scope='module')
def fit(slow):
    return fit_slow_pour('tumbler', signal(slow))


def test_quick_pours_follow_from_the_slow_one(fit, quick):
    errors = np.abs([predicted(fit.shape, pour) - pour.final for pour in quick])
    assert np.median(errors) < 4e-6 and np.quantile(errors, 0.9) < 10e-6
    assert not fit.is_discharge_told


def test_a_delay_that_no_cup_can_have_is_told_with_that_of_the_file(fit):
    leading = replace(fit, delay_s=-0.09, shape=replace(fit.shape, delay_s=0.0))
    assert 'delay -0.09 s (typical: a quick pour tells it, 0.00 s in the file)' in str(
        lines_of_fit(leading)
    )
    assert 'in the file' not in str(lines_of_fit(fit))


def test_a_scale_that_lags_is_said(slow, quick):
    def late(pour):
        lag = round(0.5 * RATE_HZ)
        weight = np.append(np.full(lag, pour.weight[0]), pour.weight[:-lag])
        return signal(replace(pour, weight=weight))

    fit = fit_slow_pour('tumbler', late(slow), [late(pour) for pour in quick[:2]])
    alone = fit_slow_pour('tumbler', signal(slow), list(map(signal, quick[:2])))
    assert fit.delay_s == pytest.approx(alone.delay_s + 0.5, abs=0.03) and not alone.notes
    assert 'the scale that lags' in str(fit.notes)


def test_the_capacity_is_that_of_the_mounted_cup_and_is_held_where_it_was_not_seen(fit, truth):
    low, high = fit.seen
    shape, tilts = fit.shape, np.linspace(low, high, 100)
    assert np.sqrt(np.mean((shape.capacity(tilts) - truth.capacity(tilts)) ** 2)) < 4e-6
    assert np.all(np.diff(shape.table.capacities) <= 0.0)
    assert 0.0 < fit.head < 20e-6 and fit.rmse < 4e-6
    assert shape.capacity(0.0) == shape.capacity(0.9 * low) == shape.volume
    assert shape.capacity(high + 0.3) == pytest.approx(shape.capacity(high), abs=1e-9)


def test_a_quick_pour_tells_discharge_and_delay(slow, quick):
    fit = fit_slow_pour('tumbler', signal(slow), [signal(pour) for pour in quick[:2]])
    assert fit.is_discharge_told and fit.is_delay_told
    errors = np.abs([predicted(fit.shape, pour) - pour.final for pour in quick[2:]])
    assert np.median(errors) < 4e-6
    given = fit_slow_pour('tumbler', signal(slow), [signal(quick[0])], discharge=0.5)
    assert given.shape.discharge == 0.5 and not given.is_discharge_told
    assert 'discharge 0.50 (as given)' in str(lines_of_fit(given))


@pytest.mark.parametrize(
    'changes, message',
    [
        ({'height': 0.15}, 'expected a quick pour of the cup of slow.npy, 110 x 76 mm'),
        ({'initial': 1.3}, 'contradicts the slow pour'),  # the discharge is at its lower end
        ({'initial': 0.7}, 'is its initial weight right'),  # at its upper one
    ],
)
def test_a_quick_pour_that_contradicts_the_slow_one_is_named(slow, quick, changes, message):
    right, wrong = signal(quick[0]), replace(signal(quick[1]), name='wrong.npy')
    if 'initial' in changes:
        changes = {'initial': changes['initial'] * wrong.initial}
    with pytest.raises(ShapeError, match=f'^wrong.npy: .*{message}'):
        fit_slow_pour('tumbler', signal(slow), [right, replace(wrong, **changes)])


def test_a_pour_that_did_not_empty_the_cup_says_what_is_unknown(truth, slow):
    end = round(0.6 * len(slow.tilt))
    back = np.linspace(slow.tilt[end], 0.1, 120)
    fit = fit_slow_pour('tumbler', turned(truth, slow, [slow.tilt[:end], back, [0.1] * 120]))
    assert fit.left > 20e-6
    assert any('nothing is known of larger tilts' in note for note in fit.notes)
    assert fit.shape.capacity(fit.seen[1] + 0.5) == pytest.approx(fit.left, abs=1e-9)
    nearest = nearest_cup(fit.shape, fit.seen)  # what was not seen does not count
    assert nearest.max_error_m3 < 8e-6 < nearest_cup(fit.shape).max_error_m3
    begins = lines_of_cup(fit.shape, nearest, 1.0, fit.left)[1]
    assert begins.startswith('begins to pour: 90% full at ')
    assert begins.endswith('10% full not seen')


def test_a_pour_that_goes_back_and_on_is_a_slow_pour_too(truth, slow):
    first, last = np.split(slow.tilt, [len(slow.tilt) // 2])
    swing = last[0] - 0.5 * np.sin(np.linspace(0.0, np.pi, 180))
    fit = fit_slow_pour('tumbler', turned(truth, slow, [first, swing, last]))
    tilts = np.linspace(*fit.seen, 100)
    assert np.sqrt(np.mean((fit.shape.capacity(tilts) - truth.capacity(tilts)) ** 2)) < 5e-6


def test_a_pour_that_is_too_quick_says_how_fast_it_may_be(truth):
    with pytest.raises(ShapeError, match=r'quick: \d+\.\d degree/s .* tilt at about 2.0 degree/s'):
        fit_slow_pour('tumbler', signal(truth.slow_pour(40.0)))
    fit = fit_slow_pour('tumbler', signal(truth.slow_pour(9.0)))
    assert any('the pour was quick' in note and 'tilt at about' in note for note in fit.notes)


def test_a_pour_that_rushes_through_says_where(truth, slow):
    first, last = np.split(slow.tilt, [len(slow.tilt) // 2])
    with pytest.raises(ShapeError, match='received none between'):
        fit_slow_pour('tumbler', turned(truth, slow, [first, last[400:]]))


def test_the_check_is_within_its_aim_on_odd_shapes():
    results = []
    for seed in (3, 4):
        profile, rng = random_profile(np.random.default_rng(seed)), np.random.default_rng(seed)
        options = {'pours': 6, 'speed_deg': 2.0, 'spread_deg': 0.0}
        results.append(measure(str(seed), *profile, rng, **options))
    errors = np.abs(np.concatenate([result.slow_alone for result in results]))
    assert np.median(errors) < 8e-6 and np.quantile(errors, 0.9) < 20e-6
    lines = table(results).splitlines()
    assert len(lines) == 5 and lines[-1].startswith('| all 2 |')


def test_the_check_shows_how_far_it_is(tmp_path, capsys):
    (tmp_path / 'mug.csv').write_text('0,40\n90,40\n')
    assert main(command_line(profiles=tmp_path / 'mug.csv', random=0, pours=1)) == 0
    out, err = capsys.readouterr()
    assert '| mug |' in out and err == 'pouring 1/1\n'


def test_quick_pours_that_tell_no_delay_are_left_out(slow, quick, fit):
    """Where the discharge is given, or a neck gurgles, the delay takes up what does not fit."""
    late = replace(signal(quick[0]), initial=1.3 * signal(quick[0]).initial)
    with_late = fit_slow_pour('tumbler', signal(slow), [late], discharge=fit.shape.discharge)
    assert with_late.shape == fit.shape and with_late.is_delay_told == fit.is_delay_told
    assert with_late.notes[-1].startswith('quick pours tell no delay of this cup')
