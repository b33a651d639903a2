# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Measure the estimator beside what bounds it.

::

    python -m benchmarks
    python -m benchmarks --only step delay
    python -m benchmarks --table

Each part runs in a process of its own and compares its ways in turns, so that ratios hold on a
machine that has other things to do. It prints a table, which docs/performance.md explains, and
writes ``runs/bench.json``. It takes less than three minutes on two cores. With ``--table`` it only
prints the results of the last run as Markdown. The exit code is 0 even where a limit is missed:
the table says so.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
import json
from pathlib import Path
import sys

from pour_force_estimator.files import write_text

from .suite import measure, PARTS, RESULTS
from .table import markdown, plain


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, or 1 if a part failed."""
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks', description=(__doc__ or '').split('\n\n')[0]
    )
    parser.add_argument(
        '--only',
        nargs='+',
        choices=sorted(PARTS),
        metavar='PART',
        help=f'some of {", ".join(PARTS)}; results are printed, not written',
    )
    parser.add_argument('--table', action='store_true', help='print the last results as Markdown')
    parser.add_argument(
        '--json', type=Path, default=RESULTS, help='file of the results (default: %(default)s)'
    )
    arguments = parser.parse_args(argv)
    try:
        if arguments.table:
            print(markdown(json.loads(arguments.json.read_text(encoding='utf-8'))))
            return 0
        results = measure(
            {
                name: part_arguments
                for name, part_arguments in PARTS.items()
                if not arguments.only or name in arguments.only
            }
        )
    except (AssertionError, BrokenProcessPool, ImportError, OSError, RuntimeError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(plain(results))
    if not arguments.only:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        write_text(arguments.json, json.dumps(results, indent=2) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
