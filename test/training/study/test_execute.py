# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.study.execute: training runs that succeed, die and diverge."""

import numpy as np
import pytest
from small_pours import pours_array
from small_study import make_settings

from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.spec import CupSpec
from training.evaluation.physics import PourPhysics
from training.fitting.fit import predict
from training.networks.architectures import build_sequence_model, SINGLE_GRU
from training.study.baselines import PlainCups
from training.study.data import load_study, prepare
from training.study.execute import execute
from training.study.plan import Run


@pytest.fixture
def make(recording_paths):
    """Return a function that returns the settings of a study of robot trials."""
    return lambda **changes: make_settings(
        recording_paths['robot_trials'], 'robot_trials', **changes
    )


@pytest.fixture
def settings(make):
    return make()


def mse(pours, estimated):
    errors = [estimate - pour.poured_weight for pour, estimate in zip(pours, estimated)]
    return np.mean(np.square(np.concatenate(errors)))


def test_a_training(settings):
    run = Run('architectures', 'single_gru', 1)
    record, arrays = execute(run, settings)
    assert record.run == run and record.message == ''
    assert list(record.outcomes) == [1, 2]
    assert len(record.history['loss']) == len(record.history['val_loss']) == 2
    for epochs, outcome in record.outcomes.items():
        assert outcome.status == 'alive' and outcome.seconds > 0.0
        assert list(outcome.errors) == ['train', 'validation', 'test 1']
        # the error of the weights after that epoch, and not of the best epoch
        val_loss = record.history['val_loss'][epochs - 1]
        assert outcome.errors['validation']['mse_newton2'] == pytest.approx(val_loss, rel=1e-3)
    assert record.outcomes[2].seconds > record.outcomes[1].seconds
    # the arrays are the network
    model = build_sequence_model(SINGLE_GRU, 6)
    model.set_weights([arrays[f'weights_2_{index:02d}'] for index in range(5)])
    responses = np.concatenate(predict(model, prepare(settings, run.question)[1]['test 1']))
    np.testing.assert_allclose(arrays['test_1_2'], responses, atol=1e-5)
    true = np.concatenate([pour.response for pour in load_study(settings).split.test])
    error = record.outcomes[2].errors['test 1']['mse_newton2']
    assert np.mean(np.square(responses - true)) == pytest.approx(error, rel=1e-3)


def test_a_cup_that_is_left_out(settings):
    record, _ = execute(Run('cups', 'mlp', 0, '81x88'), settings)
    assert list(record.outcomes) == [2]
    errors = record.outcomes[2].errors
    assert list(errors) == ['train', 'validation', 'held-out cup']
    assert errors['held-out cup']['pours'] == len(load_study(settings).cups()['81x88'])


def test_a_training_that_diverges(make):
    record, arrays = execute(Run('architectures', 'single_gru'), make(learning_rate=1e38))
    assert {outcome.status for outcome in record.outcomes.values()} == {'diverged'}
    assert all(outcome.errors == {} for outcome in record.outcomes.values())
    assert 'training diverged (loss is NaN)' in record.message and arrays == {}


def test_a_network_that_dies_on_its_way(make):
    """After the first epoch it is alive; later its last relu is off."""
    settings = make(learning_rate=0.1, epochs=(1, 10))
    records = [execute(Run('architectures', 'multi_gru', seed), settings)[0] for seed in range(4)]
    statuses = [[outcome.status for outcome in record.outcomes.values()] for record in records]
    assert ['alive', 'dead'] in statuses
    for record in records:
        for outcome in record.outcomes.values():
            assert bool(outcome.errors) == (outcome.status == 'alive')
        if 'dead' in [outcome.status for outcome in record.outcomes.values()]:
            assert 'the network died: it predicts' in record.message


def test_the_mean(settings):
    record, arrays = execute(Run('architectures', 'mean'), settings)
    split = load_study(settings).split
    mean = np.concatenate([pour.poured_weight for pour in split.train]).mean()
    assert record.at(2) is record.at(1) and arrays == {}
    for part, pours in (('train', split.train), ('test 1', split.test)):
        expected = mse(pours, [mean] * len(pours))
        assert record.at(2).errors[part]['mse_newton2'] == pytest.approx(expected)


def test_the_physics_knows_fitted_cups_unless_they_are_left_out(settings):
    data = load_study(settings)
    record, _ = execute(Run('architectures', 'physics'), settings)
    pours = data.split.test
    expected = mse(pours, map(PourPhysics().estimate, pours))
    assert record.at(1).errors['test 1']['mse_newton2'] == pytest.approx(expected)
    record, _ = execute(Run('cups', 'physics', 0, '292x75'), settings)
    pours = data.parts('cups', '292x75')['held-out cup']
    plain = CupSpec.of_cup(Cup(0.292, 0.075))
    assert {PlainCups().cup_of(pour) for pour in pours} == {plain}
    honest = record.at(2).errors['held-out cup']['mse_newton2']
    assert honest == pytest.approx(mse(pours, map(PlainCups().estimate, pours)))
    assert honest > 2.0 * mse(pours, map(PourPhysics().estimate, pours))


def test_pours_that_the_physics_cannot_explain(tmp_path):
    array = pours_array('robot_trials', 6)
    array[array[:, :, 2] > 0.0, 2] = 15.0  # lbf, which is more than any of the cups can hold
    np.save(tmp_path / 'heavy.npy', array)
    settings = make_settings(tmp_path / 'heavy.npy', 'robot_trials')
    record, _ = execute(Run('architectures', 'physics'), settings)
    assert record.at(2).status == 'unavailable'
    assert record.message.startswith('pour ')
