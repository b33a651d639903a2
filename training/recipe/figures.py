# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The pictures of a model's report, as PNG."""

from collections.abc import Sequence
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np

from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.model.interval import bounds, IntervalSpec
from pour_force_estimator.units import newton_to_ml

from ..cups.grouping import cup_labels
from ..evaluation.metrics import final_mean
from .advice import time_to_max_tilt
from .conformal import RECORDED
from .ensemble import Member
from .held_out import HeldOut

_TRUE = '#1f2937'
_ESTIMATED = '#e4572e'
_OTHER = '#2e86ab'
_DPI = 130


def learning_curves(members: Sequence[Member]) -> bytes:
    """
    Draw the losses of the final members over the epochs.

    Parameters
    ----------
    members : sequence of Member
        The networks.

    Returns
    -------
    bytes
        PNG.

    """
    figure = Figure(figsize=(6.4, 3.4), layout='constrained')
    axis = figure.subplots()
    for number, member in enumerate(members):
        loss = member.history['loss']
        val_loss = member.history['val_loss']
        epochs = np.arange(1, len(loss) + 1)
        axis.semilogy(
            epochs,
            loss,
            color=_OTHER,
            linewidth=1.0,
            label='while training, with noise' if number == 0 else None,
        )
        axis.semilogy(
            epochs,
            val_loss,
            color=_ESTIMATED,
            linewidth=1.0,
            label='afterwards, without' if number == 0 else None,
        )
    axis.set(xlabel='epoch', ylabel='mean squared error [N²]')
    return _png(figure, axis)


def pour_figure(held_out: HeldOut, interval: IntervalSpec, index: int, title: str) -> bytes:
    """
    Draw a pour that was held out, its estimate and the interval.

    Parameters
    ----------
    held_out : HeldOut
        Cross-validated estimates.
    interval : IntervalSpec
        The interval.
    index : int
        Which pour.
    title : str
        Title of the figure.

    Returns
    -------
    bytes
        PNG.

    """
    pour, estimated = held_out.pours[index], held_out.estimated[index]
    lower, upper = np.transpose(
        [
            bounds(
                interval.noise,
                interval.factors[RECORDED.category],
                weight,
                low,
                high,
                pour.context.required('initial_weight'),
            )
            for weight, low, high in zip(*held_out.estimates[index])
        ]
    )
    time_s = np.arange(len(pour)) / pour.schema.sample_rate_hz
    figure = Figure(figsize=(4.4, 3.1), layout='constrained')
    axis = figure.subplots()
    axis.fill_between(
        time_s,
        lower,
        upper,
        color=_ESTIMATED,
        alpha=0.2,
        linewidth=0.0,
        label=f'{interval.coverage:.0%} interval',
    )
    axis.plot(time_s, pour.poured_weight, color=_TRUE, linewidth=1.6, label='measured')
    axis.plot(time_s, estimated, color=_ESTIMATED, linewidth=1.4, label='estimated')
    axis.set(xlabel='time [s]', ylabel='poured weight [N]', title=title)
    return _png(figure, axis)


def error_figure(held_out: HeldOut) -> bytes:
    """
    Draw the error of the final weight against fill, poured weight and speed, a colour for a cup.

    Parameters
    ----------
    held_out : HeldOut
        Cross-validated estimates.

    Returns
    -------
    bytes
        PNG.

    """
    pours, labels = held_out.pours, cup_labels(held_out.pours)
    finals = np.array(
        [
            newton_to_ml(final_mean(difference), pour.context.relative_density or 1.0)
            for difference, pour in zip(held_out.differences, pours)
        ]
    )
    quantities = {
        'weight before the pour [N]': [pour.context.required('initial_weight') for pour in pours],
        'poured weight [N]': [final_mean(pour.poured_weight) for pour in pours],
        'time to the largest tilt [s]': [time_to_max_tilt(pour) for pour in pours],
    }
    figure = Figure(figsize=(11.0, 3.5), layout='constrained')
    axes = figure.subplots(1, len(quantities), sharey=True)
    for axis, (name, values) in zip(axes, quantities.items()):
        for label in range(labels.max() + 1):
            of_cup = labels == label
            size = CupSize.of(pours[np.flatnonzero(of_cup)[0]].context)
            axis.scatter(np.array(values)[of_cup], finals[of_cup], s=18, label=str(size))
        axis.axhline(0.0, color=_TRUE, linewidth=0.8)
        axis.set_xlabel(name)
        axis.grid(alpha=0.25)
    axes[0].set_ylabel('error of the final weight [ml]')
    axes[-1].legend(frameon=False, fontsize=8, title='cup')
    return _png(figure)


def _png(figure: Figure, axis: Axes | None = None) -> bytes:
    if axis is not None:
        axis.grid(alpha=0.25)
        axis.legend(frameon=False, fontsize=9)
    stream = BytesIO()
    figure.savefig(stream, dpi=_DPI, format='png')
    return stream.getvalue()
