# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Options of commands that read bags: where tilt and weight are, and what counts as a pour."""

import argparse
import math
from pathlib import Path

from pour_force_estimator.pours.cut import CutterSettings
from pour_force_estimator.pours.scale import COMPONENTS, NEWTON_PER_UNIT, Scale
from pour_force_estimator.tilt.joint_tilt import JointTilt
from pour_force_estimator.units import rad_to_degree

from ..errors import BagError
from .pour_finder import ImportSettings
from .tilt_source import read_urdf_file, ROBOT_DESCRIPTION, TiltSource, UrdfSource

_CUTTER = CutterSettings()


def add_bag_options(parser: argparse.ArgumentParser, is_required: bool) -> None:
    """
    Add the options that `settings_of` reads, and ``--context``.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        The parser.
    is_required : bool
        Whether topic of the scale and context must be given.

    """
    parser.add_argument(
        '--context',
        type=Path,
        required=is_required,
        metavar='FILE',
        help='YAML with cup, initial and target weights',
    )
    tilt = parser.add_argument_group('tilt, as the parameters of the estimator node')
    _add_joint_options(tilt)
    _add_urdf_options(tilt)
    _add_scale_options(parser.add_argument_group('scale'), is_required)
    _add_cutter_options(parser.add_argument_group('what counts as a pour'))


def _add_joint_options(tilt: argparse._ArgumentGroup) -> None:
    tilt.add_argument('--joints', nargs='+', metavar='JOINT', help='joints that turn the cup')
    tilt.add_argument(
        '--joint-coefficients',
        nargs='+',
        type=float,
        metavar='FACTOR',
        help='factor of each joint (default: 1)',
    )
    tilt.add_argument(
        '--tilt-offset',
        type=float,
        default=0.0,
        metavar='RAD',
        help='tilt while all joints are at zero (default: 0)',
    )
    tilt.add_argument(
        '--joint-states',
        default='/joint_states',
        metavar='TOPIC',
        help='topic of the joint states (default: %(default)s)',
    )


def _add_urdf_options(tilt: argparse._ArgumentGroup) -> None:
    tilt.add_argument(
        '--cup-frame',
        metavar='LINK',
        help='link of the URDF that the cup is fixed to: the tilt comes from the URDF in place of '
        '--joints',
    )
    tilt.add_argument(
        '--cup-axis',
        nargs=3,
        type=float,
        default=(0.0, 0.0, 1.0),
        metavar=('X', 'Y', 'Z'),
        help='axis of the cup in that link, from its bottom to its opening (default: 0 0 1)',
    )
    tilt.add_argument(
        '--world-frame',
        metavar='LINK',
        help='link of the URDF whose z axis points up (default: its root)',
    )
    tilt.add_argument(
        '--urdf',
        type=Path,
        metavar='FILE',
        help='the URDF, xacro expanded (default: the one that the bag holds on '
        '--robot-description)',
    )
    tilt.add_argument(
        '--robot-description',
        default=ROBOT_DESCRIPTION,
        metavar='TOPIC',
        help='topic of the URDF (default: %(default)s)',
    )


def _add_scale_options(scale: argparse._ArgumentGroup, is_required: bool) -> None:
    scale.add_argument(
        '--scale',
        required=is_required,
        metavar='TOPIC',
        help='topic of the scale: a number of std_msgs, Wrench or WrenchStamped',
    )
    scale.add_argument(
        '--scale-unit',
        choices=list(NEWTON_PER_UNIT),
        default='newton',
        help='unit of its messages (default: %(default)s)',
    )
    scale.add_argument(
        '--scale-component',
        choices=COMPONENTS,
        default='z',
        help='of a wrench: a component of its force, or norm (default: z)',
    )
    scale.add_argument(
        '--scale-sign',
        type=int,
        choices=(-1, 0, 1),
        default=0,
        help='1 if its reading grows while the cup pours, -1 if it falls '
        '(default: 0, told from the bags)',
    )
    scale.add_argument(
        '--scale-delay',
        type=float,
        metavar='SECONDS',
        help='delay of the scale (default: estimated from the pours)',
    )


def _add_cutter_options(pours: argparse._ArgumentGroup) -> None:
    pours.add_argument(
        '--upright-degree',
        type=float,
        default=rad_to_degree(_CUTTER.upright_tilt),
        help='tilt up to which the cup counts as upright (default: %(default).0f)',
    )
    pours.add_argument(
        '--rest',
        type=float,
        default=_CUTTER.rest_s,
        metavar='SECONDS',
        help='rest before and after a pour (default: %(default)g)',
    )
    pours.add_argument(
        '--min-poured',
        type=float,
        default=_CUTTER.min_poured,
        metavar='NEWTON',
        help='less is no pour (default: %(default)g)',
    )


def settings_of(arguments: argparse.Namespace) -> ImportSettings:
    """
    Return the `ImportSettings` that the command's arguments describe.

    Raises
    ------
    BagError
        If it is not clear where the tilt comes from, or the URDF cannot be read.
    TiltError
        If joints and coefficients do not fit together.

    """
    return ImportSettings(
        joint_topic=arguments.joint_states,
        scale_topic=arguments.scale,
        tilt=_tilt_source(arguments),
        scale=Scale(arguments.scale_unit, arguments.scale_component),
        sign=arguments.scale_sign,
        delay_s=arguments.scale_delay,
        cutter=CutterSettings(
            upright_tilt=math.radians(arguments.upright_degree),
            rest_s=arguments.rest,
            min_poured=arguments.min_poured,
        ),
    )


def _tilt_source(arguments: argparse.Namespace) -> TiltSource:
    if bool(arguments.joints) == bool(arguments.cup_frame):
        raise BagError(
            'tilt: expected --joints (joints that turn the cup) or --cup-frame (a link of the '
            f'URDF), received {"both" if arguments.joints else "none"}'
        )
    if arguments.cup_frame:
        return UrdfSource(
            arguments.cup_frame,
            tuple(arguments.cup_axis),
            arguments.world_frame,
            read_urdf_file(arguments.urdf) if arguments.urdf else None,
            arguments.robot_description,
        )
    coefficients = arguments.joint_coefficients
    return JointTilt(
        tuple(arguments.joints),
        tuple([1.0] * len(arguments.joints) if coefficients is None else coefficients),
        arguments.tilt_offset,
    )
