# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Whether a set of pours is varied enough to learn from, and what is missing.

The thresholds are rules of thumb, no guarantee: a network knows the fill levels and the tilt
speeds that it has seen, and a few pours of each are the least that a training run and its
validation and test parts can share.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import math

from ..context import PourContext
from ..cups.cup import Cup
from ..cups.liquid import Liquid
from ..units import rad_to_degree
from .cut import Cut

Band = tuple[str, float, float]
"""Name, lower and upper bound."""

WANTED_POURS = 20
"""Fewest pours to train on."""

WANTED_IN_BAND = 4
"""Fewest pours in each band of a quantity."""

FILL_BANDS = (('low', 0.0, 0.35), ('middle', 0.35, 0.6), ('high', 0.6, 1.01))
"""Fill before the pour, as a part of the cup's volume [-]."""

SPEED_BANDS = (('slow', 0.0, 0.3), ('middle', 0.3, 0.6), ('fast', 0.6, math.inf))
"""Mean speed of the way up [rad/s]; four of five robot trials have 0.36 to 0.64."""

PART_BANDS = (('small', 0.0, 0.25), ('middle', 0.25, 0.5), ('large', 0.5, math.inf))
"""Poured part of what was in the cup [-]."""


@dataclass(frozen=True)
class PourFacts:
    """
    What is known of a pour that counts for variety.

    Attributes
    ----------
    poured : float
        Poured weight [N].
    tilt_speed : float
        Mean speed of the way up [rad/s].
    initial_weight : float or None
        Weight of the liquid before [N]; None where it is not known.
    cup_weight : float or None
        What the full cup holds [N]; None where it is not known.

    """

    poured: float
    tilt_speed: float
    initial_weight: float | None = None
    cup_weight: float | None = None

    @property
    def fill(self) -> float | None:
        """Filled part of the cup before the pour [-]; None where it is not known."""
        if self.initial_weight is None or self.cup_weight is None:
            return None
        return self.initial_weight / self.cup_weight

    @property
    def part(self) -> float | None:
        """Poured part of the liquid [-]; None where it is not known."""
        return None if self.initial_weight is None else self.poured / self.initial_weight


def cup_weight(context: PourContext) -> float | None:
    """Return what the full cup of a `PourContext` holds [N]; None where its size is not known."""
    if context.cup_height is None or context.cup_diameter is None:
        return None
    cup = Cup(context.cup_height, context.cup_diameter)
    return float(Liquid(context.relative_density or 1.0).weight(cup.volume))


def pour_facts(cut: Cut, sign: int, context: PourContext) -> PourFacts:
    """
    Return what is known of a pour that counts for variety.

    Parameters
    ----------
    cut : Cut
        The pour.
    sign : {1, -1}
        In which direction the reading of the scale changes while the cup pours.
    context : PourContext
        What is known of it.

    Returns
    -------
    PourFacts

    """
    return PourFacts(
        sign * cut.change, cut.tilt_speed, context.initial_weight, cup_weight(context)
    )


def missing_variety(pours: Sequence[PourFacts]) -> list[str]:
    """
    Return what a set of pours lacks.

    Parameters
    ----------
    pours : sequence of PourFacts
        The pours so far.

    Returns
    -------
    list of str
        One line per lack; empty if nothing is missing.

    """
    missing = []
    if len(pours) < WANTED_POURS:
        missing.append(f'{WANTED_POURS - len(pours)} more pours (of {WANTED_POURS})')
    missing += _missing_bands(
        SPEED_BANDS,
        [pour.tilt_speed for pour in pours],
        'tilts',
        lambda low, high: f'{_bounds(rad_to_degree(low), rad_to_degree(high))} degree/s',
    )
    for name, bands in (('fill', FILL_BANDS), ('part', PART_BANDS)):
        values = [getattr(pour, name) for pour in pours]
        numbers = [value for value in values if value is not None]
        label = 'fill levels' if name == 'fill' else 'parts poured'
        if len(numbers) < len(values):
            missing.append(
                f'the {label} of {len(values) - len(numbers)} pour(s): initial weight'
                f'{" or the size of the cup" if name == "fill" else ""} not set'
            )
        if numbers:
            missing += _missing_bands(
                bands, numbers, label, lambda low, high: f'{_bounds(100.0 * low, 100.0 * high)} %'
            )
    return missing


def _missing_bands(
    bands: Sequence[Band], values: Sequence[float], label: str, show: Callable[[float, float], str]
) -> list[str]:
    lines = []
    for name, low, high in bands:
        count = sum(low <= value < high for value in values)
        if count < WANTED_IN_BAND:
            lines.append(
                f'{WANTED_IN_BAND - count} more {name} {label} ({show(low, high)}; '
                f'{count} of {WANTED_IN_BAND})'
            )
    return lines


def _bounds(low: float, high: float) -> str:
    if low == 0.0:
        return f'below {high:.0f}'
    return (
        f'above {low:.0f}'
        if not math.isfinite(high) or high > 100.5
        else (f'{low:.0f} to {high:.0f}')
    )
