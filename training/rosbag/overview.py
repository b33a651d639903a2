# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""One picture of many pours: small and without axes, so that a day of them is drawn in seconds."""

import math
import os
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
import numpy as np

from pour_force_estimator.text import shortened
from pour_force_estimator.units import rad_to_degree

if TYPE_CHECKING:
    from .importing import Imported
    from .pour_finder import FoundPour

WEIGHT_COLOUR, TILT_COLOUR, UNUSED_COLOUR = '#1f2937', '#e4572e', '#9ca3af'

_MAX_CELLS = 4000
_CELL_INCH = 1.7, 1.1
_MAX_POINTS = 120
"""Points of a curve; a cell is 136 pixels wide."""

_DPI = 80
_MAX_TILT_DEGREE = 150.0
_CURVE_BOX = 0.05, 0.08, 0.9, 0.6
"""Left, bottom, width and height of the curves in a cell, whose sides are 1."""


def plot_overview(path: str | os.PathLike[str], imported: 'Imported') -> None:
    """
    Draw weight and tilt of each pour in a cell of its own.

    Parameters
    ----------
    path : path-like
        PNG file to write; what calls this sees to it that it appears whole.
    imported : Imported
        What was found.

    """
    pours = imported.found_pours[:_MAX_CELLS]
    columns = math.ceil(math.sqrt(len(pours) * _CELL_INCH[1] / _CELL_INCH[0]))
    rows = -(-len(pours) // columns)
    title_inch = 0.9
    size = columns * _CELL_INCH[0], rows * _CELL_INCH[1] + title_inch
    figure = Figure(figsize=size)
    axis = figure.add_axes((0.0, 0.0, 1.0, 1.0 - title_inch / size[1]))
    axis.set(xlim=(0, columns), ylim=(-rows, 0))
    axis.set_axis_off()
    left_out = len(imported.found_pours) - len(pours)
    figure.suptitle(
        f'{len(imported.pours)} pours, '
        f'{len(imported.found_pours) - len(imported.pours)} not used; '
        f'delay of {imported.delay.seconds:.3f} s removed\n'
        f'dark: weight, up to {_max_poured(pours):.2f} N; orange: tilt, up to '
        f'{_MAX_TILT_DEGREE:.0f} degree{f"; {left_out} more are not drawn" if left_out else ""}',
        fontsize=10,
        y=1.0 - 0.1 / size[1],
    )
    corners = [(index % columns, -1 - index // columns) for index in range(len(pours))]
    _draw_curves(axis, pours, corners)
    index = 0
    for pour, (x, y) in zip(pours, corners):
        text = f'not used: {shortened(pour.reason, 24)}'
        if not pour.reason:
            text = f'pour {index}: {imported.sign * pour.cut.change:.2f} N'
            index += 1
        axis.text(
            x + 0.05,
            y + 0.97,
            f'{text}\n{shortened(pour.bag, 16)} at {pour.start_s:.1f} s',
            fontsize=6,
            va='top',
            parse_math=False,
            color='#6b7280' if pour.reason else 'black',
        )
    figure.savefig(path, dpi=_DPI)


def _max_poured(pours: 'tuple[FoundPour, ...]') -> float:
    return max(
        0.1,
        max(
            (float(np.max(np.abs(pour.poured))) for pour in pours if not pour.reason), default=0.0
        ),
    )


def _draw_curves(
    axis: Axes, pours: 'tuple[FoundPour, ...]', corners: list[tuple[int, int]]
) -> None:
    weights: list[np.ndarray] = []
    tilts: list[np.ndarray] = []
    colours = []
    largest = _max_poured(pours)
    left, bottom, width, height = _CURVE_BOX
    for pour, (x, y) in zip(pours, corners):
        steps = np.linspace(0, len(pour.tilt) - 1, min(len(pour.tilt), _MAX_POINTS)).astype(int)
        across = x + left + width * steps / max(len(pour.tilt) - 1, 1)
        for curves, values in (
            (tilts, rad_to_degree(pour.tilt[steps]) / _MAX_TILT_DEGREE),
            (weights, pour.poured[steps] / largest),
        ):
            up = y + bottom + height * np.clip(values, -0.1, 1.05)
            curves.append(np.column_stack([across, up]))
        colours.append(UNUSED_COLOUR if pour.reason else None)
    axis.add_collection(
        LineCollection(tilts, colors=[colour or TILT_COLOUR for colour in colours], linewidths=0.6)
    )
    axis.add_collection(
        LineCollection(
            weights, colors=[colour or WEIGHT_COLOUR for colour in colours], linewidths=1.0
        )
    )
