# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Make a cup from its shape or from one slow pour, as a file or in a model.

::

    python -m training.cup --profile jug.csv --unit mm --output jug.yaml --picture jug.png
    python -m training.cup --mesh jug.stl --vessel --spout x --unit mm --output jug.yaml
    python -m training.cup --slow-pour slow.npy --quick-pour quick.npy --output jug.yaml
    python -m training.cup --profile jug.csv --unit mm --model robot_trials --output my.onnx

A profile is the inner radius over the height of a body of revolution. A mesh is watertight, z up,
and either the wall of the vessel or its inside, closed by a level top. A slow pour is that of the
full cup over a scale, an array of recorded pours or a bag (with the options of training.rosbag).
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
import sys

from matplotlib.figure import Figure
import numpy as np

from pour_force_estimator import find_model, StepModel
from pour_force_estimator.context import CONTEXT_FIELDS
from pour_force_estimator.cups.cup_file import save_cup
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.cups.validation import check_range
from pour_force_estimator.errors import ModelContractError
from pour_force_estimator.features.physics import PHYSICS_FEATURES
from pour_force_estimator.files import atomic_path, write_bytes
from pour_force_estimator.pours.schemas import SCHEMAS
from pour_force_estimator.units import m3_to_ml, m_to_mm, rad_to_degree

from .cli.command import command
from .errors import ShapeError
from .export.calibration import with_cups
from .rosbag.options import add_bag_options
from .shapes.mesh_file import azimuth_of, load_mesh
from .shapes.nearest import nearest_cup, NearestCup
from .shapes.picture import draw_cup, FILLS
from .shapes.profile_file import load_profile
from .shapes.sizes import METRES
from .slow_pour.fit import fit_slow_pour, SlowPourFit
from .slow_pour.picture import draw_fit
from .slow_pour.sources import load_quick_pours, load_slow_pour

WATER_KG_M3 = 1000.0


TYPICAL_DISCHARGE = 0.6
"""Discharge coefficient of a lip of which nothing is known [-]."""


def _load(arguments: argparse.Namespace) -> tuple[CupSpec, np.ndarray]:
    path = arguments.profile or arguments.mesh
    name = arguments.name or path.stem
    if arguments.unit is None:
        raise ShapeError(f'{path}: expected --unit, one of {", ".join(METRES)}, received none')
    discharge = TYPICAL_DISCHARGE if arguments.discharge is None else arguments.discharge
    if arguments.profile:
        return load_profile(path, arguments.unit, name, discharge)
    if arguments.spout is None or not (arguments.inside or arguments.vessel):
        raise ShapeError(
            '--mesh: expected --spout (where it pours to: x, -x, y, -y or degrees) '
            'and --inside or --vessel, received only some of them'
        )
    return load_mesh(
        path,
        arguments.unit,
        name,
        azimuth_of(arguments.spout),
        arguments.inside,
        discharge,
    )


def _fit(arguments: argparse.Namespace) -> SlowPourFit:
    density = arguments.density / WATER_KG_M3
    return fit_slow_pour(
        arguments.name or arguments.slow_pour.stem,
        load_slow_pour(arguments, density),
        load_quick_pours(arguments, density),
        arguments.discharge,
    )


def put_into_model(content: bytes, cup: CupSpec) -> bytes:
    """Return the ONNX file `content` with a cup among those that it knows, by its name."""
    spec = StepModel(content).spec
    if not set(spec.feature_names) & set(PHYSICS_FEATURES):
        raise ModelContractError(
            f'{spec.name}: expected a model that knows the physics of its cups, received one '
            'without'
        )
    return with_cups(content, CupTable(spec.cups).with_cup(cup))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m training.cup', description=__doc__.split('\n\n')[0]
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
    parser.add_argument('--name', help='of the cup (default: that of the file)')
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
    add_bag_options(parser, is_required=False)
    parser.add_argument(
        '--output', type=Path, help='YAML file of the cup to write; with --model, .onnx of that'
    )
    parser.add_argument('--picture', type=Path, help='PNG to write')
    parser.add_argument('--model', help='an ONNX file or a shipped model, to put the cup into')
    parser.add_argument(
        '--output-model', type=Path, help='ONNX file to write beside the file of the cup'
    )
    return parser


_BELONGS_TO = {
    'inside': 'mesh',
    'vessel': 'mesh',
    'spout': 'mesh',
    'quick_pour': 'slow_pour',
    'slow_pour_index': 'slow_pour',
    'schema': 'slow_pour',
}
"""Options that mean nothing without another."""


def _parse(argv: list[str] | None) -> argparse.Namespace:
    """Return the arguments, which fit together."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    for name, source in _BELONGS_TO.items():
        value = getattr(arguments, name)
        is_given = value is not None and value is not False
        if is_given and not getattr(arguments, source):
            parser.error(f'--{name.replace("_", "-")} goes with --{source.replace("_", "-")}')
    if arguments.unit and arguments.slow_pour:
        parser.error('--unit goes with --profile and --mesh')
    if arguments.model and arguments.output and arguments.output.suffix == '.onnx':
        if arguments.output_model:
            parser.error('--output: expected the YAML file of the cup, received a second .onnx')
        arguments.output, arguments.output_model = None, arguments.output
    if bool(arguments.model) != bool(arguments.output_model):
        parser.error('--model goes with an .onnx file to write, in --output or --output-model')
    return arguments


def _report(cup: CupSpec, nearest: NearestCup, density: float) -> None:
    weight = Liquid(density / WATER_KG_M3).weight(cup.volume)
    print(
        f'{cup.name}: {m3_to_ml(cup.volume):.1f} ml, {weight:.2f} N when full, '
        f'{m_to_mm(cup.height):.1f} mm tall and {m_to_mm(cup.diameter):.1f} mm wide inside'
    )
    print(
        'begins to pour: '
        + ', '.join(
            f'{fill:.0%} full at {rad_to_degree(cup.onset_angle(fill * cup.volume)):.1f} degree'
            for fill in FILLS
        )
    )
    print(
        f'nearest cylinder or bottle: pour.cup_height {nearest.height:.4f} m, pour.cup_diameter '
        f'{nearest.diameter:.4f} m, lip {nearest.lip_ratio:.2f} of the body; its capacity is '
        f'off by {m3_to_ml(nearest.rmse_m3):.1f} ml RMSE and at most '
        f'{m3_to_ml(nearest.max_error_m3):.1f} ml'
    )


def _report_fit(fit: SlowPourFit) -> None:
    low, high = (rad_to_degree(tilt) for tilt in fit.seen)
    full = m3_to_ml(fit.shape.volume)
    print(
        f'seen: {low:.1f} to {high:.1f} degree, at {rad_to_degree(fit.tilt_speed):.1f} degree/s '
        f'in the mean; {m3_to_ml(fit.head):.1f} ml stood above the lip, and are corrected for; '
        f'{m3_to_ml(fit.rmse):.1f} ml RMSE are left'
    )
    print(
        f'not seen: below {low:.1f} degree the cup holds at least {full:.0f} ml, '
        f'beyond {high:.1f} degree at most {m3_to_ml(fit.left):.0f} ml; the table holds these'
    )
    print(
        f'lip: {m_to_mm(float(fit.shape.opening)):.0f} mm wide, discharge '
        f'{fit.shape.discharge:.2f} ({_how(fit.is_discharge_told)}), delay {fit.delay_s:.2f} s '
        f'({_how(fit.is_delay_told)})'
    )
    for note in fit.notes:
        print(f'note: {note}')


def _how(is_told: bool) -> str:
    return 'by the pours' if is_told else 'typical: a quick pour tells it'


@command()
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = _parse(argv)
    relative = CONTEXT_FIELDS['relative_density']
    low, high = WATER_KG_M3 * relative.low, WATER_KG_M3 * relative.high
    check_range('--density', arguments.density, low, high, 'kg/m^3')
    try:
        fit = _fit(arguments) if arguments.slow_pour else None
        draw: Callable[[], Figure]
        if fit:
            cup, draw = fit.shape, partial(draw_fit, fit)
            nearest = nearest_cup(cup)
        else:
            cup, outline = _load(arguments)
            nearest = nearest_cup(cup)
            draw = partial(draw_cup, cup, outline, nearest)
        model = (
            put_into_model(find_model(arguments.model).read_bytes(), cup)
            if arguments.model
            else None
        )
        _report(cup, nearest, arguments.density)
        if fit:
            _report_fit(fit)
        if arguments.output:
            save_cup(arguments.output, cup, fit.seen if fit else None)
        if arguments.picture:
            with atomic_path(arguments.picture) as temporary:
                draw().savefig(temporary, dpi=100, format='png')
        if model is not None:
            write_bytes(arguments.output_model, model)
    except ModuleNotFoundError as error:
        print(
            f'error: {error.name} is missing: pip install "pour_force_estimator[shape]"',
            file=sys.stderr,
        )
        return 2
    for path in filter(None, (arguments.output, arguments.picture, arguments.output_model)):
        print(f'wrote {path}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
