# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The pictures of a study, as PNG."""

from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator, NullFormatter
import numpy as np

from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.units import newton2_to_lbf2

from .baselines import MEAN, MLP, PHYSICS
from .data import TEST_1
from .plan import ARCHITECTURE_QUESTION
from .results import Results
from .text import LABELS

_COLORS = {
    'multi_lstm': '#1f5f99',
    'multi_gru': '#c8501e',
    'single_lstm': '#5aa5d8',
    'single_gru': '#eda05c',
    MLP.name: '#7a7f87',
    PHYSICS: '#2a8c6a',
    MEAN: '#a0a4aa',
}
_TRUE = '#1f2937'
_DPI = 150


def pour_figure(pour: RecordedPour, predicted: np.ndarray, model: str) -> bytes:
    """
    Draw true and predicted weight of one pour over time.

    Parameters
    ----------
    pour : RecordedPour
        The pour.
    predicted : ndarray of shape (n_steps,)
        What the network says [N].
    model : str
        Name of the network, for the colour.

    Returns
    -------
    bytes
        PNG.

    """
    figure = Figure(figsize=(4.4, 3.1), layout='constrained')
    axis = figure.subplots()
    time_s = np.arange(len(pour)) / pour.schema.sample_rate_hz
    axis.plot(time_s, pour.response, color=_TRUE, linewidth=1.8, label='true')
    axis.plot(time_s, predicted, color=_COLORS[model], linewidth=1.5, label='predicted')
    kind = 'poured weight' if pour.schema.response.weight_rule == 'response' else 'weight'
    axis.set(xlabel='time [s]', ylabel=f'{kind} [N]', title=f'{LABELS[model]}, pour {pour.index}')
    _plain(axis)
    axis.legend(frameon=False)
    return _png(figure)


def learning_curves(results: Results) -> bytes:
    """
    Draw the losses of all seeds of each network over the epochs.

    Parameters
    ----------
    results : Results
        The study.

    Returns
    -------
    bytes
        PNG.

    """
    columns = min(3, len(results.trained))
    rows = -(-len(results.trained) // columns)
    figure = Figure(figsize=(3.6 * columns, 2.8 * rows), layout='constrained')
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axis, model in zip(grid.flat, results.trained):
        for name, style in (('loss', ':'), ('val_loss', '-')):
            curves = [
                newton2_to_lbf2(np.array(record.history[name]))
                for record in results.of(ARCHITECTURE_QUESTION, model).values()
                if record.history[name]
            ]
            for index, curve in enumerate(curves):
                axis.semilogy(
                    np.arange(1, len(curve) + 1),
                    curve,
                    style,
                    color=_COLORS[model],
                    alpha=0.8,
                    linewidth=1.1,
                    label=None if index else {'loss': 'training', 'val_loss': 'validation'}[name],
                )
        axis.set_title(LABELS[model], fontsize=11)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        _plain(axis)
        if axis.lines:
            axis.legend(frameon=False, fontsize=8)
    for axis in grid.flat[len(results.trained) :]:
        axis.remove()
    figure.supxlabel('epoch', fontsize=10)
    figure.supylabel('MSE [lbf²]', fontsize=10)
    return _png(figure)


def errors_figure(results: Results, part: str = TEST_1) -> bytes:
    """
    Draw the error of each run, model by model, for all lengths of training.

    Parameters
    ----------
    results : Results
        The study.
    part : str
        Which pours.

    Returns
    -------
    bytes
        PNG.

    """
    models = (*results.trained, PHYSICS, MEAN)
    figure = Figure(figsize=(7.2, 0.55 * len(models) + 1.2), layout='constrained')
    axis = figure.subplots()
    for place, model in enumerate(models):
        lengths = results.epochs if model in results.trained else results.epochs[-1:]
        for index, epochs in enumerate(lengths):
            errors = list(results.errors(ARCHITECTURE_QUESTION, model, epochs, part).values())
            if not errors:
                continue
            height = place + 0.3 * (index - (len(lengths) - 1) / 2)
            last = index == len(lengths) - 1
            axis.plot(
                errors,
                np.full(len(errors), height),
                'o',
                color=_COLORS[model],
                markersize=6,
                markerfacecolor=_COLORS[model] if last else 'white',
                alpha=0.85,
            )
            axis.plot(
                [np.mean(errors)] * 2, [height - 0.14, height + 0.14], color=_TRUE, linewidth=1.6
            )
    axis.set_xscale('log')
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(FormatStrFormatter('%g'))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_yticks(range(len(models)), [LABELS[model] for model in models])
    axis.invert_yaxis()
    axis.set_xlabel(f'MSE on {part} [lbf²]')
    _plain(axis)
    return _png(figure)


def _plain(axis: Axes) -> None:
    axis.spines[['top', 'right']].set_visible(False)
    axis.grid(alpha=0.25)


def _png(figure: Figure) -> bytes:
    stream = BytesIO()
    figure.savefig(stream, format='png', dpi=_DPI)
    return stream.getvalue()
