# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Import recorded pours from bags of ROS 2 as a dataset that can be trained on.

::

    python -m training.rosbag BAG... --joints wrist_3_joint --scale /scale \
        --context context.yaml --output pours.npy

Reads rosbag2 (sqlite3 and MCAP, compressed too) without ROS, finds the pours, removes the delay of
the scale, and writes the pours, where they came from (.yaml) and a picture of all of them (.png).
"""

import argparse
from pathlib import Path
import sys

from pour_force_estimator.pours.coverage import missing_variety, pour_facts
from pour_force_estimator.pours.scale import SIGNS
from pour_force_estimator.text import shortened
from pour_force_estimator.units import newton_to_ml, rad_to_degree

from ..cli.command import command
from ..cli.options import file_to_write
from ..cli.outputs import check_outputs
from .context import ContextFile
from .dataset import files_of_dataset, write_dataset
from .importing import import_bags, Imported
from .options import add_bag_options, settings_of


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the command's arguments, an argparse.Namespace."""
    parser = argparse.ArgumentParser(
        prog='python -m training.rosbag', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument(
        'bags',
        nargs='+',
        type=Path,
        metavar='BAG',
        help='folder of a rosbag2, or its .mcap or .db3',
    )
    parser.add_argument(
        '--output',
        type=file_to_write('.npy'),
        required=True,
        metavar='FILE',
        help='.npy to write',
    )
    add_bag_options(parser, is_required=True)
    arguments = parser.parse_args(argv)
    if arguments.scale_delay is not None and not abs(arguments.scale_delay) <= 10.0:
        parser.error(f'--scale-delay: expected at most 10 s, received {arguments.scale_delay:g}')
    return arguments


def print_report(imported: Imported, topic: str) -> None:
    """Print each pour, what the scale does, and what is missing for a training run."""
    print('pour  bag                        start     length   poured             tilt')
    for index, pour in enumerate(imported.pours):
        weight = imported.sign * pour.cut.change
        density = pour.used_context.relative_density or 1.0
        print(
            f'{index:4}  {shortened(pour.bag, 24):24}  {pour.start_s:7.1f} s  '
            f'{pour.cut.duration_s:6.1f} s  '
            f'{weight:6.3f} N = {newton_to_ml(weight, density):4.0f} ml  '
            f'{rad_to_degree(pour.cut.max_tilt):4.0f} degree at '
            f'{rad_to_degree(pour.cut.tilt_speed):3.0f} degree/s'
            f'{f", {pour.cut.spikes} spikes left out" if pour.cut.spikes else ""}'
        )
    delay = imported.delay
    print(f'scale: the reading of {topic} {SIGNS[imported.sign]}')
    evidence = (
        f' (correlation {delay.correlation:.2f}, {delay.pours} pours, '
        f'spread {delay.spread_s:.3f} s)'
        if delay.pours
        else ''
    )
    print(f'scale: a delay of {delay.seconds:.3f} s is removed{evidence}')
    for line in missing_variety(
        [pour_facts(pour.cut, imported.sign, pour.used_context) for pour in imported.pours]
    ):
        print(f'missing: {line}')


def print_problems(imported: Imported) -> None:
    """Print what is wrong, and what is no pour, to the standard error."""
    for problem in imported.problems:
        print(f'warning: {problem}', file=sys.stderr)
    for pour in imported.found_pours:
        if pour.reason:
            print(
                f'no pour: {shortened(pour.bag, 100)}, at {pour.start_s:.2f} s: {pour.reason}',
                file=sys.stderr,
            )


@command()
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code: 0, or 2 after an error."""
    arguments = parse_arguments(argv)
    settings = settings_of(arguments)
    check_outputs(
        {str(path): path for path in files_of_dataset(arguments.output)},
        {'--context': arguments.context, '--urdf': arguments.urdf}
        | {str(bag): bag for bag in arguments.bags},
    )
    imported = import_bags(arguments.bags, settings, ContextFile(arguments.context))
    files = write_dataset(arguments.output, imported, settings, arguments.context)
    print_problems(imported)
    print_report(imported, arguments.scale)
    print(f'wrote {", ".join(map(str, files))}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
