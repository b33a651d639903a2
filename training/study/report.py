# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The report of a study: the answers first, then all tables and figures."""

from collections.abc import Mapping
import csv
import io
import platform

import numpy as np

from pour_force_estimator.units import newton2_to_lbf2

from ..networks.backend import keras, tf
from ..report import Document
from . import paper, sections
from .data import StudyData
from .plan import Run
from .results import Results
from .settings import StudySettings
from .store import RunStore
from .summary import summarize


def build_report(
    data: StudyData,
    results: Results,
    settings: StudySettings,
    store: RunStore,
    best: tuple[Run, int] | None,
    command: str,
) -> Document:
    """
    Return the report of a study.

    Parameters
    ----------
    data : StudyData
        The pours.
    results : Results
        What the runs left.
    settings : StudySettings
        Data and protocol.
    store : RunStore
        Where responses of single pours are.
    best : tuple of (Run, int) or None
        The network that was exported and its number of epochs.
    command : str
        What makes this report again.

    Returns
    -------
    Document

    """
    document = Document('GRU and LSTM for the weight of a pour')
    document.paragraph(
        f'{len(results.architectures)} recurrent networks and three baselines on '
        f'`{data.recordings.name}`, {results.seeds} seeds'
    )
    document.heading('Answers')
    document.bullets(summarize(data, results, best))
    sections.add_protocol(document, data, results, settings)
    sections.add_tables(document, data, results)
    sections.add_ranking(document, results)
    sections.add_single_pours(document, results, settings, store)
    sections.add_learning_curves(document, results)
    if results.asks_final_weight:
        sections.add_final_weight(document, data, results)
    sections.add_cups(document, data, results)
    sections.add_failures(document, results)
    document.heading('How to make this again')
    document.code(command)
    document.paragraph(
        f'Made with Python {platform.python_version()}, TensorFlow {tf.__version__}, Keras '
        f'{keras.__version__}, numpy {np.__version__}. Every number is in `results.csv`, every '
        f'run in `runs`. The paper: {paper.TITLE}.'
    )
    return document


def results_csv(results: Results) -> str:
    """Return all errors of all runs as CSV, a line for each run, length of training and part."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator='\n')
    writer.writerow(
        [
            'question',
            'model',
            'seed',
            'cup',
            'epochs',
            'status',
            'seconds',
            'part',
            'mse_lbf2',
            'rmse_newton',
            'rmse_ml',
            'final_error_ml_median',
        ]
    )
    for run, record in results.records.items():
        for epochs, outcome in record.outcomes.items():
            about = [
                run.question,
                run.model,
                run.seed,
                run.cup,
                epochs,
                outcome.status,
                outcome.seconds,
            ]
            for part, errors in (outcome.errors or {'': {}}).items():
                writer.writerow(
                    [
                        *about,
                        part,
                        *_numbers(errors),
                    ]
                )
    return stream.getvalue()


def _numbers(errors: Mapping[str, float]) -> list[str | float]:
    """Return errors as a line shows them, beside the paper's; nothing if there are none."""
    if not errors:
        return ['', '', '', '']
    return [
        newton2_to_lbf2(errors['mse_newton2']),
        errors['rmse_newton'],
        errors['rmse_ml'],
        errors['final_error_ml_median'],
    ]
