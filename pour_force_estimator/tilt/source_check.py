# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether one joint comes from two sources, told by the pattern of its positions alone."""

from collections.abc import Sequence
import math
from typing import NamedTuple

MIN_SPREAD_RAD = 0.02
"""Two sources that differ by less say the same pose [rad]; noise of encoders is far below."""

MIN_SPREAD_OF_EQUAL_STAMPS_RAD = 0.15
"""
The same for positions under one stamp [rad].

Only the first of them is used, so that a little is allowed to a driver that sends twice.
"""

MAX_ACCELERATION = 150.0
"""No arm that pours turns back faster [rad/s^2]: ten times what it needs to shake a cup."""

MIN_ALTERNATIONS = 4
"""So many in a row are two sources; a glitch is alone, or lies elsewhere each time."""

MAX_REST_S = 3.0
"""Alternations further apart than this are not counted together [s]."""

USUAL_STEP_S = 0.02
"""Taken for the time between two samples whose stamps cannot tell it [s]."""


Sample = tuple[int, Sequence[float]]
"""Stamp [ns] and positions of the joints [rad]."""


class TwoSources(NamedTuple):
    """A joint that two publishers send: how often they alternated, and how far they differ."""

    joint: str
    alternations: int
    spread_rad: float

    def __str__(self) -> str:
        return (
            f'two sources of joint {self.joint!r} ({self.alternations} alternations, '
            f'{self.spread_rad:.3f} rad apart)'
        )


class _Pattern:
    """What alternates in one joint, in one direction or under equal stamps."""

    def __init__(self) -> None:
        self.count = 0
        self._position = 0.0
        self._stamp_ns = 0

    def add(self, stamp_ns: int, position: float, spread: float) -> int:
        """Count an excursion to `position`; one that goes elsewhere than the last begins anew."""
        is_same = (
            abs(position - self._position) < 0.5 * spread
            and abs(stamp_ns - self._stamp_ns) < MAX_REST_S * 1e9
        )
        self.count = self.count + 1 if is_same else 1
        self._position, self._stamp_ns = position, stamp_ns
        return self.count


class SourceCheck:
    """
    Finds joints that two publishers send, whoever sends more often.

    A position that leaves and comes back at once, again and again and to the same place, is not
    one arm's. Nothing is said of which source is right.

    Parameters
    ----------
    joints : sequence of str
        Names of the joints.

    Attributes
    ----------
    conflict : TwoSources or None
        The first joint that was found; stays until `reset`.

    """

    def __init__(self, joints: Sequence[str]) -> None:
        self._joints = tuple(joints)
        self._needed = MIN_ALTERNATIONS
        self.conflict: TwoSources | None = None
        self._forget()

    def reset(self) -> None:
        """Forget the conflict. Where there was one, its next sign is enough to find it again."""
        if self.conflict is not None:
            self._needed = 1
            self._samples_since = 0
        self.conflict = None
        self._forget()

    def _forget(self) -> None:
        self._before: Sample | None = None
        self._last: Sample | None = None
        self._patterns = [(_Pattern(), _Pattern(), _Pattern()) for _ in self._joints]
        self._samples_since = 0

    def add(self, stamp_ns: int, positions: Sequence[float]) -> TwoSources | None:
        """
        Take a sample in the order of arrival.

        Parameters
        ----------
        stamp_ns : int
            Time of the sample [ns].
        positions : sequence of float
            Positions of the joints [rad].

        Returns
        -------
        TwoSources or None
            `conflict`.

        """
        if self.conflict is not None or not all(map(math.isfinite, positions)):
            return self.conflict
        self._samples_since += 1
        if self._samples_since > 1000:
            self._needed = MIN_ALTERNATIONS
        if self._last is not None and stamp_ns == self._last[0]:
            self._compare_equal_stamps(stamp_ns, positions, self._last[1])
            return self.conflict
        if self._last is not None and self._before is not None:
            self._compare_neighbours(self._before, self._last, (stamp_ns, positions))
        self._before, self._last = self._last, (stamp_ns, positions)
        return self.conflict

    def _compare_equal_stamps(
        self, stamp_ns: int, positions: Sequence[float], first_positions: Sequence[float]
    ) -> None:
        for index, (position, first) in enumerate(zip(positions, first_positions)):
            spread = abs(position - first)
            if spread > MIN_SPREAD_OF_EQUAL_STAMPS_RAD:
                self._count(index, 2, stamp_ns, position, spread)

    def _compare_neighbours(self, first: Sample, second: Sample, third: Sample) -> None:
        step_s = 0.5e-9 * (third[0] - first[0])
        if not 0.0 < step_s < 0.1:
            step_s = USUAL_STEP_S
        least = max(MIN_SPREAD_RAD, 0.5 * MAX_ACCELERATION * step_s**2)
        for index, (before, middle, after) in enumerate(zip(first[1], second[1], third[1])):
            out, back = middle - before, after - middle
            if out * back < 0.0 and (spread := min(abs(out), abs(back))) > least:
                self._count(index, 0 if out > 0.0 else 1, second[0], middle, spread)

    def _count(
        self, index: int, pattern: int, stamp_ns: int, position: float, spread: float
    ) -> None:
        count = self._patterns[index][pattern].add(stamp_ns, position, spread)
        if count >= self._needed and self.conflict is None:
            self.conflict = TwoSources(self._joints[index], count, spread)
