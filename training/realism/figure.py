# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The figure of `training.realism`: distributions of simulated and recorded pours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np

from pour_force_estimator.files import atomic_path

from ..evaluation.pour_statistics import Statistic, STATISTICS

_STYLES: dict[str, dict[str, Any]] = {
    'recorded': {'color': '#1f2937', 'linewidth': 2.4, 'label': 'recorded'},
    'closed': {'color': '#e4572e', 'linewidth': 1.6, 'label': 'simulated, closed loop'},
    'open': {
        'color': '#2e86ab',
        'linewidth': 1.6,
        'linestyle': (0, (4, 1.5)),
        'label': 'simulated, open loop',
    },
}
_COLUMNS = 4


def plot_distributions(path: str | Path, values: Mapping[str, Mapping[str, np.ndarray]]) -> None:
    """
    Draw the cumulative distribution of each statistic for each set of pours.

    Parameters
    ----------
    path : path-like
        PNG file to write.
    values : dict of str to dict of str to ndarray of shape (n_pours,)
        For ``recorded``, ``closed`` and ``open``: what `measure_pours` returns.

    """
    rows = -(-len(STATISTICS) // _COLUMNS)
    figure = Figure(figsize=(3.3 * _COLUMNS, 2.7 * rows + 0.5), layout='constrained')
    axes = figure.subplots(rows, _COLUMNS, sharey=True)
    for axis, statistic in zip(axes.flat, STATISTICS):
        _plot(axis, statistic, {source: values[source][statistic.name] for source in _STYLES})
    for axis in list(axes.flat)[len(STATISTICS) :]:
        axis.remove()
    for axis in axes[:, 0]:
        axis.set_ylabel('part of the pours')
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='outside upper center', ncols=len(labels), frameon=False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=130)


def _plot(axis: Axes, statistic: Statistic, columns: Mapping[str, np.ndarray]) -> None:
    """Draw one statistic; `columns` are its values by set of pours."""
    shown = []
    for source, column in columns.items():
        column = np.sort(column[np.isfinite(column)])
        part = (np.arange(column.size) + 0.5) / max(column.size, 1)
        axis.plot(column, part, **_STYLES[source], zorder=3 if source == 'recorded' else 2)
        if column.size:
            shown.append(np.percentile(column, [1.0, 98.0]))
    if shown:
        # A few outliers would press everything else together.
        low, high = np.min(shown), np.max(shown)
        margin = 0.04 * (high - low) or 1.0
        axis.set_xlim(low - margin, high + margin)
    unit = '' if statistic.unit == '-' else f' [{statistic.unit}]'
    axis.set_xlabel(statistic.label.replace(' of the noise', '\nof the noise') + unit)
    axis.set(ylim=(0.0, 1.0), yticks=[0.0, 0.5, 1.0])
    axis.locator_params(axis='x', nbins=5)
    axis.grid(alpha=0.25)
    axis.spines[['top', 'right']].set_visible(False)
