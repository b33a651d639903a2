# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What happens in sessions, drawn before anything flows.

A session is one mounting of one cup. All that chance decides is drawn here, and nothing of it
depends on an estimator: two of them are judged on the same mountings, fills, targets and plans.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.cups.validation import check_whole_number
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.units import degree_to_rad, Quantity, STANDARD_GRAVITY

from .cups import DISCHARGE_SPREAD, Truth
from .motions import KINDS, StageMotions
from .open_loop import Task
from .steered import RETURN_SPEED_DEG

SESSION_SPREAD = degree_to_rad(2.2)
"""Standard deviation of how much further tilted than fitted a mounted cup sits [rad]."""

POUR_SPREAD = degree_to_rad(0.6)
"""Standard deviation of what each pour adds to that [rad]."""

STAGES = 6
"""Pours of a session; before the last one, five were weighed."""

_GRAM = STANDARD_GRAVITY * 1e-3
"""What a scale tells apart [N]."""

_WATER = Liquid()


@dataclass(frozen=True)
class Stage:
    """
    The n-th pours of all sessions.

    Attributes
    ----------
    contexts : tuple of PourContext
        What is known of each pour.
    volume : ndarray of shape (n_sessions,)
        Volume in each cup before [m^3].
    offset : ndarray of shape (n_sessions,)
        How much further tilted than nominal the cup sits in this pour, the mounting's part
        included [rad].
    motions : StageMotions
        How the cups move.

    """

    contexts: tuple[PourContext, ...]
    volume: np.ndarray
    offset: np.ndarray
    motions: StageMotions


@dataclass(frozen=True)
class SessionPlan:
    """
    Sessions, before anything flows.

    Attributes
    ----------
    truths : tuple of Truth
        The cup of each session.
    cups : tuple of CupSpec
        The same as they really flow.
    offset : ndarray of shape (n_sessions,)
        How much further tilted than nominal each is mounted [rad].
    return_speed : ndarray of shape (n_sessions,)
        Speed at which a steered arm turns back [rad/s].
    stages : tuple of Stage
        The pours.

    """

    truths: tuple[Truth, ...]
    cups: tuple[CupSpec, ...]
    offset: np.ndarray
    return_speed: np.ndarray
    stages: tuple[Stage, ...]

    def __len__(self) -> int:
        return len(self.truths)


def draw_sessions(
    truths: Sequence[Truth],
    n_sessions: int,
    motions: Sequence[str],
    rng: np.random.Generator,
    *,
    stages: int = STAGES,
    session_spread: float = SESSION_SPREAD,
    pour_spread: float = POUR_SPREAD,
    discharge_spread: float = DISCHARGE_SPREAD,
    mixed: bool = False,
) -> SessionPlan:
    """
    Draw sessions.

    Parameters
    ----------
    truths : sequence of Truth
        The cups.
    n_sessions : int
        Sessions of each cup.
    motions : sequence of str
        Kinds of motion, of `KINDS`; session after session of a cup takes the next one. A kind
        that is named twice comes twice as often.
    rng : numpy.random.Generator
        Source of the draws.
    stages : int
        Pours of each session.
    session_spread, pour_spread : float
        Standard deviations of the offsets [rad].
    discharge_spread : float
        By how much the discharge of a session's cup differs at most from the nominal one,
        relative.
    mixed : bool
        Whether the pours of one session take different motions, by chance.

    Returns
    -------
    SessionPlan
        With ``len(truths) * n_sessions`` sessions, cup after cup.

    Raises
    ------
    SimulationError
        If there are no sessions, cups or motions, or a motion is none of `KINDS`.

    """
    check_whole_number('n_sessions', n_sessions, 1)
    check_whole_number('stages', stages, 1)
    if not truths or not motions or not set(motions) <= set(KINDS):
        raise SimulationError(
            f'expected cups and motions of {", ".join(KINDS)}, received {len(truths)} cups and '
            f'{list(motions)}'
        )
    truths = tuple(truth for truth in truths for _ in range(n_sessions))
    n = len(truths)
    cups = tuple(truth.draw(rng, discharge_spread) for truth in truths)
    offset = session_spread * rng.standard_normal(n)
    return_speed = degree_to_rad(rng.uniform(*RETURN_SPEED_DEG, n))
    turns = np.arange(n) % n_sessions % len(motions)
    stages_of_plan = []
    for _ in range(stages):
        chosen = rng.integers(len(motions), size=n) if mixed else turns
        kinds = tuple(motions[index] for index in chosen)
        stages_of_plan.append(
            _draw_stage(
                truths, kinds, offset + pour_spread * rng.standard_normal(n), return_speed, rng
            )
        )
    return SessionPlan(truths, cups, offset, return_speed, tuple(stages_of_plan))


def to_gram(weight: Quantity) -> Quantity:
    """Return weights [N] as a kitchen scale tells them, to a gram."""
    return np.rint(weight / _GRAM) * _GRAM


def _draw_stage(
    truths: tuple[Truth, ...],
    kinds: tuple[str, ...],
    offset: np.ndarray,
    return_speed: np.ndarray,
    rng: np.random.Generator,
) -> Stage:
    n = len(truths)
    nominal = CupStack([truth.nominal for truth in truths])
    volume = np.minimum(
        rng.uniform(250e-6, 600e-6, n), rng.uniform(0.35, 0.65, n) * nominal.volume
    )
    weight = to_gram(_WATER.weight(volume))
    volume = _WATER.volume(weight)
    target = to_gram(rng.uniform(0.2, 0.6, n) * weight)
    task = Task(nominal, volume, _WATER.volume(target), degree_to_rad(rng.uniform(3.0, 9.0, n)))
    motions = StageMotions.draw(kinds, task, target, return_speed, rng)
    contexts = tuple(
        PourContext(
            initial_weight=initial,
            target_weight=target_weight,
            empty_weight=0.0,
            cup_height=truth.nominal.height,
            cup_diameter=truth.nominal.diameter,
            receiver_height=0.1,
            receiver_diameter=0.1,
            relative_density=1.0,
        )
        for truth, initial, target_weight in zip(truths, weight.tolist(), target.tolist())
    )
    return Stage(contexts, volume, offset, motions)
