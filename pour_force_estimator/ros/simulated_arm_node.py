"""
Pour from simulated cups: joint states of an arm, and the true weight beside them.

::

    ros2 run pour_force_estimator simulated_arm --ros-args -p cups:="['bottle_285x89']" -p seed:=7

The joint states have the arm's own rate, with jitter in their stamps, as those of a real arm do.
"""

import sys

import numpy as np
from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor

from ..context import PourContext
from ..errors import SimulationError
from ..simulation import (
    CONTROLS, Cup, FITTED_CUPS, Population, simulate_pour, simulate_pours, TRANSPORT_DELAY_S)
from .arm_player import PlayedPour, play_pours

DEMO_CUPS = ['cylinder_120x121', 'bottle_285x89', 'bottle_292x75']

CUSTOM_CUP = 'custom'
"""Name of the cup that the parameters `cup.height` and so on describe."""

LONGEST_POUR_S = 11.0

RANDOM_FILL = (0.22, 0.33)
"""Range of the fill where none is given; where the robot trials of these cups lie too."""

_PARAMETERS = (
    ('cup.height', 0.12, 0.02, 1.0, 'Height of the custom cup [m].'),
    ('cup.diameter', 0.08, 0.01, 0.5, 'Diameter of the custom cup [m].'),
    ('cup.lip_ratio', 1.0, 0.05, 1.0, 'Diameter of its lip relative to that of its body.'),
    ('fill', 0.0, 0.0, 1.0, 'Part of the cup that is full; 0 to draw one for each pour.'),
    ('relative_density', 1.0, 0.3, 5.0, 'Density of the liquid relative to water.'),
    ('rate', 125.0, 10.0, 1000.0, 'Rate of the joint states [Hz].'),
    ('jitter', 0.1, 0.0, 0.4, 'Spread of the stamps, in periods of the rate.'),
)


def declare_parameters(node):
    """Declare what is poured from, what is poured, and how."""
    node.declare_parameter('cups', DEMO_CUPS, ParameterDescriptor(description=(
        f'Cup of each pour, one of {", ".join(FITTED_CUPS)} or {CUSTOM_CUP}.')))
    node.declare_parameter('control', 'closed', ParameterDescriptor(description=(
        f'How the cup is moved, one of {", ".join(CONTROLS)}.')))
    node.declare_parameter('seed', 1, ParameterDescriptor(
        description='Same seed, same pours.',
        integer_range=[IntegerRange(from_value=0, to_value=2**31 - 1)]))
    for name, default, low, high, description in _PARAMETERS:
        node.declare_parameter(name, default, ParameterDescriptor(
            description=description,
            floating_point_range=[FloatingPointRange(from_value=low, to_value=high)]))


def load_pours(node):
    """Return simulated pours as the parameters of `node` say, a list of PlayedPour."""
    declare_parameters(node)
    parameter = {name: node.get_parameter(name).value
                 for name in ('cups', 'control', 'seed', *(row[0] for row in _PARAMETERS))}
    custom = Cup(
        parameter['cup.height'], parameter['cup.diameter'], parameter['cup.lip_ratio'])
    cups = [_find_cup(name, custom) for name in parameter['cups']]
    rng = np.random.default_rng(parameter['seed'])
    fill = np.full(len(cups), parameter['fill'])
    if not parameter['fill']:
        fill = rng.uniform(*RANDOM_FILL, len(cups))
    pours = simulate_pours(
        len(cups), rng, max_steps=round(LONGEST_POUR_S * parameter['rate']),
        sample_rate_hz=parameter['rate'], control=parameter['control'],
        population=Population.of(cups, parameter['relative_density'], fill))
    return [_played_pour(f'pour from {name}', pours, index, parameter['jitter'], rng)
            for index, name in enumerate(parameter['cups'])]


def _find_cup(name, custom):
    if name == CUSTOM_CUP:
        return custom
    if name not in FITTED_CUPS:
        raise SimulationError(
            f'cups: expected some of {[*FITTED_CUPS, CUSTOM_CUP]}, received {name!r}')
    return FITTED_CUPS[name]


def _played_pour(label, pours, index, jitter, rng):
    """Return pour `index` with jittered stamps, and the weight that has arrived by then."""
    cup, liquid, volume = pours.population[index]
    tilt = pours.tilt[index, :pours.lengths[index]]
    weight = liquid.weight(volume)
    arrived = simulate_pour(
        cup, weight, tilt, pours.sample_rate_hz, liquid.relative_density,
        delay_s=TRANSPORT_DELAY_S)
    regular = np.arange(len(tilt), dtype=np.float64)
    stamps = regular + np.clip(jitter * rng.standard_normal(len(tilt)), -0.45, 0.45)
    stamps[0] = 0.0
    return PlayedPour(
        label=label,
        elapsed_ns=np.round(stamps * 1e9 / pours.sample_rate_hz).astype(np.int64),
        tilt=np.interp(stamps, regular, tilt),
        poured_weight=np.interp(stamps, regular, arrived),
        context=PourContext(
            initial_weight=weight, target_weight=float(pours.target_weight[index]),
            cup_height=cup.height, cup_diameter=cup.diameter,
            relative_density=liquid.relative_density))


def main(args=None):
    """Run the node; return its exit code."""
    return play_pours('arm', load_pours, args)


if __name__ == '__main__':
    sys.exit(main())
