# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the demo shows: a live line, a table of errors, a picture."""

from collections.abc import Sequence
import math
from pathlib import Path
import sys
import time
from typing import TextIO

import numpy as np

from ...files import atomic_path
from ...pours.scoring import PourScorer, ScoredPour, summarize
from ...units import newton_to_ml

_BAR_WIDTH = 24
_MIN_SCALE_N = 1.0
_LINE_PERIOD_S = 0.5
_LINE_WIDTH = 110


class LiveDisplay:
    """Shows truth and estimate: in place on a terminal, a line now and then elsewhere."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._in_place = stream.isatty()
        self._last_s = -math.inf
        self._shown: tuple[float, float, float] | None = None
        self._scale = _MIN_SCALE_N

    def show(self, scorer: PourScorer, tilt: float) -> None:
        """
        Show the latest numbers.

        Parameters
        ----------
        scorer : PourScorer
            What has come in.
        tilt : float
            Tilt of the cup [rad].

        """
        true, estimate = scorer.latest_true, scorer.latest_estimate
        if estimate is None or true is None:
            return
        numbers = (tilt, true, estimate)
        if numbers == self._shown:
            return
        if not self._in_place and time.monotonic() - self._last_s < _LINE_PERIOD_S:
            return
        self._last_s = time.monotonic()
        self._shown = numbers
        self._scale = max(self._scale, true, estimate)
        line = (
            f'tilt {math.degrees(tilt):4.0f}°   '
            f'true {newton_to_ml(true):6.1f} ml {self._bar(true)}   '
            f'estimate {newton_to_ml(estimate):6.1f} ml {self._bar(estimate)}'
        )
        print(
            f'\r{line}' if self._in_place else line,
            end='' if self._in_place else '\n',
            file=self._stream,
            flush=True,
        )

    def clear(self) -> None:
        """Make place for another line."""
        if self._in_place and self._shown is not None:
            print(f'\r{" " * _LINE_WIDTH}\r', end='', file=self._stream, flush=True)

    def _bar(self, weight: float) -> str:
        filled = round(_BAR_WIDTH * min(max(weight / self._scale, 0.0), 1.0))
        return '█' * filled + '·' * (_BAR_WIDTH - filled)


def print_summary(
    pours: Sequence[ScoredPour], delays_s: np.ndarray, stream: TextIO = sys.stdout
) -> None:
    """
    Print the errors of each pour and of all, and the delay of the estimates.

    Parameters
    ----------
    pours : sequence of ScoredPour
        Pours with estimates.
    delays_s : ndarray
        Delays of the estimates behind their joint states [s].
    stream : file
        Where to print.

    """
    rows = summarize(pours)
    print('\n\n         poured    final error   RMSE over the pour', file=stream)
    for index, row in enumerate(rows, start=1):
        print(
            f'pour {index}  {row["poured_ml"]:6.1f} ml  {row["final_error_ml"]:+7.1f} ml   '
            f'{row["rmse_ml"]:.1f} ml = {row["rmse_newton"]:.4f} N',
            file=stream,
        )
    rmse = float(np.sqrt(np.mean(np.square(np.concatenate([p.errors() for p in pours])))))
    print(
        f'all {len(rows)}                            {newton_to_ml(rmse):.1f} ml = {rmse:.4f} N',
        file=stream,
    )
    covered = np.concatenate(
        [((p.lower <= p.truths()) & (p.truths() <= p.upper))[p.has_interval()] for p in pours]
    )
    if len(covered):
        print(
            f'the interval covers the truth at {100.0 * covered.mean():.1f} % of the estimates',
            file=stream,
        )
    if len(delays_s):
        p50, p99 = np.percentile(delays_s, [50, 99]) * 1e3
        print(
            f'latency, joint state to estimate over DDS: median {p50:.2f} ms, '
            f'p99 {p99:.2f} ms ({len(delays_s)} estimates)',
            file=stream,
        )


def plot_scored_pours(path: str | Path, pours: Sequence[ScoredPour]) -> None:
    """
    Draw true and estimated weight over time, with the interval where there is one.

    Parameters
    ----------
    path : path-like
        PNG to write, whole or not at all; its folder is made if it does not exist.
    pours : sequence of ScoredPour
        Pours with estimates.

    """
    from matplotlib.figure import Figure  # half a second to import, and only needed at the end

    figure = Figure(figsize=(4.2 * len(pours), 3.6), layout='constrained')
    axes = np.atleast_1d(figure.subplots(1, len(pours), sharey=True))
    for index, (axis, pour, row) in enumerate(zip(axes, pours, summarize(pours)), start=1):
        axis.plot(
            pour.true_s, newton_to_ml(pour.true_weight), color='#1f2937', linewidth=2, label='true'
        )
        axis.plot(
            pour.estimate_s,
            newton_to_ml(pour.estimated_weight),
            color='#e4572e',
            label='estimated',
        )
        if pour.has_interval().any():
            axis.fill_between(
                pour.estimate_s,
                newton_to_ml(pour.lower),
                newton_to_ml(pour.upper),
                color='#e4572e',
                alpha=0.25,
                linewidth=0,
                label='interval',
            )
        axis.set_title(f'pour {index}: RMSE {row["rmse_ml"]:.0f} ml')
        axis.set_xlabel('time [s]')
        axis.grid(alpha=0.3)
    axes[0].set_ylabel('poured [ml of water]')
    axes[0].legend(frameon=False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)
