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
from dataclasses import dataclass
from functools import partial
from pathlib import Path
import sys

from matplotlib.figure import Figure

from pour_force_estimator import find_model, StepModel
from pour_force_estimator.cups.cup_file import save_cup
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.errors import ModelContractError
from pour_force_estimator.features.physics import PHYSICS_FEATURES
from pour_force_estimator.files import atomic_paths
from pour_force_estimator.units import m3_to_ml

from ..cli.command import command
from ..errors import ShapeError
from ..export.calibration import with_cups
from ..shapes.mesh_file import azimuth_of, load_mesh
from ..shapes.nearest import nearest_cup
from ..shapes.picture import draw_cup
from ..shapes.profile_file import load_profile
from ..shapes.sizes import METRES
from ..slow_pour.fit import fit_slow_pour
from ..slow_pour.picture import draw_fit
from ..slow_pour.sources import load_quick_pours, load_slow_pour
from .options import parse_arguments, WATER_KG_M3
from .report import lines_of_cup, lines_of_fit

TYPICAL_DISCHARGE = 0.6
"""Discharge coefficient of a lip of which nothing is known [-]."""


@dataclass(frozen=True)
class Measured:
    """
    A cup that was measured.

    Attributes
    ----------
    cup : CupSpec
        The cup.
    seen : tuple of float or None
        First and last tilt that a slow pour has seen [rad]; None for a shape, which tells all.
    draw : callable
        Returns its picture.
    report : list of str
        What there is to say, in lines.

    """

    cup: CupSpec
    seen: tuple[float, float] | None
    draw: Callable[[], Figure]
    report: list[str]


def _of_shape(arguments: argparse.Namespace) -> Measured:
    path = arguments.profile or arguments.mesh
    name = arguments.name or path.stem
    if not path.is_file():
        raise ShapeError(
            f'{path}: expected a file to read, received '
            f'{"a folder" if path.is_dir() else "none of that name"}'
        )
    if arguments.unit is None:
        raise ShapeError(f'{path}: expected --unit, one of {", ".join(METRES)}, received none')
    discharge = TYPICAL_DISCHARGE if arguments.discharge is None else arguments.discharge
    if arguments.profile:
        cup, outline = load_profile(path, arguments.unit, name, discharge)
    elif arguments.spout is None or not (arguments.inside or arguments.vessel):
        raise ShapeError(
            '--mesh: expected --spout (where it pours to: x, -x, y, -y or degrees) '
            'and --inside or --vessel, received only some of them'
        )
    else:
        azimuth_deg = azimuth_of(arguments.spout)
        cup, outline = load_mesh(
            path, arguments.unit, name, azimuth_deg, arguments.inside, discharge
        )
    nearest = nearest_cup(cup)
    return Measured(
        cup,
        None,
        partial(draw_cup, cup, outline, nearest),
        lines_of_cup(cup, nearest, arguments.density / WATER_KG_M3),
    )


def _of_slow_pour(arguments: argparse.Namespace) -> Measured:
    density = arguments.density / WATER_KG_M3
    fit = fit_slow_pour(
        arguments.name or arguments.slow_pour.stem,
        load_slow_pour(arguments, density),
        load_quick_pours(arguments, density),
        arguments.discharge,
    )
    nearest = nearest_cup(fit.shape, fit.seen)
    report = [*lines_of_cup(fit.shape, nearest, density, fit.left), *lines_of_fit(fit)]
    return Measured(fit.shape, fit.seen, partial(draw_fit, fit), report)


def put_into_model(content: bytes, cup: CupSpec) -> tuple[bytes, CupSpec | None]:
    """
    Put a cup among those that a model knows, by its name.

    Parameters
    ----------
    content : bytes
        An ONNX file.
    cup : CupSpec
        The cup.

    Returns
    -------
    content : bytes
        The file with the cup.
    replaced : CupSpec or None
        The cup of that name that it knew.

    Raises
    ------
    ModelContractError
        If the model does not know the physics of cups.

    """
    spec = StepModel(content).spec
    if not set(spec.feature_names) & set(PHYSICS_FEATURES):
        raise ModelContractError(
            f'{spec.name}: expected a model that knows the physics of its cups, received one '
            'without'
        )
    replaced = next((other for other in spec.cups if other.name == cup.name), None)
    return with_cups(content, CupTable(spec.cups).with_cup(cup)), replaced


def _write(arguments: argparse.Namespace, measured: Measured, model: bytes) -> list[Path]:
    """Write all that was asked for, or nothing; return the files."""
    writers: dict[Path | None, Callable[[Path], object]] = {
        arguments.output: lambda path: save_cup(path, measured.cup, measured.seen),
        arguments.picture: lambda path: measured.draw().savefig(path, dpi=100, format='png'),
        arguments.output_model: lambda path: path.write_bytes(model),
    }
    targets = {path: write for path, write in writers.items() if path is not None}
    with atomic_paths(targets) as temporaries:
        for temporary, write in zip(temporaries, targets.values()):
            write(temporary)
    return list(targets)


@command()
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = parse_arguments(argv)
    try:
        measured = _of_slow_pour(arguments) if arguments.slow_pour else _of_shape(arguments)
        report, model = list(measured.report), b''
        if arguments.model:
            content = find_model(arguments.model).read_bytes()
            model, replaced = put_into_model(content, measured.cup)
            if replaced is not None:
                report.append(
                    f"note: takes the place of the model's {replaced.name} "
                    f'({m3_to_ml(replaced.volume):.0f} ml)'
                )
        written = _write(arguments, measured, model)
    except ModuleNotFoundError as error:
        print(
            f'error: {error.name} is missing: pip install "pour_force_estimator[shape]"',
            file=sys.stderr,
        )
        return 2
    print('\n'.join(report))
    for path in written:
        print(f'wrote {path}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
