# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The tables in which networks are compared with each other, or with themselves."""

from . import paper
from .data import TEST_1
from .plan import ARCHITECTURE_QUESTION, FINAL_WEIGHT_QUESTION
from .results import Results
from .significance import compare, Comparison
from .tables import TableContent
from .text import change, factor, LABELS, mean, NOTHING, probability, spread


def rank(
    results: Results, epochs: int, part: str = TEST_1
) -> tuple[list[str], dict[tuple[str, str], Comparison[str]]]:
    """
    Return the networks from the smallest mean error to the largest, and each compared with each.

    Parameters
    ----------
    results : Results
        The study.
    epochs : int
        Length of the training.
    part : str
        Which pours.

    Returns
    -------
    ranking : list of str
        Names of the networks of which a run is alive.
    comparisons : dict of (str, str) to Comparison
        By the better and the worse network.

    """
    errors = {
        model: results.errors(ARCHITECTURE_QUESTION, model, epochs, part)
        for model in results.trained
    }
    ranking = sorted(filter(errors.get, errors), key=lambda model: mean(errors[model].values()))
    comparisons = compare({model: errors[model] for model in ranking})
    return ranking, {(item.first, item.second): item for item in comparisons}


def ranking_table(results: Results, epochs: int, part: str = TEST_1) -> TableContent:
    """Return the networks by their error, each compared with the first; see `rank`."""
    ranking, comparisons = rank(results, epochs, part)
    rows = []
    for place, model in enumerate(ranking, start=1):
        errors = results.errors(ARCHITECTURE_QUESTION, model, epochs, part)
        row = [str(place), LABELS[model], spread(errors.values())]
        if place == 1:
            row += [NOTHING] * 3
        else:
            comparison = comparisons[ranking[0], model]
            row += [factor(comparison.ratio), probability(comparison.p), comparison.verdict]
        rows.append(row)
    return {
        'header': [
            'rank',
            'model',
            f'{part} MSE [lbf²]',
            'times the first',
            'p',
            'difference to the first',
        ],
        'rows': rows,
        'align': 'llrrrl',
    }


def claims_table(results: Results, epochs: int, part: str = TEST_1) -> TableContent:
    """Return what the paper concludes, tested with the runs of this study."""
    _, comparisons = rank(results, epochs, part)
    rows = []
    for claim, better, worse in paper.CLAIMS:
        if (better, worse) in comparisons:
            comparison = comparisons[better, worse]
            rows.append(_claim(claim, comparison, comparison.ratio))
        elif (worse, better) in comparisons:
            comparison = comparisons[worse, better]
            rows.append(_claim(claim, comparison, 1.0 / comparison.ratio))
    seconds = {model: results.seconds(model, epochs) for model in results.architectures}
    pairs = [
        (better, worse)
        for _, better, worse in paper.CLAIMS[:2]
        if better in seconds and worse in seconds
    ]
    for comparison in compare(seconds, pairs):
        claim = f'GRU trains faster, {LABELS[comparison.first].split()[0].lower()}'
        rows.append(_claim(claim, comparison, comparison.ratio))
    return {'header': ['claim', 'ratio', 'p', 'here'], 'rows': rows, 'align': 'lrrl'}


def final_weight_comparisons(
    results: Results, with_outcome: bool, part: str = TEST_1
) -> list[tuple[str, dict[int, float], dict[int, float], Comparison[tuple[str, str]]]]:
    """
    Compare each network without and with the final weight among its inputs.

    Parameters
    ----------
    results : Results
        The study.
    with_outcome : bool
        Whether the study's own inputs have the final weight.
    part : str
        Which pours.

    Returns
    -------
    list of (str, dict, dict, Comparison)
        Network; errors by seed without and with; their comparison, with by without.

    """
    questions = [ARCHITECTURE_QUESTION, FINAL_WEIGHT_QUESTION]
    without, with_it = reversed(questions) if with_outcome else questions
    errors = {
        (model, question): results.errors(question, model, results.longest, part)
        for model in results.trained
        for question in questions
    }
    comparisons = compare(
        errors, [((model, without), (model, with_it)) for model in results.trained]
    )
    return [
        (model, errors[model, without], errors[model, with_it], comparison)
        for model, comparison in zip(results.trained, comparisons)
    ]


def final_weight_table(results: Results, with_outcome: bool, part: str = TEST_1) -> TableContent:
    """Return what the final weight is worth; see `final_weight_comparisons`."""
    rows = [
        [
            LABELS[model],
            spread(without.values()),
            spread(with_it.values()),
            change(comparison.ratio),
            probability(comparison.p),
            comparison.verdict,
        ]
        for model, without, with_it, comparison in final_weight_comparisons(
            results, with_outcome, part
        )
    ]
    return {
        'header': ['model', 'without f_final', 'with f_final', 'change', 'p', 'difference'],
        'rows': rows,
        'align': 'lrrrrl',
    }


def _claim(claim: str, comparison: Comparison[str], ratio: float) -> list[str]:
    """Return the row of a claim whose model has the error 1 where the other has `ratio`."""
    verdict = comparison.verdict
    if comparison.significant:
        verdict = 'confirmed' if ratio > 1.0 else '**the reverse**, significant'
    return [claim, factor(ratio), probability(comparison.p), verdict]
