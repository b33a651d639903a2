"""One picture of all pours of a set, also of those that are not used."""

import textwrap

from matplotlib.figure import Figure
import numpy as np

from pour_force_estimator.schemas import ROBOT_TRIALS
from pour_force_estimator.units import newton_to_ml, rad_to_degree

_COLUMNS = 5
_WEIGHT, _TILT, _UNUSED = '#1f2937', '#e4572e', '#9ca3af'


def plot_contact_sheet(path, imported):
    """
    Draw weight and tilt of each pour.

    Parameters
    ----------
    path : path-like
        PNG file to write; what calls this sees to it that it appears whole.
    imported : Imported
        What was found.

    """
    found = imported.found
    columns = min(_COLUMNS, len(found))
    rows = -(-len(found) // columns)
    figure = Figure(figsize=(3.4 * columns, 2.5 * rows + 0.6), layout='constrained')
    figure.suptitle(
        f'{len(imported.pours)} pours, {len(found) - len(imported.pours)} not used; '
        f'delay of {imported.delay.seconds:.3f} s removed\n'
        'solid: weight [N], left; dashed: tilt [degree], right', fontsize=10)
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    index = 0
    for axis, pour in zip(axes, found):
        time_s = np.arange(len(pour.tilt)) / ROBOT_TRIALS.sample_rate_hz
        used = not pour.reason
        axis.plot(time_s, pour.poured, color=_WEIGHT if used else _UNUSED, linewidth=1.5)
        twin = axis.twinx()
        twin.plot(time_s, rad_to_degree(pour.tilt), color=_TILT if used else _UNUSED,
                  linewidth=0.9, linestyle='--')
        twin.set_ylim(-15.0, 150.0)
        for each in (axis, twin):
            each.tick_params(labelsize=7)
        if used:
            weight = imported.sign * pour.cut.change
            title = (f'pour {index}: {weight:.2f} N = '
                     f'{newton_to_ml(weight, pour.context.relative_density or 1.0):.0f} ml')
            index += 1
        else:
            axis.set_facecolor('#f3f4f6')
            axis.text(0.03, 0.95, textwrap.fill(pour.reason, 36), transform=axis.transAxes,
                      fontsize=7, va='top', color='#6b7280')
            title = 'not used'
        axis.set_title(f'{title}\n{pour.bag} at {pour.start_s:.1f} s', fontsize=8)
        axis.grid(alpha=0.3)
    for axis in axes[len(found):]:
        axis.remove()
    figure.savefig(path, dpi=110)
