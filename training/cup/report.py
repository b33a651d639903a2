# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the command says of a cup, in lines."""

from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.units import m3_to_ml, m_to_mm, rad_to_degree

from ..shapes.nearest import NearestCup
from ..shapes.picture import FILLS
from ..slow_pour.result import SlowPourFit


def lines_of_cup(
    cup: CupSpec, nearest: NearestCup, relative_density: float, least: float = 0.0
) -> list[str]:
    """
    Return what a user asks first of a cup.

    Parameters
    ----------
    cup : CupSpec
        The cup.
    nearest : NearestCup
        The cylinder or bottle nearest to it.
    relative_density : float
        Of the liquid that it is filled with [-].
    least : float
        Volume below which nothing is known of it [m^3].

    Returns
    -------
    list of str

    """
    weight = Liquid(relative_density).weight(cup.volume)
    onsets = ', '.join(f'{fill:.0%} full {_onset(cup, fill, least)}' for fill in FILLS)
    like = (
        'none: the tilts that were seen do not tell its size'
        if nearest.is_at_an_end
        else f'pour.cup_height {nearest.height:.4f} m, pour.cup_diameter '
        f'{nearest.diameter:.4f} m, lip {nearest.lip_ratio:.2f} of the body; its capacity is '
        f'off by {m3_to_ml(nearest.rmse_m3):.1f} ml RMSE and at most '
        f'{m3_to_ml(nearest.max_error_m3):.1f} ml'
    )
    return [
        f'{cup.name}: {m3_to_ml(cup.volume):.1f} ml, {weight:.2f} N when full, '
        f'{m_to_mm(cup.height):.1f} mm tall and {m_to_mm(cup.diameter):.1f} mm wide inside',
        f'begins to pour: {onsets}',
        f'nearest cylinder or bottle: {like}',
    ]


def _onset(cup: CupSpec, fill: float, least: float) -> str:
    volume = fill * cup.volume
    if volume < least:
        return 'not seen'
    return f'at {rad_to_degree(cup.onset_angle(volume)):.1f} degree'


def lines_of_fit(fit: SlowPourFit) -> list[str]:
    """Return what a slow pour told of a cup and what it did not."""
    low, high = (rad_to_degree(tilt) for tilt in fit.seen)
    full = m3_to_ml(fit.shape.volume)
    kept_s = fit.shape.delay_s
    kept = '' if kept_s == fit.delay_s else f', {kept_s:.2f} s in the file'
    discharge = 'as given' if fit.is_discharge_given else _how(fit.is_discharge_told)
    return [
        f'seen: {low:.1f} to {high:.1f} degree, at {rad_to_degree(fit.tilt_speed):.1f} degree/s '
        f'in the mean; {m3_to_ml(fit.head):.1f} ml stood above the lip, and are corrected for; '
        f'{m3_to_ml(fit.rmse):.1f} ml RMSE are left',
        f'not seen: below {low:.1f} degree the cup holds at least {full:.0f} ml, '
        f'beyond {high:.1f} degree at most {m3_to_ml(fit.left):.0f} ml; the table holds these',
        f'lip: {m_to_mm(float(fit.shape.opening)):.0f} mm wide, discharge '
        f'{fit.shape.discharge:.2f} ({discharge}), delay {fit.delay_s:.2f} s '
        f'({_how(fit.is_delay_told)}{kept})',
        *(f'note: {note}' for note in fit.notes),
    ]


def _how(is_told: bool) -> str:
    return 'by the pours' if is_told else 'typical: a quick pour tells it'
