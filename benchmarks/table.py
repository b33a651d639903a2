# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Results as a table: plain for a terminal, Markdown for docs/performance.md."""

from collections.abc import Mapping
from typing import Any

from .measure import Line

HEADER = ('', 'p50', 'p99', 'largest', 'unit', 'ratio', 'to', 'aim', 'reached')


def cells(line: Line) -> tuple[str, ...]:
    """Return the cells of a line of results, a tuple of str; see `HEADER`."""
    if line['aim'] is not None:
        aim = f'≤ {line["aim"]:.3g}'
    elif line['limit'] is not None:
        aim = f'{line["limit"]:g} at most'
    else:
        aim = ''
    return (
        line['name'],
        _number(line['value']),
        _number(line.get('p99')),
        _number(line.get('max')),
        line['unit'],
        '' if line['ratio'] is None else f'{line["ratio"]:.3g}',
        line['beside'] or '',
        aim,
        {None: '', True: 'yes', False: 'NO'}[line['met']],
    )


def plain(results: Mapping[str, Any]) -> str:
    """Return results as text for a terminal."""
    rows = [(line['part'], cells(line)) for line in results['figures']]
    widths = [
        max(len(row[column]) for row in (HEADER, *(row for _, row in rows)))
        for column in range(len(HEADER))
    ]

    def text(row: tuple[str, ...]) -> str:
        return '  '.join(
            cell.ljust(width) if column in (0, 4, 6) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()

    lines = [_machine(results), '', text(HEADER)]
    part = None
    for part_of_row, row in rows:
        if part_of_row != part:
            lines += ['', part_of_row]
            part = part_of_row
        lines.append(text(row))
    return '\n'.join(lines)


def markdown(results: Mapping[str, Any]) -> str:
    """Return results as Markdown."""
    lines = [
        _machine(results) + '.',
        '',
        f'| {" | ".join(HEADER)} |',
        '|---|---:|---:|---:|---|---:|---|---|---|',
    ]
    part = None
    for line in results['figures']:
        if line['part'] != part:
            part = line['part']
            lines.append(f'| **{part}** |' + ' |' * (len(HEADER) - 1))
        lines.append(f'| {" | ".join(cells(line))} |')
    return '\n'.join(lines)


def _machine(results: Mapping[str, Any]) -> str:
    machine = results['machine']
    versions = ', '.join(
        f'{name} {machine[name]}'
        for name in ('python', 'numpy', 'onnxruntime', 'tensorflow', 'rclpy')
        if name in machine
    )
    return (
        f'{machine["processor"]}, {machine["cores"]} cores, load {machine["load"]} before; '
        f'{versions}; {results["seconds"]:.0f} s'
    )


def _number(number: float | None) -> str:
    if number is None:
        return ''
    return f'{number:,.0f}' if abs(number) >= 1000.0 else f'{number:.3g}'
