# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The cups whose outflow is known, and what to expect of one that is not.

How liquid leaves a cup follows from its size and five parameters, which `training.cups.fit` finds
from recorded pours. A cup that was never recorded gets those of a typical cup of its kind: slender
ones are taken for bottles, the others for plain cylinders.
"""

from dataclasses import dataclass, replace
import math

import numpy as np

from ..errors import SimulationError
from ..units import degree_to_rad
from .cup import Cup
from .validation import check_range, check_whole_number

BOTTLE_SLENDERNESS = 2.0
"""Height over diameter above which an unknown cup is taken for a bottle [-]."""

MAX_DELAY_S = 1.0
"""Longest time that liquid may take from the lip to the scale's reading [s]."""

MIN_POURS = 2
"""
Pours that a fit needs to tell how a cup flows from how it was held.

On cups left out, a fit to a single pour serves better as a guess than as the truth
(`python -m training.accuracy`).
"""

SAME_SIZE_M = 0.0005
"""Heights and diameters that are nearer than this are the same; they are recorded in mm."""


@dataclass(frozen=True)
class CupSpec:
    """
    How liquid leaves one cup; see `pour_force_estimator.simulation` for the physics.

    Parameters
    ----------
    height, diameter : float
        Inside [m].
    lip_ratio : float
        Diameter of the lip relative to that of the body [-]; 1 for a plain cylinder.
    discharge : float
        Discharge coefficient of the lip as a weir [-].
    choke : float or None
        Froude number at which the lip, running full, limits the flow [-]; None for a lip that
        never does.
    angle_offset : float
        What is added to the measured tilt to get that of the cup [rad].
    delay_s : float
        Time from the lip to the scale's reading [s].
    pours : int or None
        How many pours it was fitted to; None for parameters that are certain.

    Raises
    ------
    SimulationError
        If a parameter is out of its range; the message names it, its value and the range.

    """

    height: float
    diameter: float
    lip_ratio: float = 1.0
    discharge: float = 0.6
    choke: float | None = None
    angle_offset: float = 0.0
    delay_s: float = 0.0
    pours: int | None = None

    def __post_init__(self):
        self.cup()
        check_range('delay_s', self.delay_s, 0.0, MAX_DELAY_S, 's')
        if self.pours is not None:
            check_whole_number('pours', self.pours, 1)

    @property
    def is_slender(self):
        """Whether it is taken for a bottle, going by its size."""
        return is_slender(self.height, self.diameter)

    def is_size(self, height, diameter):
        """Return whether the cup is `height` tall and `diameter` wide [m], within 0.5 mm."""
        return (
            abs(self.height - height) < SAME_SIZE_M and abs(self.diameter - diameter) < SAME_SIZE_M
        )

    def cup(self):
        """Return the simulator's `Cup` with these parameters."""
        return Cup(
            self.height,
            self.diameter,
            self.lip_ratio,
            self.discharge,
            math.inf if self.choke is None else self.choke,
            self.angle_offset,
        )


def is_slender(height, diameter):
    """Return whether a cup `height` tall and `diameter` wide [m] is taken for a bottle."""
    return height > BOTTLE_SLENDERNESS * diameter


@dataclass(frozen=True)
class CupTable:
    """
    The cups whose outflow is known.

    Parameters
    ----------
    cups : iterable of CupSpec
        The cups; no two of one size.
    typical : CupSpec, optional
        What to expect of a cup that is not among them; by default what `find` says.

    Raises
    ------
    SimulationError
        If two cups are of one size.

    Examples
    --------
    >>> table = CupTable([CupSpec(0.120, 0.121, discharge=0.5)])
    >>> table.find(0.120, 0.121).discharge, table.find(0.100, 0.090).discharge
    (0.5, 0.5)
    >>> table.knows(0.120, 0.121), table.knows(0.100, 0.090)
    (True, False)

    """

    cups: tuple = ()
    typical: CupSpec | None = None

    def __post_init__(self):
        object.__setattr__(self, 'cups', tuple(self.cups))
        for index, cup in enumerate(self.cups):
            if any(other.is_size(cup.height, cup.diameter) for other in self.cups[:index]):
                raise SimulationError(
                    f'cups: expected no two of one size, received two of '
                    f'{cup.height:g} x {cup.diameter:g} m'
                )

    @classmethod
    def of(cls, cups):
        """Return `cups` as a table: itself if it is one, else one of these CupSpec."""
        return cups if isinstance(cups, cls) else cls(cups)

    def __iter__(self):
        return iter(self.cups)

    def __len__(self):
        return len(self.cups)

    def knows(self, height, diameter):
        """
        Return whether there is a cup `height` tall and `diameter` wide [m], within 0.5 mm.

        One that was fitted to fewer than `MIN_POURS` does not count; `find` returns it, as
        the best guess.
        """
        return any(
            cup.is_size(height, diameter) and (cup.pours is None or cup.pours >= MIN_POURS)
            for cup in self.cups
        )

    def find(self, height, diameter):
        """
        Return the cup of a size, or a typical one where there is none.

        Parameters
        ----------
        height, diameter : float
            Inside [m].

        Returns
        -------
        CupSpec
            The cup of that size within 0.5 mm. Else one with the parameters of `typical`. Without
            that, its parameters are the medians over the cups of its kind, slender or not, or
            those of `TYPICAL_BOTTLE` or `TYPICAL_CYLINDER` where there are no such cups.

        Raises
        ------
        SimulationError
            If no cup is of such a size.

        """
        for cup in self.cups:
            if cup.is_size(height, diameter):
                return cup
        if self.typical is not None:
            return replace(self.typical, height=height, diameter=diameter)
        slender = is_slender(height, diameter)
        kin = [cup for cup in self.cups if cup.is_slender == slender]
        if not kin:
            kin = [TYPICAL_BOTTLE if slender else TYPICAL_CYLINDER]
        return CupSpec(
            height,
            diameter,
            lip_ratio=_median(cup.lip_ratio for cup in kin),
            discharge=_geometric_median(cup.discharge for cup in kin),
            choke=_median_choke([cup.choke for cup in kin]),
            angle_offset=_median(cup.angle_offset for cup in kin),
            delay_s=_median(cup.delay_s for cup in kin),
        )

    def with_cup(self, cup):
        """Return a table with `cup`, in place of the one of its size if there is such."""
        others = [other for other in self.cups if not other.is_size(cup.height, cup.diameter)]
        return CupTable((*others, cup), self.typical)


# The medians over the cups of the robot trials, two cylinders and three bottles, as
# `training.cups.fit.fit_cups` found them:
# table = fit_cups(load_recordings('robot_trials.npy', 'robot_trials').pours)
# print(table.find(0.100, 0.100), table.find(0.285, 0.075))
TYPICAL_CYLINDER = CupSpec(
    0.100, 0.100, discharge=0.66, angle_offset=degree_to_rad(4.3), delay_s=0.04
)
"""What to expect of a cylinder where no other is known."""

TYPICAL_BOTTLE = CupSpec(
    0.285,
    0.075,
    lip_ratio=0.44,
    discharge=0.65,
    choke=0.27,
    angle_offset=degree_to_rad(-0.4),
    delay_s=0.11,
)
"""What to expect of a bottle where no other is known."""


def _median(values):
    return float(np.median(list(values)))


def _geometric_median(values):
    """Return the median of ratios: halfway between two is the geometric mean."""
    return math.exp(_median(math.log(value) for value in values))


def _median_choke(chokes):
    """Return the median of Froude numbers, of which None is above all."""
    choke = _geometric_median(math.inf if choke is None else choke for choke in chokes)
    return None if math.isinf(choke) else choke
