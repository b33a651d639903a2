# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Pour from simulated cups: joint states of an arm, and the true weight beside them.

::

    ros2 run pour_force_estimator simulated_arm --ros-args -p cups:="['bottle_285x89']" -p seed:=7
    ros2 run pour_force_estimator simulated_arm --ros-args -p control:=estimate \
        -p targets:="[150.0]"

The joint states have the arm's own rate, with jitter in their stamps, as those of a real arm do.
With ``control:=estimate`` it moves as `pour_to_target` commands, and a scale weighs each pour.
"""

from collections.abc import Coroutine
import os
import sys
from typing import Any

import numpy as np
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor

from ...context import PourContext
from ...cups.cup_file import load_cup
from ...cups.everyday import everyday_cup, EVERYDAY_NAMES
from ...cups.spec import CupSpec
from ...errors import SimulationError
from ...simulation import (
    CONTROLS,
    FITTED_CUPS,
    Population,
    simulate_pour,
    simulate_pours,
    SimulatedPours,
    TRANSPORT_DELAY_S,
)
from ...simulation.mounted_cup import draw_tasks, MountingSpreads, told_name
from ...text import quoted
from .arm_node import ArmNode, run_arm
from .arm_player import ArmPlayer, PlayedPour
from .robot_program import declare_session_parameters, RobotProgram
from .steered_arm import ArmSettings, SteeredArm

DEMO_CUPS = ['cylinder_120x121', 'bottle_285x89', 'bottle_292x75']

STEERED = 'estimate'
"""Value of `control` for an arm that is steered by what an estimator predicts."""

ALL_CONTROLS = (*CONTROLS, STEERED)

CUSTOM_CUP = 'custom'
"""Name of the cup that the parameters `cup.height` and so on describe."""

ALL_CUPS = (*FITTED_CUPS, *EVERYDAY_NAMES, CUSTOM_CUP)

MAX_POUR_S = 11.0

RANDOM_FILL = (0.22, 0.33)
"""Range of the fill where none is given; where the robot trials of these cups lie too."""

_PARAMETERS = (
    ('cup.height', 0.12, 0.02, 1.0, 'Height of the custom cup [m].'),
    ('cup.diameter', 0.08, 0.01, 0.5, 'Diameter of the custom cup [m].'),
    ('cup.lip_ratio', 1.0, 0.05, 1.0, 'Diameter of its lip relative to that of its body.'),
    ('cup.discharge', 0.6, 0.05, 1.5, 'Discharge coefficient of its lip as a weir.'),
    ('cup.angle_offset', 0.0, -0.3, 0.3, 'What is added to the measured tilt [rad].'),
    ('fill', 0.0, 0.0, 1.0, 'Part of the cup that is full; 0 to draw one for each pour.'),
    ('relative_density', 1.0, 0.3, 5.0, 'Density of the liquid relative to water.'),
    ('rate', 125.0, 10.0, 1000.0, 'Rate of the joint states [Hz].'),
    ('jitter', 0.1, 0.0, 0.4, 'Spread of the stamps, in periods of the rate.'),
)


def declare_parameters(node: ArmNode) -> None:
    """Declare what is poured from, what is poured, and how."""
    node.declare_parameter(
        'cups',
        DEMO_CUPS,
        ParameterDescriptor(
            description=(
                f'Cup of each pour, one of {", ".join(ALL_CUPS)}, or the name in cup_file.'
            )
        ),
    )
    node.declare_parameter(
        'cup_file',
        '',
        ParameterDescriptor(
            description='File of a cup, as training.cup writes it; empty for none.'
        ),
    )
    node.declare_parameter(
        'control',
        'closed',
        ParameterDescriptor(
            description=(f'How the cup is moved, one of {", ".join(ALL_CONTROLS)}.')
        ),
    )
    node.declare_parameter(
        'seed',
        1,
        ParameterDescriptor(
            description='Same seed, same pours.',
            integer_range=[IntegerRange(from_value=0, to_value=2**31 - 1)],
        ),
    )
    for name, default, low, high, description in _PARAMETERS:
        node.declare_parameter(
            name,
            default,
            ParameterDescriptor(
                description=description,
                floating_point_range=[FloatingPointRange(from_value=low, to_value=high)],
            ),
        )


def pour(node: ArmNode) -> Coroutine[Any, Any, None]:
    """Return the coroutine that pours as the parameters of `node` say."""
    declare_parameters(node)
    declare_session_parameters(node)
    value = {
        name: node.get_parameter(name).value
        for name in ('cups', 'control', 'seed', *(row[0] for row in _PARAMETERS))
    }
    if value['control'] not in ALL_CONTROLS:
        raise SimulationError(
            f'control: expected one of {ALL_CONTROLS}, received {value["control"]!r}'
        )
    custom = CupSpec.of_size(
        value['cup.height'],
        value['cup.diameter'],
        value['cup.lip_ratio'],
        discharge=value['cup.discharge'],
        angle_offset=value['cup.angle_offset'],
        name=CUSTOM_CUP,
    )
    path = os.path.expanduser(node.get_parameter('cup_file').value)
    named_cups = [custom, load_cup(path)] if path else [custom]
    cups = [(name, _find_cup(name, named_cups)) for name in value['cups']]
    rng = np.random.default_rng(value['seed'])
    fill = np.full(len(cups), value['fill'])
    if not value['fill']:
        fill = rng.uniform(*RANDOM_FILL, len(cups))
    if value['control'] == STEERED:
        spreads = MountingSpreads(
            *(
                node.get_parameter(f'{name}_spread').value
                for name in ('mounting_offset', 'pour_offset', 'discharge')
            )
        )
        tasks = draw_tasks(
            cups,
            list(node.get_parameter('targets').value),
            fill,
            value['relative_density'],
            spreads,
            rng,
        )
        settings = ArmSettings(value['rate'], value['jitter'], value['relative_density'])
        return RobotProgram(node, SteeredArm(node, settings, rng)).pour(tasks)
    pours = simulate_pours(
        len(cups),
        rng,
        max_steps=round(MAX_POUR_S * value['rate']),
        sample_rate_hz=value['rate'],
        control=value['control'],
        population=Population.of([cup for _, cup in cups], value['relative_density'], fill),
    )
    return ArmPlayer(node).play(
        [
            _played_pour(f'pour from {name}', pours, index, value['jitter'], rng)
            for index, (name, _) in enumerate(cups)
        ]
    )


def _find_cup(name: str, named_cups: list[CupSpec]) -> CupSpec:
    for cup in reversed(named_cups):  # a cup_file stands before what has its name
        if cup.name == name:
            return cup
    if name in FITTED_CUPS:
        return FITTED_CUPS[name]
    if name in EVERYDAY_NAMES:
        return everyday_cup(name)
    raise SimulationError(
        f'cups: expected some of {[*ALL_CUPS, *(cup.name for cup in named_cups[1:])]}, '
        f'received {quoted(name)}'
    )


def _played_pour(
    label: str, pours: SimulatedPours, index: int, jitter: float, rng: np.random.Generator
) -> PlayedPour:
    """Return pour `index` with jittered stamps, and the weight that has arrived by then."""
    cup, liquid, volume = pours.population[index]
    tilt = pours.tilt[index, : pours.lengths[index]]
    weight = float(liquid.weight(volume))
    arrived = simulate_pour(
        cup, weight, tilt, pours.sample_rate_hz, liquid.relative_density, delay_s=TRANSPORT_DELAY_S
    )
    regular = np.arange(len(tilt), dtype=np.float64)
    stamps = regular + np.clip(jitter * rng.standard_normal(len(tilt)), -0.45, 0.45)
    stamps[0] = 0.0
    return PlayedPour(
        label=label,
        elapsed_ns=np.round(stamps * 1e9 / pours.sample_rate_hz).astype(np.int64),
        tilt=np.interp(stamps, regular, tilt),
        poured_weight=np.interp(stamps, regular, arrived),
        context=PourContext(
            initial_weight=weight,
            target_weight=float(pours.target_weight[index]),
            cup_height=float(cup.height),
            cup_diameter=float(cup.diameter),
            relative_density=float(liquid.relative_density),
            cup=told_name(cup),
        ),
    )


def main(args: list[str] | None = None) -> int:
    """Run the node; return its exit code."""
    return run_arm('arm', pour, args)


if __name__ == '__main__':
    sys.exit(main())
