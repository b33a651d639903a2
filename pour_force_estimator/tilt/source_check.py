# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Whether one joint comes from two sources, told by their numbers and by their pattern.

The message info of rclpy in Jazzy has no GID of the publisher, but sequence numbers that tell
publishers apart (`PublisherCheck`). The pattern of the positions tells two sources where there are
no numbers, and where a bag or a relay has merged the sources into one publisher.
"""

from collections.abc import Sequence
import math
from typing import NamedTuple

from .joint_motions import JointMotions, MIN_EVIDENCE
from .publisher_check import MIN_CONTRADICTIONS, PublisherCheck

SAMPLES_ON_ALERT = 1000
"""So long after a reset the first sign of a conflict that had been found is enough."""


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


class SourceCheck:
    """
    Finds joints that two publishers send, whoever sends more often.

    Publishers that their numbers tell apart must not contradict each other. A position that leaves
    its motion for another one and comes back, again and again, is not one arm's, whoever sends
    it. Nothing is said of which source is right.

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
        self._names = tuple(joints)
        self._alert_samples = 0
        self.conflict: TwoSources | None = None
        self._forget()

    def reset(self) -> None:
        """Forget the conflict. Where there was one, its next sign is enough to find it again."""
        if self.conflict is not None:
            self._alert_samples = SAMPLES_ON_ALERT
        self.conflict = None
        self._forget()

    def _forget(self) -> None:
        self._joints = [JointMotions() for _ in self._names]
        self._publishers = PublisherCheck()

    def add(
        self, stamp_ns: int, positions: Sequence[float], number: int | None = None
    ) -> TwoSources | None:
        """
        Take a sample in the order of arrival.

        Parameters
        ----------
        stamp_ns : int
            Time of the sample [ns].
        positions : sequence of float
            Positions of the joints [rad].
        number : int, optional
            Sequence number that the publisher gave to the message.

        Returns
        -------
        TwoSources or None
            `conflict`.

        """
        if self.conflict is not None or not all(map(math.isfinite, positions)):
            return self.conflict
        min_evidence, needed = MIN_EVIDENCE, MIN_CONTRADICTIONS
        if self._alert_samples:
            self._alert_samples -= 1
            min_evidence, needed = 0.0, 1
        if number is not None:
            contradiction = self._publishers.add(number, stamp_ns, positions, needed)
            if contradiction is not None:
                index, times, spread = contradiction
                self.conflict = TwoSources(self._names[index], times, spread)
                return self.conflict
        for name, joint, position in zip(self._names, self._joints, positions):
            evidence = joint.add(stamp_ns, position, min_evidence)
            if evidence is not None and self.conflict is None:
                self.conflict = TwoSources(name, *evidence)
        return self.conflict
