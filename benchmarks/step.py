# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""One tick of the default model, beside the bare ONNX Runtime call."""

from collections.abc import Callable
import math

import numpy as np

from pour_force_estimator import Estimate, PourContext, PourEstimator, StepModel
from pour_force_estimator.features import FeatureBuilder
from pour_force_estimator.model.spec import INPUT_NAMES

from .measure import figure, Line, paired_ratio, take_turns

TICKS = 480
"""A pour of eight seconds."""

BLOCKS = 30
BARE, STEP, UPDATE = 'bare ONNX Runtime', 'StepModel', 'PourEstimator.update'

AGREEMENT_N = 5e-4
"""All ways must give the same estimates before they are timed; float32, some hundred steps."""

CONTEXT = PourContext(
    initial_weight=3.5,
    target_weight=1.5,
    empty_weight=0.1,
    cup_height=0.12,
    cup_diameter=0.121,
    receiver_height=0.12,
    receiver_diameter=0.09,
    relative_density=1.0,
)
"""Whatever a model needs; the time of a step does not depend on it."""


def run(blocks: int = BLOCKS) -> list[Line]:
    """
    Measure one tick.

    Parameters
    ----------
    blocks : int
        Pours of each way.

    Returns
    -------
    list of dict
        Lines of the table.

    """
    model = StepModel.load()
    spec, part = model.spec, f'tick, {model.spec.name}'
    rows = FeatureBuilder(
        spec.feature_names, spec.sample_rate_hz, spec.tilt_sign, spec.cups
    ).matrix(np.array([tilt_at(tick) for tick in range(TICKS)]), CONTEXT)
    stream = model.stream()
    steps = {BARE: bare_step(model), STEP: lambda row: stream.step(row)[0]}
    check_agreement(steps, rows[:20])
    durations = take_turns(
        {
            **{name: (_cycling(step, rows), TICKS) for name, step in steps.items()},
            UPDATE: (ticking(PourEstimator(model, CONTEXT)), TICKS),
        },
        blocks,
    )
    bare, update = durations[BARE], durations[UPDATE]
    return [
        figure(part, BARE, bare),
        figure(part, STEP, durations[STEP]),
        figure(part, UPDATE, update, paired_ratio(update, bare), BARE),
    ]


def bare_step(model: StepModel) -> Callable[[np.ndarray], float]:
    """Return a step of the bare ``InferenceSession.run`` with the model's own session."""
    features_name, state_name = INPUT_NAMES
    names, state = model.spec.output_names, model.initial_state()

    def step(features: np.ndarray) -> float:
        nonlocal state
        outputs = model._session.run(names, {features_name: features, state_name: state})
        state = outputs[1]
        return outputs[0][0, 0]

    return step


def check_agreement(steps: dict[str, Callable[[np.ndarray], float]], rows: np.ndarray) -> None:
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
        name: np.array([step(row[np.newaxis]) for row in rows]) for name, step in steps.items()
    }
    reference = next(iter(responses))
    for name, response in responses.items():
        worst = float(np.abs(response - responses[reference]).max())
        if not worst <= AGREEMENT_N:
            raise AssertionError(
                f'{name}: expected the responses of {reference} within {AGREEMENT_N:g} N, '
                f'received a difference of {worst:g} N'
            )


def tilt_at(tick: float) -> float:
    """Return the tilt of a cup that pours every eight seconds [rad]."""
    return 0.9 * (1.0 - math.cos(math.tau * tick / TICKS))


def ticking(estimator: PourEstimator) -> Callable[[], list[Estimate]]:
    """Return a function that gives the next sample of a pour to a PourEstimator."""
    tick = 0

    def update() -> list[Estimate]:
        nonlocal tick
        estimates = estimator.update(round(tick * 1e9 / 60.0), tilt_at(tick))
        tick += 1
        return estimates

    return update


def _cycling(step: Callable[[np.ndarray], float], rows: np.ndarray) -> Callable[[], float]:
    singles = [row[np.newaxis] for row in rows]
    index = 0

    def call() -> float:
        nonlocal index
        index = (index + 1) % len(singles)
        return step(singles[index])

    return call
