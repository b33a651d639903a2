# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Recorded pours of one cup, poured again by the physics: all of them, and several cups, at once.

The tilts are recorded, so that how much the cup holds is known for all steps before the first;
only the volume left has to go from step to step.
"""

from collections.abc import Sequence

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.cup import Cup, MAX_TILT, MIN_TILT
from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.outflow import capacity_and_rate, choked_flow, volume_out
from pour_force_estimator.cups.pouring_cup import PouringCup
from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.errors import ContextError, RecordingError
from pour_force_estimator.pours.recordings import RecordedPour

_MAX_GAIN_N = 0.45
"""How much more than was in the cup a scale may read, by its own errors [N]."""


class CupOutflow:
    """
    Pours of one cup.

    Parameters
    ----------
    pours : sequence of RecordedPour
        n pours at one rate.

    Attributes
    ----------
    pours : int
        Their number n.
    size : CupSize
        Of the cup.
    rate_hz : float
        Rate of the steps [Hz].
    measured : ndarray of shape (steps, n)
        Measured poured weight [N]; 0 after the end of a pour.
    real : ndarray of shape (steps, n), bool
        Whether a step is before the end of its pour.

    Raises
    ------
    RecordingError
        If there are no pours, or they cannot all be pours of one cup; the message names the cup
        and the pour.

    """

    def __init__(self, pours: Sequence[RecordedPour]) -> None:
        if not pours:
            raise RecordingError('pours: expected at least one pour of the cup, received none')
        self.pours = len(pours)
        contexts = [context_of(pour) for pour in pours]
        self.size = CupSize.of(contexts[0])
        self.rate_hz = pours[0].schema.sample_rate_hz
        for pour, context in zip(pours, contexts):
            self._check(pour, context)
        lengths = np.array([len(pour) for pour in pours])
        steps = lengths.max()
        tilts = np.stack(
            [np.pad(pour.tilt, (0, steps - len(pour)), 'edge') for pour in pours], axis=1
        )
        tilts = np.clip(tilts, MIN_TILT, MAX_TILT)
        self._middle_tilts = (tilts[:-1] + tilts[1:]) / 2.0
        self.measured = np.stack(
            [np.pad(pour.poured_weight, (0, steps - len(pour))) for pour in pours], axis=1
        )
        self.real = np.arange(steps)[:, np.newaxis] < lengths
        liquid = Liquid(np.array([context.relative_density or 1.0 for context in contexts]))
        self._volume = liquid.volume(np.array([context.initial_weight for context in contexts]))
        self._newton_per_m3 = np.asarray(liquid.weight(1.0))

    def _check(self, pour: RecordedPour, context: PourContext) -> None:
        """Raise `RecordingError` unless `pour` can be one of this cup."""
        name = f'cup {self.size}, pour {pour.index}'
        size = CupSize.of(context)
        if not size.is_same(self.size):
            raise RecordingError(f'{name}: expected a pour of this cup, received one of {size}')
        if pour.schema.sample_rate_hz != self.rate_hz:
            raise RecordingError(
                f'{name}: expected steps at {self.rate_hz:g} Hz as in the other pours, received '
                f'{pour.schema.sample_rate_hz:g} Hz'
            )
        initial = context.required('initial_weight')
        full = Liquid(context.relative_density or 1.0).weight(
            Cup(self.size.height, self.size.diameter).volume
        )
        if initial > full:
            raise RecordingError(
                f'{name}: expected at most {full:.2f} N in the cup before the pour, all that it '
                f'holds, received {initial:.2f} N'
            )
        poured = pour.poured_weight[-1]
        if poured > initial + _MAX_GAIN_N:
            raise RecordingError(
                f'{name}: expected at most the {initial:.2f} N that were in the cup to be '
                f'poured, received {poured:.2f} N'
            )

    def poured(self, cup: PouringCup, offsets: np.ndarray) -> np.ndarray:
        """
        Return what each pour would have poured at each step, without transport delay.

        Parameters
        ----------
        cup : PouringCup
            v cups at once.
        offsets : ndarray of shape (n, v)
            What is added to the tilts of each pour [rad].

        Returns
        -------
        ndarray of shape (steps, n, v)
            Poured weight [N].

        """
        step_s = 1.0 / self.rate_hz
        capacity, rate = capacity_and_rate(cup, self._middle_tilts[..., np.newaxis] + offsets)
        limit = choked_flow(cup) * step_s
        volume = self._volume[:, np.newaxis]
        left = np.empty((len(capacity) + 1, *offsets.shape))
        left[0] = volume
        for step in range(len(capacity)):
            left[step + 1] = left[step] - volume_out(
                left[step] - capacity[step], rate[step], limit, step_s
            )
        return (volume - left) * self._newton_per_m3[:, np.newaxis]

    def delayed(self, poured: np.ndarray, delay_s: float) -> np.ndarray:
        """
        Return what a scale reads of `poured`, ndarrays of shape (steps, ...) both.

        `delay_s` [s] need not be a whole number of steps, so that a fit has a slope to follow.
        """
        delay = delay_s * self.rate_hz
        whole_steps = int(delay)
        steps = np.arange(len(poured)) - whole_steps
        later, earlier = poured[np.maximum(steps, 0)], poured[np.maximum(steps - 1, 0)]
        return later + (delay - whole_steps) * (earlier - later)


def context_of(pour: RecordedPour) -> PourContext:
    """Return the context of `pour`; a value that is out of range is an error naming the pour."""
    try:
        return pour.context
    except ContextError as error:
        raise RecordingError(f'pour {pour.index}: {error}') from error
