# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The tables of what a study measured, as header and rows.

Each function for a table returns the arguments of `training.report.Document.table` after the
caption.
"""

from collections.abc import Mapping, Sequence
import math
from typing import TypedDict

from ..networks.architectures import Architecture, build_sequence_model
from . import paper
from .baselines import MEAN, PHYSICS, UNTRAINED
from .data import HELD_OUT, TEST_1, TEST_2, TRAIN, VALIDATION
from .plan import ARCHITECTURE_QUESTION, CUP_QUESTION, TRAINED
from .results import Results
from .significance import compare, Comparison
from .text import change, duration, factor, LABELS, mean, NOTHING, probability, spread

PARTS = (TRAIN, VALIDATION, TEST_1, TEST_2)
"""The columns of the paper's tables 2 and 3."""

PAPER_FEATURES = 9
"""Number of inputs in the paper."""


class _HeaderAndRows(TypedDict):
    header: list[str]
    rows: list[list[str]]


class TableContent(_HeaderAndRows, total=False):
    """The arguments of `training.report.Document.table` after the caption."""

    align: str


def models_table(names: Sequence[str], n_features: int) -> TableContent:
    """
    Return table 1: layers and trainable parameters.

    Parameters
    ----------
    names : sequence of str
        Keys of `TRAINED`.
    n_features : int
        Number of inputs of the study.

    Returns
    -------
    dict

    """
    counts = sorted({n_features, PAPER_FEATURES})
    rows = [
        [
            LABELS[name],
            _layers(TRAINED[name]),
            *(str(build_sequence_model(TRAINED[name], count).count_params()) for count in counts),
            str(paper.PARAMETERS.get(name, NOTHING)),
        ]
        for name in names
    ]
    return {
        'header': [
            'model',
            'layers',
            *(f'parameters, {count} inputs' for count in counts),
            'in the paper',
        ],
        'rows': rows,
        'align': 'll' + 'r' * (len(counts) + 1),
    }


def errors_table(results: Results, epochs: int) -> TableContent:
    """
    Return table 2 or 3: errors of all models after a number of epochs, the paper's below each.

    Parameters
    ----------
    results : Results
        The study.
    epochs : int
        Length of the training.

    Returns
    -------
    dict

    """
    rows = []
    published = paper.ERRORS.get(epochs, {})
    for model in (*results.trained, PHYSICS, MEAN):
        runs = len(results.of(ARCHITECTURE_QUESTION, model))
        time = NOTHING if model in UNTRAINED else duration(results.seconds(model, epochs).values())
        rows.append(
            [
                LABELS[model],
                *(
                    spread(
                        results.errors(ARCHITECTURE_QUESTION, model, epochs, part).values(),
                        of=runs,
                    )
                    for part in PARTS
                ),
                time,
            ]
        )
        if model in published:
            *errors, minutes = published[model]
            rows.append(['in the paper', *(f'{error:.4f}' for error in errors), f'{minutes} min'])
    return {'header': ['model', *PARTS, 'time'], 'rows': rows}


def change_table(results: Results) -> TableContent:
    """Return how the errors change from the shortest to the longest training, seed by seed."""
    first, last = results.epochs[0], results.longest
    columns = [
        compare(
            {
                (model, epochs): results.errors(ARCHITECTURE_QUESTION, model, epochs, part)
                for model in results.trained
                for epochs in (first, last)
            },
            [((model, first), (model, last)) for model in results.trained],
        )
        for part in PARTS
    ]
    rows = []
    for model, comparisons in zip(results.trained, zip(*columns)):
        rows.append([LABELS[model], *map(_change_and_p, comparisons)])
        before, after = (paper.ERRORS.get(epochs, {}).get(model) for epochs in (first, last))
        if before and after:
            rows.append(
                [
                    'in the paper',
                    *(change(late / early) for late, early in zip(after[: len(PARTS)], before)),
                ]
            )
    return {'header': ['model', *PARTS], 'rows': rows}


def cup_errors(results: Results, model: str, cup: str) -> list[float]:
    """Return the errors of a model on a cup that it never saw, a list of float [lbf^2]."""
    return list(results.errors(CUP_QUESTION, model, results.longest, HELD_OUT, cup).values())


def mean_over_cups(results: Results, model: str) -> float:
    """Return the mean error over all groups of cups [lbf^2]; NaN unless there is one of each."""
    return mean([mean(cup_errors(results, model, cup)) for cup in results.cups])


def cups_table(results: Results, pours: Mapping[str, int]) -> TableContent:
    """
    Return the errors on cups that were kept from the training.

    Parameters
    ----------
    results : Results
        The study.
    pours : dict of str to int
        Number of pours by group of cups.

    Returns
    -------
    dict

    """
    models = (*results.trained, PHYSICS, MEAN)
    rows = [
        [cup, str(pours[cup]), *(spread(cup_errors(results, model, cup)) for model in models)]
        for cup in results.cups
    ]
    unseen_errors = [mean_over_cups(results, model) for model in models]
    seen_errors = [
        mean(results.errors(ARCHITECTURE_QUESTION, model, results.longest, TEST_1).values())
        for model in models
    ]
    rows.append(
        [
            '**mean of all**',
            str(sum(pours[cup] for cup in results.cups)),
            *(f'**{_number(value)}**' for value in unseen_errors),
        ]
    )
    rows.append(['known cups (test 1)', '', *map(_number, seen_errors)])
    rows.append(
        [
            'unseen by known',
            '',
            *(factor(unseen / seen) for unseen, seen in zip(unseen_errors, seen_errors)),
        ]
    )
    return {'header': ['cup', 'pours', *(LABELS[model] for model in models)], 'rows': rows}


def _layers(architecture: Architecture) -> str:
    parts = []
    if architecture.recurrent_units:
        units = ', '.join(map(str, architecture.recurrent_units))
        parts.append(f'{architecture.cell.upper()} {units}')
    if len(architecture.recurrent_units) > 1:
        parts.append(f'dropout {architecture.dropout} between')
    if architecture.dense_units:
        parts.append(f'dense {", ".join(map(str, architecture.dense_units))} (relu)')
    return '; '.join([*parts, f'dense 1 ({architecture.output_activation})'])


def _change_and_p(comparison: Comparison[tuple[str, int]]) -> str:
    if math.isnan(comparison.p):
        return change(comparison.ratio)
    return f'{change(comparison.ratio)} (p {probability(comparison.p)})'


def _number(value: float) -> str:
    return NOTHING if math.isnan(value) else f'{value:.5f}'
