# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.fitting.fit with a few epochs on short simulated pours."""

import os
import signal
from types import SimpleNamespace

import numpy as np
import pytest

from training.errors import DeadNetworkError, DivergedError, TrainingError
import training.fitting.fit as fitting
from training.fitting.fit import check_alive, fit, FitSettings, predict
from training.fitting.preprocessing import PaddedPours, Preprocessor
from training.networks.architectures import MULTI_GRU, SINGLE_GRU


@pytest.fixture(scope='module')
def parts(robot_recordings):
    pours = list({len(pour): pour for pour in robot_recordings.pours}.values())
    assert len(pours) == 10
    preprocessor = Preprocessor(('theta', 'f_init', 'h_pc'), 60.0, -1).fit(pours[:8])
    return preprocessor.transform(pours[:8]), preprocessor.transform(pours[8:])


def settings(**changes):
    return FitSettings(**{'epochs': 1, 'batch_size': 4, 'seed': 5, **changes})


def with_response(padded, value):
    """Return the same pours with one response at all real steps."""
    return PaddedPours(padded.features, padded.mask[:, :, np.newaxis] * value, padded.lengths)


def with_longer_padding(padded, steps):
    """Return the same pours with more padding, in whose response stands a large weight."""
    arrays = padded.features, padded.response, padded.mask[:, :, np.newaxis]
    features, response, mask = (np.pad(array, ((0, 0), (0, steps), (0, 0))) for array in arrays)
    return PaddedPours(features, response + 1e3 * (1.0 - mask), padded.lengths)


@pytest.fixture(scope='module')
def restless(parts):
    """Return a training that Ctrl-C ends after an epoch that is worse than the one before."""
    calls = []

    def end_with_a_worse_epoch(*values):
        calls.append(values)
        if len(calls) > 1 and values[2] > 1.05 * calls[-2][2]:
            raise KeyboardInterrupt

    restless = settings(epochs=100, learning_rate=0.1)
    result = fit(SINGLE_GRU, *parts, restless, end_with_a_worse_epoch)
    return SimpleNamespace(result=result, calls=calls)


def test_defaults_are_those_of_the_paper():
    default = FitSettings()
    assert (default.epochs, default.batch_size, default.learning_rate) == (20, 32, 0.01)
    assert (default.schedule, default.clip_norm, default.keep) == ('constant', 0.0, 'best')


def check_error(model, padded, expected):
    """Assert that the mean squared error over real steps, by numpy alone, is so much [N^2]."""
    predicted = np.concatenate(predict(model, padded))
    error = np.mean(np.square(predicted - padded.response[padded.mask == 1.0][:, 0]))
    assert error == pytest.approx(expected, rel=1e-4)


def test_the_model_is_that_of_the_best_epoch(restless, parts):
    """After Ctrl-C too; the reported loss is the error over real steps."""
    history, calls = restless.result.history, restless.calls
    assert restless.result.interrupted
    assert calls == list(zip(range(1, len(calls) + 1), history['loss'], history['val_loss']))
    val_loss = history['val_loss']
    assert restless.result.best_epoch == np.argmin(val_loss) + 1 < len(val_loss)
    check_error(restless.result.model, parts[1], min(val_loss))
    assert val_loss[-1] > 1.01 * min(val_loss)


def test_training_helps(parts):
    result = fit(SINGLE_GRU, *parts, settings(epochs=15, learning_rate=0.01))
    assert len(result.history['val_loss']) == 15
    assert result.seconds > 0.0 and not result.interrupted
    assert result.history['val_loss'][-1] < 0.5 * result.history['val_loss'][0]


def test_the_seed_decides(parts):
    first = fit(SINGLE_GRU, *parts, settings()).history
    assert fit(SINGLE_GRU, *parts, settings()).history == first
    assert fit(SINGLE_GRU, *parts, settings(seed=6)).history != first


def test_noise_on_the_inputs_is_for_learning_alone(parts):
    """Drawn from the seed; the validation error is that of the pours as they are."""
    noisy = fit(SINGLE_GRU, *parts, settings(input_noise=(0.5, 0.0, 0.5)))
    again = fit(SINGLE_GRU, *parts, settings(input_noise=(0.5, 0.0, 0.5)))
    without = fit(SINGLE_GRU, *parts, settings(input_noise=(0.0, 0.0, 0.0)))
    assert noisy.history == again.history
    assert without.history == fit(SINGLE_GRU, *parts, settings()).history
    assert noisy.history['loss'] != without.history['loss']
    check_error(noisy.model, parts[1], noisy.history['val_loss'][0])


def test_the_padding_has_no_influence(parts):
    longer = map(with_longer_padding, parts, (60, 90))
    expected = fit(SINGLE_GRU, *parts, settings(epochs=2)).history
    received = fit(SINGLE_GRU, *longer, settings(epochs=2)).history
    for name in ('loss', 'val_loss'):
        assert received[name] == pytest.approx(expected[name], rel=1e-4)


def test_predictions_are_in_the_order_of_the_pours(parts):
    """However they are batched: each pour alone gives the same."""
    train = parts[0]
    model = fit(SINGLE_GRU, *parts, settings()).model  # calm: no rounding error grows in it
    arrays = (train.features, train.response, train.lengths)
    for pour, response in enumerate(predict(model, train)):
        assert response.shape == (train.lengths[pour],) and response.dtype == np.float64
        alone = PaddedPours(*(array[pour : pour + 1] for array in arrays))
        assert response == pytest.approx(predict(model, alone)[0], abs=1e-5)


@pytest.mark.parametrize('schedule, rate', [('constant', 0.02), ('cosine', 0.0)])
def test_learning_rate_at_the_end(parts, schedule, rate):
    result = fit(SINGLE_GRU, *parts, settings(epochs=2, learning_rate=0.02, schedule=schedule))
    assert float(result.model.optimizer.learning_rate) == pytest.approx(rate, abs=1e-8)


@pytest.mark.parametrize(
    'changes, milestones, message',
    [
        ({'schedule': 'no'}, (), "schedule: expected 'constant' or 'cosine', received 'no'"),
        ({'keep': 'no'}, (), "keep: expected 'best' or 'last', received 'no'"),
        ({'epochs': 2}, (1, 0), 'milestones: expected epochs from 1 to 2, received 0'),
        ({'epochs': 2}, (1, 3), 'milestones: expected epochs from 1 to 2, received 3'),
    ],
)
def test_what_cannot_be_trained(parts, changes, milestones, message):
    with pytest.raises(TrainingError, match=f'^{message}$'):
        fit(SINGLE_GRU, *parts, settings(**changes), milestones=milestones)


def test_a_milestone_is_what_a_training_of_that_length_gives(parts):
    """For the network with dropout too; and the last epoch is kept, the best or not."""
    short = fit(MULTI_GRU, *parts, settings(epochs=2, keep='last'))
    long = fit(MULTI_GRU, *parts, settings(epochs=4, keep='last'), milestones=iter((2, 4)))
    assert list(long.milestones) == [2, 4]
    assert short.milestones == {}
    for epoch, reached in ((2, short), (4, long)):
        weights = long.milestones[epoch].weights
        assert all(map(np.array_equal, weights, reached.model.get_weights()))
    assert not np.array_equal(long.milestones[2].weights[0], long.milestones[4].weights[0])
    assert 0.0 < long.milestones[2].seconds < long.milestones[4].seconds <= long.seconds


def test_keep_decides_which_weights_the_network_has(restless, parts):
    """The same training as `restless`, whose last epoch is worse than the one before."""
    epochs = len(restless.result.history['val_loss'])
    last = fit(SINGLE_GRU, *parts, settings(epochs=epochs, learning_rate=0.1, keep='last'))
    assert last.history == restless.result.history
    assert last.best_epoch == restless.result.best_epoch
    check_error(last.model, parts[1], last.history['val_loss'][-1])


@pytest.mark.parametrize('keep', ['best', 'last'])
def test_an_error_that_is_no_number_is_reported(parts, keep):
    message = r'training diverged \(loss is NaN\) in epoch 1; try a smaller learning rate$'
    with pytest.raises(DivergedError, match=f'^single_gru: {message}'):
        fit(SINGLE_GRU, *parts, settings(learning_rate=1e38, keep=keep))


def poisoned(padded):
    """Return pours, and what makes their response no number after the second epoch."""
    copy = PaddedPours(padded.features, padded.response.copy(), padded.lengths)

    def poison(epoch, loss, val_loss):
        if epoch == 2:
            copy.response[:] = np.nan

    return copy, poison


def test_a_later_error_that_is_no_number_leaves_the_best_network(parts):
    (train, poison), validation = poisoned(parts[0]), parts[1]
    result = fit(SINGLE_GRU, train, validation, settings(epochs=5), poison, (1, 2, 4))
    assert result.diverged and not result.interrupted
    assert len(result.history['val_loss']) == 2
    assert list(result.milestones) == [1, 2]
    check_error(result.model, validation, min(result.history['val_loss']))


def test_a_later_error_that_is_no_number_leaves_no_last_network(parts):
    train, poison = poisoned(parts[0])
    with pytest.raises(DivergedError, match=r'^single_gru: training diverged .* in epoch 3;'):
        fit(SINGLE_GRU, train, parts[1], settings(epochs=5, keep='last'), poison)


def test_a_network_that_died_is_reported(parts):
    """Its last relu learns to be off, since all that it is shown is below 0."""
    train, validation = (with_response(part, -5.0) for part in parts)
    advice = 'at every step; try another seed or a smaller learning rate'
    message = f'^multi_gru: the network died: it predicts 0 N {advice}$'
    with pytest.raises(DeadNetworkError, match=message):
        fit(MULTI_GRU, train, validation, settings(epochs=3, learning_rate=0.05))


def test_check_alive():
    """Pours that differ from each other alone are signs of life too."""
    check_alive([np.full(5, 0.3), np.full(3, 0.4)], 'mine')
    with pytest.raises(DeadNetworkError, match='^mine: the network died: it predicts 0.3 N'):
        check_alive([np.full(5, 0.3), np.full(3, 0.3)], 'mine')


def test_ctrl_c_before_the_end_of_the_first_epoch(parts, monkeypatch):
    def press(model, seed):
        os.kill(os.getpid(), signal.SIGINT)
        initialize(model, seed)

    initialize = fitting.initialize
    monkeypatch.setattr(fitting, 'initialize', press)
    with pytest.raises(KeyboardInterrupt):
        fit(SINGLE_GRU, *parts, settings(epochs=100_000))
