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
    CONTROLS, Cup, FITTED_CUPS, Liquid, Population, simulate_pour, simulate_pours,
    TRANSPORT_DELAY_S)
from .arm_player import PlayedPour, play_pours

DEMO_CUPS = ['cylinder_120x121', 'bottle_285x89', 'bottle_292x75']

CUSTOM_CUP = 'custom'
"""Name of the cup that the parameters `cup.height` and so on describe."""

LONGEST_POUR_S = 11.0

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
    node.declare_parameter('seed', 0, ParameterDescriptor(
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
    fills = np.full(len(cups), parameter['fill']) if parameter['fill'] else rng.uniform(
        0.4, 0.7, len(cups))
    return [
        _played_pour(f'pour from {name}', pours, index, parameter, rng)
        for pours in [_simulate(cups, fills, parameter, rng)]
        for index, name in enumerate(parameter['cups'])]


def _find_cup(name, custom):
    if name == CUSTOM_CUP:
        return custom
    if name not in FITTED_CUPS:
        raise SimulationError(
            f'cups: expected some of {[*FITTED_CUPS, CUSTOM_CUP]}, received {name!r}')
    return FITTED_CUPS[name]


def _simulate(cups, fills, parameter, rng):
    """Return the pours of `cups` at the arm's rate, a SimulatedPours."""
    cup = Cup(**{name: np.array([getattr(cup, name) for cup in cups], np.float64)
                 for name in vars(cups[0])})
    population = Population(
        cup, Liquid(np.full(len(cups), parameter['relative_density'])), fills * cup.volume)
    return simulate_pours(
        len(cups), rng, max_steps=round(LONGEST_POUR_S * parameter['rate']),
        sample_rate_hz=parameter['rate'], control=parameter['control'], population=population)


def _played_pour(label, pours, index, parameter, rng):
    """Return pour `index` with jittered stamps, and the weight that has arrived by then."""
    length = pours.lengths[index]
    cup, liquid, volume = pours.population.pour(index)
    tilt = pours.tilt[index, :length]
    weight = liquid.weight(volume)
    arrived = simulate_pour(
        cup, weight, tilt, pours.sample_rate_hz, liquid.relative_density,
        delay_s=TRANSPORT_DELAY_S)
    period_s = 1.0 / pours.sample_rate_hz
    regular_s = np.arange(length) * period_s
    elapsed_s = regular_s + period_s * np.clip(
        parameter['jitter'] * rng.standard_normal(length), -0.45, 0.45)
    elapsed_s[0] = 0.0
    return PlayedPour(
        label=label,
        elapsed_ns=np.round(elapsed_s * 1e9).astype(np.int64),
        tilt=np.interp(elapsed_s, regular_s, tilt),
        poured_weight=np.interp(elapsed_s, regular_s, arrived),
        context=PourContext(
            initial_weight=float(weight), target_weight=float(pours.target_weight[index]),
            cup_height=float(cup.height), cup_diameter=float(cup.diameter),
            relative_density=float(liquid.relative_density)))


def main(args=None):
    """Run the node; return its exit code."""
    return play_pours('arm', load_pours, args)


if __name__ == '__main__':
    sys.exit(main())
