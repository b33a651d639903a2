# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""True and predicted weight of single pours, as in figures 5 to 13 of the paper."""

import numpy as np

from pour_force_estimator.units import newton2_to_lbf2

from ..report import Document
from .data import load_study
from .figures import pour_figure
from .record import responses_name
from .results import Results
from .settings import StudySettings
from .store import RunStore
from .text import LABELS

POURS = {'multi_gru': 6}
"""How many pours to show of a network; one of the others."""


def add_figures(
    document: Document, results: Results, settings: StudySettings, store: RunStore
) -> None:
    """
    Add the figures of single pours of test 1.

    Each network is shown as it is after the longest training, with the seed whose validation
    error is the median; the pours are spread evenly from its best to its worst, and a single one
    is the median.

    Parameters
    ----------
    document : Document
        What to add them to.
    results : Results
        The study.
    settings : StudySettings
        Data and protocol.
    store : RunStore
        Where the responses are.

    """
    pours = load_study(settings).split.test
    ends = np.cumsum([len(pour) for pour in pours])[:-1]
    for model in results.architectures:
        run = results.typical(model)
        if run is None:
            continue
        responses = np.split(store.load_arrays(run)[responses_name(results.longest)], ends)
        errors = [
            np.mean(np.square(response - pour.response))
            for pour, response in zip(pours, responses)
        ]
        for position in _spread(np.argsort(errors), POURS.get(model, 1)):
            pour = pours[position]
            document.figure(
                f'{model}-pour-{pour.index}',
                pour_figure(pour, responses[position], model),
                f'{LABELS[model]} (seed {run.seed}), pour {pour.index} of the file: '
                f'MSE {newton2_to_lbf2(errors[position]):.5f} lbf²',
                f'True and predicted weight over time, {LABELS[model]}, pour {pour.index}',
            )


def _spread(ranks: np.ndarray, count: int) -> list[int]:
    """Return `count` of `ranks`, evenly from first to last; the middle one if it is one."""
    if count == 1:
        return [ranks[len(ranks) // 2]]
    places = np.linspace(0, len(ranks) - 1, min(count, len(ranks))).round().astype(int)
    return ranks[places].tolist()
