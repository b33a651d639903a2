# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The pictures of the accuracy report, as PNG."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np

from pour_force_estimator.units import newton_to_ml

_MEAN = '#e4572e'
_ONE = '#2e86ab'


def calibration_figure(new_cup: list[dict[str, Any]]) -> bytes:
    """
    Draw the error on a cup that was never seen over the number of pours to adapt with.

    Parameters
    ----------
    new_cup : list of dict
        As of `training.accuracy.measure.measure_calibration`.

    Returns
    -------
    bytes
        PNG.

    """
    figure = Figure(figsize=(6.4, 3.8), layout='constrained')
    axis = figure.subplots()
    places = np.arange(len(new_cup[0]['pours']))
    means = np.array([[np.mean(draws) for draws in cup['rmse_newton']] for cup in new_cup])
    for cup, rmse in zip(new_cup, means):
        axis.plot(
            places, newton_to_ml(rmse, 1.0), marker='o', color=_ONE, linewidth=1.0, alpha=0.6
        )
        axis.annotate(
            cup['cup'],
            (places[0], newton_to_ml(rmse[0], 1.0)),
            fontsize=8,
            xytext=(-4, 0),
            textcoords='offset points',
            ha='right',
            va='center',
        )
    axis.plot(
        places,
        newton_to_ml(means.mean(axis=0), 1.0),
        marker='o',
        color=_MEAN,
        linewidth=2.4,
        label='mean of the cups',
    )
    axis.set_xticks(places, [str(n) for n in new_cup[0]['pours']])
    axis.set(
        xlabel='recorded pours of the new cup',
        ylabel='RMSE on its other pours [ml]',
        xlim=(-0.9, places[-1] + 0.3),
        ylim=(0.0, None),
    )
    return _png(figure, axis)


def variants_figure(titles: Sequence[str], folds: Sequence[Sequence[float]]) -> bytes:
    """
    Draw the errors of all variants and of each of their folds.

    Parameters
    ----------
    titles : sequence of str
        The variants.
    folds : sequence of sequence of float
        Mean squared error of each fold [lbf^2].

    Returns
    -------
    bytes
        PNG.

    """
    figure = Figure(figsize=(7.6, 0.36 * len(titles) + 1.0), layout='constrained')
    axis = figure.subplots()
    rows = np.arange(len(titles))[::-1]
    for row, values in zip(rows, folds):
        axis.scatter(values, np.full(len(values), row), s=12, color=_ONE, alpha=0.7)
        axis.scatter(np.mean(values), row, s=60, marker='|', color=_MEAN, linewidth=2.5)
    axis.set_yticks(rows, titles, fontsize=8)
    axis.set(xscale='log', xlabel='mean squared error on pours held out [lbf²]')
    return _png(figure, axis, legend=False)


def _png(figure: Figure, axis: Axes, legend: bool = True) -> bytes:
    axis.grid(alpha=0.25, which='both')
    if legend:
        axis.legend(frameon=False)
    stream = BytesIO()
    figure.savefig(stream, dpi=130, format='png')
    return stream.getvalue()
