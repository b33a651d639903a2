# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The simulator: cups, motions and sensors advance together, one step at a time.

A controlled cup turns by what the scale reads, so that no pour can be computed ahead of its
motion; all pours of a set take each step at once instead.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..cups.cup import MAX_TILT, MIN_TILT
from ..cups.liquid import Liquid
from ..cups.outflow import advance, SUBSTEPS
from ..cups.pouring_cup import PouringCup
from ..cups.validation import check_range, check_whole_number
from ..errors import SimulationError
from ..units import Number
from .controller import ControllerSettings, PourController
from .population import draw_population, Population
from .sensor import quantize_tilt, WeightSensor, WeightSignal
from .tilt_profile import draw_tilt_profiles

CONTROLS = ('open', 'closed', 'mixed')
"""How the cups are moved: by a plan, by a controller that watches the weight, or half and half."""

MIN_SET_S = 8.0
"""Least duration [s] that a set must leave for its pours; the robot's took 4 to 11 s."""

_MAX_AT_PACE_1_S = 11.5
"""Duration [s] of a set whose pours are as fast as the robot's; longer sets hold slower ones."""

_MIN_TARGET_N = 0.20016997268672249
"""Smallest target [N], as in the robot trials; exact, so that seeds say the same."""

_REST_TILT = 0.01
"""How near to its last tilt a cup is at rest [rad]."""


@dataclass(frozen=True)
class SimulatedPours:
    """
    n pours; the rows of a pour after its length are zeros.

    Attributes
    ----------
    sample_rate_hz : float
        Rate of the steps [Hz].
    population : Population
        Cups, liquids and fills.
    closed_loop : ndarray of shape (n,), bool
        Whether a controller that watched the weight moved the cup.
    lengths : ndarray of shape (n,), int
        Number of steps of each pour.
    tilt : ndarray of shape (n, steps)
        Tilt as the encoder reports it [rad], positive while pouring.
    command : ndarray of shape (n, steps)
        Planned or commanded velocity of the tilt [rad/s].
    poured_weight : ndarray of shape (n, steps)
        Weight that has left the cup [N], without delay and noise.
    measured_weight : ndarray of shape (n, steps)
        What the scale under the receiving cup reads [N].
    target_weight : ndarray of shape (n,)
        Weight that was meant to be poured [N].

    """

    sample_rate_hz: float
    population: Population
    closed_loop: np.ndarray
    lengths: np.ndarray
    tilt: np.ndarray
    command: np.ndarray
    poured_weight: np.ndarray
    measured_weight: np.ndarray
    target_weight: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def final_poured_weight(self) -> np.ndarray:
        """Weight that each pour has poured in all [N], ndarray of shape (n,)."""
        weight: np.ndarray = self.poured_weight[np.arange(len(self)), self.lengths - 1]
        return weight


def simulate_pour(
    cup: PouringCup,
    initial_weight_n: Number,
    tilt: np.ndarray,
    sample_rate_hz: float = 60.0,
    relative_density: Number = 1.0,
    *,
    delay_s: float = 0.0,
    substeps: int = SUBSTEPS,
) -> np.ndarray:
    """
    Return what a cup has poured after each step of a given motion, without any randomness.

    Parameters
    ----------
    cup : PouringCup
        One cup, or n of them.
    initial_weight_n : float or ndarray of shape (n,)
        Weight of the liquid in the cup before the first step [N].
    tilt : ndarray of shape (steps,) or (n, steps)
        Tilt [rad], positive while pouring.
    sample_rate_hz : float
        Rate of the steps [Hz].
    relative_density : float or ndarray of shape (n,)
        Density of the liquid relative to water [-].
    delay_s : float
        Time from the lip to the scale [s], rounded to whole steps; 0 gives what has left the cup,
        `TRANSPORT_DELAY_S` what a scale reads.
    substeps : int
        Steps of the integration per step of the motion.

    Returns
    -------
    ndarray of the shape of `tilt`
        Poured weight [N]; starts at 0 and never falls.

    Raises
    ------
    SimulationError
        If the cup cannot hold that weight, or a value is out of its range.

    Examples
    --------
    >>> from pour_force_estimator.simulation import FITTED_CUPS
    >>> tilt = np.radians(np.linspace(0.0, 80.0, 240))
    >>> poured = simulate_pour(FITTED_CUPS['cylinder_120x121'], 4.0, tilt)
    >>> poured[0], bool(0.0 < poured[-1] < 4.0)
    (np.float64(0.0), True)

    """
    tilt = np.asarray(tilt, np.float64)
    if tilt.ndim not in (1, 2) or 0 in tilt.shape:
        raise SimulationError(
            f'tilt: expected shape (steps,) or (n, steps), received {tilt.shape}'
        )
    check_range('tilt', tilt, MIN_TILT, MAX_TILT, 'rad')
    check_range('sample_rate_hz', sample_rate_hz, 5.0, 10000.0, 'Hz')
    check_range('delay_s', delay_s, 0.0, 10.0, 's')
    check_whole_number('substeps', substeps, 1)
    liquid = Liquid(relative_density)
    check_range('initial_weight_n', initial_weight_n, 0.0, liquid.weight(cup.volume), 'N')
    initial_volume = liquid.volume(np.asarray(initial_weight_n, np.float64))
    volume = np.broadcast_to(initial_volume, tilt.shape[:-1])
    poured = np.zeros(tilt.shape)
    for step in range(1, tilt.shape[-1]):
        volume = np.asarray(
            advance(
                cup, volume, tilt[..., step - 1], tilt[..., step], 1.0 / sample_rate_hz, substeps
            )
        )
        poured[..., step] = liquid.weight(initial_volume - volume)
    arrived = np.maximum(np.arange(tilt.shape[-1]) - round(delay_s * sample_rate_hz), 0)
    return poured[..., arrived]


def simulate_pours(
    n: int,
    rng: np.random.Generator,
    *,
    max_steps: int = 700,
    sample_rate_hz: float = 60.0,
    control: str = 'mixed',
    cup_set: int = 1,
    liquids: str = 'water',
    population: Population | None = None,
    on_step: Callable[[int], object] | None = None,
) -> SimulatedPours:
    """
    Draw and simulate a set of pours that resemble the robot trials.

    Each pour ends when its cup is upright again and the weight has settled; all of them do so
    within `max_steps`. Where that is longer than the robot took, slower pours are drawn too.

    Parameters
    ----------
    n : int
        Number of pours.
    rng : numpy.random.Generator
        Source of all draws; the same state gives the same pours, bit for bit.
    max_steps : int
        Steps that every pour fits in, at least `MIN_SET_S` long.
    sample_rate_hz : float
        Rate of the steps [Hz].
    control : {'open', 'closed', 'mixed'}
        How the cups are moved; see `CONTROLS`. The target of an open-loop pour takes no part in
        its motion; it is set afterwards, near what was poured.
    cup_set : {1, 2}
        Which cups; see `population`.
    liquids : {'water', 'mixed'}
        What is poured; see `population`.
    population : Population, optional
        `n` given cups with what is in them, in place of drawn ones.
    on_step : callable, optional
        Called with the number of steps done after each of the `max_steps` steps.

    Returns
    -------
    SimulatedPours

    Raises
    ------
    SimulationError
        If an argument is out of its range.

    """
    check_whole_number('n', n, 1)
    check_range('sample_rate_hz', sample_rate_hz, 10.0, 1000.0, 'Hz')
    check_whole_number('max_steps', max_steps, int(np.ceil(MIN_SET_S * sample_rate_hz)))
    if control not in CONTROLS:
        raise SimulationError(f'control: expected one of {CONTROLS}, received {control!r}')
    if population is None:
        population = draw_population(n, rng, cup_set, liquids)
    elif len(population) != n:
        raise SimulationError(f'population: expected {n} cups, received {len(population)}')
    sensor = WeightSensor.draw(n, rng)
    share = {'open': 0.0, 'closed': 1.0, 'mixed': 0.5}[control]
    closed_loop = rng.random(n) < share
    set_s = max_steps / sample_rate_hz
    pace = rng.uniform(1.0, max(1.0, set_s / _MAX_AT_PACE_1_S), n)
    settle_s = sensor.delay_s + np.where(
        rng.random(n) < 0.12, rng.uniform(0.2, 1.5, n), rng.uniform(1.9, 2.6, n)
    )
    last_move_s = set_s - settle_s - 2.0 / sample_rate_hz
    target = np.clip(
        population.weight * rng.uniform(0.08, 0.65, n),
        _MIN_TARGET_N,
        0.8 * population.pourable_weight,
    )

    planned = draw_tilt_profiles(population.cup, population.volume, rng, pace)
    tilt, command = planned.within(last_move_s[:, np.newaxis]).sample(max_steps, sample_rate_hz)
    controller = PourController(
        ControllerSettings.draw(population.cup, population.volume, target, last_move_s, rng, pace),
        sample_rate_hz,
    )
    signal = WeightSignal(sensor, n, max_steps, sample_rate_hz, rng)
    volume = population.volume
    poured, measured = np.zeros((n, max_steps)), np.zeros((n, max_steps))
    for step in range(max_steps):
        tilt[closed_loop, step] = controller.tilt[closed_loop]
        command[closed_loop, step] = controller.command[closed_loop]
        if step:
            volume = np.asarray(
                advance(
                    population.cup, volume, tilt[:, step - 1], tilt[:, step], 1.0 / sample_rate_hz
                )
            )
        poured[:, step] = population.liquid.weight(population.volume - volume)
        measured[:, step] = signal.read(poured[:, step])
        controller.update(measured[:, step])
        if on_step is not None:
            on_step(step + 1)

    lengths = _lengths(tilt, np.ceil(settle_s * sample_rate_hz).astype(int))
    target = np.where(closed_loop, target, _stated_target(poured[:, -1], rng))
    real = np.arange(max_steps) < lengths[:, np.newaxis]
    return SimulatedPours(
        sample_rate_hz,
        population,
        closed_loop,
        lengths,
        quantize_tilt(tilt) * real,
        command * real,
        poured * real,
        measured * real,
        target,
    )


def _lengths(tilt: np.ndarray, settle_steps: np.ndarray) -> np.ndarray:
    """Return the number of steps until each cup has been at rest for `settle_steps`."""
    steps = tilt.shape[1]
    moves = np.abs(tilt - tilt[:, -1:]) > _REST_TILT
    rests_from = steps - np.argmax(moves[:, ::-1], axis=1)
    lengths: np.ndarray = rests_from + settle_steps
    if lengths.max() > steps:
        raise SimulationError(
            f'max_steps: expected at least {lengths.max()} for these pours, received {steps}'
        )
    return lengths


def _stated_target(final_weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return targets [N] that miss `final_weight` [N] as those of the robot trials do."""
    ratio = np.exp(np.clip(rng.normal(0.08, 0.22, len(final_weight)), -0.25, 0.6))
    return np.maximum(final_weight / ratio, _MIN_TARGET_N)
