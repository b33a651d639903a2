# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
r"""
Compare the four networks of the paper, each at several lengths and over several seeds.

::

    python -m training.study --data pours.npy --test-data other_pours.npy \
        --epochs 20 45 --seeds 5 --output runs/study

Writes into the output folder: ``report.html`` (one page with everything in it), ``report.md`` with
``figures/``, ``results.csv``, ``model.onnx`` (the best network by validation error), and ``runs/``
(what each training run left). The same command goes on where it was interrupted, and trains only
what is missing: more seeds or architectures may be asked for later.
"""

import argparse
from pathlib import Path
import shlex
import sys

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.files import check_folder, write_bytes, write_text
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.pours.schemas import SCHEMAS

from ..cli.command import command
from ..cli.device import configure, find_gpus, share
from ..cli.options import positive, whole_number
from ..fitting.fit import FitSettings
from ..fitting.plausibility import warn_of_doubts
from ..networks.architectures import ARCHITECTURES
from ..report import write_report
from .best_model import export_best
from .data import load_study
from .plan import make_plan
from .report import build_report, results_csv
from .results import Results
from .runner import execute_all
from .settings import StudySettings
from .store import RunStore
from .summary import summarize


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the command's arguments, an argparse.Namespace."""
    defaults = FitSettings()
    parser = argparse.ArgumentParser(
        prog='python -m training.study', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument('--data', required=True, help='.npy or .npz of recorded pours')
    parser.add_argument('--test-data', metavar='FILE', help='test 2: other pours, same columns')
    parser.add_argument(
        '--schema',
        choices=sorted(SCHEMAS),
        help='layout of the data (default: by the number of columns)',
    )
    parser.add_argument(
        '--architectures',
        nargs='+',
        default=list(ARCHITECTURES),
        choices=list(ARCHITECTURES),
        metavar='NAME',
        help=f'some of {", ".join(ARCHITECTURES)} (default: all)',
    )
    parser.add_argument(
        '--epochs',
        nargs='+',
        type=positive(int),
        default=[20, 45],
        help='lengths of the training runs (default: 20 45)',
    )
    parser.add_argument('--seeds', type=positive(int), default=5, help='number (default: 5)')
    parser.add_argument('--split-seed', type=whole_number, default=0, help='(default: 0)')
    parser.add_argument('--batch-size', type=positive(int), default=defaults.batch_size)
    parser.add_argument('--learning-rate', type=positive(float), default=defaults.learning_rate)
    parser.add_argument(
        '--max-pours',
        type=positive(int),
        metavar='N',
        help='take at most so many pours of each file, drawn at random',
    )
    parser.add_argument(
        '--no-f-final', action='store_true', help='do not ask what the final weight is worth'
    )
    parser.add_argument('--no-cups', action='store_true', help='do not leave cups out')
    parser.add_argument(
        '--cup-seeds',
        type=positive(int),
        default=1,
        help='seeds for each cup that is left out (default: 1)',
    )
    parser.add_argument(
        '--jobs',
        type=positive(int),
        help='training runs at once (default: one for each core; 1 with a GPU)',
    )
    parser.add_argument(
        '--dask',
        metavar='ADDRESS',
        help='train on the Dask cluster of this scheduler, tcp://host:port',
    )
    parser.add_argument('--output', required=True, type=Path, help='folder to write to')
    return parser.parse_args(argv)


def study(arguments: argparse.Namespace) -> tuple[list[str], bool]:
    """
    Train, compare and report as `arguments` (of `parse_arguments`) say.

    Returns
    -------
    list of str
        The answers in sentences.
    bool
        Whether a network was exported.

    """
    check_folder(arguments.output)  # before the training, not after
    settings = _settings(arguments)
    data = load_study(settings)
    warn_of_doubts(data.recordings)
    cups = data.cups()
    runs = make_plan(
        dict.fromkeys(arguments.architectures),
        arguments.seeds,
        final_weight=not arguments.no_f_final,
        cups=() if arguments.no_cups or len(cups) < 2 else cups,
        cup_seeds=arguments.cup_seeds,
    )
    store = RunStore(arguments.output, settings)
    missing = [run for run in runs if not store.has(run)]
    if len(missing) < len(runs):
        print(f'{len(runs) - len(missing)} of {len(runs)} runs are done already', file=sys.stderr)
    jobs, threads = share(arguments.jobs, len(find_gpus()))
    if arguments.dask:
        threads = 1  # workers are as many as their machines have cores
    configure()
    execute_all(missing, settings, store, jobs=jobs, threads=threads, cluster=arguments.dask)

    results = Results({run: store.load(run) for run in runs}, settings.epochs)
    best = results.best()
    if best:
        packaged = export_best(
            *best, settings, store, arguments.output.resolve().name, _command(arguments)
        )
        write_bytes(arguments.output / 'model.onnx', packaged.content)
    write_text(arguments.output / 'results.csv', results_csv(results))
    write_report(
        build_report(data, results, settings, store, best, _command(arguments)), arguments.output
    )
    return summarize(data, results, best), bool(best)


def _settings(arguments: argparse.Namespace) -> StudySettings:
    """Return the `StudySettings` that the arguments describe."""
    recordings = load_recordings(arguments.data, arguments.schema)
    test_path, test_digest = '', ''
    if arguments.test_data:
        test = load_recordings(arguments.test_data)
        if test.schema is not recordings.schema:
            raise RecordingError(
                f'{arguments.test_data}: expected the {len(recordings.schema.columns)} columns of '
                f'schema {recordings.schema.name}, as in {arguments.data}, received those of '
                f'{test.schema.name}; both files have to be of one kind'
            )
        test_path, test_digest = str(Path(arguments.test_data).resolve()), test.digest
    return StudySettings(
        data=str(Path(arguments.data).resolve()),
        data_digest=recordings.digest,
        schema=recordings.schema.name,
        test_data=test_path,
        test_digest=test_digest,
        epochs=tuple(sorted(set(arguments.epochs))),
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        split_seed=arguments.split_seed,
        max_pours=arguments.max_pours,
    )


def _command(arguments: argparse.Namespace) -> str:
    """Return the command that makes this study, with the data's names but not their folder."""
    words = ['python', '-m', 'training.study']
    for name, value in vars(arguments).items():
        if name in ('jobs', 'dask') or value is None or value is False:
            continue
        words.append(f'--{name.replace("_", "-")}')
        if name in ('data', 'test_data'):
            words.append(Path(value).name)
        elif name == 'output':
            words.append('OUTPUT')
        elif value is not True:
            words += map(str, value if isinstance(value, list) else [value])
    return shlex.join(words)


@command(interrupted='what is done is kept; the same command goes on with the rest')
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code: 0, 1 if no network is alive, 2 after an error."""
    arguments = parse_arguments(argv)
    answers, exported = study(arguments)
    print('\n'.join(answers))
    print(f'wrote {arguments.output / "report.html"}')
    return 0 if exported else 1


if __name__ == '__main__':
    sys.exit(main())
