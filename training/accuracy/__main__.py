# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Measure the best recipe and what each of its parts is worth.

::

    python -m training.accuracy --data pours.npy --output runs/accuracy

Each variant of the recipe is cross-validated by trial and by cup, and judged on simulated
open-loop pours of the same cups. Writes ``report.html``, ``report.md`` with ``figures/``, and one
JSON file for each variant; the same command goes on where it was interrupted.
"""

import argparse
import hashlib
import json
from pathlib import Path
import sys
from typing import Any

from pour_force_estimator.files import check_folder, write_text
from pour_force_estimator.pours.recordings import load_recordings, Recordings
from pour_force_estimator.pours.schemas import SCHEMAS

from ..cli.command import command
from ..cli.options import positive
from ..errors import TrainingError
from ..fitting.plausibility import warn_of_doubts
from ..report import Document, write_report
from .measure import RecipeEvaluation
from .report import build_report
from .variants import Variant, VARIANTS


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the command's arguments, an argparse.Namespace."""
    parser = argparse.ArgumentParser(
        prog='python -m training.accuracy', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument('--data', required=True, help='.npy or .npz of recorded pours')
    parser.add_argument(
        '--schema',
        choices=sorted(SCHEMAS),
        help='layout of the data (default: by the number of columns)',
    )
    parser.add_argument(
        '--variants',
        nargs='+',
        metavar='NAME',
        choices=[variant.key for variant in VARIANTS],
        default=[variant.key for variant in VARIANTS],
        help=f'some of {", ".join(variant.key for variant in VARIANTS)}',
    )
    parser.add_argument('--jobs', type=positive(int), help='training runs at once')
    parser.add_argument('--output', required=True, type=Path, help='folder to write to')
    return parser.parse_args(argv)


def run(arguments: argparse.Namespace) -> Document:
    """Measure what is missing and write the report; return the Document."""
    check_folder(arguments.output)
    recordings = load_recordings(arguments.data, arguments.schema)
    warn_of_doubts(recordings)
    evaluation = RecipeEvaluation(recordings.pours, arguments.jobs)
    results: dict[str, dict[str, Any]] = {}
    for variant in VARIANTS:
        path = arguments.output / f'{variant.key}.json'
        key = _key(recordings, variant)
        if path.exists():
            results[variant.key] = _load(path, key)
        elif variant.key in arguments.variants:
            results[variant.key] = {'key': key, **evaluation.measure(variant)}
            write_text(path, json.dumps(results[variant.key]) + '\n')
    document = build_report(
        recordings,
        [(variant, results[variant.key]) for variant in VARIANTS if variant.key in results],
        f'python -m training.accuracy --data {recordings.name} --output OUTPUT',
    )
    write_report(document, arguments.output)
    return document


def _key(recordings: Recordings, variant: Variant) -> str:
    """Return what a result depends on, as a digest."""
    return hashlib.sha256(f'{recordings.digest} {variant.recipe}'.encode()).hexdigest()


def _load(path: Path, key: str) -> dict[str, Any]:
    try:
        result = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise TrainingError(
            f'{path}: expected what an earlier run wrote, received a file that is no JSON '
            f'({error}); delete it to measure this variant again'
        ) from error
    if not isinstance(result, dict) or result.get('key') != key:
        raise TrainingError(
            f'{path}: expected results of this data and recipe, received others; delete it to '
            'measure this variant again, or choose another folder'
        )
    return result


@command(interrupted='the same command goes on from here')
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    run(arguments)
    print(f'wrote {arguments.output / "report.html"}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
