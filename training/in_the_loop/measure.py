# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Measures a model in the loop: sessions in several processes, scores out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
import inspect
from typing import Any

from joblib import delayed, Parallel
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError
import numpy as np

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.cups.table import CupTable

from ..cli.progress import ProgressDisplay
from ..errors import TrainingError
from .baselines import as_estimators, BASELINES
from .cups import KNOWN, known_cups, Truth, UNSEEN, unseen_cups
from .estimators import PourEstimators
from .motions import KINDS
from .plan import draw_sessions
from .score import ESTIMATOR, Score, score_baselines, score_estimates, score_targets
from .sessions import run_sessions
from .steered import LOOKS_AHEAD, STEERED

GROUPS = (KNOWN, UNSEEN)

SESSIONS_AT_ONCE = 12
"""Most sessions of one cup that one process takes at once."""


@dataclass(frozen=True)
class Portion:
    """
    What one process does at once: sessions of all cups with one kind of motion.

    Attributes
    ----------
    model : str
        Name or path of the model.
    groups : tuple of str
        Groups of cups, of `GROUPS`.
    motion : str
        Kind of the motions.
    n_sessions : int
        Sessions of each cup.
    stages : int
        Pours of each session.
    seed : tuple of int
        What the sessions are drawn from; the same for all who are judged on them.
    method : str
        `ESTIMATOR`, or the baseline that steers instead.

    """

    model: str
    groups: tuple[str, ...]
    motion: str
    n_sessions: int
    stages: int
    seed: tuple[int, ...]
    method: str


@dataclass(frozen=True)
class Measured:
    """
    What sessions gave.

    Attributes
    ----------
    scores : list of Score
        Of all pours.
    pours : int
        Number of pours with the estimator in the loop.
    weighings_told, weighings_refused : int
        Weighings that the estimators took, and those of them that they refused.

    """

    scores: list[Score]
    pours: int = 0
    weighings_told: int = 0
    weighings_refused: int = 0

    def __add__(self, other: 'Measured') -> 'Measured':
        return Measured(
            self.scores + other.scores,
            self.pours + other.pours,
            self.weighings_told + other.weighings_told,
            self.weighings_refused + other.weighings_refused,
        )


def estimator_factory(model: StepModel, looks_ahead: bool = True) -> Callable[..., PourEstimator]:
    """
    Return what makes the estimators of a model, as a user's program does.

    Parameters
    ----------
    model : StepModel
        The model.
    looks_ahead : bool
        Whether they are told how their arm turns back. Where nobody looks ahead it spares most
        of the tables, which are made for each speed of that.

    """
    accepted = inspect.signature(PourEstimator).parameters if looks_ahead else ()

    def make(context: PourContext, **arm: float) -> PourEstimator:
        options: dict[str, Any] = {name: value for name, value in arm.items() if name in accepted}
        return PourEstimator(model, context, **options)

    return make


def cups_of(model: StepModel, groups: Sequence[str]) -> tuple[Truth, ...]:
    """Return the cups of `groups` for a model."""
    cups = tuple(model.spec.cups)
    return (
        *(known_cups(cups) if KNOWN in groups else ()),
        *(unseen_cups(cups) if UNSEEN in groups else ()),
    )


def check_model(model: StepModel, groups: Sequence[str]) -> None:
    """
    Raise an error now if a model cannot be measured, not in another process later.

    Raises
    ------
    TrainingError
        If there are no cups to pour from.
    MissingContextError
        If the model needs what the sessions cannot know.

    """
    truths = cups_of(model, groups)
    if not truths:
        raise TrainingError(
            f'cups: expected a model that knows some, received {model.spec.name}, which knows none'
        )
    plan = draw_sessions(truths[:1], 1, KINDS[:1], np.random.default_rng(0), stages=1)
    estimator_factory(model)(plan.stages[0].contexts[0])


def portions(
    model: str,
    groups: Sequence[str],
    motions: Sequence[str],
    n_sessions: int,
    stages: int,
    seed: int,
) -> list[Portion]:
    """
    Return what there is to do.

    Parameters
    ----------
    model : str
        Name or path of the model.
    groups : sequence of str
        Of `GROUPS`.
    motions : sequence of str
        Of `KINDS`.
    n_sessions : int
        Sessions of each cup with each motion.
    stages : int
        Pours of each session.
    seed : int
        Seed of all randomness.

    Returns
    -------
    list of Portion
        Those first that take longest. They, and so the sessions, do not depend on how many
        processes there are.

    """
    parts: list[Portion] = []
    for begin in range(0, n_sessions, SESSIONS_AT_ONCE):
        for motion in motions:
            at_once = min(SESSIONS_AT_ONCE, n_sessions - begin)
            drawn_from = (seed, KINDS.index(motion), begin)
            steering = (ESTIMATOR, *BASELINES) if motion in STEERED else (ESTIMATOR,)
            parts += [
                Portion(model, tuple(groups), motion, at_once, stages, drawn_from, method)
                for method in steering
            ]
    return sorted(parts, key=lambda part: part.method != ESTIMATOR)


def measure(parts: Sequence[Portion], jobs: int) -> Measured:
    """
    Simulate and score all portions.

    Parameters
    ----------
    parts : sequence of Portion
        What to do.
    jobs : int
        Processes at once.

    Returns
    -------
    Measured

    Raises
    ------
    TrainingError
        If a process died.

    """
    total = Measured([])
    with ProgressDisplay('pouring', len(parts)) as display:
        for part, measured in zip(parts, _run_all(parts, jobs)):
            total = total + measured
            display.advance(f'{part.motion}, {part.method}')
    return total


def _run_all(parts: Sequence[Portion], jobs: int) -> Iterator[Measured]:
    try:
        yield from Parallel(n_jobs=jobs, return_as='generator', batch_size=1)(
            delayed(run_portion)(part) for part in parts
        )
    except TerminatedWorkerError as error:
        raise TrainingError(
            'a process died, most often for want of memory; a smaller --jobs needs less'
        ) from error
    except BaseException:
        if jobs > 1:  # nobody waits for what is still poured
            get_reusable_executor().shutdown(wait=False, kill_workers=True)
        raise


def run_portion(part: Portion) -> Measured:
    """Simulate and score one portion."""
    model = _load(part.model)
    table = CupTable(model.spec.cups)
    plan = draw_sessions(
        cups_of(model, part.groups),
        part.n_sessions,
        (part.motion,),
        np.random.default_rng(part.seed),
        stages=part.stages,
    )
    if part.method != ESTIMATOR:
        steered = run_sessions(plan, as_estimators(part.method, plan, table))
        return Measured(score_targets(part.method, steered))
    estimators = PourEstimators(estimator_factory(model, part.motion == LOOKS_AHEAD))
    pours = run_sessions(plan, estimators)
    return Measured(
        score_estimates(pours) + score_baselines(pours, table),
        len(pours),
        estimators.weighings_told,
        estimators.weighings_refused,
    )


@lru_cache(maxsize=2)
def _load(name_or_path: str) -> StepModel:
    return StepModel.load(name_or_path)
