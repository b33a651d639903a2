# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Picks the joints that turn the cup out of sensor_msgs/JointState messages."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from .joint_guard import JointGuard
from .source_check import SourceCheck

MAX_SEEN = 100
"""Names of joints that are kept; a topic on which names are made up would fill the memory."""


class JointPositions(Protocol):
    """What is read of a sensor_msgs.msg.JointState; the tilt itself needs no ROS."""

    name: Sequence[str]
    position: Sequence[float]


class JointReader:
    """
    Reads the positions of some joints.

    The order of the joints in a message may change at any time; it is looked up again only then,
    since comparing lists of names is cheaper than searching them.

    Parameters
    ----------
    joints : sequence of str
        Names of the joints.
    guard : JointGuard
        Judges the positions.

    Attributes
    ----------
    seen : set of str
        Names of joints in the messages so far, `MAX_SEEN` at most beside those of `joints`.
    sources : SourceCheck
        Whether one of the joints comes from two publishers.
    refused : collections.Counter
        Messages that gave no positions, by cause: ``partial`` (a joint is missing),
        ``unequal_arrays`` (not as many positions as names), ``two_sources``, and those
        of `JointGuard`.

    """

    def __init__(self, joints: Sequence[str], guard: JointGuard) -> None:
        self.joints = tuple(joints)
        self.seen: set[str] = set()
        self.sources = SourceCheck(self.joints)
        self.refused: Counter[str] = Counter()
        self._guard = guard
        self._names: list[str] = []
        self._indices: list[int] | None = None

    def read(
        self, stamp_ns: int, message: JointPositions, number: int | None = None
    ) -> list[float] | None:
        """
        Return the positions of the joints.

        Parameters
        ----------
        stamp_ns : int
            Time of the message [ns].
        message : sensor_msgs.msg.JointState
            Any joint state.
        number : int, optional
            Sequence number that its publisher gave it.

        Returns
        -------
        list of float or None
            Positions [rad] in the order of `joints`; None if the message is refused.

        """
        if message.name != self._names:
            self._look_up(message.name)
        if len(message.position) != len(message.name):
            self.refused['unequal_arrays'] += 1
            return None
        if self._indices is None:
            self.refused['partial'] += 1
            return None
        positions = [message.position[index] for index in self._indices]
        if self.sources.add(stamp_ns, positions, number):
            self.refused['two_sources'] += 1
            return None
        cause = self._guard.refuse(stamp_ns, positions)
        if cause is not None:
            self.refused[cause] += 1
            return None
        return positions

    def concerns(self, message: JointPositions) -> bool:
        """Return whether a message names all of the joints."""
        if message.name != self._names:
            self._look_up(message.name)
        return self._indices is not None

    def missing(self) -> list[str]:
        """Return those of `joints` that were in no message so far, a list of str."""
        return [joint for joint in self.joints if joint not in self.seen]

    def _look_up(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self.seen.update(joint for joint in self.joints if joint in self._names)
        self.seen.update(self._names[: max(0, MAX_SEEN - len(self.seen))])
        try:
            self._indices = [self._names.index(joint) for joint in self.joints]
        except ValueError:
            self._indices = None
