# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Picture of a cup: its capacity over the tilt, and the liquid at three tilts."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
import numpy as np

from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.units import m3_to_ml, rad_to_degree

from .nearest import NearestCup

FILLS = (0.9, 0.5, 0.1)
"""Shares of the volume at whose first drop the cup is drawn."""

_LIQUID, _WALL, _NEAREST = '#4f9dd9', '#1f2937', '#e4572e'


def draw_cup(shape: CupSpec, outline: np.ndarray, nearest: NearestCup) -> Figure:
    """
    Draw a cup.

    Parameters
    ----------
    shape : CupSpec
        The cup.
    outline : ndarray of shape (n, 2)
        Its inside, cut along the pour [m]: distance away from the lip, and height; the first
        point is the lip, the last is the rim opposite.
    nearest : NearestCup
        The cylinder or bottle, drawn beside its capacity.

    """
    figure = Figure(figsize=(11.0, 4.2), layout='constrained')
    axes = figure.subplots(1, 4, width_ratios=[1.8, 1.0, 1.0, 1.0])
    degrees = rad_to_degree(shape.table.tilts)
    axes[0].plot(
        degrees, m3_to_ml(shape.table.capacities), color=_WALL, linewidth=2.0, label='this shape'
    )
    model = Cup(nearest.height, nearest.diameter, nearest.lip_ratio)
    axes[0].plot(
        degrees,
        m3_to_ml(model.capacity(shape.table.tilts)),
        color=_NEAREST,
        linestyle='--',
        label=f'nearest cylinder or bottle, RMSE {m3_to_ml(nearest.rmse_m3):.1f} ml',
    )
    axes[0].set(
        xlabel='tilt [degree]',
        ylabel='capacity [ml]',
        ylim=(0.0, None),
        xlim=(0.0, 170.0),
        title=f'{shape.name}: {m3_to_ml(shape.volume):.0f} ml',
    )
    axes[0].legend(frameon=False, fontsize=8)
    for axis, fill in zip(axes[1:], FILLS):
        onset = float(shape.onset_angle(fill * shape.volume))
        _draw_tilted(axis, outline, onset)
        axis.set_title(
            f'{fill:.0%} full: pours from {rad_to_degree(onset):.0f}°',
            fontsize=10,
        )
    return figure


def _draw_tilted(axis: Axes, outline: np.ndarray, tilt: float) -> None:
    cosine, sine = np.cos(tilt), np.sin(tilt)
    y, z = (outline - outline[0]).T
    across, up = y * cosine - z * sine, y * sine + z * cosine
    # The polygon of the inside, with what is above the lip's level cut off.
    ends_across, ends_up = np.roll(across, -1), np.roll(up, -1)
    points = []
    for ax, au, bx, bu in zip(across, up, ends_across, ends_up):
        if au <= 1e-12:
            points.append((ax, au))
        if min(au, bu) < -1e-12 and max(au, bu) > 1e-12:
            share = au / (au - bu)
            points.append((ax + share * (bx - ax), 0.0))
    if len(points) > 2:
        axis.fill(*np.array(points).T, color=_LIQUID, linewidth=0.0)
    axis.plot(across, up, color=_WALL, linewidth=2.0)
    axis.set_aspect('equal')
    axis.axis('off')
