# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the demo shows of pours to targets: a line for each, and a picture of all."""

from pathlib import Path
import sys
from typing import TextIO, TYPE_CHECKING

import numpy as np

from ...cups.size import CupSize
from ...files import atomic_path
from ...pours.session_log import SessionPour
from ...units import newton_to_gram

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TRUE, _ESTIMATED, _TARGET = '#1f2937', '#e4572e', '#2a9d8f'
_LABELS = {name: name for name in ('interval', 'true', 'estimated', 'target')}
_GAP_S = 1.0


def cup_text(pour: SessionPour) -> str:
    """Return what to call the cup of a pour."""
    size = CupSize(pour.task.cup_height, pour.task.cup_diameter)
    familiarity = {True: ', known to the model', False: ', never seen by the model', None: ''}
    return f'cup {size}{familiarity[pour.is_known]}'


def print_pour(number: int, pour: SessionPour, stream: TextIO = sys.stdout) -> None:
    """
    Print what became of a pour.

    Parameters
    ----------
    number : int
        Its number in its session.
    pour : SessionPour
        The pour.
    stream : file
        Where to print.

    """
    if pour.task.is_mounted_anew:
        print(f'\n{cup_text(pour)}, in a new mounting', file=stream)
    low, high = (newton_to_gram(bound) for bound in pour.interval)
    interval = '' if np.isnan(low) else f'   interval {low:4.0f} to {high:4.0f} g'
    print(
        f'pour {number}   target {newton_to_gram(pour.task.target_weight):4.0f} g   '
        f'poured {newton_to_gram(pour.weighed):4.0f} g ({newton_to_gram(pour.off_target):+4.0f})'
        f'   estimated {newton_to_gram(pour.estimated):4.0f} g '
        f'({newton_to_gram(pour.off_estimate):+4.0f}){interval}',
        file=stream,
        flush=True,
    )


def print_sessions(sessions: list[list[SessionPour]], stream: TextIO = sys.stdout) -> None:
    """
    Print how the errors fall from pour to pour, and how late the estimates were.

    Parameters
    ----------
    sessions : list of list of SessionPour
        The pours of each mounting.
    stream : file
        Where to print.

    """
    print('\neach pour was weighed before the next; 1 g of water is 1 ml', file=stream)
    for session in sessions:
        for name, errors in (
            ('target missed by', [pour.off_target for pour in session]),
            ('estimate off by', [pour.off_estimate for pour in session]),
        ):
            grams = ', '.join(f'{abs(newton_to_gram(error)):.0f}' for error in errors)
            print(f'{cup_text(session[0])}: {name} {grams} g', file=stream)
    delays_s = np.concatenate([pour.delays_s for session in sessions for pour in session])
    if len(delays_s):
        p50, p99 = np.percentile(delays_s, [50, 99]) * 1e3
        print(
            f'latency, joint state to estimate over DDS: median {p50:.2f} ms, '
            f'p99 {p99:.2f} ms ({len(delays_s)} estimates)',
            file=stream,
        )


def plot_sessions(path: str | Path, sessions: list[list[SessionPour]]) -> None:
    """
    Draw the weight over time of all pours, and below how the errors fall from pour to pour.

    Parameters
    ----------
    path : path-like
        PNG to write, whole or not at all; its folder is made if it does not exist.
    sessions : list of list of SessionPour
        The pours of each mounting.

    """
    from matplotlib.figure import Figure  # half a second to import, and only needed at the end
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(11.0, 6.4), layout='constrained')
    grid = figure.add_gridspec(2, len(sessions), height_ratios=(1.2, 1.0))
    rows: tuple[list[Axes], list[Axes]] = ([], [])
    for column, session in enumerate(sessions):
        for index, row in enumerate(rows):
            row.append(figure.add_subplot(grid[index, column], sharey=row[0] if row else None))
        weights, errors = (row[-1] for row in rows)
        _draw_weights(weights, session)
        _draw_errors(errors, session)
        weights.set_title(f'{cup_text(session[0])},\nin a new mounting', fontsize='medium')
        errors.xaxis.set_major_locator(MaxNLocator(integer=True))
        if not column:
            weights.set_ylabel('poured [g]')
            errors.set_ylabel('error [g]')
            weights.legend(frameon=False, loc='upper left', fontsize='small')
            errors.legend(frameon=False, loc='upper right', fontsize='small')
    for row in rows:
        row[0].set_ylim(bottom=0.0)
    low, high = rows[0][0].get_ylim()
    rows[0][0].set_ylim(low, 1.25 * high)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)


def _draw_weights(axis: 'Axes', session: list[SessionPour]) -> None:
    """Draw the pours of one mounting beside each other."""
    begin_s = 0.0
    for number, pour in enumerate(session, start=1):
        trace = pour.trace
        end_s = begin_s + max(trace.true_s[-1] if len(trace.true_s) else 0.0, 1.0)
        labels = _LABELS if number == 1 else dict.fromkeys(_LABELS)
        if trace.has_interval().any():
            axis.fill_between(
                begin_s + trace.estimate_s,
                newton_to_gram(trace.lower),
                newton_to_gram(trace.upper),
                color=_ESTIMATED,
                alpha=0.25,
                linewidth=0,
                label=labels['interval'],
            )
        axis.plot(
            begin_s + trace.true_s,
            newton_to_gram(trace.true_weight),
            color=_TRUE,
            linewidth=2,
            label=labels['true'],
        )
        axis.plot(
            begin_s + trace.estimate_s,
            newton_to_gram(trace.estimated_weight),
            color=_ESTIMATED,
            label=labels['estimated'],
        )
        target = newton_to_gram(pour.task.target_weight)
        axis.plot(
            [begin_s, end_s],
            [target, target],
            color=_TARGET,
            linestyle='--',
            label=labels['target'],
        )
        axis.annotate(
            f'{newton_to_gram(pour.off_target):+.0f} g',
            (end_s, newton_to_gram(pour.weighed)),
            (0, 4),
            textcoords='offset points',
            ha='right',
            va='bottom',
            fontsize='small',
        )
        begin_s = end_s + _GAP_S
    axis.set_xlabel('time [s]')
    axis.grid(alpha=0.3)


def _draw_errors(axis: 'Axes', session: list[SessionPour]) -> None:
    """Draw how far the pours of one mounting were off."""
    numbers = np.arange(1, len(session) + 1)
    for offset, color, label, errors in (
        (-0.2, _TARGET, '|poured - target|', [pour.off_target for pour in session]),
        (0.2, _ESTIMATED, '|estimated - poured|', [pour.off_estimate for pour in session]),
    ):
        bars = axis.bar(
            numbers + offset,
            np.abs(newton_to_gram(np.array(errors))),
            0.38,
            color=color,
            label=label,
        )
        axis.bar_label(bars, fmt='%.0f', fontsize='small', padding=2)
    axis.set_xlabel('pour; each was weighed before the next')
    axis.grid(axis='y', alpha=0.3)
    axis.margins(y=0.15)
