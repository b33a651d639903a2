# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The report of `training.realism` as Markdown tables, aligned so that they read as text too."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ..evaluation.pour_statistics import Statistic, STATISTICS

Summary: TypeAlias = Mapping[str, list[float] | None]
"""Percentiles by the name of the statistic; None where there is no value."""

_SOURCES = {'recorded': 'recorded', 'closed': 'closed loop', 'open': 'open loop'}
_NONE = '-'


def to_markdown(report: Mapping[str, Any]) -> str:
    """
    Return the tables of a report.

    Parameters
    ----------
    report : dict
        What ``python -m training.realism --json`` writes.

    Returns
    -------
    str
        Markdown; ends with a line break.

    """
    sections = [
        '## Simulated against recorded pours',
        f'{report["pours"]} recorded pours ({report["data"]}) and {report["simulated_pours"]} '
        'simulated ones of each kind; 5 / 50 / 95 % of the pours.',
        _distributions(report['statistics']),
    ]
    if report['cups']:
        sections += [
            '### Cup by cup',
            'Medians: recorded / simulated, with the same cups and fills, in closed loop.',
            _cups(report['cups']),
        ]
    sections += [
        '### Error on the recorded pours',
        _explain(report),
        _errors(report['rmse_newton'], report['cups']),
    ]
    return '\n\n'.join(sections) + '\n'


def _distributions(statistics: Mapping[str, Summary]) -> str:
    rows = [
        [
            _label(statistic),
            *(_format(statistic, statistics[source][statistic.name]) for source in _SOURCES),
        ]
        for statistic in STATISTICS
    ]
    return _table(['', *_SOURCES.values()], rows)


def _cups(cups: Mapping[str, Any]) -> str:
    rows = []
    for statistic in STATISTICS:
        if statistic.of_cup:
            rows.append(
                [
                    _label(statistic),
                    *(
                        ' / '.join(
                            _format(statistic, _median(cup[source][statistic.name]))
                            for source in ('recorded', 'simulated')
                        )
                        for cup in cups.values()
                    ),
                ]
            )
    return _table(['', *cups], rows)


def _errors(rmse: Mapping[str, Mapping[str, float]], cups: Mapping[str, Any]) -> str:
    groups = next(iter(rmse.values()))
    titles = [
        f'{group} ({cups[group]["recorded"]["pours"]})' if group in cups else group
        for group in groups
    ]
    rows = [
        [estimator, *(f'{error:.2f}' for error in errors.values())]
        for estimator, errors in rmse.items()
    ]
    return _table(['RMSE [N]', *titles], rows)


def _explain(report: Mapping[str, Any]) -> str:
    text = (
        'Root-mean-square error over all steps, in parentheses the number of pours. '
        '*physics*: the outflow of the cups that were fitted to the robot trials, in-sample '
        'there. *zero*: nothing is ever poured.'
    )
    model = report['model']
    if model is None:
        return text
    seen = (
        'and so has seen these pours: **in-sample**'
        if model['saw_these_pours']
        else 'and has seen none of these pours'
    )
    return (
        f'*network*: `{model["name"]}`, which was trained on `{model["trained_on"]}` '
        f'{seen}. {text}'
    )


def _label(statistic: Statistic) -> str:
    return statistic.label + ('' if statistic.unit == '-' else f' [{statistic.unit}]')


def _median(percentiles: list[float] | None) -> list[float] | None:
    return percentiles[1:2] if percentiles else None


def _format(statistic: Statistic, values: list[float] | None) -> str:
    """Return numbers as text, separated by slashes; a dash where there are none."""
    return ' / '.join(f'{value:.{statistic.decimals}f}' for value in values) if values else _NONE


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(titles, *rows)]
    lines = [titles, ['-' * width for width in widths], *rows]
    return '\n'.join(
        '| ' + ' | '.join(cell.ljust(width) for cell, width in zip(line, widths)) + ' |'
        for line in lines
    )
