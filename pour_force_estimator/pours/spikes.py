# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Spikes of a load cell: single readings that stick out of their neighbours, before and after.

What rises or falls and stays is a step, however large, and a pour is a slope: neither sticks out.
A reading that lies near the last ones is taken at once, so that nothing is late while the weight
stands still; one that does not waits for the next readings, which decide. Readings go through
`SpikeFilter` one after the other, live in the nodes and from bags alike.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from .cut import Cut

_BEFORE, _AFTER = 3, 5
"""Readings before and after whose medians a reading is compared with: three spikes in a row."""

_MIN_STEP = 0.2
"""Distance from both neighbours below which nothing is a spike [N]: liquid that sloshes."""

_NOISE_STEPS = 6.0
"""The same, in standard deviations of the noise."""

_NOISE_MEMORY = 64
"""Readings over which the noise is averaged."""

_FIRST_NOISE, _FIRST_COUNT = 0.05, 8
"""Standard deviation of the noise that is assumed at first [N], as if of so many readings."""

_SECOND_DIFFERENCE = 1.95
"""Mean magnitude of the second difference of white noise of standard deviation 1."""

REST_NS = 1_000_000_000
"""Time before a cut whose spikes count as well [ns]: that of the rest that gives the tare."""

MAX_PART, MIN_COUNT = 0.05, 5
"""A pour with more spikes than both this part of its readings and this count is refused."""


class SpikeFilter:
    """Takes readings of a scale and gives back those that are no spikes, in order."""

    def __init__(self) -> None:
        self._accepted: deque[float] = deque(maxlen=_BEFORE)
        self._waiting: deque[tuple[Any, float]] = deque()
        self._spikes: list[Any] = []
        self._noise, self._count = _FIRST_NOISE, _FIRST_COUNT

    def push(self, tag: Any, weight: float) -> Sequence[tuple[Any, float]]:
        """
        Take a reading.

        Parameters
        ----------
        tag : object
            What is to be known of it, as its stamp.
        weight : float
            The reading, finite [N].

        Returns
        -------
        sequence of (object, float)
            Tags and readings [N] that are known to be no spikes with this one.

        """
        if not self._waiting and self._is_near(weight):
            self._accept(weight)
            return ((tag, weight),)
        self._waiting.append((tag, weight))
        return self._decide(_AFTER)

    def take_spikes(self) -> list[Any]:
        """Return the tags of the spikes found since this was last asked for."""
        spikes, self._spikes = self._spikes, []
        return spikes

    def flush(self) -> Sequence[tuple[Any, float]]:
        """Return what is still waiting and no spike, by what has come: none will come after."""
        return self._decide(0)

    def _decide(self, after: int) -> list[tuple[Any, float]]:
        """Decide on what waits and has `after` readings after it."""
        decided = []
        while self._waiting and (len(self._waiting) > after or self._is_near(self._waiting[0][1])):
            tag, weight = self._waiting.popleft()
            if self._is_near(weight) or not self._sticks_out(weight):
                self._accept(weight)
                decided.append((tag, weight))
            else:
                self._spikes.append(tag)
        return decided

    def _is_near(self, weight: float) -> bool:
        return not self._accepted or abs(weight - median(self._accepted)) <= self._gate

    def _sticks_out(self, weight: float) -> bool:
        """Say whether a reading lies outside of all between the last one and those after."""
        level = self._accepted[-1]
        later = [later for _, later in self._waiting]
        around = (level, median(later[:_AFTER])) if later else (level,)
        return not min(around) - self._gate <= weight <= max(around) + self._gate

    @property
    def _gate(self) -> float:
        return max(_MIN_STEP, _NOISE_STEPS * self._noise)

    def _accept(self, weight: float) -> None:
        """Note a reading that is none, and how far it is from the line through the last two."""
        if len(self._accepted) == _BEFORE:
            bend = abs(weight - 2.0 * self._accepted[-1] + self._accepted[-2])
            bend = min(bend, 2.0 * self._gate) / _SECOND_DIFFERENCE
            self._count = min(self._count + 1, _NOISE_MEMORY)
            self._noise += (bend - self._noise) / self._count
        self._accepted.append(weight)


def find_spikes(weights: np.ndarray) -> np.ndarray:
    """
    Find the spikes of a whole recording.

    Parameters
    ----------
    weights : ndarray of shape (n,)
        Readings, finite [N].

    Returns
    -------
    ndarray of shape (n,), bool
        Which readings are spikes.

    """
    spikes, begin = SpikeFilter(), _first_good(weights)
    for index, weight in enumerate(weights[begin:].tolist(), start=begin):
        spikes.push(index, weight)
    spikes.flush()
    is_spike = np.arange(len(weights)) < begin
    is_spike[spikes.take_spikes()] = True
    return is_spike


def _first_good(weights: np.ndarray) -> int:
    """Return the index of the first reading near the median of the first ones."""
    first = weights[: 1 + 2 * _AFTER]
    if not len(first):
        return 0
    near = np.flatnonzero(np.abs(first - np.median(first)) <= _MIN_STEP)
    return int(near[0]) if len(near) else 0


def judge_spikes(cut: Cut, spikes: int, readings: int) -> Cut:
    """
    Note the spikes of a pour, and refuse it by that name if they are too many.

    Parameters
    ----------
    cut : Cut
        A pour, or what might have been one.
    spikes, readings : int
        How many there were in the time of the cut and in the `REST_NS` before it; readings count
        with the spikes among them.

    Returns
    -------
    Cut

    """
    if spikes <= max(MIN_COUNT, MAX_PART * readings):
        return replace(cut, spikes=spikes)
    return replace(
        cut,
        spikes=spikes,
        poured_nothing=False,
        reason=f'too many spikes: {spikes} of {readings} readings of the scale stick out of their '
        f'neighbours, expected {100 * MAX_PART:.0f} % at most: look for a loose contact, '
        'or for what disturbs the load cell',
    )
