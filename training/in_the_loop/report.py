# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the measurement in the loop found: as JSON, and as tables for people."""

from collections.abc import Iterator, Sequence
import json
from pathlib import Path
import platform
import re
from typing import Any, TypeAlias

import numpy as np
import onnxruntime

from pour_force_estimator.units import rad_to_degree

from ..errors import TrainingError
from ..report import Document
from .baselines import BASELINES
from .cups import DISCHARGE_SPREAD, KNOWN, UNSEEN
from .measure import Measured
from .plan import POUR_SPREAD, SESSION_SPREAD
from .score import ESTIMATOR
from .steered import STEERED
from .summary import CUP_SETS, MOTION_SETS, summarize

SHOWN = (0, 1, 2, 5)
"""Numbers of pours weighed before that tables show."""

BEFORE = 'before'
"""What tables call the model of an earlier report."""

TITLES = {KNOWN: 'Cups that the model knows', UNSEEN: 'Cups that it never saw'}

Report: TypeAlias = dict[str, Any]


def make_report(
    measured: Measured, *, model: dict[str, str], command: str, settings: dict[str, object]
) -> Report:
    """
    Return all that was measured, ready for JSON.

    Parameters
    ----------
    measured : Measured
        What sessions gave.
    model : dict of str to str
        Name and digest of the model.
    command : str
        The command that measures it again.
    settings : dict
        Seed, sessions of each cup and motion, motions.

    Returns
    -------
    dict
        The figures are those of `summarize`.

    """
    figures = summarize(measured.scores)
    stages = sorted({score.stage for score in measured.scores})
    return {
        'model': model,
        'command': command,
        **settings,
        'offsets_degree': {
            'session': round(rad_to_degree(SESSION_SPREAD), 3),
            'pour': round(rad_to_degree(POUR_SPREAD), 3),
        },
        'discharge_spread': DISCHARGE_SPREAD,
        'software': {
            'python': platform.python_version(),
            'numpy': np.__version__,
            'onnxruntime': onnxruntime.__version__,
        },
        'pours': measured.pours,
        'weighings': {'told': measured.weighings_told, 'refused': measured.weighings_refused},
        'weighed_before': stages,
        'figures': figures,
    }


def to_json(report: Report) -> str:
    """Return a report as JSON; each list on one line, or there would be thousands of them."""
    text = json.dumps(report, indent=1, ensure_ascii=False)
    return (
        re.sub(r'\[\s+([^\[\]{}]*?)\s+\]', lambda match: f'[{" ".join(match[1].split())}]', text)
        + '\n'
    )


def load_report(path: Path) -> Report:
    """
    Return what an earlier run wrote.

    Raises
    ------
    TrainingError
        If the file holds something else.

    """
    try:
        report = json.loads(path.read_text(encoding='utf-8'))
        for group in report['figures'].values():
            for figures in group['motions'].values():
                figures['final_ml'][ESTIMATOR]['median'], figures['rmse_ml'][ESTIMATOR]
        report['weighed_before'], report['model']['name'], report['seed']
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(
            f'{path}: expected what python -m training.in_the_loop --json wrote, received '
            f'something else ({error!r})'
        ) from error
    return report


def to_tables(report: Report, before: Report | None = None) -> str:
    """Return a report as Markdown tables, beside that of an earlier run if there is one."""
    document = Document(f'{report["model"]["name"]} in the loop')
    document.paragraph(
        f'{report["pours"]} pours, {report["sessions"]} sessions of each cup with each motion, '
        f'seed {report["seed"]}. All in ml of water; medians, 90th percentiles in parentheses, '
        'each a mean over the cups.'
    )
    if before is not None:
        document.paragraph(
            f'*{BEFORE}*: {before["model"]["name"]} {before["model"]["digest"][:8]}, '
            f'{before.get("sessions")} sessions of each, seed {before["seed"]}.'
        )
    shown = [stage for stage in SHOWN if stage in report['weighed_before']]
    heads = ['cold', *(f'{stage} weighed' for stage in shown[1:])]
    for group, figures in report['figures'].items():
        earlier = before and before['figures'].get(group)
        document.heading(TITLES.get(group, group))
        for caption, rows in (
            (
                'final weight, |estimate − truth|',
                _error_rows('final_ml', report, figures, earlier, shown),
            ),
            (
                'steered, |final weight − target|',
                _error_rows('target_ml', report, figures, earlier, shown, STEERED),
            ),
            ('all steps, RMSE', _rmse_rows(report, figures, earlier, shown)),
            (
                '90 % interval covers the truth [%]: of finals / of all steps / of the steps '
                'since the first gram',
                _coverage_rows(report, figures, earlier, shown),
            ),
            (
                'predicted weight when the arm turned back, |predicted − final|',
                _prediction_rows(report, figures, earlier, shown),
            ),
        ):
            if table := list(rows):
                document.table(caption, ['motion', 'by', *heads], table, 'll' + 'r' * len(heads))
    return document.markdown


def values_of(figures: dict[str, Any] | None, *keys: str) -> Any:
    """Return the list at the end of `keys`; None where anything is missing."""
    value: Any = figures
    for key in keys:
        value = value.get(key) if value else None
    return value


def _sets(
    report: Report,
    figures: dict[str, Any],
    earlier: dict[str, Any] | None,
    motions: Sequence[str] = tuple(MOTION_SETS),
) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield (motion, label, method, figures) of each row that a table may have."""
    for motion in motions:
        if motion not in figures['motions']:
            continue
        now = figures['motions'][motion]
        yield motion, report['model']['name'], ESTIMATOR, now
        if earlier and motion in earlier['motions']:
            yield motion, BEFORE, ESTIMATOR, earlier['motions'][motion]
        for method in BASELINES:
            yield motion, method, method, now


def _error_rows(
    name: str,
    report: Report,
    figures: dict[str, Any],
    earlier: dict[str, Any] | None,
    shown: Sequence[int],
    motions: Sequence[str] = tuple(MOTION_SETS),
) -> Iterator[list[str]]:
    for motion, label, method, values in _sets(report, figures, earlier, motions):
        median, p90 = (values_of(values, name, method, key) for key in ('median', 'p90'))
        if median:
            yield [
                _words(motion),
                label,
                *(f'{_at(median, stage)} ({_at(p90, stage, 0)})' for stage in shown),
            ]


def _rmse_rows(
    report: Report, figures: dict[str, Any], earlier: dict[str, Any] | None, shown: Sequence[int]
) -> Iterator[list[str]]:
    for motion, label, method, values in _sets(report, figures, earlier, CUP_SETS):
        if rmse := values_of(values, 'rmse_ml', method):
            yield [_words(motion), label, *(_at(rmse, stage) for stage in shown)]


def _coverage_rows(
    report: Report, figures: dict[str, Any], earlier: dict[str, Any] | None, shown: Sequence[int]
) -> Iterator[list[str]]:
    for motion, label, method, values in _sets(report, figures, earlier):
        coverage = values_of(values, 'coverage')
        if method == ESTIMATOR and coverage:
            yield [
                _words(motion),
                label,
                *(
                    ' / '.join(
                        _at(coverage.get(part), stage, 0, 100.0)
                        for part in ('finals', 'steps', 'pouring')
                    )
                    for stage in shown
                ),
            ]


def _prediction_rows(
    report: Report, figures: dict[str, Any], earlier: dict[str, Any] | None, shown: Sequence[int]
) -> Iterator[list[str]]:
    for motion, label, method, values in _sets(report, figures, earlier, STEERED):
        predicted = values_of(values, 'predicted_ml')
        if method == ESTIMATOR and predicted:
            yield [_words(motion), label, *(_at(predicted, stage) for stage in shown)]


def _words(motion: str) -> str:
    return motion.replace('_', ' ')


def _at(
    values: list[Any] | None, stage: int, decimals: int | None = None, factor: float = 1.0
) -> str:
    """Return a number as text; one digit after the point below 10 unless told otherwise."""
    if values is None or stage >= len(values) or values[stage] is None:
        return '–'
    value = factor * values[stage]
    return f'{value:.{(1 if value < 10.0 else 0) if decimals is None else decimals}f}'
