# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The whole recipe: cross-validate, calibrate the interval, train on everything, export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.model.interval import IntervalSpec
from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.recordings import RecordedPour, Recordings
from pour_force_estimator.units import newton_to_ml

from ..cli.progress import ProgressDisplay
from ..cups.fit import fit_cups, table_of
from ..errors import TrainingError
from ..evaluation.bulk import estimate_in_bulk
from ..evaluation.metrics import pour_errors
from ..export.onnx_file import with_metadata
from ..in_the_loop.sessions import SimulatedPour
from .conformal import calibrate, coverages, HeldOutPour, Kind, RECORDED
from .ensemble import Member, prepare, Prepared, train_members
from .examples import blind_examples
from .held_out import estimate_held_out, FOLDS, folds_by_trial, HeldOut
from .package import package_ensemble
from .sessions import simulate_blind_sessions
from .settings import BEST, COVERAGE, Recipe

MIN_POURS_TO_TRAIN = 10
"""With fewer pours neither a network nor an interval can be had."""

JUDGED_PART = 2.0
"""Simulated sessions that the interval is calibrated on, relative to those learned from [-]."""

JUDGED_SEED = 1000
"""Added to the seed of the sessions that were learned from."""

JUDGED_STAGES = (0, 1, 2, 5)
"""Numbers of weighed pours after which the interval is calibrated."""


@dataclass(frozen=True)
class Built:
    """
    What the recipe made.

    Attributes
    ----------
    content : bytes
        The ONNX file.
    held_out : HeldOut
        Estimates of each pour by models that did not learn from it.
    interval : IntervalSpec
        The calibrated interval.
    nested_coverage : dict of str to float
        'steps' and 'finals': coverage of each fold by the interval that was calibrated on the
        other folds.
    prepared : Prepared
        What the final members learned from; its cups are those of the model.
    members : list of Member
        The final members.
    errors : dict of str to dict
        'cross_validation' and 'train'; see `training.evaluation.metrics.pour_errors`.

    """

    content: bytes
    held_out: HeldOut
    interval: IntervalSpec
    nested_coverage: dict[str, float]
    prepared: Prepared
    members: list[Member]
    errors: dict[str, dict[str, float]]


def build(
    recordings: Recordings, name: str, command: str, recipe: Recipe = BEST, jobs: int | None = None
) -> Built:
    """
    Make a model of recorded pours.

    Parameters
    ----------
    recordings : Recordings
        At least `MIN_POURS_TO_TRAIN` pours.
    name : str
        Name of the model.
    command : str
        The command that makes it again.
    recipe : Recipe
        How.
    jobs : int, optional
        Training runs at once.

    Returns
    -------
    Built

    Raises
    ------
    TrainingError
        If there are too few pours, or a training run fails.

    """
    pours = recordings.pours
    if len(pours) < MIN_POURS_TO_TRAIN:
        raise TrainingError(
            f'recipe: expected at least {MIN_POURS_TO_TRAIN} pours, received {len(pours)}; with a '
            'few pours of a new cup, `python -m training.calibrate` adapts a shipped model'
        )
    fits = fit_cups(pours)
    cups = table_of(fits)
    simulated = _simulate(recipe, cups, pours, recipe.seed) if recipe.experts else []
    held_out = estimate_held_out(
        replace(recipe, members=recipe.held_out_members),
        pours,
        folds_by_trial(pours, FOLDS, recipe.seed),
        simulated=simulated,
        jobs=jobs,
    )
    prepared = prepare(recipe, pours, pours, fits, simulated)
    with ProgressDisplay('training on all pours', recipe.members) as display:
        (members,) = train_members([prepared], display.advance, jobs)
    training = _training(recordings, prepared, recipe, command)
    content = package_ensemble(prepared, members, training, name=name)
    uncalibrated = StepModel(content)
    judged = _judge(recipe, uncalibrated, cups, pours)
    interval = calibrate({RECORDED: held_out.held_out_pours(), **judged}, COVERAGE)
    coverage = nested_coverage(held_out, judged)
    errors = {
        'cross_validation': {
            **held_out.errors(),
            'interval_coverage_steps': coverage['steps'],
            'interval_coverage_final': coverage['finals'],
        },
        'train': pour_errors(
            pours, [estimate.weight for estimate in estimate_in_bulk(uncalibrated, pours)]
        ),
        **_simulated_errors(interval, judged),
    }
    content = with_metadata(content, replace(uncalibrated.spec, interval=interval, errors=errors))
    return Built(content, held_out, interval, coverage, prepared, members, errors)


def _simulate(
    recipe: Recipe, cups: CupTable, pours: Sequence[RecordedPour], seed: int, part: float = 1.0
) -> list[SimulatedPour]:
    """Return simulated sessions for a recipe, or a `part` of as many."""
    return simulate_blind_sessions(
        cups,
        round(part * recipe.sessions_per_cup),
        round(part * recipe.new_cup_sessions),
        seed,
        pours[0].schema.sample_rate_hz,
    )


def _judge(
    recipe: Recipe, model: StepModel, cups: CupTable, pours: Sequence[RecordedPour]
) -> dict[Kind, list[HeldOutPour]]:
    """
    Return what a model says of simulated pours that it did not learn from.

    Returns
    -------
    dict of Kind to list of HeldOutPour

    """
    if not recipe.experts:
        return {}
    simulated = _simulate(recipe, cups, pours, recipe.seed + JUDGED_SEED, JUDGED_PART)
    examples = blind_examples(simulated, cups, model.spec.sample_rate_hz)
    examples = [example for example in examples if example.mounting.pours_weighed in JUDGED_STAGES]
    kinds: dict[Kind, list[HeldOutPour]] = {}
    for example, estimate in zip(examples, estimate_in_bulk(model, examples)):
        mounting = example.mounting
        kind = Kind(
            'known' if mounting.hypotheses.is_flow_certain else 'new',
            mounting.pours_weighed,
            example.motion,
        )
        kinds.setdefault(kind, []).append(HeldOutPour(estimate, example.poured_weight))
    return dict(sorted(kinds.items()))


def _simulated_errors(
    interval: IntervalSpec, judged: Mapping[Kind, Sequence[HeldOutPour]]
) -> dict[str, dict[str, float]]:
    """Return the errors on simulated pours, all motions together, by cups and weighings."""
    groups: dict[str, tuple[str, list[HeldOutPour]]] = {}
    for kind, pours in judged.items():
        name = f'simulated_{kind.cups}_{kind.weighed}'
        groups.setdefault(name, (kind.category, []))[1].extend(pours)
    return {
        name: _errors_of_group(interval, category, pours)
        for name, (category, pours) in groups.items()
    }


def _errors_of_group(
    interval: IntervalSpec, category: str, pours: Sequence[HeldOutPour]
) -> dict[str, float]:
    steps, finals = coverages(interval, category, pours)
    errors_ml = newton_to_ml(np.array([pour.final[0] for pour in pours]))
    return {
        'pours': len(pours),
        'final_error_ml_median': float(np.median(errors_ml)),
        'final_error_ml_p90': float(np.percentile(errors_ml, 90)),
        'interval_coverage_steps': float(steps.mean()),
        'interval_coverage_final': float(finals.mean()),
    }


def nested_coverage(
    held_out: HeldOut, further_kinds: Mapping[Kind, Sequence[HeldOutPour]] | None = None
) -> dict[str, float]:
    """
    Return the coverage of an interval on pours that took no part in its calibration.

    Parameters
    ----------
    held_out : HeldOut
        Cross-validated estimates.
    further_kinds : dict of Kind to list of HeldOutPour, optional
        Other kinds of pours that it is calibrated with.

    Returns
    -------
    dict of str to float
        'steps', each pour counting once, and 'finals'.

    """
    steps: list[float] = []
    finals: list[float] = []
    for fold in range(held_out.folds.max() + 1):
        interval = calibrate(
            {
                RECORDED: held_out.held_out_pours(np.flatnonzero(held_out.folds != fold)),
                **(further_kinds or {}),
            },
            COVERAGE,
        )
        of_steps, of_finals = coverages(
            interval,
            RECORDED.category,
            held_out.held_out_pours(np.flatnonzero(held_out.folds == fold)),
        )
        steps.extend(of_steps)
        finals.extend(of_finals)
    return {'steps': float(np.mean(steps)), 'finals': float(np.mean(finals))}


def _training(
    recordings: Recordings, prepared: Prepared, recipe: Recipe, command: str
) -> dict[str, Any]:
    return {
        'schema': recordings.schema.name,
        'dataset': recordings.name,
        'dataset_digest': recordings.digest,
        'pours': {'train': len(recordings.pours)},
        'blind_pours': 0 if prepared.train.blind is None else int(prepared.train.blind.sum()),
        'seed': recipe.seed,
        'epochs': recipe.epochs,
        'recipe': 'best',
        'command': command,
    }
