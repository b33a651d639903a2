# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Train a network on pours; keep its best or its last weights, and those of milestones."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
import math
import time

import numpy as np

from ..errors import DeadNetworkError, DivergedError, TrainingError
from ..networks.architectures import Architecture, build_training_model
from ..networks.backend import keras
from ..networks.initialization import initialize
from .batches import LengthBatches, sorted_batches
from .interrupt import DeferredInterrupt
from .preprocessing import PaddedPours
from .trainer import Trainer

EVALUATION_BATCH_SIZE = 128
"""Pours at once where no gradient is needed."""

DEAD_RANGE_N = 4e-6
"""A network whose predictions all lie within this range [N] has died (its last relu is off)."""


@dataclass(frozen=True)
class FitSettings:
    """
    How to train; the defaults but that of `keep` are those of Nosouhian et al. (2021).

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
    input_noise : tuple of float
        Standard deviation of an error that is added to each standardized feature of the pours to
        learn from, constant over a pour; see `LengthBatches`. Empty for none, as in the paper.
    keep : {'best', 'last'}
        Which weights the trained network has: those of the epoch with the smallest validation
        error, or those of the last epoch, as in the paper.

    """

    epochs: int = 20
    batch_size: int = 32
    learning_rate: float = 0.01
    schedule: str = 'constant'
    clip_norm: float = 0.0
    seed: int = 0
    input_noise: tuple[float, ...] = ()
    keep: str = 'best'


@dataclass(frozen=True)
class Milestone:
    """
    A training run on its way.

    Attributes
    ----------
    weights : list of ndarray
        The network's weights after that epoch, as of `keras.Model.get_weights`.
    seconds : float
        Wall-clock time of the training until then [s].

    """

    weights: list[np.ndarray]
    seconds: float


@dataclass(frozen=True)
class FitResult:
    """
    A trained network.

    Attributes
    ----------
    model : keras.Model
        The network with the weights that `FitSettings.keep` says.
    history : dict of str to list of float
        'loss' and 'val_loss' of each epoch [N^2].
    best_epoch : int
        Epoch with the smallest validation error, from 1.
    seconds : float
        Wall-clock time of the training [s].
    interrupted : bool
        Whether Ctrl-C ended it before the last epoch.
    diverged : bool
        Whether training diverged (the loss is NaN), which ended it too; only with
        ``keep='best'``, since the weights of the last epoch are of no use then.
    milestones : dict of int to Milestone
        By epoch; those that were reached.

    """

    model: keras.Model
    history: dict[str, list[float]]
    best_epoch: int
    seconds: float
    interrupted: bool
    diverged: bool
    milestones: dict[int, Milestone]


def fit(
    architecture: Architecture,
    train: PaddedPours,
    validation: PaddedPours,
    settings: FitSettings,
    on_epoch: Callable[[int, float, float], None] | None = None,
    milestones: Iterable[int] = (),
) -> FitResult:
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
    milestones : iterable of int, optional
        Epochs, from 1, whose weights and time to remember. With a constant learning rate, a
        training run has learned at epoch 20 what one of 20 epochs learns: one run gives both.

    Returns
    -------
    FitResult

    Raises
    ------
    DivergedError
        If training diverged (loss is NaN): in the first epoch, or with ``keep='last'`` in any.
    DeadNetworkError
        If the network died; see `check_alive`. Milestones are not checked.
    TrainingError
        If a setting or a milestone is out of its range.
    KeyboardInterrupt
        If Ctrl-C came before the first epoch was complete; later it ends the training early.

    """
    milestones = frozenset(milestones)
    _check(settings, milestones)
    start = time.perf_counter()
    record = _Record(settings.keep)
    reached = {}
    interrupted = diverged = False
    try:
        with DeferredInterrupt() as interrupt:
            model = build_training_model(architecture, train.features.shape[2])
            initialize(model, settings.seed)
            model.compile(
                optimizer=keras.optimizers.Adam(
                    _learning_rate(settings, len(train.lengths)),
                    clipnorm=settings.clip_norm or None,
                )
            )
            trainer = Trainer(model, architecture.experts)
            batches = LengthBatches(
                train, settings.batch_size, settings.seed, settings.input_noise
            )
            for epoch in range(1, settings.epochs + 1):
                loss = trainer.train(batches, interrupt.check)
                val_loss = _mean_squared_error(predict(model, validation), validation)
                if not (math.isfinite(loss) and math.isfinite(val_loss)):
                    diverged = True
                    break
                weights = model.get_weights()
                record.add(loss, val_loss, weights)
                if epoch in milestones:
                    reached[epoch] = Milestone(weights, time.perf_counter() - start)
                if on_epoch:
                    on_epoch(epoch, loss, val_loss)
    except KeyboardInterrupt:
        if record.weights is None:
            raise
        interrupted = True
    seconds = time.perf_counter() - start
    if diverged and (settings.keep == 'last' or record.weights is None):
        raise DivergedError(
            f'{architecture.name}: training diverged (loss is NaN) in epoch {epoch}; try a '
            'smaller learning rate'
        )
    model.set_weights(record.weights)
    check_alive(predict(model, validation), architecture.name)
    return FitResult(
        model, record.history, record.best_epoch, seconds, interrupted, diverged, reached
    )


class _Record:
    """Losses of each epoch and the weights to keep."""

    def __init__(self, keep: str) -> None:
        self.history: dict[str, list[float]] = {'loss': [], 'val_loss': []}
        self.best_epoch = 0
        self.weights: list[np.ndarray] | None = None
        self._keep = keep
        self._best_loss = math.inf

    def add(self, loss: float, val_loss: float, weights: list[np.ndarray]) -> None:
        self.history['loss'].append(loss)
        self.history['val_loss'].append(val_loss)
        is_best = val_loss < self._best_loss
        if is_best:
            self._best_loss = val_loss
            self.best_epoch = len(self.history['loss'])
        if is_best or self._keep == 'last':
            self.weights = weights


def predict(model: keras.Model, padded: PaddedPours) -> list[np.ndarray]:
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
        The response of each pour [N], without padding.

    """
    responses: dict[int, np.ndarray] = {}
    for chosen, batch in sorted_batches(padded, EVALUATION_BATCH_SIZE):
        predicted = model.predict_on_batch(batch.features)[:, :, 0].astype(np.float64)
        for pour, response, length in zip(chosen, predicted, batch.lengths):
            responses[pour] = response[:length]
    return [responses[pour] for pour in range(len(padded.lengths))]


def check_alive(responses: Sequence[np.ndarray], name: str) -> None:
    """
    Check that a network does not predict the same at every step.

    Parameters
    ----------
    responses : sequence of ndarray of shape (n_steps,)
        What it predicts for several pours [N], as of `predict`.
    name : str
        The network, for the message.

    Raises
    ------
    DeadNetworkError
        If all lie within `DEAD_RANGE_N`.

    """
    values = np.concatenate(responses)
    if np.ptp(values) < DEAD_RANGE_N:
        raise DeadNetworkError(
            f'{name}: the network died: it predicts {values[0]:.4g} N at every step; try '
            'another seed or a smaller learning rate'
        )


def _mean_squared_error(responses: Sequence[np.ndarray], padded: PaddedPours) -> float:
    """Return the error over all real steps [N^2]."""
    squares = [
        np.square(response - recorded[: len(response), 0])
        for response, recorded in zip(responses, padded.response)
    ]
    return float(np.concatenate(squares).mean())


def _learning_rate(
    settings: FitSettings, n_pours: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    if settings.schedule == 'constant':
        return settings.learning_rate
    steps = settings.epochs * math.ceil(n_pours / settings.batch_size)
    return keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps)


def _check(settings: FitSettings, milestones: Iterable[int]) -> None:
    for name, choices in (('schedule', ('constant', 'cosine')), ('keep', ('best', 'last'))):
        value = getattr(settings, name)
        if value not in choices:
            expected = ' or '.join(map(repr, choices))
            raise TrainingError(f'{name}: expected {expected}, received {value!r}')
    for epoch in milestones:
        if not 1 <= epoch <= settings.epochs:
            raise TrainingError(
                f'milestones: expected epochs from 1 to {settings.epochs}, received {epoch}'
            )
