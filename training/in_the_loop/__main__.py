# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Measure how right a model is in the loop, on arms that have no scale.

::

    python -m training.in_the_loop --model robot_trials --json in_the_loop.json --figure loop.png

Simulates sessions, each one mounting of one cup: pours by planned, taught, jerky and steered
motions, from cups that the model knows and from some that it never saw, with the estimator of the
public API in the loop. After each pour its true weight is told. Prints how far the estimates are
from the truth and steered pours from their targets, by how many pours were weighed before, beside
the plain physics and an oracle that knows how the cup is mounted.
"""

import argparse
from pathlib import Path
import shlex
import sys

from joblib import cpu_count

from pour_force_estimator import StepModel
from pour_force_estimator.files import write_text

from ..cli.command import command
from ..cli.options import file_to_write, positive, whole_number
from ..cli.outputs import check_outputs
from .measure import check_model, GROUPS, measure, portions
from .motions import KINDS
from .plan import STAGES
from .report import load_report, make_report, Report, to_json, to_tables

SESSIONS = 6
"""Sessions of each cup with each motion, unless told otherwise."""


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the command's arguments."""
    parser = argparse.ArgumentParser(
        prog='python -m training.in_the_loop', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument('--model', required=True, help='an ONNX file or a shipped model')
    parser.add_argument(
        '--json', required=True, type=file_to_write('.json'), help='file to write all figures to'
    )
    parser.add_argument('--figure', type=file_to_write('.png'), help='PNG to write')
    parser.add_argument(
        '--beside',
        type=Path,
        metavar='FILE',
        help='JSON of an earlier run to show beside this one, as "before"',
    )
    parser.add_argument(
        '--seed', type=whole_number, default=0, help='of all that chance decides (default: 0)'
    )
    parser.add_argument(
        '--sessions',
        type=positive(int),
        default=SESSIONS,
        help=f'of each cup with each motion (default: {SESSIONS})',
    )
    parser.add_argument(
        '--pours', type=positive(int), default=STAGES, help=f'of each session (default: {STAGES})'
    )
    parser.add_argument(
        '--motions',
        nargs='+',
        choices=KINDS,
        default=list(KINDS),
        metavar='KIND',
        help=f'some of {", ".join(KINDS)}',
    )
    parser.add_argument(
        '--cups',
        nargs='+',
        choices=GROUPS,
        default=list(GROUPS),
        metavar='GROUP',
        help=f'some of {", ".join(GROUPS)}',
    )
    parser.add_argument(
        '--jobs',
        type=positive(int),
        help='processes at once (default: as many as there are cores)',
    )
    return parser.parse_args(argv)


def run(arguments: argparse.Namespace) -> tuple[Report, str]:
    """Measure and write; return the report and its tables."""
    check_outputs(
        {'--json': arguments.json, '--figure': arguments.figure},
        {'--beside': arguments.beside},
    )
    before = load_report(arguments.beside) if arguments.beside else None
    model = StepModel.load(arguments.model)
    motions = list(dict.fromkeys(arguments.motions))
    groups = [group for group in GROUPS if group in arguments.cups]
    check_model(model, groups)
    parts = portions(
        arguments.model, groups, motions, arguments.sessions, arguments.pours, arguments.seed
    )
    measured = measure(parts, min(arguments.jobs or cpu_count(), len(parts)))
    report = make_report(
        measured,
        model={'name': model.spec.name, 'digest': model.digest},
        command=_command(arguments),
        settings={'seed': arguments.seed, 'sessions': arguments.sessions, 'motions': motions},
    )
    write_text(arguments.json, to_json(report))
    if arguments.figure:
        from .figures import plot_report  # matplotlib is needed for this alone

        plot_report(arguments.figure, report, before)
    return report, to_tables(report, before)


def _command(arguments: argparse.Namespace) -> str:
    """Return the command that measures the same, with the names of files but not their folders."""
    words = ['python', '-m', 'training.in_the_loop']
    for name, value in vars(arguments).items():
        if name in ('jobs', 'figure', 'beside'):
            continue
        words.append(f'--{name}')
        if name == 'json':
            words.append(value.name)
        elif name == 'model':
            words.append(Path(value).name)
        else:
            words += map(str, value if isinstance(value, list) else [value])
    return shlex.join(words)


@command(interrupted='nothing was written')
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    _, tables = run(arguments)
    print(tables, end='')
    return 0


if __name__ == '__main__':
    sys.exit(main())
