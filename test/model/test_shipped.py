# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the models that ship with the package."""

import json
import os
from pathlib import Path

from hypothetical_pours import estimates_of
import numpy as np
import pytest
from small_models import make_model

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.errors import ModelFileError
from pour_force_estimator.model.shipped import DEFAULT_MODEL, find_model, shipped_models
from pour_force_estimator.simulation.tilt_profile import minimum_jerk

DOCS = Path(__file__).resolve().parents[2] / 'docs'
FITTED = [cup for cup in StepModel.load().spec.cups if not cup.is_shape_alone]


def test_the_default_ships():
    assert find_model() == find_model(DEFAULT_MODEL)
    assert find_model().name == f'{DEFAULT_MODEL}.onnx' and DEFAULT_MODEL in shipped_models()


def test_the_figures_in_the_docs_are_of_the_model_that_ships():
    figures = json.loads((DOCS / 'in_the_loop' / f'{DEFAULT_MODEL}.json').read_text())
    digest = StepModel.load().digest
    assert figures['model'] == {'name': DEFAULT_MODEL, 'digest': digest}
    assert f'model {DEFAULT_MODEL} ({digest[:12]})' in (DOCS / 'diagnostics.md').read_text()


def test_a_path_is_found(tmp_path, monkeypatch):
    path = tmp_path / 'cup.onnx'
    path.write_bytes(make_model())
    assert find_model(str(path)) == find_model(path) == path
    monkeypatch.chdir(tmp_path)
    assert os.path.samefile(find_model('cup.onnx'), path)
    monkeypatch.setenv('HOME', str(tmp_path))
    assert find_model('~/cup.onnx') == path


@pytest.mark.parametrize('name', ['cup', 'robot_trials.onnx', '', '/'])
def test_what_is_neither_is_refused(name):
    with pytest.raises(ModelFileError) as caught:
        StepModel.load(name)
    assert str(caught.value) == (
        f'model: expected the path of an ONNX file or one of {shipped_models()}, received {name!r}'
    )


@pytest.mark.parametrize('name', shipped_models())
def test_shipped_models_say_where_they_come_from_and_know_only_what_a_robot_knows(name):
    shipped = StepModel.load(name)
    training = shipped.spec.training
    assert training['command'].startswith('python -m training.train --data ')
    assert len(training['dataset_digest']) == 64
    assert not training.get('interrupted')
    assert 0.0 < shipped.spec.measured_error[1] < 0.9
    assert shipped.spec.leaking_features == () and shipped.spec.sample_rate_hz == 60.0


def test_the_default_estimates_real_pours(robot_trials):
    """It has seen all of them; the bound is twice its error on pours that it had not."""
    model, estimates, truth = StepModel.load('robot_trials'), [], []
    for pour in robot_trials.pours[::6]:
        estimates += estimates_of(PourEstimator(model, pour.context), pour.tilt)
        truth += pour.poured_weight.tolist()
    errors = np.array([estimate.poured_weight for estimate in estimates]) - truth
    rmse = np.sqrt(np.mean(np.square(errors)))
    assert rmse < 0.2
    assert rmse < 0.5 * np.std(truth)


@pytest.mark.parametrize('cup', FITTED, ids=lambda cup: cup.name)
@pytest.mark.parametrize('upright', [0.0, 0.08])
def test_a_correct_set_up_is_in_the_range_of_the_training(cup, upright):
    """Planned pours of the documented amounts, from wherever the arm counts as upright."""
    model = StepModel.load()
    there, back = minimum_jerk(np.linspace(0, 1, 240)), minimum_jerk(np.linspace(1, 0, 180))
    parts = np.concatenate((np.zeros(60), there, np.ones(30), back, np.zeros(60)))
    for volume in (250e-6, min(600e-6, 0.65 * cup.volume)):
        weight = Liquid().weight(volume)
        named = {'cup': cup.name, 'cup_height': cup.height, 'cup_diameter': cup.diameter}
        estimator = PourEstimator(model, PourContext(weight, 0.4 * weight, **named))
        deepest = float(cup.onset_angle(0.6 * volume))
        estimates_of(estimator, upright + (deepest - upright) * parts, 10**9)
        assert estimator.out_of_range() == []
