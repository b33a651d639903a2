# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Pours whose truth is known: bodies of revolution, slow and quick motions, a scale with noise."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
import math

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.cup import MAX_TILT
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.outflow import advance
from pour_force_estimator.cups.shape import cup_of_profile
from pour_force_estimator.simulation.sensor import quantize_tilt, WeightSensor, WeightSignal
from pour_force_estimator.simulation.tilt_profile import TiltProfiles
from pour_force_estimator.units import degree_to_rad, Number

RATE_HZ = 60.0

_REST_S = 2.0

_MAX_END = degree_to_rad(135.0)
"""Where a slow pour ends at most [rad]: few wrists turn a cup further."""


@dataclass(frozen=True)
class TruePour:
    """
    A pour and what a robot with a scale records of it.

    Attributes
    ----------
    tilt : ndarray of shape (n,)
        Tilt as the encoder reports it [rad].
    weight : ndarray of shape (n,)
        Poured weight as the scale reads it [N].
    context : PourContext
        Initial weight and size of the cup; the target is all that was in it.
    final : float
        What has really left the cup in the end [m^3].

    """

    tilt: np.ndarray
    weight: np.ndarray
    context: PourContext
    final: float


def random_profile(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """
    Draw the profile of an odd-shaped body of revolution.

    Returns
    -------
    heights, radii : ndarray of shape (n,)
        Inner radius over the height [m]: a smooth random curve, 180 to 1000 ml.

    """
    while True:
        height = rng.uniform(0.07, 0.26)
        mean = rng.uniform(0.025, 0.065)
        part = np.linspace(0.0, 1.0, 41)
        waves = sum(
            rng.normal(0.0, 0.22 / order) * np.cos(order * math.pi * part) for order in range(1, 5)
        )
        radii = mean * np.exp(waves - float(np.mean(waves)))
        heights = height * part
        volume = math.pi * float(np.trapezoid(radii**2, heights))
        if 180e-6 <= volume <= 1000e-6 and radii.min() > 0.012 and 2.0 * radii.max() < 0.2:
            return heights, radii


class TrueCup:
    """
    A cup in one mounting, and a scale.

    Parameters
    ----------
    heights, radii : ndarray of shape (n,)
        Profile [m].
    rng : numpy.random.Generator
        Source of the draws: discharge, offset, noise and delay of the scale.

    """

    def __init__(self, heights: np.ndarray, radii: np.ndarray, rng: np.random.Generator) -> None:
        self._rng = rng
        self._height, self._diameter = float(heights[-1]), 2.0 * float(radii.max())
        cup = cup_of_profile('truth', heights, radii, float(rng.uniform(0.45, 0.8)))
        table = replace(cup.table, lip_widths=np.full(len(cup.table.tilts), cup.opening))
        self._vessel = replace(
            cup,
            table=table,
            angle_offset=degree_to_rad(float(np.clip(rng.normal(0.0, 2.2), -4.0, 4.0))),
        )
        self._sensor = WeightSensor.draw(1, rng)
        self._full = float(self.capacity(degree_to_rad(float(rng.uniform(10.0, 16.0)))))

    def capacity(self, tilt: Number) -> np.ndarray:
        """Return what the mounted cup holds [m^3] at the measured `tilt` [rad]."""
        return self._vessel.capacity(tilt)

    def slow_pour(self, speed_deg: float) -> TruePour:
        """Return a slow pour of the full cup, uneven, with pauses, at about `speed_deg` [1/s]."""
        rng = self._rng
        empty = np.flatnonzero(self._vessel.table.capacities < 0.005 * self._full)
        end = min(float(self._vessel.table.tilts[empty[0]]) if len(empty) else MAX_TILT, _MAX_END)
        start = degree_to_rad(rng.uniform(3.0, 6.0))
        steps = round((end - start) / degree_to_rad(speed_deg) * RATE_HZ)
        time_s = np.arange(steps) / RATE_HZ
        speed = 1.0 + 0.3 * np.sin(2.0 * math.pi * time_s / 7.0 + rng.uniform(0.0, 6.0))
        for _ in range(2):  # pauses
            begin = rng.integers(0, steps)
            speed[begin : begin + round(1.5 * RATE_HZ)] = 0.0
        up = start + (end - start) * np.cumsum(speed) / np.sum(speed)
        back = TiltProfiles(np.array([[end, end, start]]), np.array([[1.0, 2.5]])).sample(
            round(3.5 * RATE_HZ), RATE_HZ
        )[0][0]
        rest_steps = round(_REST_S * RATE_HZ)
        tilt = np.concatenate(
            [np.full(rest_steps, start), up, back, np.full(2 * rest_steps, start)]
        )
        return self.pour(tilt, self._full)

    def quick_pours(self, n: int, spread_deg: float) -> Iterator[TruePour]:
        """Yield `n` quick pours that sit differently by `spread_deg` [degree] each."""
        rng = self._rng
        for _ in range(n):
            volume = self._full * rng.uniform(0.4, 1.0)
            leaves = volume * rng.uniform(0.1, 0.75)
            deepest = (
                float(np.interp(-leaves, -self._vessel.table.capacities, self._vessel.table.tilts))
                - self._vessel.angle_offset
            )
            start = degree_to_rad(rng.uniform(3.0, 6.0))
            deepest = min(max(deepest, start + 0.3), _MAX_END)
            stops = np.array([[start, start, deepest, deepest, start, start]])
            durations_s = np.array(
                [
                    [
                        0.5,
                        1.875 * (deepest - start) / rng.uniform(0.45, 1.1),
                        rng.uniform(0.05, 1.5),
                        1.875 * (deepest - start) / rng.uniform(0.6, 1.65),
                        2.0,
                    ]
                ]
            )
            steps = math.ceil(float(durations_s.sum()) * RATE_HZ)
            tilt = TiltProfiles(stops, durations_s).sample(steps, RATE_HZ)[0][0]
            offset = degree_to_rad(float(rng.normal(0.0, spread_deg))) if spread_deg else 0.0
            yield self.pour(tilt, volume, offset)

    def pour(self, tilt: np.ndarray, volume: float, offset: float = 0.0) -> TruePour:
        """
        Pour.

        Parameters
        ----------
        tilt : ndarray of shape (n,)
            Tilt at `RATE_HZ` [rad].
        volume : float
            What is in the cup at the start [m^3].
        offset : float
            How much further tilted than in the slow pour it sits [rad].

        """
        vessel = replace(self._vessel, angle_offset=self._vessel.angle_offset + offset)
        left = np.empty(len(tilt))
        left[0] = volume
        for step in range(1, len(tilt)):
            left[step] = advance(vessel, left[step - 1], tilt[step - 1], tilt[step], 1.0 / RATE_HZ)
        liquid = Liquid()
        poured = liquid.weight(volume - left)
        initial = float(liquid.weight(volume))
        scale = WeightSignal(self._sensor, 1, len(tilt), RATE_HZ, self._rng)
        weight = np.array([float(scale.read(np.array([value]))[0]) for value in poured])
        return TruePour(
            quantize_tilt(tilt),
            weight,
            PourContext(
                initial_weight=initial,
                target_weight=initial,
                cup_height=self._height,
                cup_diameter=self._diameter,
            ),
            volume - float(left[-1]),
        )
