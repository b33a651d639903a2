# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""All measurements one after the other, each in a process of its own."""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
import os
from pathlib import Path
import sys
import time
from typing import Any

from .machine import describe_machine
from .measure import Line

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER.parent / 'runs' / 'bench.json'
"""Not part of the repository."""

PARTS: dict[str, dict[str, Any]] = {'step': {}, 'delay': {}, 'soak': {}, 'training': {}}
"""Modules of this package in the order of the table, and arguments of their `run`."""

ONE_THREAD = {'OMP_NUM_THREADS': '1', 'TF_NUM_INTRAOP_THREADS': '1', 'TF_NUM_INTEROP_THREADS': '1'}
"""A step is too small for a second thread."""


def run_part(name: str, arguments: Mapping[str, Any]) -> list[Line]:
    """Run the part `name`; return the lines of its table, a list of dict."""
    started_s = time.monotonic()
    lines: list[Line] = import_module(f'.{name}', __package__).run(**arguments)
    print(f'{name}: {time.monotonic() - started_s:.0f} s', file=sys.stderr, flush=True)
    return lines


def measure(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """
    Run some parts.

    Parameters
    ----------
    parts : dict of str to dict
        Modules and the arguments of their `run`.

    Returns
    -------
    dict
        ``machine``, ``seconds`` and ``figures``; see `benchmarks.measure` for a figure.

    """
    os.environ.update(ONE_THREAD)
    started_s, machine = time.monotonic(), describe_machine()
    figures: list[Line] = []
    for number, (name, arguments) in enumerate(parts.items(), 1):
        print(f'[{number}/{len(parts)}] {name} ...', file=sys.stderr, flush=True)
        # What a part has loaded, TensorFlow for example, must not disturb the next.
        with ProcessPoolExecutor(1, mp_context=get_context('spawn')) as process:
            figures += process.submit(run_part, name, arguments).result()
    return {'machine': machine, 'seconds': time.monotonic() - started_s, 'figures': figures}
