"""Tests of training.recipe.new_cups: pours of known cups as if their cups were not known."""

from dataclasses import replace
import math
from types import SimpleNamespace

import numpy as np
import pytest

from pour_force_estimator.cup_table import CupSpec
from pour_force_estimator.features import CUP_KNOWN
from pour_force_estimator.physics_features import PHYSICS_FEATURES
from pour_force_estimator.simulation import FITTED_CUPS
from training.preprocessing import Preprocessor
from training.recipe.new_cups import (
    blind_columns, BLIND_TO, COPIES, LARGEST_WEIGHT_FACTOR, pours_of_new_cups, WEIGHTS)
from training.recipe.settings import BEST

CUPS = tuple(
    CupSpec(**{**vars(cup), 'choke': None if math.isinf(cup.choke) else cup.choke})
    for cup in FITTED_CUPS.values())
"""Those that the pours of `robot_recordings` are simulated with."""


def preprocessor_of(recordings, recipe=BEST, cups=CUPS):
    """Return a fitted `Preprocessor` as `training.recipe.ensemble.prepare` makes it."""
    return Preprocessor(
        recipe.features(recordings.schema), 60.0, recordings.tilt_sign, cups,
        target='poured_weight').fit(recordings.pours)


def raw(preprocessor, padded):
    """Return features in their units, ndarray of shape (pours, steps, features)."""
    return padded.features * preprocessor.scaling.scale + preprocessor.scaling.mean


@pytest.fixture(scope='module')
def made(robot_recordings):
    """Return pours, their `Preprocessor`, and the copies: as arrays, and in their units."""
    preprocessor = preprocessor_of(robot_recordings)
    padded = pours_of_new_cups(preprocessor, robot_recordings.pours, seed=3)
    rows = [(copy, robot_recordings.pours[copy % len(robot_recordings)])
            for copy in range(len(padded.lengths))]
    return SimpleNamespace(
        pours=robot_recordings.pours, preprocessor=preprocessor, padded=padded, rows=rows,
        raw=raw(preprocessor, padded), names=preprocessor.feature_names)


def factor_of(made, copy, pour):
    """Return how far the weights of a copy are from those of its pour."""
    return made.padded.response[copy, :, 0].max() / pour.poured_weight.max()


def test_each_pour_comes_back_in_turn(made):
    own = [len(pour) for pour in made.pours]
    assert made.padded.lengths.tolist() == own * COPIES
    assert made.padded.features.shape == (
        len(own) * COPIES, max(own), len(made.names))
    assert made.padded.response.shape == (len(own) * COPIES, max(own), 1)
    assert made.padded.features.dtype == made.padded.response.dtype == np.float32
    assert np.isfinite(made.padded.features).all()


@pytest.mark.parametrize('copies', [1, 3])
def test_number_of_copies(made, copies):
    """The first copies are the same, however many there are."""
    few = pours_of_new_cups(made.preprocessor, made.pours, 3, copies)
    n = copies * len(made.pours)
    assert len(few.lengths) == n
    assert np.array_equal(few.features, made.padded.features[:n])
    assert np.array_equal(few.response, made.padded.response[:n])


def test_the_seed_decides(made):
    one, same, other = (
        pours_of_new_cups(made.preprocessor, made.pours, seed, 1) for seed in (0, 0, 1))
    assert one.features.tobytes() == same.features.tobytes()
    assert one.response.tobytes() == same.response.tobytes()
    physics = np.isin(made.names, list(PHYSICS_FEATURES))
    for pour in range(len(made.pours)):
        assert not np.array_equal(one.response[pour], other.response[pour])
        assert not np.array_equal(one.features[pour][:, physics], other.features[pour][:, physics])


def test_padding_is_zero(made):
    for (copy, _), length in zip(made.rows, made.padded.lengths):
        assert not made.padded.features[copy, length:].any()
        assert not made.padded.response[copy, length:].any()
    assert made.padded.mask.sum() == made.padded.lengths.sum() < made.padded.mask.size


def test_what_tells_the_cup_is_hidden(made):
    """All else is there."""
    hidden = blind_columns(made.names)
    assert {name for name, own in zip(made.names, hidden) if own} == {
        'theta_start', 'f_init', 'h_pc', 'd_pc', CUP_KNOWN} == set(BLIND_TO)
    assert not made.padded.features[..., hidden].any()
    assert made.padded.features[..., ~hidden].any(axis=(0, 1)).all()


def test_hidden_columns_are_those_of_the_names():
    assert blind_columns(('d_pc', 'theta', 'f_target', 'theta_start')).tolist() == [
        True, False, False, True]
    assert blind_columns(('theta',)).tolist() == [False]


def test_the_motion_is_that_of_the_pour(made):
    """Nothing but weights is on another scale."""
    same = ~blind_columns(made.names) & ~np.isin(made.names, WEIGHTS)
    assert [name for name, own in zip(made.names, same) if own] == ['theta', 'theta_velocity']
    original = made.preprocessor.transform(made.pours)
    for copy, _ in made.rows:
        assert np.array_equal(made.padded.features[copy][:, same],
                              original.features[copy % len(made.pours)][:, same])


def test_one_factor_scales_what_is_poured_and_what_is_aimed_at(made):
    column = made.names.index('f_target')
    factors = []
    for copy, pour in made.rows:
        factor = factor_of(made, copy, pour)
        assert made.padded.response[copy, :len(pour), 0] == pytest.approx(
            factor * pour.poured_weight, abs=1e-5)
        assert made.raw[copy, :len(pour), column] == pytest.approx(
            factor * pour.column('f_target'), rel=1e-4)
        factors.append(factor)
    assert min(factors) >= 1.0 / LARGEST_WEIGHT_FACTOR - 1e-5
    assert max(factors) <= LARGEST_WEIGHT_FACTOR + 1e-5
    assert len(set(np.round(factors, 6))) > 0.9 * len(factors)
    # As often less as more, and up to both ends.
    assert min(factors) < 0.55 and max(factors) > 1.8
    assert np.mean(np.log(factors)) == pytest.approx(0.0, abs=0.1)


def experts_of(made, copy):
    """Return what the guesses about a copy say, ndarray of shape (steps, guesses)."""
    first = made.names.index(next(iter(PHYSICS_FEATURES)))
    return made.raw[copy, :made.padded.lengths[copy], first:first + len(PHYSICS_FEATURES)]


def test_guesses_are_on_the_scale_of_the_copy(made):
    """None says more than is in the cup on that scale; some say more than the pour had in it."""
    exceeded = 0
    for copy, pour in made.rows:
        largest = experts_of(made, copy).max()
        initial = pour.column('f_init')[0]
        assert largest <= factor_of(made, copy, pour) * initial * (1.0 + 1e-4)
        exceeded += largest > 1.001 * initial
    assert exceeded > 5


def test_guesses_reach_from_little_to_a_lot(made):
    """They rise with time and with the assumed outflow; at its ends they are far apart."""
    apart = []
    for copy, _ in made.rows:
        experts = experts_of(made, copy)
        assert np.all(np.diff(experts, axis=0) >= -1e-4)
        assert np.all(np.diff(experts, axis=1) >= -1e-4)
        apart.append(experts[-1, -1] / max(experts[-1, 0], 1e-3))
    assert np.median(apart) > 4.0


def test_the_truth_is_between_the_guesses_as_a_rule(made):
    """A network that mixes them can say it; it is often nearest to another than the middle one."""
    inside, nearest = [], []
    for copy, _ in made.rows:
        final = made.padded.response[copy, made.padded.lengths[copy] - 1, 0]
        last = experts_of(made, copy)[-1]
        inside.append(last[0] - 1e-3 <= final <= last[-1] + 1e-3)
        nearest.append(int(np.argmin(np.abs(last - final))))
    assert np.mean(inside) > 0.9
    assert np.ptp(nearest) >= 3 and np.mean(np.array(nearest) == 3) < 0.6


def test_copies_of_a_pour_have_other_guesses(made):
    """On the scale of the pour: the weight's factor is not all that differs."""
    finals = np.array([
        experts_of(made, copy)[-1] / factor_of(made, copy, pour) for copy, pour in made.rows])
    by_pour = finals.reshape(COPIES, len(made.pours), -1)
    ratios = by_pour.max(axis=0) / by_pour.min(axis=0)
    assert ratios[:, 0].min() > 1.02 and np.median(ratios[:, 0]) > 3.0
    assert np.median(ratios[:, 3]) > 1.3


def test_the_scaling_is_that_of_known_cups(made, robot_recordings):
    """Both kinds of networks have one scaler; it learns nothing from the copies."""
    fresh = preprocessor_of(robot_recordings).scaling
    for name, values in vars(fresh).items():
        assert np.array_equal(values, getattr(made.preprocessor.scaling, name))


def test_pours_of_the_papers_schema(dim_recordings):
    """It has no weight that the robot aims at, and its response is the weight that is left."""
    preprocessor = preprocessor_of(dim_recordings)
    padded = pours_of_new_cups(preprocessor, dim_recordings.pours, 0, copies=2)
    assert 'f_target' not in preprocessor.feature_names
    for copy, response in enumerate(padded.response[..., 0]):
        pour = dim_recordings.pours[copy % len(dim_recordings)]
        factor = response.max() / pour.poured_weight.max()
        assert response[:len(pour)] == pytest.approx(factor * pour.poured_weight, abs=1e-5)
        assert 0.5 - 1e-5 <= factor <= 2.0 + 1e-5


def test_features_that_are_left_out(robot_recordings):
    recipe = replace(BEST, without=('f_target', 'h_pc', 'theta_start'))
    preprocessor = preprocessor_of(robot_recordings, recipe)
    padded = pours_of_new_cups(preprocessor, robot_recordings.pours, 0, copies=1)
    hidden = blind_columns(preprocessor.feature_names)
    assert hidden.sum() == 3 and not padded.features[..., hidden].any()


@pytest.mark.parametrize('limits', [
    {'discharge': 0.01, 'choke': 0.001, 'angle_offset': -0.5},
    {'discharge': 2.0, 'choke': 50.0, 'angle_offset': 0.5},
    {'discharge': 2.0, 'choke': None}])
def test_cups_at_the_ends_of_what_can_be(robot_recordings, limits):
    """A guess about them must be a cup, too."""
    preprocessor = preprocessor_of(
        robot_recordings, cups=[replace(cup, **limits) for cup in CUPS])
    padded = pours_of_new_cups(preprocessor, robot_recordings.pours, 0, copies=2)
    assert np.isfinite(padded.features).all()


def test_pours_of_cups_that_were_not_fitted(robot_recordings):
    """As simulated or few pours may be; their guesses are about a typical cup."""
    preprocessor = preprocessor_of(robot_recordings, cups=CUPS[:1])
    padded = pours_of_new_cups(preprocessor, robot_recordings.pours, 0, copies=1)
    assert len(padded.lengths) == len(robot_recordings)
    assert np.isfinite(padded.features).all()
