# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Picture of a cup from a slow pour: what the scale said, the capacity, and what was not seen."""

from matplotlib.figure import Figure
import numpy as np

from pour_force_estimator.units import m3_to_ml, rad_to_degree

from .result import SlowPourFit

_SCALE, _CUP, _UNSEEN = '#4f9dd9', '#1f2937', '#e5e7eb'


def draw_fit(fit: SlowPourFit) -> Figure:
    """Draw the capacity over the tilt, and the slow pour over the time beside that of the fit."""
    figure = Figure(figsize=(11.0, 4.2), layout='constrained')
    left, right = figure.subplots(1, 2)
    low, high = rad_to_degree(np.array(fit.seen))
    for begin, end in ((0.0, low), (high, 170.0)):
        left.axvspan(begin, end, color=_UNSEEN, linewidth=0.0)
    left.plot(
        rad_to_degree(fit.tilt),
        m3_to_ml(fit.measured),
        color=_SCALE,
        linewidth=1.0,
        label='left in the cup, by the scale',
    )
    shape = fit.shape
    left.plot(
        rad_to_degree(shape.table.tilts),
        m3_to_ml(shape.table.capacities),
        color=_CUP,
        linewidth=2.0,
        label='capacity; grey: not seen, held',
    )
    left.set(
        xlabel='tilt as measured [degree]',
        ylabel='[ml]',
        xlim=(0.0, 170.0),
        ylim=(0.0, None),
        title=f'{shape.name}: {m3_to_ml(shape.volume):.0f} ml',
    )
    left.legend(frameon=False, fontsize=8)
    right.plot(fit.time_s, m3_to_ml(fit.measured), color=_SCALE, label='by the scale')
    right.plot(
        fit.time_s,
        m3_to_ml(fit.poured_again),
        color=_CUP,
        linestyle='--',
        label=f'poured again by the fit, RMSE {m3_to_ml(fit.rmse):.1f} ml',
    )
    right.set(xlabel='time [s]', ylabel='left in the cup [ml]', ylim=(0.0, None))
    right.legend(frameon=False, fontsize=8)
    return figure
