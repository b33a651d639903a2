# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Sessions of pours, with an estimator in the loop.

All pours of a stage advance at once, step by step: the arms, the liquid and the estimators, so
that an arm can be steered by what its estimator says. After each pour its true weight is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.stack import CupStack
from pour_force_estimator.errors import SimulationError
from pour_force_estimator.estimator import RETURN_ACCELERATION
from pour_force_estimator.simulation.sensor import quantize_tilt

from .cups import Truth
from .estimators import EstimatorBatch, EstimatorFactory, PourEstimators, Readings
from .open_loop import SAMPLE_RATE_HZ
from .plan import draw_sessions, SessionPlan, Stage, to_gram
from .steered import STEERED
from .truth import as_read, TrueOutflow


@dataclass(frozen=True)
class SimulatedPour:
    """
    One pour of a session.

    Attributes
    ----------
    truth : Truth
        Which cup.
    cup : CupSpec
        The cup as it really flows, without the offsets below.
    session, stage : int
        Which session, and which of its pours, both from 0.
    motion : str
        Kind of the motion.
    context : PourContext
        What an estimator is told.
    session_offset, offset : float
        How much further tilted than `cup` says the cup sits [rad]: the mounting's part, and all
        of it in this pour.
    return_speed : float
        Speed at which the arm turns back if it is steered [rad/s].
    tilt : ndarray of shape (n_steps,)
        Tilt as the encoder reports it [rad], at `SAMPLE_RATE_HZ`. The last second is a rest.
    poured : ndarray of shape (n_steps,)
        True weight as a scale reads it, late by the cup's delay [N].
    weighed : tuple of float
        What the pours before really gave, as it was told [N].
    estimates : Readings or None
        What the estimator said, four ndarray of shape (n_steps,); None without one.
    turned_by : str
        What turned back a steered cup; see `SteeredRun`.

    """

    truth: Truth
    cup: CupSpec
    session: int
    stage: int
    motion: str
    context: PourContext
    session_offset: float
    offset: float
    return_speed: float
    tilt: np.ndarray
    poured: np.ndarray
    weighed: tuple[float, ...]
    estimates: Readings | None
    turned_by: str

    @property
    def final_weight(self) -> float:
        """Last poured weight [N]; it is true, so that there is no noise to average."""
        return float(self.poured[-1])


def simulate_sessions(
    cups: Sequence[Truth],
    n_sessions: int,
    motions: Sequence[str],
    rng: np.random.Generator,
    estimator_factory: EstimatorFactory | None = None,
    *,
    estimators: EstimatorBatch | None = None,
    **options: Any,
) -> list[SimulatedPour]:
    """
    Simulate sessions.

    Parameters
    ----------
    cups, n_sessions, motions, rng, **options
        See `draw_sessions`.
    estimator_factory : EstimatorFactory, optional
        Makes the estimator of each session; see `PourEstimators`.
    estimators : EstimatorBatch, optional
        The estimators of all sessions instead. Without either, no pour may be steered.

    Returns
    -------
    list of SimulatedPour
        Stage after stage.

    Raises
    ------
    SimulationError
        See `draw_sessions` and `run_sessions`.

    """
    plan = draw_sessions(cups, n_sessions, motions, rng, **options)
    if estimators is None and estimator_factory is not None:
        estimators = PourEstimators(estimator_factory)
    return run_sessions(plan, estimators)


def run_sessions(plan: SessionPlan, estimators: EstimatorBatch | None) -> list[SimulatedPour]:
    """
    Let the sessions of a plan happen.

    Parameters
    ----------
    plan : SessionPlan
        The sessions.
    estimators : EstimatorBatch or None
        As many estimators as there are sessions, that never saw a pour.

    Returns
    -------
    list of SimulatedPour
        Stage after stage.

    Raises
    ------
    SimulationError
        If pours are steered by an estimator that is not there.

    """
    kinds = {kind for stage in plan.stages for kind in stage.motions.kinds}
    if estimators is None and kinds & set(STEERED):
        raise SimulationError('expected an estimator to steer by, received none')
    pours: list[SimulatedPour] = []
    weighed: list[tuple[float, ...]] = [()] * len(plan)
    for number, stage in enumerate(plan.stages):
        latest = _run_stage(plan, number, stage, estimators, weighed)
        pours += latest
        # of all that was in the cup, a gram may be rounded up to more than that
        weights = [
            min(float(to_gram(pour.final_weight)), pour.context.required('initial_weight'))
            for pour in latest
        ]
        weighed = [(*before, weight) for before, weight in zip(weighed, weights)]
        if estimators is not None and number + 1 < len(plan.stages):
            estimators.weigh(weights)
    return pours


def _run_stage(
    plan: SessionPlan,
    number: int,
    stage: Stage,
    estimators: EstimatorBatch | None,
    weighed: list[tuple[float, ...]],
) -> list[SimulatedPour]:
    """Return the pours of one stage."""
    outflow = TrueOutflow(CupStack(plan.cups, stage.offset), stage.volume)
    run = stage.motions.begin()
    lengths = np.zeros(len(plan), int)
    rows: list[np.ndarray] = []
    absent = np.full(len(plan), np.nan)
    readings = Readings(*[absent] * 4)
    if estimators is not None:
        estimators.begin(stage.contexts, plan.return_speed, RETURN_ACCELERATION)
    step = 0
    while len(running := np.flatnonzero(~run.done)):
        tilt = quantize_tilt(run.tilt)
        poured = outflow.step(run.tilt, running)
        if estimators is not None:
            readings = estimators.step(round(step * 1e9 / SAMPLE_RATE_HZ), tilt, running)
        rows.append(np.stack((tilt, poured, *readings)))
        lengths[running] += 1
        run.step(readings.weight, readings.predicted)
        step += 1
    recorded = np.stack(rows, axis=2)  # signals, pours, steps
    pours = []
    for index, (length, turned_by) in enumerate(zip(lengths.tolist(), run.turned_by)):
        tilts, poured, *signals = recorded[:, index, :length].copy()
        pours.append(
            SimulatedPour(
                truth=plan.truths[index],
                cup=plan.cups[index],
                session=index,
                stage=number,
                motion=stage.motions.kinds[index],
                context=stage.contexts[index],
                session_offset=float(plan.offset[index]),
                offset=float(stage.offset[index]),
                return_speed=float(plan.return_speed[index]),
                tilt=tilts,
                poured=as_read(poured, plan.cups[index].delay_s),
                weighed=weighed[index],
                estimates=None if estimators is None else Readings(*signals),
                turned_by=turned_by,
            )
        )
    return pours
