# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The picture of a measurement in the loop: how errors fall from pour to pour, as PNG."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pour_force_estimator.files import atomic_path

from .baselines import ORACLE, PHYSICS
from .report import BEFORE, Report, TITLES, values_of
from .score import ESTIMATOR

_STYLES: dict[str, dict[str, Any]] = {
    ESTIMATOR: {'color': '#e4572e', 'linewidth': 2.2, 'marker': 'o'},
    BEFORE: {'color': '#e4572e', 'linewidth': 1.2, 'linestyle': ':', 'marker': 'o'},
    PHYSICS: {'color': '#2e86ab', 'linewidth': 1.4, 'marker': 's', 'markersize': 4},
    ORACLE: {'color': '#1f2937', 'linewidth': 1.4, 'marker': '^', 'markersize': 4},
}

_AIM = (85.0, 95.0)
"""Between these a 90 % interval means it [%]."""


def plot_report(path: Path, report: Report, before: Report | None = None) -> None:
    """
    Draw a report.

    Parameters
    ----------
    path : path-like
        PNG file to write.
    report : dict
        Of `make_report`.
    before : dict[str, Any], optional
        That of an earlier model.

    """
    groups = report['figures']
    figure = Figure(figsize=(12.0, 3.4 * len(groups) + 0.6), layout='constrained')
    figure.suptitle(
        f'{report["model"]["name"]} in the loop: {report["pours"]} pours',
        parse_math=False,  # a name may hold a $
    )
    axes = figure.subplots(len(groups), 3, squeeze=False)
    for row, (group, figures) in zip(axes, groups.items()):
        earlier = before['figures'].get(group) if before else None
        title = TITLES.get(group, group)
        _plot_error(row[0], f'{title}, all motions', 'all', 'final_ml', figures, earlier)
        row[0].set_ylabel('|estimate − truth|, final [ml]')
        motion = 'steered_ahead' if 'steered_ahead' in figures['motions'] else 'steered'
        _plot_error(
            row[1], f'{title}, {motion.replace("_", " ")}', motion, 'target_ml', figures, earlier
        )
        row[1].set_ylabel('|final − target| [ml]')
        _plot_coverage(row[2], figures, earlier)
        row[2].set_title(f'{title}, 90 % interval', fontsize=10)
        for axis in row:
            axis.set_xlabel('pours weighed before')
            axis.set_xticks(report['weighed_before'])
            axis.grid(alpha=0.3)
        if row[2].get_legend_handles_labels()[0]:  # of a model with an interval
            row[2].legend(frameon=False, fontsize=8, loc='lower left')
    # one for all errors, where it hides none of them
    handles = dict(zip(*reversed(axes[0, 0].get_legend_handles_labels())))
    figure.legend(
        handles.values(),
        handles.keys(),
        loc='outside lower left',
        ncols=len(handles),
        frameon=False,
        fontsize=9,
    )
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, format='png')


def _plot_error(
    axis: Axes,
    title: str,
    motion: str,
    name: str,
    figures: dict[str, Any],
    earlier: dict[str, Any] | None,
) -> None:
    """Draw medians, and of the estimator the 90th percentile too."""
    now = figures['motions'].get(motion)
    then = earlier and earlier['motions'].get(motion)
    axis.set_title(title, fontsize=10)
    for label, method, values in (
        (ESTIMATOR, ESTIMATOR, now),
        (BEFORE, ESTIMATOR, then),
        (PHYSICS, PHYSICS, now),
        (ORACLE, ORACLE, now),
    ):
        if median := values_of(values, name, method, 'median'):
            axis.plot(_numbers(median), label=f'{label}, median', **_STYLES[label])
    if p90 := values_of(now, name, ESTIMATOR, 'p90'):
        axis.plot(
            _numbers(p90),
            color=_STYLES[ESTIMATOR]['color'],
            linewidth=1.0,
            alpha=0.6,
            linestyle='--',
            label=f'{ESTIMATOR}, 90th percentile',
        )
    axis.set_ylim(bottom=0.0)


def _plot_coverage(axis: Axes, figures: dict[str, Any], earlier: dict[str, Any] | None) -> None:
    axis.axhspan(*_AIM, color='#2e86ab', alpha=0.15, linewidth=0)
    for part, color, label in (
        ('finals', '#e4572e', 'of finals'),
        ('pouring', '#1f2937', 'of steps since the first gram'),
    ):
        for source, style in ((figures, '-'), (earlier, ':')):
            if coverage := values_of(source, 'motions', 'all', 'coverage', part):
                axis.plot(
                    [100.0 * value for value in _numbers(coverage)],
                    color=color,
                    linestyle=style,
                    marker='o',
                    label=label if source is figures else f'{label}, {BEFORE}',
                )
    axis.set(ylim=(0.0, 102.0), ylabel='covered [%]')


def _numbers(values: list[float | None]) -> list[float]:
    return [float('nan') if value is None else value for value in values]
