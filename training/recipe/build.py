"""The whole recipe: cross-validate, calibrate the interval, train on everything, export."""

from dataclasses import dataclass, replace

import numpy as np

from pour_force_estimator.model_spec import IntervalSpec
from pour_force_estimator.step_model import StepModel

from ..bulk import estimate_pours
from ..errors import TrainingError
from ..metrics import pour_errors
from ..progress import ProgressDisplay
from .conformal import calibrate, coverages
from .ensemble import prepare, Prepared, train_members
from .held_out import estimate_held_out, folds_by_trial, FOLDS, HeldOut
from .package import package_ensemble
from .settings import BEST, COVERAGE

FEWEST_POURS = 10
"""With fewer pours neither a network nor an interval can be had."""


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
        'cross_validation' and 'train'; see `training.metrics.pour_errors`.

    """

    content: bytes
    held_out: HeldOut
    interval: IntervalSpec
    nested_coverage: dict
    prepared: Prepared
    members: list
    errors: dict


def build(recordings, name, command, recipe=BEST, jobs=None):
    """
    Make a model of recorded pours.

    Parameters
    ----------
    recordings : Recordings
        At least `FEWEST_POURS` pours.
    name : str
        Name of the model.
    command : str
        The command that makes it again.
    recipe : Recipe
        How.
    jobs : int, optional
        Trainings at once.

    Returns
    -------
    Built

    Raises
    ------
    TrainingError
        If there are too few pours, or a training fails.

    """
    pours = recordings.pours
    if len(pours) < FEWEST_POURS:
        raise TrainingError(
            f'recipe: expected at least {FEWEST_POURS} pours, received {len(pours)}; with a few '
            'pours of a new cup, `python -m training.calibrate` adapts a shipped model')
    held_out = estimate_held_out(  # whose cups are all known
        replace(recipe, new_cup_members=0), pours, folds_by_trial(pours, FOLDS, recipe.seed),
        jobs=jobs)
    interval = calibrate(held_out.differences, held_out.spreads, COVERAGE)
    prepared = prepare(recipe, pours, pours)
    with ProgressDisplay('training on all pours', recipe.networks) as display:
        (members,) = train_members([prepared], display.advance, jobs)
    coverage = nested_coverage(held_out)
    errors = {'cross_validation': {**held_out.errors(), 'interval_coverage_steps':
                                   coverage['steps'], 'interval_coverage_final':
                                   coverage['finals']}}

    def package():
        return package_ensemble(
            prepared, members, _training(recordings, prepared, recipe, command), name=name,
            interval=interval, errors=errors)

    estimated, _ = estimate_pours(StepModel(package()), pours)
    errors['train'] = pour_errors(pours, estimated)
    return Built(package(), held_out, interval, coverage, prepared, members, errors)


def nested_coverage(held_out):
    """
    Return how often an interval holds that was calibrated without the pours it is judged on.

    Parameters
    ----------
    held_out : HeldOut
        Cross-validated estimates.

    Returns
    -------
    dict of str to float
        'steps', each pour counting once, and 'finals'.

    """
    differences, spreads = held_out.differences, held_out.spreads
    steps, finals = [], []
    for fold in range(held_out.folds.max() + 1):
        others, own = (np.flatnonzero(held_out.folds != fold),
                       np.flatnonzero(held_out.folds == fold))
        interval = calibrate(
            [differences[index] for index in others], [spreads[index] for index in others],
            COVERAGE)
        of_steps, of_finals = coverages(
            interval, [differences[index] for index in own], [spreads[index] for index in own])
        steps.extend(of_steps)
        finals.extend(of_finals)
    return {'steps': float(np.mean(steps)), 'finals': float(np.mean(finals))}


def _training(recordings, prepared, recipe, command):
    return {
        'schema': recordings.schema.name,
        'dataset': recordings.name,
        'dataset_digest': recordings.digest,
        'pours': {'train': len(recordings.pours)},
        'simulated_pours': recipe.simulated_per_cup * len(prepared.preprocessor.cups),
        'seed': recipe.seed,
        'epochs': recipe.epochs,
        'recipe': 'best',
        'command': command,
    }
