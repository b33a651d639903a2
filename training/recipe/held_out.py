# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Estimates of pours by models that did not learn from them: cross-validation of a recipe."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold

from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.recordings import RecordedPour

from ..cli.progress import ProgressDisplay, track
from ..cups.fit import CupFit, fit_cups
from ..cups.grouping import cup_labels
from ..errors import TrainingError
from ..evaluation.bulk import BulkEstimate, estimate_in_bulk
from ..evaluation.metrics import pour_errors
from ..in_the_loop.cups import KNOWN
from ..in_the_loop.sessions import SimulatedPour
from .conformal import HeldOutPour
from .ensemble import Member, prepare, Prepared, train_members
from .package import package_ensemble
from .settings import Recipe

FOLDS = 5


@dataclass(frozen=True)
class HeldOut:
    """
    Pours, and what models say that did not learn from them.

    Attributes
    ----------
    pours : tuple of RecordedPour
        The pours.
    estimates : list of BulkEstimate
        What is said of each pour.
    folds : ndarray of shape (n_pours,), int
        Which fold held each pour out.
    models : list of bytes
        The ONNX file of each fold.
    members : list of list of Member
        The networks of each fold.
    prepared : list of Prepared
        What those of each fold learned from.

    """

    pours: tuple[RecordedPour, ...]
    estimates: list[BulkEstimate]
    folds: np.ndarray
    models: list[bytes]
    members: list[list[Member]]
    prepared: list[Prepared] = field(default_factory=list)

    @property
    def estimated(self) -> list[np.ndarray]:
        """Estimated poured weight of each pour [N], list of ndarray."""
        return [estimate.weight for estimate in self.estimates]

    @property
    def differences(self) -> list[np.ndarray]:
        """Estimated minus measured weight of each pour [N], list of ndarray."""
        return [
            estimate - pour.poured_weight for estimate, pour in zip(self.estimated, self.pours)
        ]

    def held_out_pours(self, chosen: Iterable[int] | None = None) -> list[HeldOutPour]:
        """Return the pours at `chosen`, or all, with their estimates: a list of HeldOutPour."""
        chosen = range(len(self.pours)) if chosen is None else chosen
        return [
            HeldOutPour(self.estimates[index], self.pours[index].poured_weight) for index in chosen
        ]

    def errors(self, chosen: Sequence[int] | np.ndarray | None = None) -> dict[str, float]:
        """Return `metrics.pour_errors` over the pours at `chosen`, or over all."""
        chosen = range(len(self.pours)) if chosen is None else chosen
        return pour_errors(
            [self.pours[index] for index in chosen], [self.estimated[index] for index in chosen]
        )

    def fold_errors(self) -> list[dict[str, float]]:
        """Return the errors of each fold, a list of dict."""
        return [
            self.errors(np.flatnonzero(self.folds == fold)) for fold in range(self.folds.max() + 1)
        ]


def folds_by_trial(
    pours: Sequence[RecordedPour], n_folds: int = FOLDS, seed: int = 0
) -> np.ndarray:
    """
    Deal pours out to folds at random, each cup's evenly.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours.
    n_folds : int
        Number of folds.
    seed : int
        Same seed, same folds.

    Returns
    -------
    ndarray of shape (n_pours,), int
        The fold that holds each pour out.

    Raises
    ------
    TrainingError
        If there are fewer pours than folds.

    """
    if len(pours) < n_folds:
        raise TrainingError(f'folds: expected at least {n_folds} pours, received {len(pours)}')
    labels = cup_labels(pours)
    # Cups with fewer pours than folds cannot be dealt out evenly; together they can, with those
    # of the most frequent cup where they are still too few.
    counts = np.bincount(labels)
    rare = counts[labels] < n_folds
    if 0 < rare.sum() < n_folds:
        rare |= labels == counts.argmax()
    labels = np.where(rare, -1, labels)
    folds = np.empty(len(pours), int)
    splits = StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(labels, labels)
    for fold, (_, held_out) in enumerate(splits):
        folds[held_out] = fold
    return folds


def folds_by_cup(pours: Sequence[RecordedPour]) -> np.ndarray:
    """Return folds as `folds_by_trial` does, one for each cup, of which there must be two."""
    folds = np.empty(len(pours), int)
    labels = cup_labels(pours)
    if not labels.any():
        raise TrainingError('folds: expected pours of at least two cups, received one cup')
    for fold, (_, held_out) in enumerate(LeaveOneGroupOut().split(labels, groups=labels)):
        folds[held_out] = fold
    return folds


def fit_folds(pours: Sequence[RecordedPour], folds: np.ndarray) -> list[list[CupFit]]:
    """
    Fit the cups of each fold's training pours, which any recipe can then use.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours.
    folds : ndarray of shape (n_pours,), int
        The fold that holds each pour out, from 0.

    Returns
    -------
    list of list of CupFit

    """
    numbers = range(folds.max() + 1)
    return [fit_cups(_take(pours, folds != fold)) for fold in track(numbers, 'fitting cups')]


def estimate_held_out(
    recipe: Recipe,
    pours: Sequence[RecordedPour],
    folds: np.ndarray,
    description: str = 'cross-validation',
    *,
    fits: list[list[CupFit]] | None = None,
    simulated: list[SimulatedPour] | None = None,
    jobs: int | None = None,
) -> HeldOut:
    """
    Train on all folds but one, in turn, and estimate the pours of that one.

    Parameters
    ----------
    recipe : Recipe
        How to learn.
    pours : sequence of RecordedPour
        The pours.
    folds : ndarray of shape (n_pours,), int
        The fold that holds each pour out, from 0.
    description : str
        What the progress display says.
    fits : list of list of CupFit, optional
        What `fit_folds` returned, if it was called already.
    simulated : list of SimulatedPour, optional
        See `ensemble.prepare`; a fold goes without the sessions of cups that it holds out.
    jobs : int, optional
        Training runs at once.

    Returns
    -------
    HeldOut

    """
    fits = fits or fit_folds(pours, folds)
    prepared = [
        prepare(
            recipe,
            _take(pours, folds != fold),
            _take(pours, folds == fold),
            cup_fits,
            _without_other_cups(simulated, cup_fits),
        )
        for fold, cup_fits in track(list(enumerate(fits)), 'preparing folds')
    ]
    with ProgressDisplay(description, len(prepared) * recipe.members) as display:
        members = train_members(prepared, display.advance, jobs)
    return _held_out(tuple(pours), folds, prepared, members)


def _without_other_cups(
    simulated: list[SimulatedPour] | None, fits: Sequence[CupFit]
) -> list[SimulatedPour] | None:
    """Return the sessions of cups that nobody fitted, and of those that `fits` are about."""
    if simulated is None:
        return None
    return [
        pour
        for pour in simulated
        if pour.truth.group != KNOWN
        or any(
            fit.cup.is_size(pour.truth.nominal.height, pour.truth.nominal.diameter) for fit in fits
        )
    ]


def each_member_alone(held_out: HeldOut) -> list[HeldOut]:
    """Return what each member of an ensemble says by itself: a HeldOut for each seed, a list."""
    recipe = replace(held_out.prepared[0].recipe, members=1)
    prepared = [replace(fold, recipe=recipe) for fold in held_out.prepared]
    return [
        _held_out(
            held_out.pours,
            held_out.folds,
            prepared,
            [[members[seed]] for members in held_out.members],
        )
        for seed in range(held_out.prepared[0].recipe.members)
    ]


def _held_out(
    pours: tuple[RecordedPour, ...],
    folds: np.ndarray,
    prepared: list[Prepared],
    members: list[list[Member]],
) -> HeldOut:
    training = {'schema': pours[0].schema.name}
    models = [
        package_ensemble(of_fold, networks, training)
        for of_fold, networks in zip(prepared, members)
    ]
    estimates: dict[int, BulkEstimate] = {}
    for fold, model in enumerate(models):
        results = estimate_in_bulk(StepModel(model), _take(pours, folds == fold))
        for index, estimate in zip(np.flatnonzero(folds == fold).tolist(), results):
            estimates[index] = estimate
    in_order = [estimates[index] for index in range(len(pours))]
    return HeldOut(pours, in_order, folds, models, members, prepared)


def _take(pours: Sequence[RecordedPour], chosen: np.ndarray) -> list[RecordedPour]:
    return [pours[index] for index in np.flatnonzero(chosen).tolist()]
