# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Options of the command, and which of them go together."""

import argparse
from collections.abc import Sequence
from pathlib import Path
import sys

from pour_force_estimator.context import CONTEXT_FIELDS
from pour_force_estimator.cups.spec import DISCHARGE_RANGE
from pour_force_estimator.cups.validation import check_range
from pour_force_estimator.pours.schemas import SCHEMAS

from ..cli.options import file_to_write, plain_name
from ..cli.outputs import check_outputs
from ..rosbag.options import add_bag_options
from ..shapes.sizes import METRES
from ..slow_pour.sources import is_bag

WATER_KG_M3 = 1000.0

_BELONGS_TO = {
    'inside': 'mesh',
    'vessel': 'mesh',
    'spout': 'mesh',
    'quick_pour': 'slow_pour',
    'slow_pour_index': 'slow_pour',
    'schema': 'slow_pour',
}
"""Options that mean nothing without another."""


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """
    Return the arguments, which fit together.

    Raises
    ------
    SimulationError
        If a number is out of its range.
    OutputError, OSError
        If a file cannot be written, or is one of those that are read.

    """
    bags = argparse.ArgumentParser(add_help=False)
    add_bag_options(bags, is_required=False)
    parser = _parser(bags)
    arguments = parser.parse_args(_with_joined_spout(sys.argv[1:] if argv is None else argv))
    for name, source in _BELONGS_TO.items():
        value = getattr(arguments, name)
        is_given = value is not None and value is not False
        if is_given and not getattr(arguments, source):
            parser.error(f'{_option(name)} goes with {_option(source)}')
    if arguments.unit and arguments.slow_pour:
        parser.error('--unit goes with --profile and --mesh')
    of_bags = [
        name
        for name, default in vars(bags.parse_args([])).items()
        if getattr(arguments, name) != default
    ]
    pours = [arguments.slow_pour, *(arguments.quick_pour or ())] if arguments.slow_pour else []
    if of_bags and not any(map(is_bag, pours)):
        parser.error(f'{_option(of_bags[0])} goes with a bag in --slow-pour or --quick-pour')
    _check_files(arguments, pours)
    if arguments.output and arguments.output.suffix == '.onnx':
        if not arguments.model:
            parser.error(
                f'--output: expected a .yaml file, or --model too, received {arguments.output}'
            )
        if arguments.output_model:
            parser.error('--output: expected the YAML file of the cup, received a second .onnx')
        arguments.output, arguments.output_model = None, arguments.output
    if bool(arguments.model) != bool(arguments.output_model):
        parser.error('--model goes with an .onnx file to write, in --output or --output-model')
    relative = CONTEXT_FIELDS['relative_density']
    low, high = WATER_KG_M3 * relative.low, WATER_KG_M3 * relative.high
    check_range('--density', arguments.density, low, high, 'kg/m^3')
    if arguments.discharge is not None:
        check_range('--discharge', arguments.discharge, *DISCHARGE_RANGE)
    return arguments


def _check_files(arguments: argparse.Namespace, pours: Sequence[Path]) -> None:
    outputs = ('output', 'picture', 'output_model')
    inputs = ('profile', 'mesh', 'context', 'urdf')
    check_outputs(
        {_option(name): getattr(arguments, name) for name in outputs},
        {_option(name): getattr(arguments, name) for name in inputs}
        | {str(path): path for path in pours},
    )


def _with_joined_spout(words: Sequence[str]) -> list[str]:
    """Return `words` with ``--spout -x`` as one word: argparse takes -x for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == '--spout' and word[:1] == '-' and word[:2] != '--':
            joined[-1] = f'--spout={word}'
        else:
            joined.append(word)
    return joined


def _option(name: str) -> str:
    return f'--{name.replace("_", "-")}'


def _parser(bags: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m training.cup',
        description='Make a cup from its shape or from one slow pour, as a file or in a model.',
        parents=[bags],
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument('--profile', type=Path, help='CSV: height, inner radius')
    source.add_argument('--mesh', type=Path, help='watertight .stl, .ply or .off, z up')
    source.add_argument(
        '--slow-pour',
        type=Path,
        metavar='POUR',
        help='.npy or .npz of recorded pours, or a bag, with one slow pour of the full cup',
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument('--inside', action='store_true', help='the mesh is what the cup holds')
    kind.add_argument('--vessel', action='store_true', help="the mesh is the vessel's wall")
    parser.add_argument('--spout', help='where the mesh pours to: x, -x, y, -y, or degrees')
    parser.add_argument('--unit', choices=METRES, help='of the file of a shape')
    parser.add_argument('--name', type=plain_name, help='of the cup (default: that of the file)')
    parser.add_argument(
        '--density', type=float, default=WATER_KG_M3, help='of the liquid [kg/m^3] (default: 1000)'
    )
    parser.add_argument(
        '--discharge',
        type=float,
        help='discharge coefficient of the lip (default: that of quick pours, else a typical one)',
    )
    pours = parser.add_argument_group('with --slow-pour')
    pours.add_argument(
        '--quick-pour',
        type=Path,
        action='append',
        metavar='POUR',
        help='pours of the same cup in the same mounting, which tell its discharge and delay; '
        'may be given several times',
    )
    pours.add_argument(
        '--slow-pour-index', type=int, metavar='N', help='which pour of the file it is, from 0'
    )
    pours.add_argument(
        '--schema', choices=list(SCHEMAS), help='layout of arrays (default: by their columns)'
    )
    parser.add_argument(
        '--output',
        type=file_to_write('.yaml', '.yml', '.onnx'),
        help='YAML file of the cup to write; with --model, .onnx of that',
    )
    parser.add_argument('--picture', type=file_to_write('.png'), help='PNG to write')
    parser.add_argument('--model', help='an ONNX file or a shipped model, to put the cup into')
    parser.add_argument(
        '--output-model',
        type=file_to_write('.onnx'),
        help='ONNX file to write beside the file of the cup',
    )
    return parser
