# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
A model that learns how a new cup flows, from a few recorded pours of it.

What goes into the model is the cup with what the pours leave unknown of it, so that weighed pours
go on from there: the pours are recorded offline, or were weighed online. Each fit of recorded ones
is judged on pours that took no part in it, and a cup with which the model estimates those worse
than before, beyond chance, is not put into the model.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
import math

import numpy as np
from scipy.stats import ttest_rel

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.cups.table import CupSpec, CupTable
from pour_force_estimator.errors import (
    ContextError,
    ModelContractError,
    MountingError,
    RecordingError,
)
from pour_force_estimator.features.physics import PHYSICS_FEATURES
from pour_force_estimator.hypotheses import hypotheses_of, Mounting
from pour_force_estimator.hypotheses.grid import with_typical_outflow
from pour_force_estimator.hypotheses.learned_cup import learned_cup
from pour_force_estimator.hypotheses.mounting_file import StoredMounting
from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.text import quoted

from ..cups.fit import by_size, CupFit, fit_cup
from ..evaluation.bulk import estimate_in_bulk
from ..evaluation.metrics import pour_errors
from .onnx_file import with_metadata

MAX_FOLDS = 5
"""Parts of the pours that are left out of a fit in turn; one pour each where there are fewer."""

MIN_JUDGED = 3
"""
Pours that are needed to leave some out.

Fits to one pour say too little of what a fit to two is worth.
"""


REFUSAL_LEVEL = 0.1
"""
How unlikely it must be that pours are estimated worse by chance alone, for a fit to be refused.

A fit starts from what was known before and moves as far as pours tell, so that it helps unless
they contradict it. Fits to all pours but one are worse than that to all, and a few pours differ:
where the two errors are about the same, the pours do not speak against the fit.
"""


@dataclass(frozen=True)
class Calibration:
    """
    What some pours have told of a cup.

    Attributes
    ----------
    fit : CupFit
        The cup, fitted to all of them.
    before, after : float
        Root-mean-square error of the poured weight, of the model as it was and of models that were
        fitted to the other pours [N]; NaN for fewer than `MIN_JUDGED` pours.
    p_chance : float
        How probable it is that those models are as much worse by chance: p of a paired t-test over
        the errors of the pours, one-sided [-]; NaN likewise.

    """

    fit: CupFit
    before: float
    after: float
    p_chance: float

    @property
    def helps(self) -> bool:
        """
        Whether pours that took no part are estimated better, or nobody can tell.

        A single pour that went wrong does not speak against a cup that serves most others.
        """
        return not self.p_chance < REFUSAL_LEVEL


def calibrate_model(
    content: bytes, pours: Sequence[RecordedPour], name: str | None = None
) -> tuple[bytes, list[Calibration]]:
    """
    Fit the cups of some pours and put those that help into a model.

    Parameters
    ----------
    content : bytes
        The ONNX file of a model with features of the physics.
    pours : sequence of RecordedPour
        Pours of one cup or of several.
    name : str, optional
        Name of the one cup that all pours are of, new to the model or not. Without it a cup is
        the one that its size finds.

    Returns
    -------
    content : bytes
        The adapted model.
    calibrations : list of Calibration
        How each cup was fitted, and whether that helps.

    Raises
    ------
    ModelContractError
        If the model has no features of the physics, so that cups mean nothing to it.
    RecordingError
        If there are no pours, or they cannot be of the cups that they name.
    SimulationError
        If `name` is no plain text.

    """
    spec = StepModel(content).spec
    if not set(spec.feature_names) & set(PHYSICS_FEATURES):
        raise ModelContractError(
            f'{spec.name}: expected a model that knows the physics of its cups, as '
            '`python -m training.train --recipe best` makes them, received one without'
        )
    table = CupTable(spec.cups)
    groups = by_size(pours)
    if name is not None and len(groups) > 1:
        raise RecordingError(
            f'{quoted(name)}: expected pours of one cup, received pours of {len(groups)} sizes'
        )
    calibrations = [_calibration(content, table, group, name) for group in groups]
    for calibration in calibrations:
        if calibration.helps:
            table = table.with_cup(calibration.fit.posterior)
    return with_cups(content, table), calibrations


def with_learned_cups(
    content: bytes, stored: Sequence[StoredMounting]
) -> tuple[bytes, list[CupSpec], list[str]]:
    """
    Put what an estimator has learned from weighed pours of cups into the model that it used.

    What is of a cup that the model does not know so is left out, as the estimator does.

    Parameters
    ----------
    content : bytes
        The ONNX file of the model.
    stored : sequence of StoredMounting
        What the estimator has kept.

    Returns
    -------
    content : bytes
        The adapted model.
    cups : list of CupSpec
        The cups as the model knows them now.
    refusals : list of str
        Why the others were left out, one line each.

    Raises
    ------
    MountingError
        If none can be used: all are of another model or broken, or no pour was weighed.

    """
    table = CupTable(StepModel(content).spec.cups)
    adapted = table
    cups, refusals = [], []
    for of_cup in stored:
        size = of_cup.size
        try:
            hypotheses = hypotheses_of(table, size.height, size.diameter, of_cup.cup)
            cup = learned_cup(Mounting.from_dict(of_cup.mounting, hypotheses))
        except (ContextError, MountingError) as error:
            refusals.append(f'{of_cup}: {error}')
        else:
            cups.append(cup)
            adapted = adapted.with_cup(cup)
    if not cups:
        raise MountingError('; '.join(refusals))
    return with_cups(content, adapted), cups, refusals


def with_cups(content: bytes, cups: Iterable[CupSpec]) -> bytes:
    """Return the ONNX file `content` (bytes) with other `cups`, an iterable of CupSpec."""
    return with_metadata(content, replace(StepModel(content).spec, cups=tuple(cups)))


def _calibration(
    content: bytes, table: CupTable, pours: list[RecordedPour], name: str | None
) -> Calibration:
    """Fit a cup to all of its pours, and judge such fits on pours that were left out."""
    prior = _prior(table, pours[0].context, name)
    fit = _fit(pours, prior, name)
    if len(pours) < MIN_JUDGED:
        return Calibration(fit, math.nan, math.nan, math.nan)
    named = [replace(pour, cup=name) for pour in pours]
    folds = np.arange(len(pours)) % MAX_FOLDS
    after: list[np.ndarray] = [np.empty(0)] * len(pours)
    for fold in range(folds.max() + 1):
        fitted_to = [pours[index] for index in np.flatnonzero(folds != fold)]
        cup = _fit(fitted_to, prior, name).posterior
        model = StepModel(with_cups(content, table.with_cup(cup)))
        held_out = np.flatnonzero(folds == fold)
        for index, weights in zip(held_out, _weights(model, [named[index] for index in held_out])):
            after[index] = weights
    before = _weights(StepModel(content), named if name in table.names else pours)
    errors = (
        [_rmse([pour], [weights]) for pour, weights in zip(pours, estimated)]
        for estimated in (after, before)
    )
    p_chance = float(ttest_rel(*errors, alternative='greater').pvalue)
    return Calibration(fit, _rmse(pours, before), _rmse(pours, after), p_chance)


def _prior(table: CupTable, context: PourContext, name: str | None) -> CupSpec:
    """Return what a model knows of a cup before its pours."""
    size = CupSize.of(context)
    if name is not None and name not in table.names:
        return table.typical_of(size.height, size.diameter)
    cup = table.find(size.height, size.diameter, name)
    if not cup.size.is_same(size):  # by its name: a cylinder would be fitted anew, of any size
        raise RecordingError(
            f'{quoted(cup.name)}: expected pours of cup {cup.size}, received pours of cup {size}'
        )
    return with_typical_outflow(cup, table) if cup.is_shape_alone else cup


def _fit(pours: Sequence[RecordedPour], prior: CupSpec, name: str | None) -> CupFit:
    """Fit a cup, which is called by its name if it has one."""
    fit = fit_cup(pours, prior)
    return fit if name is None else replace(fit, posterior=replace(fit.posterior, name=name))


def _weights(model: StepModel, pours: Sequence[RecordedPour]) -> list[np.ndarray]:
    return [estimate.weight for estimate in estimate_in_bulk(model, pours)]


def _rmse(pours: Sequence[RecordedPour], weights: Sequence[np.ndarray]) -> float:
    return float(pour_errors(pours, weights)['rmse_newton'])
