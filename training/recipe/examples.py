# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What the networks learn from: recorded pours, and simulated ones whose motion tells nothing.

The arm that recorded its pours watched a scale, so that its motion tells how the cup sat. A plan,
or an arm that is steered by an estimate, tells nothing; there the best answer is that of the
prior, which is what the networks are asked for. Both kinds come with what was known of the
mounting before the pour: nothing, or what some weighed pours of it would have told.

Of a cup that nobody fitted a motion could tell little, since what it means depends on the cup; all
such pours are simulated ones here, so that the networks leave them to what was weighed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.hypotheses import hypotheses_of, HypotheticalOutflow, Mounting
from pour_force_estimator.hypotheses.grid import POUR_SPREAD_DEG, SESSION_SPREAD_DEG
from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.units import newton_to_lbf

from ..cups.fit import CupFit
from ..in_the_loop.sessions import SimulatedPour

WEIGHED = (0, 0, 0, 1, 3)
"""How many pours were weighed before, in each copy of a recorded pour."""


@dataclass(frozen=True)
class Example:
    """
    A pour to learn from.

    Attributes
    ----------
    tilt : ndarray of shape (n_steps,)
        Tilt of the cup [rad] at the rate of the recordings.
    context : PourContext
        What was known of it.
    poured_weight : ndarray of shape (n_steps,)
        Measured poured weight [lbf].
    mounting : Mounting
        What was known of the mounting.
    is_blind : bool
        Whether the motion tells nothing of how the cup sits.

    """

    tilt: np.ndarray
    context: PourContext
    poured_weight: np.ndarray
    mounting: Mounting
    is_blind: bool

    def __len__(self) -> int:
        return len(self.tilt)


def recorded_examples(
    pours: Sequence[RecordedPour], fits: Sequence[CupFit], cups: CupTable, rng: np.random.Generator
) -> list[Example]:
    """
    Return recorded pours, each with several priors.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours.
    fits : sequence of CupFit
        How their cups were fitted; the offset of each pour is in there.
    cups : CupTable
        The cups.
    rng : numpy.random.Generator
        Source of the draws.

    """
    offsets = _offsets_deg(pours, fits)
    return [
        Example(
            pour.tilt,
            pour.context,
            pour.poured_weight,
            _weighed_before(pour, offset, cups, weighed, rng),
            is_blind=False,
        )
        for weighed in WEIGHED
        for pour, offset in zip(pours, offsets)
    ]


def blind_examples(
    pours: Sequence[SimulatedPour], cups: CupTable, sample_rate_hz: float
) -> list[Example]:
    """
    Return pours of simulated sessions with what was weighed before each of them.

    Parameters
    ----------
    pours : sequence of SimulatedPour
        Of whole sessions, stage after stage.
    cups : CupTable
        The cups that are known.
    sample_rate_hz : float
        Rate of the steps [Hz].

    """
    examples = []
    learned: dict[int, tuple[Mounting, np.ndarray, float]] = {}
    for pour in sorted(pours, key=lambda pour: (pour.session, pour.stage)):
        context = pour.context
        mounting = _new_mounting(cups, context)
        if pour.weighed:
            before, left, initial_weight = learned[pour.session]
            mounting = Mounting.from_dict(before.to_dict(), mounting.hypotheses)
            mounting.weigh(left, pour.weighed[-1], initial_weight)
        learned[pour.session] = (
            mounting,
            outflow_left(mounting, pour.tilt, context, sample_rate_hz),
            context.required('initial_weight'),
        )
        examples.append(
            Example(pour.tilt, context, newton_to_lbf(pour.poured), mounting, is_blind=True)
        )
    return examples


def _offsets_deg(pours: Sequence[RecordedPour], fits: Sequence[CupFit]) -> list[float]:
    """Return the offset of each pour that the fit of its cup found [degree]."""
    remaining = {fit.cup: iter(fit.pour_offsets_deg.tolist()) for fit in fits}
    return [
        next(
            next(
                offsets
                for cup, offsets in remaining.items()
                if cup.is_size(
                    pour.context.required('cup_height'), pour.context.required('cup_diameter')
                )
            )
        )
        for pour in pours
    ]


def _weighed_before(
    pour: RecordedPour, offset_deg: float, cups: CupTable, weighed: int, rng: np.random.Generator
) -> Mounting:
    """
    Return what some weighed pours like this one would have told of its mounting.

    The recordings do not say which pours belong to one mounting, so that its offset is drawn from
    what the offset of this pour says of it.
    """
    context = pour.context
    mounting = _new_mounting(cups, context)
    if not weighed:
        return mounting
    variance = SESSION_SPREAD_DEG**2 + POUR_SPREAD_DEG**2
    of_session = rng.normal(
        offset_deg * SESSION_SPREAD_DEG**2 / variance,
        SESSION_SPREAD_DEG * POUR_SPREAD_DEG / np.sqrt(variance),
    )
    left = outflow_left(mounting, pour.tilt, context, pour.schema.sample_rate_hz)
    for _ in range(weighed):
        of_pour = rng.normal(of_session, POUR_SPREAD_DEG)
        mounting.weigh(
            left,
            float(np.interp(of_pour, mounting.hypotheses.offsets_deg, left[0])),
            context.required('initial_weight'),
        )
    return mounting


def _new_mounting(cups: CupTable, context: PourContext) -> Mounting:
    """Return what is known of a mounting before any pour of it was weighed."""
    return Mounting(
        hypotheses_of(
            cups,
            context.required('cup_height'),
            context.required('cup_diameter'),
            context.cup,
        )
    )


def outflow_left(
    mounting: Mounting, tilt: np.ndarray, context: PourContext, sample_rate_hz: float
) -> np.ndarray:
    """Return what a motion `tilt` [rad] pours under each hypothesis, ndarray of (J, K) [N]."""
    outflow = HypotheticalOutflow(mounting.hypotheses, context, sample_rate_hz)
    for angle in tilt.tolist():
        outflow.step(angle)
    return outflow.left
