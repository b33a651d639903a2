# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The cups that are known, by name, and what to expect of one that is not.

A cup is asked for by its name. Without one it is told by its size, and one that nobody recorded is
taken for a typical cup of its kind: slender ones for bottles, the others for plain cylinders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
import math

import numpy as np

from ..context import PourContext
from ..errors import ContextError, SimulationError
from ..text import quoted
from ..units import degree_to_rad
from .cup import Cup
from .liquid import Liquid
from .spec import CupSpec, is_slender

__all__ = ['CupSpec', 'CupTable', 'TYPICAL_BOTTLE', 'TYPICAL_CYLINDER']

MAX_NAMES_TOLD = 20
"""Names of cups that an error tells at most."""


@dataclass(frozen=True)
class CupTable:
    """
    The cups that are known.

    Parameters
    ----------
    cups : iterable of CupSpec
        The cups; no two of one name. Of several of one size, a size finds the first whose outflow
        was fitted.
    typical : CupSpec, optional
        What to expect of a cup that is not among them; by default what `find` says.

    Raises
    ------
    SimulationError
        If two cups are of one name.

    Examples
    --------
    >>> table = CupTable([CupSpec.of_size(0.120, 0.121, discharge=0.5)])
    >>> table.find(0.120, 0.121).discharge, table.find(0.100, 0.090).discharge
    (0.5, 0.5)
    >>> table.knows(0.120, 0.121), table.knows(0.100, 0.090)
    (True, False)
    >>> table.named('cup_120x121').height
    0.12

    """

    cups: tuple[CupSpec, ...] = ()
    typical: CupSpec | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, 'cups', tuple(self.cups))
        names: set[str] = set()
        for cup in self.cups:
            if cup.name in names:
                raise SimulationError(
                    f'cups: expected no two of one name, received two of {cup.name}'
                )
            names.add(cup.name)

    @classmethod
    def of(cls, cups: CupTable | Iterable[CupSpec]) -> CupTable:
        """Return `cups` as a table: itself if it is one, else one of these CupSpec."""
        return cups if isinstance(cups, cls) else cls(tuple(cups))

    def __iter__(self) -> Iterator[CupSpec]:
        return iter(self.cups)

    def __len__(self) -> int:
        return len(self.cups)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the cups, in their order."""
        return tuple(cup.name for cup in self.cups)

    def named(self, name: str) -> CupSpec:
        """Return the cup of a name; raise `ContextError`, which lists the names, without one."""
        for cup in self.cups:
            if cup.name == name:
                return cup
        names = ', '.join(name[:40] for name in self.names[:MAX_NAMES_TOLD])
        ellipsis = ', ...' if len(self) > MAX_NAMES_TOLD else ''
        expected = f'one of {names}{ellipsis}' if names else 'none, since the model knows no cups'
        raise ContextError(f'cup: expected {expected}; received {quoted(name)}')

    def of_size(self, height: float | None, diameter: float | None) -> CupSpec | None:
        """
        Return the cup of a size [m], within 0.5 mm; None if there is none.

        A cup of which nothing but the shape is known does not count: its size does not tell that
        shape.
        """
        return next(
            (cup for cup in self.cups if cup.is_size(height, diameter) and not cup.is_shape_alone),
            None,
        )

    def resolved(self, context: PourContext) -> PourContext:
        """
        Return a context with the size of the cup that it names, if it names one.

        Raises
        ------
        ContextError
            If no cup has that name.

        """
        if context.cup is None:
            return context
        cup = self.named(context.cup)
        if (cup.height, cup.diameter) == (context.cup_height, context.cup_diameter):
            return context
        return replace(context, cup_height=cup.height, cup_diameter=cup.diameter)

    def knows(self, height: float | None, diameter: float | None, name: str | None = None) -> bool:
        """Return whether the outflow of the cup that `find` returns was fitted."""
        cup = self.of_size(height, diameter) if name is None else self.named(name)
        return cup is not None and not cup.is_shape_alone

    def find(self, height: float, diameter: float, name: str | None = None) -> CupSpec:
        """
        Return a cup by its name or else by its size, or a typical one where there is none.

        Parameters
        ----------
        height, diameter : float
            Inside [m]; without meaning where a name is given.
        name : str, optional
            Name of the cup.

        Returns
        -------
        CupSpec
            The cup of that name, or of that size within 0.5 mm. Else one with the parameters of
            `typical`. Without that, its parameters are the medians over the cups of its kind,
            slender or not, that were fitted, or those of `TYPICAL_BOTTLE` or `TYPICAL_CYLINDER`
            where there are no such cups.

        Raises
        ------
        ContextError
            If no cup has that name.
        SimulationError
            If no cup is of such a size.

        """
        if name is not None:
            return self.named(name)
        return self.of_size(height, diameter) or self.typical_of(height, diameter)

    def full_weight(self, context: PourContext) -> float | None:
        """
        Return what the full cup of a context holds [N]; None where its size is not known.

        A cup that is not among these holds a cylinder of its size at most.
        """
        if context.cup_height is None or context.cup_diameter is None:
            return None
        cup: CupSpec | Cup | None
        if context.cup is not None:
            cup = self.named(context.cup)
        else:
            cup = self.of_size(context.cup_height, context.cup_diameter)
        volume = (cup or Cup(context.cup_height, context.cup_diameter)).volume
        return float(Liquid(context.relative_density or 1.0).weight(volume))

    def typical_of(self, height: float, diameter: float) -> CupSpec:
        """Return what to expect of a cup of a size [m] that is none of these; see `find`."""
        if self.typical is not None:
            return _of_size(self.typical, height, diameter)
        slender = is_slender(height, diameter)
        kin = [cup for cup in self.cups if cup.is_slender == slender and not cup.is_shape_alone]
        if not kin:
            return _of_size(TYPICAL_BOTTLE if slender else TYPICAL_CYLINDER, height, diameter)
        return CupSpec.of_size(
            height,
            diameter,
            lip_ratio=_median(cup.lip_ratio for cup in kin),
            discharge=_geometric_median(cup.discharge for cup in kin),
            choke=_median_choke([cup.choke for cup in kin]),
            angle_offset=_median(cup.angle_offset for cup in kin),
            delay_s=_median(cup.delay_s for cup in kin),
        )

    def with_cup(self, cup: CupSpec) -> CupTable:
        """
        Return a table with `cup`.

        It takes the place of the cup of its name. A name that only says the size stands for all
        such cups: then it takes the place of the one that its size finds.
        """
        replaced = next((member for member in self.cups if member.name == cup.name), None)
        if replaced is None and cup.name == cup.size.name:
            replaced = self.of_size(cup.height, cup.diameter)
            if replaced is not None:
                cup = replace(cup, name=replaced.name)
        return CupTable(
            (*(member for member in self.cups if member is not replaced), cup), self.typical
        )


# The medians over the cups of the robot trials, two cylinders and three bottles, as
# `training.cups.fit.fit_cups` found them:
# table = table_of(fit_cups(load_recordings('robot_trials.npy', 'robot_trials').pours))
# print(table.find(0.100, 0.100), table.find(0.285, 0.075))
TYPICAL_CYLINDER = CupSpec.of_size(
    0.100, 0.100, discharge=0.66, angle_offset=degree_to_rad(4.3), delay_s=0.04
)
"""What to expect of a cylinder where no other is known."""

TYPICAL_BOTTLE = CupSpec.of_size(
    0.285,
    0.075,
    lip_ratio=0.44,
    discharge=0.65,
    choke=0.27,
    angle_offset=degree_to_rad(-0.4),
    delay_s=0.11,
)
"""What to expect of a bottle where no other is known."""


def _of_size(cup: CupSpec, height: float, diameter: float) -> CupSpec:
    """Return a cylinder or bottle of another size [m] that is as `cup` is."""
    return CupSpec.of_size(
        height,
        diameter,
        cup.lip_ratio,
        cup.discharge,
        cup.choke,
        cup.angle_offset,
        cup.delay_s,
        cup.pours,
    )


def _median(values: Iterable[float]) -> float:
    return float(np.median(list(values)))


def _geometric_median(values: Iterable[float]) -> float:
    """Return the median of ratios: halfway between two is the geometric mean."""
    return math.exp(_median(math.log(value) for value in values))


def _median_choke(chokes: list[float | None]) -> float | None:
    """Return the median of Froude numbers, of which None is above all."""
    choke = _geometric_median(math.inf if choke is None else choke for choke in chokes)
    return None if math.isinf(choke) else choke
