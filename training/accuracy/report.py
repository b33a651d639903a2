# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The report: what the recipe reaches and what its parts are worth."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pour_force_estimator.pours.recordings import Recordings
from pour_force_estimator.units import newton2_to_lbf2

from ..report import Document
from .figures import calibration_figure, variants_figure
from .variants import Variant


def build_report(
    recordings: Recordings, results: Sequence[tuple[Variant, dict[str, Any]]], command: str
) -> Document:
    """
    Return the report.

    Parameters
    ----------
    recordings : Recordings
        The pours.
    results : list of tuple of (Variant, dict)
        What `training.accuracy.measure.measure` returned for each variant.
    command : str
        What makes the report again.

    Returns
    -------
    Document

    """
    document = Document('Accuracy of the best recipe')
    document.paragraph(f'{len(recordings)} pours of `{recordings.name}`, cross-validated')
    document.heading('What each part is worth')
    document.paragraph(
        'Each variant but the first differs from *one network of it* in what its name says. Mean '
        '± standard deviation of the mean squared error over the folds by trial; RMSE on a cup '
        'that was left out, mean over the cups; RMSE on simulated open-loop pours of the same '
        'cups, mean over the models of the folds. What is blank was not measured.'
    )
    document.table(
        'The recipe and its variants',
        [
            'variant',
            'MSE by trial [lbf²]',
            'final, median [ml]',
            'RMSE, cup left out [N]',
            'RMSE, open loop [N]',
        ],
        [_row(variant, result) for variant, result in results],
    )
    for variant, result in results:
        if result['members']:
            _add_members(document, variant, result)
            break
    document.figure(
        'variants',
        variants_figure(
            [variant.title for variant, _ in results],
            [_fold_errors(result) for _, result in results],
        ),
        'Errors of the folds (dots) and their mean (bars)',
        'Mean squared error of each variant on pours held out',
    )
    for variant, result in results:
        if result['coverage']:
            _add_coverage(document, variant, result)
            break
    for variant, result in results:
        if result['new_cup']:
            _add_new_cup(document, variant, result)
            break
    document.heading('How to make this again')
    document.code(command)
    return document


def _row(variant: Variant, result: dict[str, Any]) -> list[str]:
    errors, folds = result['by_trial']['all'], _fold_errors(result)
    by_cup = result['by_cup']
    cups = [fold['rmse_newton'] for fold in by_cup['folds']] if by_cup else []
    return [
        variant.title,
        f'{newton2_to_lbf2(errors["mse_newton2"]):.6f} ± {np.std(folds):.6f}',
        f'{errors["final_error_ml_median"]:.1f}',
        f'{np.mean(cups):.3f}' if cups else '',
        f'{result["open_loop"]["rmse_newton"]:.3f}' if result['open_loop'] else '',
    ]


def _fold_errors(result: dict[str, Any]) -> list[float]:
    return [newton2_to_lbf2(fold['mse_newton2']) for fold in result['by_trial']['folds']]


def _add_members(document: Document, variant: Variant, result: dict[str, Any]) -> None:
    alone = newton2_to_lbf2(np.array([errors['mse_newton2'] for errors in result['members']]))
    document.paragraph(
        f'The networks of *{variant.title}* differ by their seeds alone, and each by itself has '
        f'{alone.min():.6f} to {alone.max():.6f} lbf² ({alone.mean():.6f} ± {alone.std():.6f}). '
        'A smaller difference between rows of single networks says nothing.'
    )


def _add_coverage(document: Document, variant: Variant, result: dict[str, Any]) -> None:
    document.heading('The interval')
    document.paragraph(
        f'The 90 % intervals of *{variant.title}*, calibrated on four folds and judged on the '
        f'fifth, cover **{result["coverage"]["finals"]:.1%}** of the final weights and '
        f'**{result["coverage"]["steps"]:.1%}** of the time steps.'
    )
    if result['new_cup_coverage']:
        document.paragraph(
            f'Calibrated on pours of known cups, they cover '
            f'{result["new_cup_coverage"]["finals"]:.1%} of the final weights and '
            f'{result["new_cup_coverage"]["steps"]:.1%} of the time steps of cups left out, '
            'before they widen outside the range of the training.'
        )


def _add_new_cup(document: Document, variant: Variant, result: dict[str, Any]) -> None:
    document.heading('A cup that was never seen')
    document.paragraph(
        f'Models of *{variant.title}* that never saw a cup, adapted to it by '
        '`python -m training.calibrate` with some of its pours and judged on its others; RMSE '
        '[N], mean ± standard deviation over draws of the pours. The bound is what a fit to all '
        'pours leaves, those included on which it is judged.'
    )
    new_cup = result['new_cup']
    errors = [[*cup['rmse_newton'], cup['bound_newton']] for cup in new_cup]
    rows = [
        [cup['cup'], *(f'{np.mean(draws):.3f} ± {np.std(draws):.3f}' for draws in of_cup)]
        for cup, of_cup in zip(new_cup, errors)
    ]
    means = np.mean(errors, axis=(0, 2))
    rows.append(['mean', *(f'**{mean:.3f}**' for mean in means)])
    document.table(
        'Error on a new cup', ['cup', *(f'{n} pours' for n in new_cup[0]['pours']), 'bound'], rows
    )
    document.figure(
        'new_cup',
        calibration_figure(new_cup),
        'Error on a new cup over the pours to adapt with',
        'RMSE falls with the number of pours of the new cup',
    )
