#!/usr/bin/env python3
# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Write who made it, and the licence, on top of each source file that does not say so.

    .ci/spdx.py            write what is missing
    .ci/spdx.py --check    write nothing

Returns 1 if a line was missing.
"""

from pathlib import Path
import subprocess
import sys

LINES = (
    'SPDX-FileCopyrightText: The pour_force_estimator maintainers',
    'SPDX-License-Identifier: Apache-2.0',
)
COMMENTS = {
    **dict.fromkeys(('.cfg', '.cff', '.py', '.toml', '.txt', '.yaml', '.yml'), '# {}'),
    '.css': '/* {} */',
    '.xml': '<!-- {} -->',
}
"""A comment, by the end of a file's name; JSON has none."""

NAMES = {'Makefile': '# {}'}
FIRST_LINES = ('#!', '<?xml')
"""Beginnings of lines that must stay the first ones of their file."""


def main(arguments: list[str]) -> int:
    """Run the command; return 1 if a line was missing, as pre-commit wants it."""
    listed = subprocess.run(
        ['git', 'ls-files', '-co', '--exclude-standard'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    missing = [
        path
        for path in map(Path, listed)
        if comment(path) and path.exists() and not is_licensed(path)
    ]
    for path in missing:
        print(f'{path}: no SPDX lines')
        if '--check' not in arguments:
            write_header(path)
    return 1 if missing else 0


def comment(path: Path) -> str | None:
    """Return how a line of comment looks in a file; None of a file that needs no licence."""
    return NAMES.get(path.name, COMMENTS.get(path.suffix))


def is_licensed(path: Path) -> bool:
    """Return whether a file has the lines on its top."""
    return all(line in path.read_text(encoding='utf-8')[:500] for line in LINES)


def write_header(path: Path) -> None:
    """Write the lines into a file."""
    lines = path.read_text(encoding='utf-8').splitlines(keepends=True)
    n_first = sum(line.startswith(FIRST_LINES) for line in lines[:2])
    header = [(comment(path) or '{}').format(line) + '\n' for line in LINES]
    path.write_text(''.join([*lines[:n_first], *header, *lines[n_first:]]), encoding='utf-8')


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
