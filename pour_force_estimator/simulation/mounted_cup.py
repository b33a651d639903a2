# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
How cups sit: a session is one mounting of one cup, and no pour repeats the one before exactly.

The spreads are those of the recorded pours: fitting an offset per pour leaves the physics right
within 7 ml, and the offsets fall in groups that look like sessions.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..cups.liquid import Liquid
from ..cups.spec import CupSpec
from ..cups.validation import check_range
from ..errors import SimulationError
from ..units import degree_to_rad, gram_to_newton, newton_to_gram

MAX_SPREADS = 3.0
"""Most standard deviations that an offset is drawn from its mean."""


@dataclass(frozen=True)
class MountingSpreads:
    """
    How differently cups sit and flow.

    Parameters
    ----------
    session_deg : float
        Standard deviation of how much further tilted than nominal a mounted cup sits [degree].
    pour_deg : float
        Standard deviation of what each pour adds to that [degree].
    discharge : float
        By how much a cup's discharge differs from the nominal one at most, relative [-]: no
        physics is exact.

    Raises
    ------
    SimulationError
        If a value is out of its range.

    """

    session_deg: float = 2.2
    pour_deg: float = 0.6
    discharge: float = 0.1

    def __post_init__(self) -> None:
        check_range('session_deg', self.session_deg, 0.0, 5.0, 'degree')
        check_range('pour_deg', self.pour_deg, 0.0, 3.0, 'degree')
        check_range('discharge', self.discharge, 0.0, 0.5)


class MountedCup:
    """
    One mounting of a cup.

    Parameters
    ----------
    cup : CupSpec
        The nominal cup.
    spreads : MountingSpreads
        How differently it may sit and flow.
    rng : numpy.random.Generator
        Source of the draws.

    Attributes
    ----------
    offset_deg : float
        How much further tilted than nominal it sits [degree].

    """

    def __init__(self, cup: CupSpec, spreads: MountingSpreads, rng: np.random.Generator) -> None:
        self._spreads = spreads
        self.offset_deg = _draw(rng, spreads.session_deg)
        factor = rng.uniform(1.0 - spreads.discharge, 1.0 + spreads.discharge)
        self._cup = replace(cup, discharge=cup.discharge * factor)

    def draw(self, rng: np.random.Generator) -> CupSpec:
        """Return the cup as it sits in the next pour."""
        offset = degree_to_rad(self.offset_deg + _draw(rng, self._spreads.pour_deg))
        return replace(self._cup, angle_offset=self._cup.angle_offset + offset)


@dataclass(frozen=True)
class TargetTask:
    """
    One pour to a target.

    Attributes
    ----------
    label : str
        Name of the cup.
    cup : CupSpec
        The cup as it sits.
    initial_weight : float
        What is in it [N], to a gram as a scale tells it.
    target_weight : float
        What is to be poured [N].
    is_mounted_anew : bool
        Whether the cup was mounted before this pour.

    """

    label: str
    cup: CupSpec
    initial_weight: float
    target_weight: float
    is_mounted_anew: bool


def told_name(cup: CupSpec) -> str | None:
    """
    Return by which name an estimator is told of a cup; None if by its size.

    A cup of which more than the shape is known here is one whose truth the estimator must find.
    """
    return cup.name if cup.pours is not None else None


def draw_tasks(
    cups: list[tuple[str, CupSpec]],
    targets_g: list[float],
    fill: np.ndarray,
    relative_density: float,
    spreads: MountingSpreads,
    rng: np.random.Generator,
) -> list[TargetTask]:
    """
    Draw how the cups of pours sit; one that is like the one before stays mounted.

    Parameters
    ----------
    cups : list of (str, CupSpec)
        Name and nominal cup of each of n pours.
    targets_g : list of float
        Weight to pour from each [g]; a single one is for all.
    fill : ndarray of shape (n,)
        Part of each cup's volume that is full [-].
    relative_density : float
        Density of the liquid relative to water [-].
    spreads : MountingSpreads
        How differently the cups sit.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    list of TargetTask

    Raises
    ------
    SimulationError
        If there are not as many targets as cups, or a target is not less than what is in its cup.

    """
    if len(targets_g) == 1:
        targets_g = list(targets_g) * len(cups)
    if len(targets_g) != len(cups):
        raise SimulationError(
            f'targets: expected one, or one for each of {len(cups)} cups, received {targets_g}'
        )
    liquid = Liquid(relative_density)
    tasks: list[TargetTask] = []
    mounted: MountedCup | None = None
    for index, ((label, cup), target_g) in enumerate(zip(cups, targets_g)):
        is_mounted_anew = not tasks or label != tasks[-1].label
        if mounted is None or is_mounted_anew:
            mounted = MountedCup(cup, spreads, rng)
        content_g = float(np.floor(newton_to_gram(liquid.weight(fill[index] * cup.volume))))
        if not 0.0 < target_g < content_g:
            raise SimulationError(
                f'targets: expected above 0 and below the {content_g:g} g in {label}, received '
                f'{target_g:g} g'
            )
        tasks.append(
            TargetTask(
                label,
                mounted.draw(rng),
                gram_to_newton(content_g),
                gram_to_newton(target_g),
                is_mounted_anew,
            )
        )
    return tasks


def _draw(rng: np.random.Generator, spread: float) -> float:
    """Return a normal draw about 0 that is not extreme."""
    return spread * float(np.clip(rng.standard_normal(), -MAX_SPREADS, MAX_SPREADS))
