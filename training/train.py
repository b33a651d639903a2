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
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
import shlex
import sys
from typing import Any

from pour_force_estimator.pours.schemas import SCHEMAS
from pour_force_estimator.text import is_plain_name, MAX_NAME, quoted

from .cli.command import command
from .cli.options import not_negative, positive, seed
from .errors import TrainingError
from .fitting.fit import FitSettings
from .networks.architectures import ARCHITECTURES
from .recipe.command import train_with_recipe
from .recipe.settings import BEST
from .recipe.single_network import train_network


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
    metrics = train_network(
        arguments.data,
        arguments.output,
        schema=arguments.schema,
        extra_data=arguments.extra_data,
        architecture=arguments.architecture,
        features=arguments.features,
        split_seed=arguments.seed,
        settings=FitSettings(
            **{
                field.name: getattr(arguments, field.name)
                for field in fields(FitSettings)
                if field.name in arguments
            }
        ),
        name=arguments.name,
        command=_command(arguments),
    )
    _print_errors(metrics, arguments.output)
    return 130 if metrics['interrupted'] else 0


if __name__ == '__main__':
    sys.exit(main())
