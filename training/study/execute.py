# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Executes one run; this is what travels to other processes and machines."""

from collections.abc import Mapping
import math
from threading import Lock
import time

import numpy as np

from pour_force_estimator.errors import SimulationError

from ..cli.device import configure
from ..errors import DeadNetworkError, DivergedError
from ..evaluation.metrics import pour_errors, poured_weights
from ..evaluation.physics import PourPhysics
from ..fitting.fit import check_alive, fit, FitResult, FitSettings, predict
from ..fitting.preprocessing import PaddedPours
from ..networks.backend import keras
from .baselines import MEAN, mean_response, PlainCups, UNTRAINED
from .data import load_study, Parts, prepare, TEST_1, TRAIN, VALIDATION
from .plan import CUP_QUESTION, Run, TRAINED
from .record import (
    ALIVE,
    ANY_LENGTH,
    Arrays,
    DEAD,
    DIVERGED,
    Outcome,
    Record,
    responses_name,
    UNAVAILABLE,
    weights_name,
)
from .settings import StudySettings

_ONE_AT_A_TIME = Lock()
"""Threads of a Dask worker would clear the session of Keras below each other's networks."""


def execute(
    run: Run, settings: StudySettings, threads: int | None = None
) -> tuple[Record, Arrays]:
    """
    Train and measure one network, or measure one baseline.

    Parameters
    ----------
    run : Run
        What to do.
    settings : StudySettings
        Data and protocol.
    threads : int, optional
        Threads that TensorFlow may use; by default as many as it wants.

    Returns
    -------
    record : Record
        Errors and losses. A training run that fails by itself is recorded, not raised.
    arrays : dict of str to ndarray
        Weights of the network after each length of training, and its responses for test 1; see
        `training.study.record`.

    Raises
    ------
    RecordingError
        If the data are not those with which the study began.
    KeyboardInterrupt
        If Ctrl-C ended the training.

    """
    with _ONE_AT_A_TIME:
        configure(threads)
        try:
            return (_measure_baseline if run.model in UNTRAINED else _train)(run, settings)
        finally:
            keras.utils.clear_session()  # else a process grows with each network


def _measure_baseline(run: Run, settings: StudySettings) -> tuple[Record, Arrays]:
    parts = load_study(settings).parts(run.question, run.cup)
    start = time.perf_counter()
    try:
        if run.model == MEAN:
            mean = mean_response(parts[TRAIN])
            estimated = {
                part: poured_weights(pours, [np.full(len(pour), mean) for pour in pours])
                for part, pours in parts.items()
            }
        else:
            physics = PlainCups() if run.question == CUP_QUESTION else PourPhysics()
            estimated = {part: list(map(physics.estimate, pours)) for part, pours in parts.items()}
    except SimulationError as error:
        return Record(run, {ANY_LENGTH: Outcome(UNAVAILABLE)}, message=str(error)), {}
    errors = {part: pour_errors(pours, estimated[part]) for part, pours in parts.items()}
    seconds = time.perf_counter() - start
    return Record(run, {ANY_LENGTH: Outcome(ALIVE, seconds, errors)}), {}


def _train(run: Run, settings: StudySettings) -> tuple[Record, Arrays]:
    _, padded = prepare(settings, run.question, run.cup)
    lengths = settings.epochs[-1:] if run.question == CUP_QUESTION else settings.epochs
    history: dict[str, list[float]] = {'loss': [], 'val_loss': []}

    def remember(epoch: int, loss: float, val_loss: float) -> None:
        history['loss'].append(loss)
        history['val_loss'].append(val_loss)

    try:
        result = fit(
            TRAINED[run.model],
            padded[TRAIN],
            padded[VALIDATION],
            FitSettings(
                epochs=lengths[-1],
                batch_size=settings.batch_size,
                learning_rate=settings.learning_rate,
                seed=run.seed,
            ),
            remember,
            milestones=lengths,
        )
    except (DivergedError, DeadNetworkError) as error:
        status = DIVERGED if isinstance(error, DivergedError) else DEAD
        outcomes = {epochs: Outcome(status) for epochs in lengths}
        return Record(run, outcomes, history, str(error)), {}
    if result.interrupted:
        raise KeyboardInterrupt
    parts = load_study(settings).parts(run.question, run.cup)
    outcomes, messages = {}, []
    arrays: Arrays = {}
    for epochs in lengths:
        outcomes[epochs], message, of_length = _measure(run.model, result, epochs, parts, padded)
        arrays.update(of_length)
        if message:
            messages.append(f'{epochs} epochs: {message}')
    return Record(run, outcomes, history, '; '.join(messages)), arrays


def _measure(
    name: str, result: FitResult, epochs: int, parts: Parts, padded: Mapping[str, PaddedPours]
) -> tuple[Outcome, str, Arrays]:
    """Return outcome, message and arrays of a training run after a number of epochs."""
    diverged = f'{name}: training diverged (loss is NaN)'
    if epochs not in result.milestones:
        return Outcome(DIVERGED), diverged, {}
    milestone = result.milestones[epochs]
    result.model.set_weights(milestone.weights)
    responses = {part: predict(result.model, pours) for part, pours in padded.items()}
    try:
        check_alive(responses[VALIDATION], name)
    except DeadNetworkError as error:
        return Outcome(DEAD, milestone.seconds), str(error), {}
    errors = {
        part: pour_errors(pours, poured_weights(pours, responses[part]))
        for part, pours in parts.items()
    }
    if not all(math.isfinite(values['mse_newton2']) for values in errors.values()):
        return Outcome(DIVERGED, milestone.seconds), diverged, {}
    arrays = {
        weights_name(epochs, index): weights for index, weights in enumerate(milestone.weights)
    }
    if TEST_1 in responses:
        arrays[responses_name(epochs)] = np.concatenate(responses[TEST_1]).astype(np.float32)
    return Outcome(ALIVE, milestone.seconds, errors), '', arrays
