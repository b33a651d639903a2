# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""One picture of all pours of a set, also of those that are not used."""

import os
import textwrap
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
import numpy as np

from pour_force_estimator.pours.schemas import ROBOT_TRIALS
from pour_force_estimator.text import shortened
from pour_force_estimator.units import newton_to_ml, rad_to_degree

from .overview import plot_overview, TILT_COLOUR, UNUSED_COLOUR, WEIGHT_COLOUR

if TYPE_CHECKING:
    from .importing import Imported

MAX_POURS = 40
"""Pours that are drawn with axes; more are drawn small."""

_COLUMNS = 5


def plot_contact_sheet(path: str | os.PathLike[str], imported: 'Imported') -> None:
    """
    Draw weight and tilt of each pour.

    Parameters
    ----------
    path : path-like
        PNG file to write; what calls this sees to it that it appears whole.
    imported : Imported
        What was found.

    """
    pours = imported.found_pours
    if len(pours) > MAX_POURS:
        plot_overview(path, imported)
        return
    columns = min(_COLUMNS, len(pours))
    rows = -(-len(pours) // columns)
    figure = Figure(figsize=(3.4 * columns, 2.5 * rows + 0.6), layout='constrained')
    figure.suptitle(
        f'{len(imported.pours)} pours, {len(pours) - len(imported.pours)} not used; '
        f'delay of {imported.delay.seconds:.3f} s removed\n'
        'solid: weight [N], left; dashed: tilt [degree], right',
        fontsize=10,
    )
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    index = 0
    for axis, pour in zip(axes, pours):
        time_s = np.arange(len(pour.tilt)) / ROBOT_TRIALS.sample_rate_hz
        is_used = not pour.reason
        axis.plot(
            time_s, pour.poured, color=WEIGHT_COLOUR if is_used else UNUSED_COLOUR, linewidth=1.5
        )
        twin = axis.twinx()
        twin.plot(
            time_s,
            rad_to_degree(pour.tilt),
            color=TILT_COLOUR if is_used else UNUSED_COLOUR,
            linewidth=0.9,
            linestyle='--',
        )
        twin.set_ylim(-15.0, 150.0)
        axis.tick_params(labelsize=7)
        twin.tick_params(labelsize=7)
        if is_used:
            weight = imported.sign * pour.cut.change
            title = (
                f'pour {index}: {weight:.2f} N = '
                f'{newton_to_ml(weight, pour.used_context.relative_density or 1.0):.0f} ml'
            )
            index += 1
        else:
            axis.set_facecolor('#f3f4f6')
            axis.text(
                0.03,
                0.95,
                textwrap.fill(pour.reason, 36),
                transform=axis.transAxes,
                fontsize=7,
                va='top',
                color='#6b7280',
                parse_math=False,
            )
            title = 'not used'
        axis.set_title(
            f'{title}\n{shortened(pour.bag, 40)} at {pour.start_s:.1f} s',
            fontsize=8,
            parse_math=False,
        )
        axis.grid(alpha=0.3)
    for axis in axes[len(pours) :]:
        axis.remove()
    figure.savefig(path, dpi=110)
