"""Evaluation and simulation of 1307 pours at once, beside one pour after the other."""

import time

import numpy as np

from pour_force_estimator.simulation import simulate_pours
from training import evaluate
from training.bulk import estimate_pours

from .measure import paired_ratio, value
from .networks import PAPER_POURS, PAPER_STEPS, paper_network, SCHEMA, simulated_pours

PARTS = 3
"""So often some pours are run one by one, and all of them at once right after."""

SHARE = 3
"""One of so many pours is evaluated one by one, each once in all parts together."""

SINGLES = 8
"""Pours per part that are simulated one by one; all of them would take ten minutes."""

AIM = 0.1
AGREEMENT_LBF = 1e-3


def run(pours=PAPER_POURS, parts=PARTS):
    """
    Measure evaluation and simulation per pour.

    Parameters
    ----------
    pours : int
        Number of pours.
    parts : int
        Number of pairs.

    Returns
    -------
    list of dict
        Lines of the table.

    """
    model = paper_network().step_model
    recorded = simulated_pours(pours)
    estimates, stride = {}, parts * SHARE

    def evaluate_at_once(part):
        estimates['at once'] = estimate_pours(model, recorded)[0]

    def evaluate_one_by_one(part):
        estimates[part] = evaluate.estimate_pours(model, recorded[part::stride])

    lines = _compare(
        'evaluation, Multi GRU, per pour', evaluate_at_once, evaluate_one_by_one, pours,
        len(recorded) / stride, parts, AIM)
    worst = max(
        np.abs(own.weight - estimates['at once'][part + index * stride]).max()
        for part in range(parts) for index, own in enumerate(estimates[part]))
    if not worst <= AGREEMENT_LBF:
        raise AssertionError(
            f'bulk: expected the estimates of pour after pour within {AGREEMENT_LBF:g} lbf, '
            f'received a difference of {worst:g} lbf')
    return lines + _compare(
        'simulation, per pour', lambda part: _simulate(pours, part),
        lambda part: [_simulate(1, SINGLES * part + index) for index in range(SINGLES)],
        pours, SINGLES, parts, None)


def _simulate(number, seed):
    simulate_pours(number, np.random.default_rng(seed), max_steps=PAPER_STEPS,
                   sample_rate_hz=SCHEMA.sample_rate_hz, liquids='mixed')


def _compare(name, at_once, one_by_one, pours, singles, parts, aim):
    """Return the lines of two ways to treat pours, of which one treats `singles` per part."""
    seconds = {'one by one': [], 'at once': []}
    for part in range(parts):
        for way, treat, number in (
                ('one by one', one_by_one, singles), ('at once', at_once, pours)):
            began_s = time.perf_counter()
            treat(part)
            seconds[way].append([(time.perf_counter() - began_s) / number])
    ratio = paired_ratio(seconds['at once'], seconds['one by one'])
    return [
        value(name, 'one by one', np.median(seconds['one by one']) * 1e3, 'ms'),
        value(name, f'{pours} at once', np.median(seconds['at once']) * 1e3, 'ms', ratio=ratio,
              beside='one by one', aim=aim)]
