# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The answers of a study in sentences."""

import math

from pour_force_estimator.units import newton2_to_lbf2

from . import rankings, tables
from .baselines import PHYSICS
from .data import OUTCOME, StudyData, TEST_1, VALIDATION
from .plan import ARCHITECTURE_QUESTION, Run
from .results import Results
from .text import after, change, LABELS, listing


def summarize(data: StudyData, results: Results, best: tuple[Run, int] | None) -> list[str]:
    """
    Return the answers of a study in sentences.

    Parameters
    ----------
    data : StudyData
        The pours.
    results : Results
        The study.
    best : tuple of (Run, int) or None
        The network that was exported and its number of epochs.

    Returns
    -------
    list of str

    """
    sentences = [_best_sentence(data, results, best), _ranking_sentence(results)]
    if results.asks_final_weight:
        sentences.append(_final_weight_sentence(data, results))
    if results.cups:
        sentences.append(_cups_sentence(results))
    if failures := results.failures():
        sentences.append(
            f'{len(failures)} of the results are missing, since a network died, a '
            'training run diverged or the physics was not available; see the end.'
        )
    return [sentence for sentence in sentences if sentence]


def _best_sentence(data: StudyData, results: Results, best: tuple[Run, int] | None) -> str:
    if best is None:
        return '**No network is alive: nothing was exported.**'
    run, epochs = best
    errors = results.of(ARCHITECTURE_QUESTION, run.model)[run.seed].at(epochs).errors
    validation, test = (
        newton2_to_lbf2(errors[part]['mse_newton2']) for part in (VALIDATION, TEST_1)
    )
    text = (
        f'**{LABELS[run.model]}** has the smallest validation error, after {after(epochs)} '
        f'(seed {run.seed}): {validation:.5f} lbf², on test 1 '
        f'{test:.5f} lbf². It is `model.onnx`'
    )
    if OUTCOME in data.features(ARCHITECTURE_QUESTION):
        return text + f', and good for studies only: it needs `{OUTCOME}`, which no robot knows.'
    return text + '.'


def _ranking_sentence(results: Results) -> str:
    ranking, comparisons = rankings.rank(results, results.longest)
    if len(ranking) < 2:
        return ''
    first = ranking[0]
    even = [model for model in ranking[1:] if not comparisons[first, model].significant]
    text = (
        f'After {after(results.longest)} **{LABELS[first]}** has the smallest mean error on test 1'
    )
    if not even:
        return text + ', significantly smaller than that of every other network.'
    if any(math.isnan(comparisons[first, model].p) for model in even):
        return text + '; there are too few seeds to say whether that is more than chance.'
    return (
        text
        + ', but its difference to '
        + listing(LABELS[model] for model in even)
        + ' is **not significant**.'
    )


def _final_weight_sentence(data: StudyData, results: Results) -> str:
    changes = [
        f'{change(comparison.ratio)} for {LABELS[model]}'
        + ('' if comparison.significant else f' ({comparison.verdict})')
        for model, _, _, comparison in rankings.final_weight_comparisons(
            results, OUTCOME in data.features(ARCHITECTURE_QUESTION)
        )
        if not math.isnan(comparison.ratio)
    ]
    if not changes:
        return ''
    return f'Knowing `{OUTCOME}` changes the error on test 1 by {listing(changes)}.'


def _cups_sentence(results: Results) -> str:
    means = {model: tables.mean_over_cups(results, model) for model in (*results.trained, PHYSICS)}
    errors = [
        f'{LABELS[model]} {mean:.5f} lbf²' for model, mean in means.items() if not math.isnan(mean)
    ]
    if not errors:
        return ''
    return f'On cups that were never seen the mean error over cups is: {", ".join(errors)}.'
