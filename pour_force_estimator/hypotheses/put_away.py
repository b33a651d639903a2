# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Cups that were put away for another one, each with what weighed pours have told of it.

A cup that comes back is in a new mounting, but it is still the same cup.
"""

from collections.abc import Iterator

from .grid import Hypotheses
from .mounting import Mounting

MAX_CUPS = 16
"""So many are remembered; then the one that was put away first is forgotten."""


class CupsPutAway:
    """What is known of cups that are not in the gripper."""

    def __init__(self) -> None:
        self._mountings: dict[Hypotheses, tuple[str | None, Mounting]] = {}

    def add(self, mounting: Mounting, name: str | None) -> None:
        """
        Put a cup away; one of which nothing was weighed leaves nothing to remember.

        Parameters
        ----------
        mounting : Mounting
            What is known of it.
        name : str or None
            Name that it was asked for by; None if by its size.

        """
        if not mounting.has_learned:
            return
        if mounting.pours_weighed:
            mounting.remount()
        self._mountings.pop(mounting.hypotheses, None)
        self._mountings[mounting.hypotheses] = name, mounting
        if len(self._mountings) > MAX_CUPS:
            del self._mountings[next(iter(self._mountings))]

    def find(self, hypotheses: Hypotheses) -> Mounting:
        """Return what is known of a cup: a `Mounting` that was put away, or a new one."""
        _, mounting = self._mountings.get(hypotheses) or (None, Mounting(hypotheses))
        return mounting

    def remove(self, hypotheses: Hypotheses) -> None:
        """Take a cup back, if it was put away."""
        self._mountings.pop(hypotheses, None)

    def __iter__(self) -> Iterator[tuple[str | None, Mounting]]:
        """Return names and mountings, that which was put away last first."""
        return reversed(self._mountings.values())
