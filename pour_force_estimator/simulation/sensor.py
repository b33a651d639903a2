# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What a robot measures of a pour: the weight under the receiving cup, and the angle of its joint.

The weight arrives late (the liquid falls, the scale filters), the stream's momentum presses on
the scale while it flows, and the noise grows while liquid moves and rings on after it.
"""

from dataclasses import dataclass
import math

import numpy as np

from ..cups.validation import check_range
from ..units import degree_to_rad, NEWTON_PER_LBF, STANDARD_GRAVITY

TILT_QUANTUM = degree_to_rad(360.0 / 4096.0)
"""Resolution of the joint's encoder in the robot trials [rad]."""

_REFERENCE_FLOW = 1.0
"""Weight flow at which moving liquid makes its full noise [N/s]: about 100 ml/s of water."""

_CALM_TIME_S = 0.5
"""Time in which the liquid in the receiving cup calms down to 1/e [s]."""

_SLOSH_TIME_S = 0.1
"""Time in which a free slosh falls to 1/e [s]; heavily damped, as the recorded one is."""


_READING_N = NEWTON_PER_LBF
"""Unit of the load cell of the robot trials [N], in which the errors of its readings are drawn."""


@dataclass(frozen=True)
class WeightSensor:
    """
    Properties of n scales.

    Parameters
    ----------
    delay_s : ndarray of shape (n,)
        Time from the lip to the reading [s].
    impact_speed : ndarray of shape (n,)
        Force of the stream per mass flow [m/s].
    offset : ndarray of shape (n,)
        What the scale reads before anything arrives [N].
    rest_noise : ndarray of shape (n,)
        Standard deviation of the noise at rest [N].
    rest_correlation : ndarray of shape (n,)
        Correlation of the noise at rest with itself one step earlier [-].
    flow_noise : ndarray of shape (n,)
        Standard deviation of what the falling liquid adds to the noise [N].
    slosh_noise : ndarray of shape (n,)
        Standard deviation of the sloshing in the receiving cup [N].
    slosh_frequency : ndarray of shape (n,)
        Frequency of the sloshing [Hz].

    Raises
    ------
    SimulationError
        If a parameter is out of its range.

    """

    delay_s: np.ndarray
    impact_speed: np.ndarray
    offset: np.ndarray
    rest_noise: np.ndarray
    rest_correlation: np.ndarray
    flow_noise: np.ndarray
    slosh_noise: np.ndarray
    slosh_frequency: np.ndarray

    def __post_init__(self) -> None:
        check_range('delay_s', self.delay_s, 0.0, 1.0, 's')
        check_range('impact_speed', self.impact_speed, 0.0, 10.0, 'm/s')
        check_range('offset', self.offset, -1.0, 1.0, 'N')
        for name in ('rest_noise', 'flow_noise', 'slosh_noise'):
            check_range(name, getattr(self, name), 0.0, 1.0, 'N')
        check_range('rest_correlation', self.rest_correlation, 0.0, 0.99)
        check_range('slosh_frequency', self.slosh_frequency, 0.1, 30.0, 'Hz')

    @classmethod
    def draw(cls, n: int, rng: np.random.Generator) -> 'WeightSensor':
        """Return `n` random scales like those of the robot trials."""
        narrow = rng.random(n) < 0.3
        return cls(
            delay_s=rng.uniform(0.0, 0.2, n),
            impact_speed=rng.uniform(0.5, 2.5, n),
            offset=_READING_N * rng.uniform(-0.003, 0.003, n),
            rest_noise=_READING_N * rng.uniform(0.0010, 0.0017, n),
            rest_correlation=rng.uniform(0.25, 0.75, n),
            flow_noise=_READING_N * rng.uniform(0.002, 0.008, n),
            slosh_noise=_READING_N
            * np.where(narrow, rng.uniform(0.010, 0.022, n), rng.uniform(0.003, 0.010, n)),
            slosh_frequency=rng.uniform(5.0, 9.0, n),
        )


class WeightSignal:
    """
    The readings of n scales, step by step.

    Parameters
    ----------
    sensor : WeightSensor
        Properties of the scales.
    n : int
        Number of pours.
    steps : int
        Most steps that a pour can have.
    sample_rate_hz : float
        Rate of the readings [Hz].
    rng : numpy.random.Generator
        Source of the noise.

    """

    def __init__(
        self,
        sensor: WeightSensor,
        n: int,
        steps: int,
        sample_rate_hz: float,
        rng: np.random.Generator,
    ) -> None:
        self._sensor = sensor
        self._rng = rng
        self._step_s = 1.0 / sample_rate_hz
        self._step = 0
        self._pours = np.arange(n)
        self._poured = np.zeros((steps, n))
        self._delay_steps = np.rint(sensor.delay_s * sample_rate_hz).astype(int)
        self._agitation_decay = math.exp(-self._step_s / _CALM_TIME_S)
        self._agitation = np.zeros(n)
        self._noise = rng.standard_normal(n)
        self._slosh, self._past_slosh = np.zeros(n), np.zeros(n)
        self._resonator = _resonator(sensor.slosh_frequency, self._step_s)

    def read(self, poured: np.ndarray) -> np.ndarray:
        """
        Return the next readings.

        Parameters
        ----------
        poured : ndarray of shape (n,)
            Weight that has left each cup [N].

        Returns
        -------
        ndarray of shape (n,)
            Measured weight [N].

        """
        sensor, step = self._sensor, self._step
        self._poured[step] = poured
        arrived = self._poured[np.maximum(step - self._delay_steps, 0), self._pours]
        before = self._poured[np.maximum(step - self._delay_steps - 1, 0), self._pours]
        flow = (arrived - before) / self._step_s
        momentum = sensor.impact_speed * flow / STANDARD_GRAVITY
        self._step += 1
        measured: np.ndarray = sensor.offset + arrived + momentum + self._draw_noise(flow)
        return measured

    def _draw_noise(self, flow: np.ndarray) -> np.ndarray:
        """Return the noise [N] while liquid arrives at `flow` [N/s]."""
        sensor = self._sensor
        still, fall, push = self._rng.standard_normal((3, len(self._pours)))
        correlation = sensor.rest_correlation
        self._noise = correlation * self._noise + np.sqrt(1.0 - correlation**2) * still
        last_weight, past_weight, drive = self._resonator
        slosh = last_weight * self._slosh + past_weight * self._past_slosh + drive * push
        self._slosh, self._past_slosh = slosh, self._slosh
        self._agitation = np.maximum(
            self._agitation * self._agitation_decay,
            np.minimum(np.sqrt(flow / _REFERENCE_FLOW), 1.5),
        )
        agitated = sensor.flow_noise * fall + sensor.slosh_noise * slosh
        noise: np.ndarray = sensor.rest_noise * self._noise + self._agitation * agitated
        return noise


def quantize_tilt(tilt: np.ndarray) -> np.ndarray:
    """Return `tilt` [rad] as the joint's encoder reports it, a multiple of `TILT_QUANTUM`."""
    return np.rint(tilt / TILT_QUANTUM) * TILT_QUANTUM


def _resonator(frequency_hz: np.ndarray, step_s: float) -> tuple[np.ndarray, float, np.ndarray]:
    """
    Return the coefficients of a damped oscillation that noise drives to unit variance.

    They are those of a second-order autoregression: the weights of the last step and of the one
    before, and that of the noise.
    """
    decay = math.exp(-step_s / _SLOSH_TIME_S)
    last = 2.0 * decay * np.cos(2.0 * math.pi * frequency_hz * step_s)
    past = -(decay**2)
    drive = np.sqrt((1.0 + past) * ((1.0 - past) ** 2 - last**2) / (1.0 - past))
    return last, past, drive
