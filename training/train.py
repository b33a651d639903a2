# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Train on recorded pours and export a model for the node.

::

    python -m training.train --recipe best --data pours.npy --output runs/mine
    python -m training.train --data pours.npy --architecture multi_gru --epochs 20

With ``--recipe best`` the package chooses everything, and writes into the output folder
``model.onnx`` (all that the node needs), ``metrics.json`` (cross-validated errors) and
``report.html`` (how far the model can be trusted, and what would help).

Without it one network is trained as the options say: ``model.onnx``, ``metrics.json`` (errors
on the pours of training, validation and test), ``history.csv`` and ``history.png`` (the loss), and
``test_pours.png`` (true and estimated weight). Ctrl-C ends the training and exports the best
network so far, or writes nothing if no epoch was complete.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
import json
from pathlib import Path
import shlex
import sys
from typing import Any

import numpy as np

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.files import atomic_folder, check_folder, write_bytes, write_text
from pour_force_estimator.pours.recordings import load_recordings, Recordings
from pour_force_estimator.pours.schemas import SCHEMAS
from pour_force_estimator.text import is_plain_name, MAX_NAME, quoted

from .cli.command import command
from .cli.options import not_negative, positive, seed
from .cli.progress import ProgressDisplay
from .errors import TrainingError
from .evaluation.figures import pictures_cost_nothing, plot_history, plot_pours
from .evaluation.metrics import pour_errors, poured_weights
from .export.package import package_model, PackagedModel
from .fitting.datasets import Split, split_pours
from .fitting.feature_choice import choose_features
from .fitting.fit import fit, FitResult, FitSettings, predict
from .fitting.interrupt import DeferredInterrupt
from .fitting.plausibility import warn_of_doubts
from .fitting.preprocessing import PaddedPours, Preprocessor
from .networks.architectures import Architecture, ARCHITECTURES
from .recipe.command import train_with_recipe
from .recipe.settings import BEST


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the command's arguments, an argparse.Namespace."""
    parser = argparse.ArgumentParser(
        prog='python -m training.train', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument('--data', required=True, help='.npy or .npz of recorded pours')
    parser.add_argument(
        '--schema',
        choices=sorted(SCHEMAS),
        help='layout of the data (default: by the number of columns)',
    )
    parser.add_argument(
        '--recipe',
        choices=('best',),
        help='the best recipe so far; no knowledge of networks needed',
    )
    parser.add_argument(
        '--seed', type=seed, default=0, help='of the split, the weights and the dropout'
    )
    parser.add_argument('--name', help='name of the model, that of the output folder by default')
    parser.add_argument(
        '--output', type=Path, help='folder to write to (default: runs/ and the name of the data)'
    )
    network = parser.add_argument_group('one network', 'without --recipe')
    network.add_argument(
        '--extra-data',
        metavar='FILE',
        help='more pours of the schema, simulated ones say; for training alone',
    )
    network.add_argument('--architecture', choices=sorted(ARCHITECTURES))
    network.add_argument('--features', help="'online', 'paper', or names separated by commas")
    network.add_argument('--epochs', type=positive(int))
    network.add_argument('--batch-size', type=positive(int))
    network.add_argument('--learning-rate', type=positive(float))
    network.add_argument('--schedule', choices=('constant', 'cosine'))
    network.add_argument(
        '--clip-norm', type=not_negative, help='largest norm of a gradient; 0 for any'
    )
    arguments = parser.parse_args(argv)
    for name, default in _NETWORK_DEFAULTS.items():
        if arguments.recipe and getattr(arguments, name) is not None:
            parser.error(f'--{name.replace("_", "-")}: --recipe {arguments.recipe} chooses it')
        if getattr(arguments, name) is None:
            setattr(arguments, name, default)
    arguments.output = arguments.output or Path('runs') / Path(arguments.data).stem
    return arguments


_NETWORK_DEFAULTS = {
    'extra_data': None,
    'architecture': 'multi_gru',
    'features': 'online',
    **{
        field.name: field.default
        for field in fields(FitSettings)
        if field.name in ('epochs', 'batch_size', 'learning_rate', 'schedule', 'clip_norm')
    },
}
"""Options of a single network, and their defaults."""


@dataclass(frozen=True)
class TrainingSetup:
    """
    What a network learns from, and how.

    Attributes
    ----------
    recordings : Recordings
        The pours that were split.
    extra : Recordings or None
        Further pours, in the part for training.
    split : Split
        Pours for training, validation and test.
    preprocessor : Preprocessor
        Features and their scaling.
    raw : dict of str to list of ndarray of shape (n_steps, n_features), float32
        Raw features of the pours of each part.
    padded : dict of str to PaddedPours
        The same pours, standardized.
    architecture : Architecture
        Layers of the network.
    settings : FitSettings
        How to train.

    """

    recordings: Recordings
    extra: Recordings | None
    split: Split
    preprocessor: Preprocessor
    raw: dict[str, list[np.ndarray]]
    padded: dict[str, PaddedPours]
    architecture: Architecture
    settings: FitSettings


def train(arguments: argparse.Namespace) -> dict[str, Any]:
    """
    Train, export and report as `arguments` (of `parse_arguments`) say.

    Returns
    -------
    dict
        What ``metrics.json`` holds.

    """
    check_folder(arguments.output)  # before the training, not after
    setup = _prepare(arguments)
    result = _fit(setup)
    written: list[dict[str, Any]] = []
    try:
        with DeferredInterrupt():  # what was trained is written before Ctrl-C is obeyed
            written.append(_export(arguments, setup, result))
    except KeyboardInterrupt:
        if not written:
            raise
        written[0]['interrupted'] = True
    return written[0]


def _prepare(arguments: argparse.Namespace) -> TrainingSetup:
    """Load and split the pours; return them with their features."""
    recordings = load_recordings(arguments.data, arguments.schema)
    warn_of_doubts(recordings)
    schema = recordings.schema
    names = choose_features(arguments.features, schema)
    split = split_pours(recordings.pours, arguments.seed)
    extra = _load_extra(arguments.extra_data, recordings)
    if extra:
        split = replace(split, train=split.train + extra.pours)
    parts = split.parts()
    preprocessor = Preprocessor(names, schema.sample_rate_hz, recordings.tilt_sign)
    raw = {part: [preprocessor.raw(pour) for pour in pours] for part, pours in parts.items()}
    preprocessor.fit_rows(raw['train'])
    return TrainingSetup(
        recordings=recordings,
        extra=extra,
        split=split,
        preprocessor=preprocessor,
        raw=raw,
        padded={
            part: preprocessor.transform_rows(pours, raw[part]) for part, pours in parts.items()
        },
        architecture=ARCHITECTURES[arguments.architecture],
        settings=FitSettings(
            **{
                field.name: getattr(arguments, field.name)
                for field in fields(FitSettings)
                if field.name in arguments
            }
        ),
    )


def _fit(setup: TrainingSetup) -> FitResult:
    """Train the network; say so if it did not come to its end."""
    architecture, settings = setup.architecture, setup.settings
    with ProgressDisplay(f'training {architecture.name}', settings.epochs) as display:
        result = fit(
            architecture,
            setup.padded['train'],
            setup.padded['validation'],
            settings,
            lambda epoch, loss, val_loss: display.advance(
                f'training {loss:.4f}  validation {val_loss:.4f} N²'
            ),
        )
    if result.interrupted or result.diverged:
        reason = 'interrupted' if result.interrupted else 'training diverged (loss is NaN)'
        print(
            f'{reason}: exporting the best network so far (epoch {result.best_epoch})',
            file=sys.stderr,
        )
    return result


def _export(
    arguments: argparse.Namespace, setup: TrainingSetup, result: FitResult
) -> dict[str, Any]:
    """Write what a training run gave; return what ``metrics.json`` holds."""
    estimated = {
        part: poured_weights(pours, predict(result.model, setup.padded[part]))
        for part, pours in setup.split.parts().items()
    }
    packaged = package_model(
        arguments.name or arguments.output.resolve().name,
        recordings=setup.recordings,
        extra=setup.extra,
        split=setup.split,
        preprocessor=setup.preprocessor,
        architecture=setup.architecture,
        settings=setup.settings,
        result=result,
        raw_validation=setup.raw['validation'],
        validation=setup.padded['validation'],
        errors={
            part: pour_errors(pours, estimated[part])
            for part, pours in setup.split.parts().items()
        },
        command=_command(arguments),
    )
    metrics = _metrics(packaged, result)
    with atomic_folder(arguments.output) as folder:
        write_bytes(folder / 'model.onnx', packaged.content)
        write_text(folder / 'metrics.json', json.dumps(metrics, indent=2) + '\n')
        write_text(folder / 'history.csv', _history_csv(result.history))
        with pictures_cost_nothing():
            plot_history(folder / 'history.png', result.history, result.best_epoch)
            plot_pours(
                folder / 'test_pours.png',
                setup.split.test,
                estimated['test'],
                setup.recordings.schema.sample_rate_hz,
                f'{packaged.spec.name}: pours of the test part',
            )
    return metrics


def _metrics(packaged: PackagedModel, result: FitResult) -> dict[str, Any]:
    """Return what ``metrics.json`` holds."""
    spec = packaged.spec
    return {
        **spec.errors,
        'trainable_parameters': spec.architecture['trainable_parameters'],
        'seconds': result.seconds,
        'export_difference': packaged.difference,
        'leaking_features': spec.leaking_features,
        **{key: spec.training[key] for key in ('pours', 'epochs', 'best_epoch', 'interrupted')},
    }


def _load_extra(path: str | None, recordings: Recordings) -> Recordings | None:
    """Return the recordings in file `path`, which must fit `recordings`; None without a path."""
    if path is None:
        return None
    extra = load_recordings(path, recordings.schema.name)
    if extra.tilt_sign != recordings.tilt_sign:
        raise RecordingError(
            f'{extra.name}: expected the sign of theta of {recordings.name}, '
            f'{recordings.tilt_sign:+d} while tilted, received {extra.tilt_sign:+d}'
        )
    return extra


def _history_csv(history: Mapping[str, Sequence[float]]) -> str:
    rows = zip(history['loss'], history['val_loss'])
    return 'epoch,loss_newton2,val_loss_newton2\n' + ''.join(
        f'{epoch},{loss:.8g},{val_loss:.8g}\n'
        for epoch, (loss, val_loss) in enumerate(rows, start=1)
    )


def _command(arguments: argparse.Namespace) -> str:
    """Return the command that trains this model again, with the data's name but not its folder."""
    options = {**vars(arguments), 'data': Path(arguments.data).name, 'output': 'OUTPUT'}
    if arguments.extra_data:
        options['extra_data'] = Path(arguments.extra_data).name
    if arguments.recipe:
        options = {name: value for name, value in options.items() if name not in _NETWORK_DEFAULTS}
    return 'python -m training.train ' + ' '.join(
        f'--{name.replace("_", "-")} {shlex.quote(str(value))}'
        for name, value in options.items()
        if value is not None
    )


def _print_errors(metrics: Mapping[str, Any], output: Path) -> None:
    print(f'{"":12}{"MSE [N²]":>12}{"RMSE [N]":>12}{"[ml]":>10}')
    for part in ('train', 'validation', 'test'):
        errors = metrics[part]
        print(
            f'{part:12}{errors["mse_newton2"]:12.5f}{errors["rmse_newton"]:12.4f}'
            f'{errors["rmse_ml"]:10.1f}'
        )
    print(
        f'{metrics["trainable_parameters"]} trainable parameters, '
        f'{metrics["seconds"]:.0f} s; wrote {output / "model.onnx"}'
    )


@command(interrupted='nothing was written')
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    name = arguments.name or arguments.output.resolve().name
    if not is_plain_name(name):  # before the training, not after
        raise TrainingError(
            f'name: expected plain text of 1 to {MAX_NAME} printable characters, received '
            f'{quoted(name)}'
        )
    if arguments.recipe:
        print(
            '\n'.join(
                train_with_recipe(
                    arguments.data,
                    arguments.output,
                    schema=arguments.schema,
                    name=arguments.name,
                    recipe=replace(BEST, seed=arguments.seed),
                    command=_command(arguments),
                )
            )
        )
        print(f'wrote {arguments.output / "model.onnx"}, its report is beside it')
        return 0
    metrics = train(arguments)
    _print_errors(metrics, arguments.output)
    return 130 if metrics['interrupted'] else 0


if __name__ == '__main__':
    sys.exit(main())
