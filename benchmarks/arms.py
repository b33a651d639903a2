"""Many arms in one process: what one estimate costs, with a state for each or in one batch."""

import numpy as np

from pour_force_estimator import PourEstimator
from pour_force_estimator.features import FeatureBuilder

from .measure import figure, paired_ratio, take_turns
from .networks import CONTEXT, paper_network
from .step import tilt_at

ARMS = (1, 2, 4, 8, 16, 32, 64)
BLOCKS, ROUNDS = 60, 12


def run(arms=ARMS, blocks=BLOCKS):
    """
    Measure an estimate for each of several arms, from its tilt to its weight.

    Parameters
    ----------
    arms : sequence of int
        Numbers of arms, from 1.
    blocks : int
        Turns of each number.

    Returns
    -------
    list of dict
        Lines of the table; durations are those of one estimate.

    """
    model = paper_network().step_model
    ways = {}
    for number in arms:
        ways[f'{number} estimators'] = (_apart(model, number), ROUNDS)
        ways[f'{number} in one batch'] = (_together(model, number), ROUNDS)
    durations = take_turns(ways, blocks)
    each = {name: own / int(name.split()[0]) for name, own in durations.items()}
    alone = each[f'{arms[0]} estimators']
    return [
        figure('many arms, per estimate', name, own, paired_ratio(own, alone),
               f'{arms[0]} estimators', 1.0 if name == f'{arms[-1]} in one batch' else None)
        for name, own in each.items()]


def _apart(model, number):
    """Return a tick of estimators that share a session."""
    estimators = [PourEstimator(model, CONTEXT) for _ in range(number)]
    tick = 0

    def step():
        nonlocal tick
        stamp_ns, tilt = round(tick * 1e9 / 60.0), tilt_at(tick)
        for estimator in estimators:
            estimator.update(stamp_ns, tilt)
        tick += 1
    return step


def _together(model, number):
    """Return a tick of one batch with a row of features and of the state for each arm."""
    spec = model.spec
    builders = [FeatureBuilder(spec.feature_names, spec.sample_rate_hz, spec.tilt_sign, spec.cups)
                for _ in range(number)]
    for builder in builders:
        builder.start(CONTEXT)
    features = np.zeros((number, len(spec.features)), np.float32)
    state = model.initial_state(number)
    tick = 0

    def step():
        nonlocal state, tick
        tilt = tilt_at(tick)
        for row, builder in zip(features, builders):
            row[:] = builder.row(tilt)[0]
        state = model.step(features, state)[1]
        tick += 1
    return step
