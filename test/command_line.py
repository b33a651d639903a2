# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Command lines from keywords, and processes of their own."""

from pathlib import Path
import subprocess
import sys

REPOSITORY = Path(__file__).resolve().parents[1]


def command_line(*words, **options):
    """Return words of a command: ``epochs=2`` becomes ``--epochs 2``, True an option alone."""
    line = [*map(str, words)]
    for name, value in options.items():
        values = value if isinstance(value, (list, tuple)) else () if value is True else (value,)
        line += ['--' + name.replace('_', '-'), *map(str, values)]
    return line


def run_python(*words, **options):
    """Run Python as a process of its own, in the root of the repository; return what it did."""
    line = [sys.executable, *map(str, words)]
    usual = {'cwd': REPOSITORY, 'capture_output': True, 'text': True, 'timeout': 600}
    return subprocess.run(line, **{**usual, **options})
