# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The motions that the positions of one joint belong to, and which of them are sources.

A position that leaves a motion begins another one, or returns to one that was heard before. A
glitch does so too: what tells them apart is where and when the returns are.
"""

import math

MIN_SPREAD_RAD = 0.02
"""Two sources that differ by less say the same pose [rad]; noise of encoders is far below."""

MIN_SPREAD_OF_EQUAL_STAMPS_RAD = 0.15
"""
The same for positions under one stamp [rad].

Only the first of them is used, so that a little is allowed to a driver that sends twice.
"""

MAX_ACCELERATION = 150.0
"""No arm that pours turns back faster [rad/s^2]: ten times what it needs to shake a cup."""

MAX_VELOCITY = 2.0
"""How fast a source may move while it is not heard [rad/s]."""

MAX_SILENCE_S = 30.0
"""A source that is not heard for longer is forgotten [s]."""

MAX_STEP_S = 0.1
"""Positions further apart say nothing of the motion between them [s]."""

MIN_STEP_S = 0.001
"""Positions closer together say nothing of the velocity [s]."""

MAX_TRACKS = 4
"""So many motions are followed at once: three sources, and a glitch among them."""

RANGE_RAD = 1.5
"""
A glitch lies within d of a motion by a chance of d / `RANGE_RAD` [rad].

Glitches lie anywhere within half a turn, and there are about two motions that they may meet.
"""

GLITCHES_PER_SAMPLE = 0.005
"""Most glitches to one and the same position that an arm alone is believed to have."""

RUN_OF_GLITCHES = 0.02
"""Chance that two glitches on end lie at one position, or look so."""

MIN_EVIDENCE = 9.5
"""Evidence [nat] that makes a motion a source, of its positions and of its times."""

MAX_EVIDENCE = 10.5
"""No more is remembered [nat], so that what was a source does not stay one for good."""

MAX_INTERVALS = 4.0
"""A source that stays away for so many of its intervals begins anew."""

SURPRISE = 1.75
"""
Surprise [nat] beyond which something is evidence.

That of glitches is 1 on average, so that their evidence does not grow.
"""


def _grown(evidence: float, chance: float) -> float:
    """Return evidence [nat] after something that a glitch does by a chance."""
    evidence -= math.log(min(chance, 1.0)) + SURPRISE
    return min(max(evidence, 0.0), MAX_EVIDENCE)


class _Track:
    """One motion: where it was last, and how surprising its returns would be of glitches."""

    __slots__ = (
        'stamp_ns',
        'position',
        'velocity',
        'offset',
        'sample',
        'run',
        'run_began_ns',
        'interval_s',
        'returns',
        'of_places',
        'of_times',
    )

    def __init__(self, stamp_ns: int, position: float, sample: int, offset: float) -> None:
        self.stamp_ns = self.run_began_ns = stamp_ns
        self.position = position
        self.velocity = 0.0
        self.offset = offset  # from the motion that was heard before
        self.sample = sample
        self.run = 1  # samples on end
        self.interval_s = 0.0
        self.returns = 0
        self.of_places = self.of_times = 0.0

    def distance(self, stamp_ns: int, position: float) -> float:
        """Return how far a position is from this motion, which rests or goes on [rad]."""
        step_s = min(max((stamp_ns - self.stamp_ns) * 1e-9, -MAX_STEP_S), MAX_STEP_S)
        away = position - self.position
        return min(abs(away), abs(away - self.velocity * step_s))

    def follow(self, stamp_ns: int, position: float, sample: int) -> None:
        """Take the next sample of this motion."""
        self.sample = sample
        step_s = (stamp_ns - self.stamp_ns) * 1e-9
        if -MAX_STEP_S < step_s <= 0.0:  # late, or sent again
            return
        if MIN_STEP_S < step_s < MAX_STEP_S:
            self.velocity = (position - self.position) / step_s
        elif not 0.0 < step_s < MAX_STEP_S:
            self.velocity = 0.0
        self.stamp_ns, self.position = stamp_ns, position

    def distance_from_place(self, stamp_ns: int, position: float, offset: float) -> float:
        """Return the same [rad] where this motion may also go along with the one heard before."""
        return min(self.distance(stamp_ns, position), abs(offset - self.offset))

    def come_back(
        self, stamp_ns: int, position: float, sample: int, step_s: float, offset: float
    ) -> None:
        """
        Take a sample that returns to this motion, and weigh it as evidence.

        A glitch lies anywhere, or always at one position but at any time. Evidence of the places
        speaks against the first, evidence of the times against the second: a source is heard
        often or at regular times. One that stayed away for much longer than before is another.

        Parameters
        ----------
        stamp_ns : int
            Time of the sample [ns].
        position : float
            Its position [rad].
        sample : int
            Its number.
        step_s : float
            Time between two samples of the topic [s].
        offset : float
            How far the sample is from the motion that was heard before it [rad].

        """
        interval_s = abs(stamp_ns - self.run_began_ns) * 1e-9
        if self.returns and interval_s > MAX_INTERVALS * max(self.interval_s, step_s):
            self.of_places = self.of_times = 0.0
        of_place = self.distance_from_place(stamp_ns, position, offset)
        of_place = max(of_place, MIN_SPREAD_RAD) / RANGE_RAD
        of_time = GLITCHES_PER_SAMPLE * (sample - self.sample)
        if self.run > 1:
            of_time = min(of_time, RUN_OF_GLITCHES)
        if self.interval_s > 0.0 and interval_s > 0.0:
            unequal_s = abs(interval_s - self.interval_s) + step_s
            of_time = max(GLITCHES_PER_SAMPLE, min(of_time, 0.5 * unequal_s / interval_s))
        self.of_places = _grown(self.of_places, of_place)
        self.of_times = _grown(self.of_times, of_time)
        self.interval_s, self.run_began_ns = interval_s, stamp_ns
        self.returns += 1
        self.follow(stamp_ns, position, sample)
        self.offset = offset
        self.run = 1

    def is_source(self, min_evidence: float) -> bool:
        """Return whether this motion has come back too often, or too well, for glitches."""
        return self.returns > 0 and min(self.of_places, self.of_times) >= min_evidence


class JointMotions:
    """
    The motions that are seen of one joint.

    Each sample follows the motion that was heard last, returns to another one, or begins one.
    """

    def __init__(self) -> None:
        self._tracks: list[_Track] = []  # the one that was heard last is the first
        self._samples = 0
        self._last_ns = 0
        self._step_s = 0.0
        self._alternations = 0

    def add(self, stamp_ns: int, position: float, min_evidence: float) -> tuple[int, float] | None:
        """
        Take a sample in the order of arrival.

        Parameters
        ----------
        stamp_ns : int
            Time of the sample [ns].
        position : float
            Position of the joint [rad].
        min_evidence : float
            Evidence that makes a motion a source [nat].

        Returns
        -------
        (int, float) or None
            Alternations and spread [rad] if the sample alternates between two sources.

        """
        self._samples += 1
        passed_ns, self._last_ns = stamp_ns - self._last_ns, stamp_ns
        tracks = self._tracks
        if not tracks:
            tracks.append(_Track(stamp_ns, position, self._samples, 0.0))
            return None
        heard = tracks[0]
        step_s = (stamp_ns - heard.stamp_ns) * 1e-9
        if step_s == 0.0:
            min_spread = MIN_SPREAD_OF_EQUAL_STAMPS_RAD
        elif abs(step_s) < MAX_STEP_S:
            min_spread = max(MIN_SPREAD_RAD, MAX_ACCELERATION * step_s**2)
        else:
            min_spread = MIN_SPREAD_RAD
        if heard.distance(stamp_ns, position) <= min_spread:
            heard.follow(stamp_ns, position, self._samples)
            heard.run += 1
            self._step_s = min(abs(passed_ns) * 1e-9, MAX_STEP_S)
            return None
        offset = position - heard.position
        returned = self._find(stamp_ns, position, offset)
        if returned is None:
            self._begin(stamp_ns, position, offset)
            return None
        returned.come_back(stamp_ns, position, self._samples, self._step_s, offset)
        self._alternations += 1
        tracks.remove(returned)
        tracks.insert(0, returned)
        if heard.is_source(min_evidence) and returned.is_source(min_evidence):
            return self._alternations, abs(offset)
        return None

    def _find(self, stamp_ns: int, position: float, offset: float) -> _Track | None:
        """Return the motion that a position returns to."""
        nearest, min_distance = None, 0.5 * abs(offset)
        for track in self._tracks[1:]:
            elapsed_s = abs(stamp_ns - track.stamp_ns) * 1e-9
            distance = track.distance_from_place(stamp_ns, position, offset)
            if elapsed_s < MAX_SILENCE_S and distance < min(
                min_distance, 0.05 + MAX_VELOCITY * elapsed_s
            ):
                nearest, min_distance = track, distance
        return nearest

    def _begin(self, stamp_ns: int, position: float, offset: float) -> None:
        """Follow one more motion, in place of the one that has come back least."""
        if len(self._tracks) == MAX_TRACKS:
            self._tracks.remove(
                min(self._tracks[1:], key=lambda track: (track.returns, track.sample))
            )
        self._tracks.insert(0, _Track(stamp_ns, position, self._samples, offset))
