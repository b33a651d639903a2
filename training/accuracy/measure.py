# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Measures a recipe: on pours and cups held out, and on motions that no robot made."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.model.interval import IntervalSpec
from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.recordings import RecordedPour

from ..cups.fit import CupFit, fit_cups, table_of
from ..cups.grouping import cup_sizes
from ..evaluation.bulk import estimate_in_bulk
from ..evaluation.metrics import pour_errors
from ..export.calibration import calibrate_model
from ..in_the_loop.sessions import SimulatedPour
from ..recipe.build import nested_coverage
from ..recipe.conformal import calibrate, coverages, RECORDED
from ..recipe.held_out import (
    each_member_alone,
    estimate_held_out,
    fit_folds,
    folds_by_cup,
    folds_by_trial,
    HeldOut,
)
from ..recipe.sessions import simulate_blind_sessions
from ..recipe.settings import COVERAGE, Recipe
from ..recipe.simulated import simulate_cups
from .variants import Variant

OPEN_LOOP_PER_CUP = 20
"""Simulated pours of each cup to judge on."""

OPEN_LOOP_SEED = 1000
"""Seed of the simulated pours to judge on."""

CALIBRATION_POURS = (0, 1, 2, 5)
"""Numbers of pours of a new cup to adapt a model with."""

CALIBRATION_DRAWS = 4
"""How often the pours to adapt with are drawn."""


class RecipeEvaluation:
    """
    Pours to measure recipes on; the cups are fitted once for all of them.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The recorded pours.
    jobs : int, optional
        Training runs at once.

    """

    def __init__(self, pours: Sequence[RecordedPour], jobs: int | None = None) -> None:
        self._pours = pours
        self._jobs = jobs
        self._folds = {'by trial': folds_by_trial(pours), 'by cup': folds_by_cup(pours)}
        self._fits: dict[str, list[list[CupFit]]] = {}
        self._sessions: dict[tuple[int, int, int], list[SimulatedPour]] = {}

    def measure(self, variant: Variant) -> dict[str, Any]:
        """
        Measure a variant of the recipe.

        Parameters
        ----------
        variant : Variant
            How models are made.

        Returns
        -------
        dict
            Ready for JSON: ``by_trial`` and ``by_cup`` (errors over all, and of each fold),
            ``open_loop`` (errors on simulated open-loop pours of the same cups), ``coverage``,
            ``new_cup_coverage`` (of the same interval on cups left out), ``new_cup`` (see
            `measure_calibration`), ``members`` (errors of each network of an ensemble alone);
            None where it was not measured.

        """
        by_trial = self._held_out(variant, 'by trial')
        measured: dict[str, Any] = {
            'by_trial': _errors(by_trial),
            'coverage': nested_coverage(by_trial) if variant.recipe.experts else None,
            'open_loop': None,
            'by_cup': None,
            'new_cup': None,
            'new_cup_coverage': None,
            'members': None,
        }
        if variant.recipe.members > 1:
            measured['members'] = [alone.errors() for alone in each_member_alone(by_trial)]
        if variant.thorough:
            by_cup = self._held_out(variant, 'by cup')
            measured['open_loop'] = _mean(
                [_errors_of_model(model, self._open_loop) for model in by_trial.models]
            )
            measured['by_cup'] = {**_errors(by_cup), 'cups': _cup_names(self._pours)}
            if variant.recipe.experts:
                measured['new_cup'] = measure_calibration(by_cup)
                measured['new_cup_coverage'] = _coverage(
                    calibrate({RECORDED: by_trial.held_out_pours()}, COVERAGE), by_cup
                )
        return measured

    def _held_out(self, variant: Variant, split: str) -> HeldOut:
        if split not in self._fits:
            self._fits[split] = fit_folds(self._pours, self._folds[split])
        return estimate_held_out(
            variant.recipe,
            self._pours,
            self._folds[split],
            f'{variant.key}, {split}',
            fits=self._fits[split],
            simulated=self._simulated(variant.recipe),
            jobs=self._jobs,
        )

    def _simulated(self, recipe: Recipe) -> list[SimulatedPour]:
        """Return the sessions that a recipe learns from, the same for all that ask alike."""
        if not recipe.experts:
            return []
        numbers = recipe.sessions_per_cup, recipe.new_cup_sessions, recipe.seed
        if numbers not in self._sessions:
            self._sessions[numbers] = simulate_blind_sessions(
                self._cups, *numbers, self._pours[0].schema.sample_rate_hz
            )
        return self._sessions[numbers]

    @cached_property
    def _cups(self) -> CupTable:
        return table_of(fit_cups(self._pours))

    @cached_property
    def _open_loop(self) -> tuple[RecordedPour, ...]:
        return simulate_cups(self._cups, self._pours, OPEN_LOOP_PER_CUP, OPEN_LOOP_SEED)


def measure_calibration(by_cup: HeldOut) -> list[dict[str, Any]]:
    """
    Adapt models to the cup that they never saw, with more and more pours.

    Parameters
    ----------
    by_cup : HeldOut
        Models that each left one cup out.

    Returns
    -------
    list of dict
        For each cup its ``cup`` and ``rmse_newton``: for each of `CALIBRATION_POURS` the errors on
        the other pours of that cup, one for each draw. All are judged on pours that no model of
        the draw was adapted with. ``bound_newton`` has the errors on them after all pours of the
        cup, themselves included: fits to fewer can hardly do better.

    """
    measured = []
    for fold, model in enumerate(by_cup.models):
        pours = [by_cup.pours[index] for index in np.flatnonzero(by_cup.folds == fold)]
        rng = np.random.default_rng(fold)
        draws: dict[int, list[float]] = {n: [] for n in CALIBRATION_POURS}
        of_all, bound = calibrate_model(model, pours)[0], []
        for _ in range(CALIBRATION_DRAWS):
            order = rng.permutation(len(pours))
            max_pours = min(max(CALIBRATION_POURS), max(len(pours) - 2, 0))
            test_pours = [pours[index] for index in order[max_pours:]]
            bound.append(_errors_of_model(of_all, test_pours)['rmse_newton'])
            for n in CALIBRATION_POURS:
                chosen = [pours[index] for index in order[: min(n, max_pours)]]
                adapted = calibrate_model(model, chosen)[0] if chosen else model
                draws[n].append(_errors_of_model(adapted, test_pours)['rmse_newton'])
        measured.append(
            {
                'cup': _cup_names(pours)[0],
                'pours': list(CALIBRATION_POURS),
                'rmse_newton': [draws[n] for n in CALIBRATION_POURS],
                'bound_newton': bound,
            }
        )
    return measured


def _coverage(interval: IntervalSpec, held_out: HeldOut) -> dict[str, float]:
    """Return the coverage of an `IntervalSpec`, a dict of 'steps' and 'finals'."""
    steps, finals = coverages(interval, RECORDED.category, held_out.held_out_pours())
    return {'steps': float(steps.mean()), 'finals': float(finals.mean())}


def _errors_of_model(model: bytes, pours: Sequence[RecordedPour]) -> dict[str, float]:
    """Return the errors of an ONNX file (bytes) on pours; see `pour_errors`."""
    return pour_errors(
        pours, [estimate.weight for estimate in estimate_in_bulk(StepModel(model), pours)]
    )


def _errors(held_out: HeldOut) -> dict[str, Any]:
    return {'all': held_out.errors(), 'folds': held_out.fold_errors()}


def _cup_names(pours: Sequence[RecordedPour]) -> list[str]:
    return [str(size) for size in sorted(set(cup_sizes(pours)))]


def _mean(errors: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([model[name] for model in errors])) for name in errors[0]}
