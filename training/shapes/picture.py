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

_SLICES = 500
"""Level slices of the upright cup, of which the liquid is drawn."""

_LIQUID, _WALL, _NEAREST = '#4f9dd9', '#1f2937', '#e4572e'


def draw_cup(shape: CupSpec, outline: np.ndarray, nearest: NearestCup) -> Figure:
    """
    Draw a cup.

    Parameters
    ----------
    shape : CupSpec
        The cup.
    outline : ndarray of shape (n, 2)
        Its inside, cut along the pour [m]: distance away from the lip, and height. The first
        half goes from the lip to the base, the other from there to the rim opposite, with the
        same heights.
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
    count = len(outline) // 2
    front, back = outline[:count][::-1], outline[count:]
    z = np.sort(np.concatenate([front[:, 1], np.linspace(front[0, 1], front[-1, 1], _SLICES)]))
    front_y, back_y = (np.interp(z, side[:, 1], side[:, 0]) for side in (front, back))
    # As in `surface_capacity`: the sill of a slice is the highest front point from it to the lip.
    sill = np.maximum.accumulate((z * cosine + front_y * sine)[::-1])[::-1]
    level_y = np.clip((sill - z * cosine) / max(sine, 1e-9), front_y, back_y)
    y, z = np.concatenate([[level_y, z], [front_y[::-1], z[::-1]]], axis=1)
    axis.fill(y * cosine - z * sine, y * sine + z * cosine, color=_LIQUID, linewidth=0.0)
    y, z = outline.T
    across, up = y * cosine - z * sine, y * sine + z * cosine
    axis.plot(across, up, color=_WALL, linewidth=2.0)
    axis.set_aspect('equal')
    axis.axis('off')
