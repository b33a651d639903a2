# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The size of a cup: what a cup without a name is told by."""

from __future__ import annotations

from dataclasses import dataclass

from ..context import PourContext
from ..units import m_to_mm

SAME_SIZE_M = 0.0005
"""Heights and diameters that are nearer than this are the same; they are recorded in mm."""


@dataclass(frozen=True, order=True)
class CupSize:
    """
    Size of a cup.

    Equality is to the bit; whether two sizes are those of one cup is for `is_same`.

    Parameters
    ----------
    height, diameter : float
        Inside, where the cup is tallest and widest [m].

    Examples
    --------
    >>> size = CupSize(0.120, 0.121)
    >>> print(size, size.name, size.is_same(CupSize(0.1201, 0.121)))
    120 x 121 mm cup_120x121 True

    """

    height: float
    diameter: float

    @classmethod
    def of(cls, context: PourContext) -> CupSize:
        """Return the size of the cup of a context; raise `ContextError` if it has none."""
        return cls(context.required('cup_height'), context.required('cup_diameter'))

    def is_same(self, other: CupSize) -> bool:
        """Return whether two sizes are those of one cup: within `SAME_SIZE_M`."""
        return (
            abs(self.height - other.height) < SAME_SIZE_M
            and abs(self.diameter - other.diameter) < SAME_SIZE_M
        )

    @property
    def name(self) -> str:
        """Name of a cup that has none: its size in mm, to a tenth."""
        return f'cup_{round(m_to_mm(self.height), 1):g}x{round(m_to_mm(self.diameter), 1):g}'

    def __str__(self) -> str:
        return f'{m_to_mm(self.height):.0f} x {m_to_mm(self.diameter):.0f} mm'
