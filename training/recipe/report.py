# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The report of a model that the recipe made: how good it is, where not, and what would help."""

from collections.abc import Mapping

import numpy as np

from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.pours.recordings import Recordings
from pour_force_estimator.units import newton2_to_lbf2, newton_to_ml

from ..cups.grouping import cup_labels
from ..report import Document
from .advice import advise
from .build import Built
from .figures import error_figure, learning_curves, pour_figure

_SIMULATED = 'simulated_'

_WEIGHED = {'0': 'nothing weighed', '1': 'one pour weighed'}
"""How the table tells what was weighed before; more are so many pours."""


def build_report(built: Built, recordings: Recordings, name: str, command: str) -> Document:
    """
    Return the report of a model.

    Parameters
    ----------
    built : Built
        What the recipe made.
    recordings : Recordings
        The pours.
    name : str
        Name of the model.
    command : str
        What makes it again.

    Returns
    -------
    Document

    """
    held_out = built.held_out
    document = Document(f'How far {name} can be trusted')
    document.paragraph(
        f'{len(recordings)} pours of `{recordings.name}`, '
        f'{held_out.folds.max() + 1}-fold cross-validation'
    )
    document.heading('In short')
    document.bullets(summarize(built))
    document.heading('What would help')
    document.bullets(advice_of(built))
    document.heading('Errors')
    _add_errors(document, built)
    _add_simulated(document, built)
    document.heading('Single pours')
    _add_pours(document, built)
    document.heading('Where the error comes from')
    document.paragraph('Each dot is a pour that the model of its fold did not learn from.')
    document.figure(
        'errors',
        error_figure(held_out),
        'Error of the final weight',
        'Error of the final weight of each pour against fill, poured weight and speed',
    )
    document.heading('Learning curves')
    document.figure(
        'learning_curves',
        learning_curves(built.members),
        'Losses of the final networks, which learned from all pours',
        'Mean squared error over the epochs',
    )
    document.heading('How to make this again')
    document.code(command)
    return document


def summarize(built: Built) -> list[str]:
    """Return what was reached, a list of str."""
    errors, interval = built.errors['cross_validation'], built.interval
    folds = [fold['rmse_ml'] for fold in built.held_out.fold_errors()]
    return [
        f'The estimate has an error of **{errors["rmse_ml"]:.0f} ml** on pours that it did not '
        f'learn from (RMSE over all steps; {min(folds):.0f} to {max(folds):.0f} ml over the '
        f'folds; {errors["rmse_newton"]:.3f} N).',
        f'Error of the final weight: median {errors["final_error_ml_median"]:.0f} ml, 90th '
        f'percentile {errors["final_error_ml_p90"]:.0f} ml.',
        f'{interval.coverage:.0%} intervals cover {built.nested_coverage["finals"]:.0%} of the '
        f'final weights and {built.nested_coverage["steps"]:.0%} of the time steps. Neither '
        'network nor interval had seen these pours.',
        'These figures are for further pours of the same cups, moved in the same way.',
    ]


def advice_of(built: Built) -> list[str]:
    """Return what would help, a list of str."""
    return advise(built.held_out, built.errors['train'], built.prepared.cup_fits)


def _add_errors(document: Document, built: Built) -> None:
    held_out, labels = built.held_out, cup_labels(built.held_out.pours)
    rows = []
    for label in range(labels.max() + 1):
        of_cup = np.flatnonzero(labels == label)
        size = CupSize.of(held_out.pours[of_cup[0]].context)
        rows.append(_row(str(size), held_out.errors(of_cup)))
    rows.append(_row('all, held out', built.errors['cross_validation']))
    rows.append(_row('all, learned from', built.errors['train']))
    document.table(
        'Errors of pours that were held out, by cup',
        [
            'cup',
            'pours',
            'MSE [lbf²]',
            'RMSE [N]',
            'RMSE [ml]',
            'final, median [ml]',
            'final, 90 % [ml]',
        ],
        rows,
    )


def _add_simulated(document: Document, built: Built) -> None:
    """Add the errors on simulated sessions, if there are such."""
    rows = [
        [
            f'{cups}, {_WEIGHED.get(weighed, f"{weighed} pours weighed")}',
            str(errors['pours']),
            f'{errors["final_error_ml_median"]:.1f}',
            f'{errors["final_error_ml_p90"]:.1f}',
            f'{errors["interval_coverage_final"]:.0%}',
            f'{errors["interval_coverage_steps"]:.0%}',
        ]
        for name, errors in built.errors.items()
        if name.startswith(_SIMULATED)
        for cups, weighed in (name.removeprefix(_SIMULATED).split('_'),)
    ]
    if not rows:
        return
    document.paragraph(
        'An arm that follows a plan, or the estimate itself, does not watch a scale as the '
        'recorded one did: its motion tells nothing of how the cup sits, only pours that were '
        'weighed do. That is what these simulated pours are like.'
    )
    document.table(
        'Errors of simulated pours whose motion tells nothing',
        [
            'cup',
            'pours',
            'final, median [ml]',
            'final, 90 % [ml]',
            'finals inside',
            'time steps inside',
        ],
        rows,
    )


def _row(name: str, errors: Mapping[str, float]) -> list[str]:
    return [
        name,
        str(errors['pours']),
        f'{newton2_to_lbf2(errors["mse_newton2"]):.6f}',
        f'{errors["rmse_newton"]:.3f}',
        f'{errors["rmse_ml"]:.1f}',
        f'{errors["final_error_ml_median"]:.1f}',
        f'{errors["final_error_ml_p90"]:.1f}',
    ]


def _add_pours(document: Document, built: Built) -> None:
    held_out = built.held_out
    rmse = np.array([np.sqrt(np.mean(np.square(error))) for error in held_out.differences])
    ranks = np.argsort(rmse)
    chosen = {'best': ranks[0], 'median': ranks[len(ranks) // 2], 'worst': ranks[-1]}
    for rank, index in chosen.items():
        title = f'{rank} pour: {newton_to_ml(rmse[index], 1.0):.0f} ml'
        document.figure(
            f'pour_{rank}',
            pour_figure(held_out, built.interval, index, title),
            f'The {rank} pour (number {held_out.pours[index].index}), held out',
            f'Measured and estimated weight of the {rank} pour, with the interval',
        )
