"""Train a network on pours; keep the weights with the smallest validation error."""

from dataclasses import dataclass
import math
import time

import numpy as np

from .architectures import build_sequence_model
from .backend import keras
from .batches import LengthBatches
from .errors import TrainingError

EVALUATION_BATCH_SIZE = 128
"""Pours at once where no gradient is needed."""

DEAD_RANGE_LBF = 1e-6
"""A network whose predictions all lie within this range [lbf] has died (its last relu is off)."""


@dataclass(frozen=True)
class FitSettings:
    """
    How to train; the defaults are those of Nosouhian et al. (2021).

    Attributes
    ----------
    epochs, batch_size, seed : int
        As in Keras; `seed` sets weights, dropout and the order of the pours.
    learning_rate : float
        Learning rate of Adam.
    schedule : {'constant', 'cosine'}
        How the learning rate goes on: as it is, or down to 0 at the last epoch.
    clip_norm : float
        Largest norm of each weight's gradient; 0 for none, as in the paper. Pours are hundreds of
        steps long, and without it a single batch can undo what was learned.

    """

    epochs: int = 20
    batch_size: int = 32
    learning_rate: float = 0.01
    schedule: str = 'constant'
    clip_norm: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class FitResult:
    """
    A trained network.

    Attributes
    ----------
    model : keras.Model
        The network with the weights of the best epoch.
    history : dict of str to list of float
        'loss' and 'val_loss' of each epoch [lbf^2].
    best_epoch : int
        Epoch with the smallest validation error, from 1.
    seconds : float
        Wall-clock time of the training [s].
    interrupted : bool
        Whether Ctrl-C ended it before the last epoch.
    diverged : bool
        Whether the error became no number, which ended it too.

    """

    model: keras.Model
    history: dict
    best_epoch: int
    seconds: float
    interrupted: bool
    diverged: bool


def fit(architecture, train, validation, settings, on_epoch=None):
    """
    Train a network with Adam on the mean squared error over real steps.

    Parameters
    ----------
    architecture : Architecture
        The network.
    train, validation : PaddedPours
        Pours to learn from and to choose the epoch with.
    settings : FitSettings
        How to train.
    on_epoch : callable, optional
        Called as ``on_epoch(epoch, loss, val_loss)`` after each epoch, from 1.

    Returns
    -------
    FitResult

    Raises
    ------
    TrainingError
        If the error is no number or the network died.
    KeyboardInterrupt
        If Ctrl-C came before the first epoch was complete; later it ends the training early.

    """
    keras.utils.set_random_seed(settings.seed)
    model = build_sequence_model(architecture, train.features.shape[2])
    model.compile(
        optimizer=keras.optimizers.Adam(
            _learning_rate(settings, len(train.lengths)), clipnorm=settings.clip_norm or None),
        loss='mean_squared_error')
    best = _KeepBest(on_epoch)
    start = time.perf_counter()
    interrupted = False
    try:
        model.fit(
            LengthBatches(train, settings.batch_size, settings.seed).dataset(),
            epochs=settings.epochs,
            validation_data=(validation.features, validation.response),
            validation_batch_size=EVALUATION_BATCH_SIZE, callbacks=[best],
            shuffle=False, verbose=0)
    except KeyboardInterrupt:
        if best.weights is None:
            raise
        interrupted = True
    if best.weights is None:
        raise TrainingError(
            f'{architecture.name}: the error became no number in the first epoch; try a smaller '
            'learning rate')
    model.set_weights(best.weights)
    _check_alive(model, validation, architecture.name)
    return FitResult(
        model, best.losses, best.epoch, time.perf_counter() - start, interrupted,
        best.diverged)


class _KeepBest(keras.callbacks.Callback):
    """Remembers losses, and the weights of the epoch with the smallest validation error."""

    def __init__(self, on_epoch):
        super().__init__()
        self.weights = None
        self.epoch = 0
        self.losses = {'loss': [], 'val_loss': []}
        self.diverged = False
        self._best_loss = math.inf
        self._on_epoch = on_epoch

    def on_epoch_end(self, epoch, logs=None):
        loss, val_loss = logs['loss'], logs['val_loss']
        if not (math.isfinite(loss) and math.isfinite(val_loss)):
            self.diverged = True
            self.model.stop_training = True
            return
        self.losses['loss'].append(loss)
        self.losses['val_loss'].append(val_loss)
        if val_loss < self._best_loss:
            self._best_loss = val_loss
            self.epoch = epoch + 1
            self.weights = self.model.get_weights()
        if self._on_epoch:
            self._on_epoch(epoch + 1, loss, val_loss)


def predict(model, padded):
    """
    Run a network over whole pours.

    Parameters
    ----------
    model : keras.Model
        A network over whole pours.
    padded : PaddedPours
        The pours.

    Returns
    -------
    list of ndarray of shape (n_steps,), float64
        The response of each pour [lbf], without padding.

    """
    responses = model.predict(
        padded.features, batch_size=EVALUATION_BATCH_SIZE, verbose=0)[:, :, 0].astype(np.float64)
    return [response[:length] for response, length in zip(responses, padded.lengths)]


def _learning_rate(settings, n_pours):
    if settings.schedule == 'constant':
        return settings.learning_rate
    if settings.schedule == 'cosine':
        steps = settings.epochs * math.ceil(n_pours / settings.batch_size)
        return keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps)
    raise TrainingError(
        f"schedule: expected 'constant' or 'cosine', received {settings.schedule!r}")


def _check_alive(model, padded, name):
    responses = np.concatenate(predict(model, padded))
    if np.ptp(responses) < DEAD_RANGE_LBF:
        raise TrainingError(
            f'{name}: the network died: it predicts {responses[0]:.4g} lbf at every step; try '
            'another seed or a smaller learning rate')
