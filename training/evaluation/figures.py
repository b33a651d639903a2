# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Figures of pours and training runs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
import sys

from matplotlib.figure import Figure
import numpy as np

from pour_force_estimator.files import atomic_path
from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.text import one_line

_TRUE = '#1f2937'
_ESTIMATED = '#e4572e'
_OTHER = '#2e86ab'


@contextmanager
def pictures_cost_nothing(pictures: str = 'a picture') -> Iterator[None]:
    """Say what hinders `pictures`, and go on: what was trained for hours is worth more."""
    try:
        yield
    except Exception as error:  # matplotlib's errors share no base class
        print(f'{pictures} is missing: {one_line(error)}', file=sys.stderr)


def plot_pours(
    path: str | Path,
    pours: Sequence[RecordedPour],
    estimated: Sequence[np.ndarray],
    sample_rate_hz: float,
    title: str,
    n_pours: int = 6,
    bounds: Sequence[tuple[np.ndarray, np.ndarray]] | None = None,
) -> None:
    """
    Draw true and estimated weight over time, from the best pour to the worst.

    Parameters
    ----------
    path : path-like
        PNG file to write.
    pours : sequence of RecordedPour
        The pours.
    estimated : sequence of ndarray of shape (n_steps,)
        Estimated poured weight of each pour [N].
    sample_rate_hz : float
        Rate of the steps [Hz].
    title : str
        Title of the figure.
    n_pours : int
        Number of pours to draw, spread evenly over the ranks of their errors.
    bounds : sequence of (ndarray, ndarray), each of shape (n_steps,), optional
        Lower and upper bound of each pour [N].

    """
    rmse = [
        np.sqrt(np.mean(np.square(estimate - pour.poured_weight)))
        for pour, estimate in zip(pours, estimated)
    ]
    ranks = np.argsort(rmse)
    shown = ranks[np.unique(np.linspace(0, len(ranks) - 1, n_pours).round().astype(int))]
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(4.2 * columns, 3.0 * rows + 0.5), layout='constrained')
    figure.suptitle(title, parse_math=False)  # a name may hold a $
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis, index in zip(axes, shown):
        pour = pours[index]
        time_s = np.arange(len(pour)) / sample_rate_hz
        axis.plot(time_s, pour.poured_weight, color=_TRUE, label='measured')
        axis.plot(time_s, estimated[index], color=_ESTIMATED, label='estimated')
        if bounds is not None:
            axis.fill_between(
                time_s, *bounds[index], color=_ESTIMATED, alpha=0.25, linewidth=0, label='interval'
            )
        axis.set_title(f'pour {pour.index}: RMSE {rmse[index]:.2f} N', fontsize=10)
        axis.grid(alpha=0.3)
    for axis in axes[len(shown) :]:
        axis.remove()
    for axis in axes[: len(shown)]:
        axis.set_xlabel('time [s]')
    axes[0].set_ylabel('poured weight [N]')
    axes[0].legend(frameon=False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)


def plot_history(
    path: str | Path, history: Mapping[str, Sequence[float]], best_epoch: int
) -> None:
    """
    Draw the loss of each epoch.

    Parameters
    ----------
    path : path-like
        PNG file to write.
    history : dict of str to list of float
        'loss' and 'val_loss' [N^2].
    best_epoch : int
        The epoch whose weights were kept, from 1.

    """
    figure = Figure(figsize=(7, 4), layout='constrained')
    axis = figure.subplots()
    epochs = np.arange(1, len(history['loss']) + 1)
    axis.semilogy(epochs, history['loss'], color=_OTHER, label='training (with dropout)')
    axis.semilogy(epochs, history['val_loss'], color=_ESTIMATED, label='validation')
    axis.axvline(best_epoch, color=_TRUE, linestyle=':', label=f'kept: epoch {best_epoch}')
    axis.set(xlabel='epoch', ylabel='mean squared error [N²]')
    axis.grid(alpha=0.3, which='both')
    axis.legend(frameon=False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120)
