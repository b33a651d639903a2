"""One tick, beside the bare ONNX Runtime call and beside what a user would do instead."""

import math

import numpy as np

from pour_force_estimator import find_model, PourEstimator, StepModel
from pour_force_estimator.features import FeatureBuilder

from .measure import figure, paired_ratio, take_turns
from .networks import CONTEXT, paper_network
from .rivals import keras_stateful, onnx_runtime, plain_numpy

TICKS, SLOW_TICKS = 400, 20
BLOCKS = 250
"""Times `TICKS`: 100,000 ticks of what is fast."""

PREDICT_BLOCKS = 20
"""`predict` takes some 50 ms a tick."""

AGREEMENT_LBF = 1e-4
"""All ways must give the same estimates before they are timed; float32, some hundred steps."""

BARE = 'bare ONNX Runtime'
UPDATE = 'PourEstimator.update'
SLOW = ('traced tf.function', 'predict_on_batch')

AIMS = {BARE: 1.5, 'plain numpy': 1.0, 'traced tf.function': 1 / 8, 'predict': 1 / 1000}
"""What the time of an update is to be at most, relative to each."""


def run(blocks=BLOCKS):
    """
    Measure one tick of the paper's Multi GRU and of the default model.

    Parameters
    ----------
    blocks : int
        Turns of each way.

    Returns
    -------
    list of dict
        Lines of the table.

    """
    network = paper_network()
    numpy_step = plain_numpy(network)
    figures = _measure(
        'tick, Multi GRU', network.step_model,
        {'plain numpy': numpy_step, **keras_stateful(network)}, blocks)
    default = StepModel.load(find_model())
    return figures + _measure(
        f'tick, {default.spec.name}', default, {}, blocks)


def check_agreement(steps, rows):
    """
    Raise `AssertionError` unless all ways give the same responses.

    Parameters
    ----------
    steps : dict of str to callable
        Ways by name.
    rows : ndarray of shape (n_steps, n_features), float32
        Raw features.

    """
    responses = {
        name: np.array([step(row[np.newaxis]) for row in rows]) for name, step in steps.items()}
    expected = next(iter(responses.values()))
    for name, own in responses.items():
        worst = float(np.abs(own - expected).max())
        if not worst <= AGREEMENT_LBF:
            raise AssertionError(
                f'{name}: expected the responses of {next(iter(responses))} within '
                f'{AGREEMENT_LBF:g} lbf, received a difference of {worst:g} lbf')


def tilt_at(tick):
    """Return the tilt of a cup that pours every eight seconds [rad]."""
    return 0.9 * (1.0 - math.cos(math.tau * tick / 480.0))


def ticking(estimator):
    """Return a function that gives the next sample of a pour to a PourEstimator."""
    tick = 0

    def update():
        nonlocal tick
        estimates = estimator.update(round(tick * 1e9 / 60.0), tilt_at(tick))
        tick += 1
        return estimates
    return update


def _measure(part, model, rivals, blocks):
    spec = model.spec
    rows = FeatureBuilder(
        spec.feature_names, spec.sample_rate_hz, spec.tilt_sign, spec.cups).matrix(
            [tilt_at(tick) for tick in range(480)], CONTEXT)
    stream = model.stream()
    steps = {
        BARE: onnx_runtime(model), 'StepModel': lambda row: stream.step(row)[0], **rivals}
    check_agreement(steps, rows[:20])
    calls = {name: _cycling(step, rows) for name, step in steps.items()}
    calls[UPDATE] = ticking(PourEstimator(model, CONTEXT))
    predict = calls.pop('predict', None)
    durations = take_turns(
        {name: (call, SLOW_TICKS if name in SLOW else TICKS) for name, call in calls.items()},
        blocks)
    figures = _figures(part, durations)
    if predict is not None:
        figures += _figures(part, take_turns(
            {'predict': (predict, 1), UPDATE: (calls[UPDATE], SLOW_TICKS)}, PREDICT_BLOCKS))
    return figures


def _cycling(step, rows):
    rows = [row[np.newaxis] for row in rows]
    index = 0

    def call():
        nonlocal index
        index = (index + 1) % len(rows)
        return step(rows[index])
    return call


def _figures(part, durations):
    update = durations.pop(UPDATE)
    return [
        *(figure(part, name, own) for name, own in durations.items()),
        *(figure(part, UPDATE, update, paired_ratio(update, own), name, AIMS.get(name))
          for name, own in durations.items() if name != 'StepModel')]
