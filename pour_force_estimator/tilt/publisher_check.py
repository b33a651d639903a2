# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Whether publishers of one joint contradict each other, told by the numbers of their messages.

Each publisher numbers its messages upwards. The message info of rclpy has these numbers, though no
GID of the publisher: a number that goes back is another publisher's.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .joint_motions import MAX_SILENCE_S, MAX_VELOCITY, MIN_SPREAD_RAD

MAX_APART_S = 0.5
"""Poses of two publishers that are further apart in time are not compared [s]."""

MIN_CONTRADICTIONS = 3
"""A driver that was started anew contradicts once, a glitch that a relay repeats twice."""

MAX_PUBLISHERS = 8
"""More are not told apart."""


class Contradiction(NamedTuple):
    """Which joint, by its index; how often publishers contradicted; how far they differ [rad]."""

    joint: int
    times: int
    spread_rad: float


class PublisherCheck:
    """Finds joints of which two publishers send different positions."""

    def __init__(self) -> None:
        self._numbers: list[tuple[int, int]] = []  # of each publisher the last one, and its time
        self._heard = -1
        self._stamp_ns = self._contradicted_ns = 0
        self._positions: Sequence[float] = ()
        self._count = 0

    def add(
        self,
        number: int,
        stamp_ns: int,
        positions: Sequence[float],
        needed: int = MIN_CONTRADICTIONS,
    ) -> Contradiction | None:
        """
        Take a sample in the order of arrival.

        Parameters
        ----------
        number : int
            Sequence number that its publisher gave it.
        stamp_ns : int
            Time of the sample [ns].
        positions : sequence of float
            Positions of the joints [rad].
        needed : int, default MIN_CONTRADICTIONS
            So many contradictions are told.

        Returns
        -------
        Contradiction or None
            What this sample contradicts, if that happened `needed` times.

        """
        publisher = self._find(number, stamp_ns)
        contradiction = None
        if publisher != self._heard and self._heard >= 0:
            contradiction = self._compare(stamp_ns, positions, needed)
        self._heard, self._stamp_ns, self._positions = publisher, stamp_ns, positions
        return contradiction

    def _find(self, number: int, stamp_ns: int) -> int:
        """Return the index of a publisher: the one whose last number is next below this one."""
        numbers = self._numbers
        if self._heard >= 0 and len(numbers) == 1 and number > numbers[0][0]:  # most arms
            numbers[0] = (number, stamp_ns)
            return 0
        publisher, highest = -1, -1
        for index, (last_number, heard_ns) in enumerate(numbers):
            if highest < last_number < number and abs(stamp_ns - heard_ns) < MAX_SILENCE_S * 1e9:
                publisher, highest = index, last_number
        if publisher < 0:
            publisher = len(numbers)
            if publisher < MAX_PUBLISHERS:
                numbers.append((number, stamp_ns))
            else:
                publisher = min(range(publisher), key=lambda index: numbers[index][1])
        numbers[publisher] = (number, stamp_ns)
        return publisher

    def _compare(
        self, stamp_ns: int, positions: Sequence[float], needed: int
    ) -> Contradiction | None:
        """Compare with the sample before, which is another publisher's."""
        step_s = abs(stamp_ns - self._stamp_ns) * 1e-9
        spreads = [abs(position - last) for position, last in zip(positions, self._positions)]
        spread = max(spreads, default=0.0)
        if step_s > MAX_APART_S or spread <= MIN_SPREAD_RAD + MAX_VELOCITY * step_s:
            return None
        if abs(stamp_ns - self._contradicted_ns) > MAX_SILENCE_S * 1e9:
            self._count = 0
        self._count += 1
        self._contradicted_ns = stamp_ns
        if self._count < needed:
            return None
        return Contradiction(spreads.index(spread), self._count, spread)
