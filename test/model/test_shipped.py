# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of the models that ship with the package."""

import os

import numpy as np
import pytest
from small_models import make_model

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.errors import ModelFileError
from pour_force_estimator.model.shipped import DEFAULT_MODEL, find_model, shipped_models


@pytest.fixture(scope='module', params=shipped_models())
def shipped(request):
    return StepModel.load(find_model(request.param))


def test_the_default_ships():
    assert DEFAULT_MODEL in shipped_models()
    assert find_model() == find_model(DEFAULT_MODEL)
    assert find_model().name == f'{DEFAULT_MODEL}.onnx'


def test_a_path_is_found(tmp_path, monkeypatch):
    path = tmp_path / 'cup.onnx'
    path.write_bytes(make_model())
    assert find_model(str(path)) == path
    assert find_model(path) == path
    monkeypatch.chdir(tmp_path)
    assert os.path.samefile(find_model('cup.onnx'), path)
    monkeypatch.setenv('HOME', str(tmp_path))
    assert find_model('~/cup.onnx') == path


@pytest.mark.parametrize('name', ['cup', 'robot_trials.onnx', '', '/'])
def test_what_is_neither_is_refused(name):
    with pytest.raises(ModelFileError) as caught:
        find_model(name)
    assert str(caught.value) == (
        f'model: expected the path of an ONNX file or one of {shipped_models()}, received {name!r}'
    )


def test_shipped_models_know_only_what_a_robot_knows(shipped):
    assert shipped.spec.leaking_features == ()


def test_shipped_models_say_where_they_come_from(shipped):
    training = shipped.spec.training
    assert training['command'].startswith('python -m training.train --data ')
    assert len(training['dataset_digest']) == 64
    assert training['schema'] in ('dim', 'robot_trials')
    assert not training.get('interrupted')
    assert 0.0 < shipped.spec.measured_error[1] < 0.9
    assert shipped.spec.sample_rate_hz == 60.0


def test_the_default_estimates_real_pours(robot_trials):
    """It has seen all of them; the bound is twice its error on pours that it had not."""
    model = StepModel.load(find_model('robot_trials'))
    pours = robot_trials.pours[::6]
    errors, constant = [], []
    for pour in pours:
        estimator = PourEstimator(model, pour.context)
        for step, tilt in enumerate(pour.tilt.tolist()):
            (estimate,) = estimator.update(round(step * 1e9 / 60.0), tilt)
            errors.append(estimate.poured_weight - pour.poured_weight[step])
        constant.append(pour.poured_weight)
    rmse = np.sqrt(np.mean(np.square(errors)))
    assert rmse < 0.2
    assert rmse < 0.5 * np.std(np.concatenate(constant))


FITTED = [cup for cup in StepModel.load(find_model()).spec.cups if cup.is_known]


@pytest.mark.parametrize('cup', FITTED, ids=lambda cup: cup.name)
@pytest.mark.parametrize('upright', [0.0, 0.08])
def test_a_correct_set_up_is_in_the_range_of_the_training(cup, upright):
    """Planned pours of the documented amounts, from wherever the arm counts as upright."""
    model = StepModel.load(find_model())
    for volume in (250e-6, min(600e-6, 0.65 * cup.volume)):
        weight = Liquid().weight(volume)
        context = PourContext(
            cup=cup.name,
            initial_weight=weight,
            target_weight=0.4 * weight,
            cup_height=cup.height,
            cup_diameter=cup.diameter,
        )
        deepest = float(cup.onset_angle(0.6 * volume))
        tilts = np.concatenate(
            [
                np.full(60, upright),
                minimum_jerk(upright, deepest, 240),
                np.full(30, deepest),
                minimum_jerk(deepest, upright, 180),
                np.full(60, upright),
            ]
        )
        estimator = PourEstimator(model, context)
        for step, tilt in enumerate(tilts.tolist()):
            estimator.update(10**9 + round(step * 1e9 / 60.0), tilt)
        assert estimator.out_of_range() == []


def minimum_jerk(begin, end, steps):
    part = np.linspace(0.0, 1.0, steps)
    return begin + (end - begin) * part**3 * (10.0 - 15.0 * part + 6.0 * part**2)
