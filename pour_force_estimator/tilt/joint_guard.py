# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which joint positions of an arm are to be believed."""

from collections.abc import Sequence
import math

MIN_STEP_S = 0.02
"""
Shortest time that a jump is judged over [s].

Stamps have jitter and encoders have quanta, so that the quotient of two very near samples says
nothing of the arm.
"""

MAX_POSITION_RAD = 1e4
"""No joint turns further [rad]; a larger number is garbage."""

MAX_AGE_S = 1.0
"""A sample that is earlier than the last one by more is not late [s]."""


class JointGuard:
    """
    Refuses positions that no arm can have.

    Parameters
    ----------
    max_velocity : float
        Fastest motion of a joint [rad/s]; a sample that would need a faster one since the last
        believed sample is refused.

    """

    def __init__(self, max_velocity: float) -> None:
        self._max_velocity = max_velocity
        self.reset()

    def reset(self) -> None:
        """Forget the last positions."""
        self._stamp_ns: int | None = None
        self._positions: Sequence[float] = ()

    def refuse(self, stamp_ns: int, positions: Sequence[float]) -> str | None:
        """
        Judge a sample, and remember it unless it is refused.

        Parameters
        ----------
        stamp_ns : int
            Time of the sample [ns].
        positions : sequence of float
            Positions of the joints [rad].

        Returns
        -------
        {None, 'not_finite', 'too_far', 'too_fast'}
            Why the sample is refused; None if it is not.

        """
        if not all(map(math.isfinite, positions)):
            return 'not_finite'
        if max(map(abs, positions)) > MAX_POSITION_RAD:
            return 'too_far'
        if self._stamp_ns is not None:
            step_ns = stamp_ns - self._stamp_ns
            if step_ns < 0:  # late, or the clock jumped: for the resampler to say
                if -step_ns > MAX_AGE_S * 1e9:  # not late: the one before it was astray, or this
                    self._stamp_ns, self._positions = stamp_ns, positions
                return None
            reach = self._max_velocity * max(step_ns * 1e-9, MIN_STEP_S)
            for position, before in zip(positions, self._positions):
                if abs(position - before) > reach:
                    return 'too_fast'
        self._stamp_ns = stamp_ns
        self._positions = positions
        return None
