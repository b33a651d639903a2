# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The cups of the sessions: those that a model knows, and some that it never saw."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.units import degree_to_rad, m_to_mm

KNOWN = 'known'
UNSEEN = 'unseen'

DISCHARGE_SPREAD = 0.1
"""By how much the discharge of the true cup differs at most from the nominal one, relative."""


@dataclass(frozen=True)
class Truth:
    """
    A cup that sessions pour from.

    Attributes
    ----------
    name : str
        What tables call it.
    group : str
        `KNOWN`, `UNSEEN`, or another name that figures are grouped by.
    nominal : CupSpec
        The cup without the mounting's offset. It is what plain motions are planned with; an
        estimator is told its height and diameter alone.

    """

    name: str
    group: str
    nominal: CupSpec

    def draw(self, rng: np.random.Generator, spread: float = DISCHARGE_SPREAD) -> CupSpec:
        """Return the cup as it really flows, since no physics is exact; `spread` is relative."""
        factor = rng.uniform(1.0 - spread, 1.0 + spread)
        return replace(self.nominal, discharge=self.nominal.discharge * factor)


UNSEEN_CUPS = (
    Truth(
        'cylinder 95 x 78',
        UNSEEN,
        CupSpec.of_size(
            0.095, 0.078, discharge=0.60, angle_offset=degree_to_rad(2.5), delay_s=0.04
        ),
    ),
    Truth(
        'cylinder 150 x 98',
        UNSEEN,
        CupSpec.of_size(
            0.150, 0.098, discharge=0.50, angle_offset=degree_to_rad(5.0), delay_s=0.07
        ),
    ),
    Truth(
        'jug 190 x 112',
        UNSEEN,
        CupSpec.of_size(
            0.190,
            0.112,
            lip_ratio=0.72,
            discharge=0.55,
            angle_offset=degree_to_rad(2.0),
            delay_s=0.09,
        ),
    ),
    Truth(
        'bottle 250 x 81',
        UNSEEN,
        CupSpec.of_size(
            0.250,
            0.081,
            lip_ratio=0.36,
            discharge=0.62,
            choke=0.30,
            angle_offset=degree_to_rad(0.5),
            delay_s=0.10,
        ),
    ),
)
"""Two plain cylinders, a jug and a bottle, of sizes that no shipped model knows."""


def known_cups(cups: Iterable[CupSpec]) -> tuple[Truth, ...]:
    """Return the cups whose outflow a model knows, as they stand in its file."""
    return tuple(
        Truth(f'{m_to_mm(cup.height):.0f} x {m_to_mm(cup.diameter):.0f}', KNOWN, cup)
        for cup in cups
        if not cup.is_shape_alone
    )


def unseen_cups(cups: Iterable[CupSpec]) -> tuple[Truth, ...]:
    """Return those of `UNSEEN_CUPS` whose sizes are none of `cups`."""
    cups = tuple(cups)
    return tuple(
        truth
        for truth in UNSEEN_CUPS
        if CupTable(cups).of_size(truth.nominal.height, truth.nominal.diameter) is None
    )
