# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What looks wrong in recorded pours, before hours are spent on them.

Each value may be within its range and the whole still be of another unit, or of swapped columns. A
typical cup of the size, poured as recorded, tells roughly what should have come: over all pours
within a factor of two, even for cups that are not typical.
"""

from collections.abc import Sequence
import sys

import numpy as np

from pour_force_estimator.cups.cup import MAX_TILT
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.errors import PourForceEstimatorError
from pour_force_estimator.pours.recordings import RecordedPour, Recordings
from pour_force_estimator.simulation import simulate_pour
from pour_force_estimator.units import (
    degree_to_rad,
    m_to_mm,
    NEWTON_PER_LBF,
    newton_to_gram,
    STANDARD_GRAVITY,
)

MAX_RATIO = 2.0
"""Factor between what was poured and what was to be expected beyond which a unit is wrong."""

MIN_SLENDERNESS = 0.6
"""Height over diameter below which the two look swapped: no cup of the recordings is below 0.9."""

MIN_TILTED = degree_to_rad(20.0)
"""Tilt from which on the sign of theta tells in which direction a cup is turned [rad]."""

MIN_POURED_N = 0.05
"""A pour in which less leaves the cup [N] is none; several times the noise of a scale."""

OVERFULL = 1.05
"""Liquid over volume of the cup from which on it cannot have been in it."""

MAX_NAMED = 5
"""Pours that are named; of more, the number is told."""

FACTORS = {
    1.0 / STANDARD_GRAVITY: 'kilograms in place of newtons',
    STANDARD_GRAVITY: 'newtons in place of kilograms',
    NEWTON_PER_LBF: 'newtons in place of pounds-force',
    1.0 / NEWTON_PER_LBF: 'pounds-force in place of newtons',
    newton_to_gram(1.0): 'grams in place of newtons',
    newton_to_gram(NEWTON_PER_LBF): 'grams in place of pounds-force',
    NEWTON_PER_LBF / STANDARD_GRAVITY: 'kilograms in place of pounds-force',
}
"""Mistakes with units, by the factor between what was recorded and what was to be expected."""


def doubts_of(recordings: Recordings) -> list[str]:
    """
    Return what looks wrong in some recordings.

    Parameters
    ----------
    recordings : Recordings
        Recorded pours, each of whose values is in its range.

    Returns
    -------
    list of str
        A sentence for each doubt; none for pours that look like pours.

    """
    doubts = []
    turned = [pour for pour in recordings.pours if _is_turned_away(pour)]
    if turned:
        doubts.append(
            f'{_named(turned)} turned against the others: expected one sign of theta while cups '
            'are tilted'
        )
    dry = [pour for pour in recordings.pours if np.ptp(pour.poured_weight) < MIN_POURED_N]
    if dry:
        doubts.append(f'nothing leaves the cup in {_named(dry)}')
    flat = [pour for pour in recordings.pours if _is_flat(pour)]
    if flat:
        context = flat[0].context
        doubts.append(
            f'{_named(flat)}: a cup {m_to_mm(context.required("cup_height")):.0f} mm high and '
            f'{m_to_mm(context.required("cup_diameter")):.0f} mm wide: are height and diameter '
            'swapped?'
        )
    return doubts + _doubts_of_weights(recordings)


def warn_of_doubts(recordings: Recordings) -> None:
    """Print what looks wrong on standard error, a line each."""
    for doubt in doubts_of(recordings):
        print(f'warning: {recordings.name}: {doubt}', file=sys.stderr)


def _doubts_of_weights(recordings: Recordings) -> list[str]:
    """Return doubts about units: of the liquid in the cup, and of what leaves it."""
    overfull, measured, expected = [], 0.0, 0.0
    for pour in recordings.pours:
        context = pour.context
        if None in (context.cup_height, context.cup_diameter, context.initial_weight):
            continue
        initial = context.required('initial_weight')
        density = context.relative_density or 1.0
        try:
            cup = CupTable().typical_of(
                context.required('cup_height'), context.required('cup_diameter')
            )
        except PourForceEstimatorError:  # sizes that no cup has are told elsewhere
            continue
        full = float(Liquid(density).weight(cup.volume))
        if initial > OVERFULL * full:
            overfull.append(pour)
            continue
        tilt = np.clip(pour.tilt, 0.0, MAX_TILT)
        poured = simulate_pour(cup, min(initial, full), tilt, pour.schema.sample_rate_hz, density)
        measured += float(pour.poured_weight[-1])
        expected += float(poured[-1])
    doubts = []
    if overfull:
        doubts.append(
            f'{_named(overfull)}: more liquid than the cup holds; are its weight and the sizes of '
            'the cup in the units of the layout?'
        )
    if expected > 0.0 and not 1.0 / MAX_RATIO < measured / expected < MAX_RATIO:
        ratio = measured / expected
        doubts.append(
            f'{ratio:.2g} times what tilt and cup let expect leaves the cups{_unit_of(ratio)}'
        )
    return doubts


def _is_turned_away(pour: RecordedPour) -> bool:
    """Return whether a cup is tilted, but against the direction of the others."""
    return -pour.tilt.min() > max(MIN_TILTED, pour.tilt.max())


def _is_flat(pour: RecordedPour) -> bool:
    context = pour.context
    if context.cup_height is None or context.cup_diameter is None:
        return False
    return context.cup_height < MIN_SLENDERNESS * context.cup_diameter


def _unit_of(ratio: float) -> str:
    """Return which mistake explains a ratio, as the end of a sentence."""
    if ratio <= 0.0:
        return ': the weight falls; is its sign that of the layout?'
    nearest = min(FACTORS, key=lambda factor: abs(np.log(factor / ratio)))
    return f': {FACTORS[nearest]}?' if 0.6 < nearest / ratio < 1.7 else ''


def _named(pours: Sequence[RecordedPour]) -> str:
    if len(pours) == 1:
        return f'pour {pours[0].index}'
    if len(pours) <= MAX_NAMED:
        return f'pours {", ".join(str(pour.index) for pour in pours)}'
    return f'{len(pours)} pours (the first is pour {pours[0].index})'
