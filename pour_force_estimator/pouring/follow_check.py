# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether an arm moves as it is told to."""

SLACK = 0.15
"""How far an arm may be behind, besides [rad]: it lags, and it takes a way to brake."""

MIN_SHARE = 0.3
"""Least part of the commanded way that an arm has to travel [-]; drivers scale speeds down."""


class FollowCheck:
    """
    Compares the way that was commanded in one direction with the way that was travelled.

    A wrong sign of the command, a wrong index, a controller that is not active and an arm that
    was stopped all look like this: the tilt does not go where the command says.

    Parameters
    ----------
    tilt : float
        Tilt at the begin [rad].
    direction : int
        1 for more tilt, -1 for less.

    """

    def __init__(self, tilt: float, direction: int) -> None:
        self._start = tilt
        self._direction = direction
        self._commanded = 0.0

    def command(self, step: float) -> None:
        """Take the way of a command [rad]: its velocity times its duration."""
        self._commanded += self._direction * step

    def is_followed(self, tilt: float) -> bool:
        """Return whether an arm that is at `tilt` now [rad] has followed the commands so far."""
        travelled = self._direction * (tilt - self._start)
        return travelled >= MIN_SHARE * self._commanded - SLACK
