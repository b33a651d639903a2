# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A recipe for tests: pours of two cups, a network of three units, and all that it leaves."""

from contextlib import redirect_stdout
from dataclasses import replace
from functools import cache
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from unittest.mock import patch

from command_line import command_line
import numpy as np
from small_pours import pours_array, recorded_pour

from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.pours.schemas import ROBOT_TRIALS
from pour_force_estimator.simulation import simulate_pour
from pour_force_estimator.units import degree_to_rad

CUPS = 2
"""The pours are of the first two of `FITTED_CUPS`, cylinders both, which are fitted fast."""

FOLDS = 3
"""Of the cross-validation, to save time."""

ALONE = {'LOKY_MAX_CPU_COUNT': '1'}
"""In the environment, keeps training runs in this process: TensorFlow is imported once."""


def small_recipe(**changes):
    """Return a `Recipe` that is trained within a second."""
    from training.recipe.settings import Recipe

    sizes = {'members': 1, 'units': 3, 'dense_units': 2, 'epochs': 3, 'batch_size': 64}
    return Recipe(**{**sizes, 'sessions_per_cup': 0, 'new_cup_sessions': 0, **changes})


def two_cups(schema='robot_trials', n=12, seed=4):
    """Return `n` short pours of two cups in turn, ndarray of shape (n, steps, columns)."""
    of_five = np.arange(-(-n // CUPS) * 5)
    return pours_array(schema, len(of_five), seed)[of_five % 5 < CUPS][:n]


@cache
def recordings(schema='robot_trials'):
    """Return the pours of `two_cups`, loaded."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f'{schema}.npy'
        np.save(path, two_cups(schema))
        return load_recordings(path, schema)


def best_run(schema='robot_trials'):
    """
    Run ``training.train --recipe best`` with the small recipe, once for all tests.

    It learns from a few simulated sessions too. Returned are ``code``, ``out`` (what was printed),
    ``folder`` (a path; do not write there), ``built`` (the `Built` that was written) and
    ``temporary``, which removes the folder at the end.
    """
    return _best_run(schema)


@cache
def _best_run(schema):
    from training import train
    from training.recipe import build as recipe_build
    from training.recipe import command

    built = []

    def keep(*arguments, **options):
        built.append(build(*arguments, **options))
        return built[-1]

    build, temporary, out = command.build, TemporaryDirectory(), io.StringIO()
    data, folder = Path(temporary.name) / f'{schema}.npy', Path(temporary.name) / 'mine'
    np.save(data, two_cups(schema))
    with (
        patch.object(train, 'BEST', small_recipe(sessions_per_cup=1, new_cup_sessions=1)),
        patch.object(command, 'build', keep),
        patch.object(recipe_build, 'FOLDS', FOLDS),
        patch.dict('os.environ', ALONE),
        redirect_stdout(out),
    ):
        code = train.main(command_line(recipe='best', data=data, seed=2, output=folder))
    left = {'code': code, 'out': out.getvalue(), 'folder': folder, 'built': built[0]}
    return SimpleNamespace(**left, temporary=temporary)


@cache
def cup_fits():
    """Return the fits of the cups of `recordings`, a list of CupFit."""
    from training.cups.fit import fit_cups

    return fit_cups(recordings().pours)


def prepare_small(**changes):
    """Return `recordings` as a small recipe with `changes` learns from them, a Prepared."""
    from training.recipe.ensemble import prepare

    pours = recordings().pours
    return prepare(small_recipe(**changes), pours[:8], pours[8:], cup_fits())


def pours_of_cup(cup, n, seed=0):
    """Return simulated `RecordedPour`s of a `CupSpec` that sits a little differently in each."""
    rng = np.random.default_rng(seed)
    pours = []
    for index in range(n):
        steps = int(rng.integers(110, 140))
        part = np.interp(np.arange(steps), np.array([0.0, 0.45, 0.65, 1.0]) * steps, [0, 1, 1, 0])
        tilt = degree_to_rad(5.0 + rng.uniform(60.0, 80.0) * part**2 * (3.0 - 2.0 * part))
        held = replace(cup, angle_offset=cup.angle_offset + degree_to_rad(rng.normal(0.0, 1.0)))
        weight = 9806.65 * rng.uniform(0.5, 0.7) * cup.volume
        poured = simulate_pour(held, weight, tilt, delay_s=cup.delay_s)
        pours.append(recorded_pour(cup, tilt, weight, poured, index))
    return pours


def rmse_of(content, pours, cup=None):
    """Return the error [N] that an ONNX file makes of pours of the cup of a name."""
    from training.evaluation.bulk import estimate_in_bulk
    from training.evaluation.metrics import pour_errors

    pours = [replace(pour, cup=cup) for pour in pours]
    weights = [estimate.weight for estimate in estimate_in_bulk(StepModel(content), pours)]
    return pour_errors(pours, weights)['rmse_newton']


def untrained_model(recipe):
    """Return the ONNX file of a `Recipe` whose networks have random weights."""
    import keras
    from small_models import INTERVAL, make_spec

    from pour_force_estimator.features import feature_unit
    from training.export.onnx_file import convert, feature_specs, state_layout
    from training.networks.architectures import build_sequence_model
    from training.networks.scaling import FeatureScaling
    from training.networks.step_network import build_step_model

    names = recipe.features(ROBOT_TRIALS)
    zeros, ones = np.zeros(len(names)), np.ones(len(names))
    scaling = FeatureScaling(zeros, ones, zeros, ones)
    architecture = recipe.architecture(names, scaling)
    keras.utils.set_random_seed(5)
    networks = [build_sequence_model(architecture, len(names)) for _ in range(recipe.members)]
    spec = make_spec(
        features=feature_specs(names, map(feature_unit, names), scaling),
        state=state_layout(architecture, len(networks)),
        interval=INTERVAL,
    )
    return convert(build_step_model(architecture, scaling, networks), spec)


def array_of(pours):
    """Return pours as an array that `load_recordings` can read."""
    array = np.zeros((len(pours), max(map(len, pours)), pours[0].data.shape[1]))
    for row, pour in zip(array, pours):
        row[: len(pour)] = pour.data
    return array
