"""The cost of a tick late in a pour, beside running the whole past again at every tick."""

import numpy as np

from pour_force_estimator import PourEstimator
from pour_force_estimator.atomic import atomic_path

from .measure import figure, paired_ratio, take_turns
from .networks import CONTEXT, paper_network
from .rivals import whole_past
from .step import ticking

AGES = (100, 1_000, 10_000, 100_000)
"""Ticks since the start of a pour; the last is 28 minutes."""

RERUN_AGES = AGES[:-1]
"""The last would take nine seconds a tick."""

BLOCKS, TICKS = 40, 200
RERUN_BLOCKS = 3
AIM = 1.05


def run(ages=AGES, rerun_ages=RERUN_AGES, blocks=BLOCKS,
        figure_path=None):
    """
    Measure ticks at several ages of a pour.

    Parameters
    ----------
    ages : sequence of int
        Ticks since the start, increasing.
    rerun_ages : sequence of int
        At which of them to run the whole past as well.
    blocks : int
        Turns of each age.
    figure_path : path-like, optional
        PNG to write.

    Returns
    -------
    list of dict
        Lines of the table.

    """
    network = paper_network()
    durations = take_turns(
        {age: (_aged(network.step_model, age), TICKS) for age in ages}, blocks)
    youngest = ages[0]
    figures = [figure('tick by age, Multi GRU', f'update at tick {youngest}', durations[youngest])]
    figures += [
        figure('tick by age, Multi GRU', f'update at tick {age}', durations[age],
               paired_ratio(durations[age], durations[youngest]), f'tick {youngest}', AIM)
        for age in ages[1:]]
    rerun = whole_past(network)
    rng = np.random.default_rng(0)
    reruns = {}
    for age in rerun_ages:
        past = rng.standard_normal((1, age, len(network.scaling.mean))).astype(np.float32)
        reruns[age] = take_turns(
            {'rerun': (lambda past=past: rerun(past), 1)}, RERUN_BLOCKS)['rerun']
        figures.append(figure(
            'tick by age, Multi GRU', f'whole past again at tick {age}', reruns[age]))
    if figure_path is not None:
        _plot(figure_path, durations, reruns)
    return figures


def _aged(model, age):
    """Return the update of an estimator that many ticks after its start."""
    update = ticking(PourEstimator(model, CONTEXT))
    for _ in range(age):
        update()
    return update


def _plot(path, durations, reruns):
    from matplotlib.figure import Figure
    picture = Figure(figsize=(6.0, 3.5), layout='constrained')
    axes = picture.subplots()
    for label, own in (('whole past again (traced tf.function)', reruns),
                       ('PourEstimator.update', durations)):
        axes.plot(list(own), [np.median(values) * 1e6 for values in own.values()], 'o-',
                  label=label)
    axes.axhline(1e6 / 60.0, color='grey', linestyle=':', label='time between two ticks')
    axes.set(xscale='log', yscale='log', xlabel='ticks since the start of the pour',
             ylabel='time of one tick [µs]')
    axes.legend()
    with atomic_path(path) as temporary:
        picture.savefig(temporary, dpi=100)
