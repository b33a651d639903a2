# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether a pour has ended, so that what a scale says of it can be learned from."""

import math

from ..errors import WeighingError
from ..units import degree_to_rad
from . import HypotheticalOutflow, Mounting

TURNED_BACK = degree_to_rad(5.0)
"""How far a cup must have turned back for its pour to have ended [rad]."""


class WeighablePour:
    """
    One pour, until it is weighed.

    Parameters
    ----------
    outflow : HypotheticalOutflow
        The cup of the pour under all hypotheses; it goes on with the pour.
    initial_weight : float
        What was in the cup before [N].

    """

    def __init__(self, outflow: HypotheticalOutflow, initial_weight: float) -> None:
        self._outflow = outflow
        self._initial_weight = initial_weight
        self._max_tilt = -math.inf
        self._tilt = 0.0
        self._refusal: str | None = None

    @property
    def has_begun(self) -> bool:
        """Whether liquid has left the cup under any hypothesis."""
        return self._outflow.has_poured

    @property
    def can_be_weighed(self) -> bool:
        """Whether it has ended and was not weighed yet."""
        return self._reason() is None

    def add(self, tilt: float) -> None:
        """Take the tilt of a tick [rad]."""
        self._tilt = tilt
        if tilt > self._max_tilt:
            self._max_tilt = tilt

    def refuse(self, reason: str) -> None:
        """Let it not be weighed any more, for `reason`."""
        self._refusal = reason

    def weigh(self, poured_weight: float, mounting: Mounting) -> None:
        """
        Let `mounting` learn that it poured `poured_weight` [N].

        Raises
        ------
        WeighingError
            If that cannot be.

        """
        if (reason := self._reason()) is not None:
            raise WeighingError(f'weighed: expected a pour that has ended, but {reason}')
        if not 0.0 <= poured_weight <= self._initial_weight:  # catches NaN
            raise WeighingError(
                f'weighed: expected 0 to {self._initial_weight:.3f} N, all that was in the cup, '
                f'received {poured_weight!r}'
            )
        mounting.weigh(self._outflow.left, poured_weight, self._initial_weight)
        self._refusal = 'it was weighed already'

    def _reason(self) -> str | None:
        """Return why it cannot be weighed; None if it can."""
        if self._refusal is not None:
            return self._refusal
        if not self.has_begun:
            return 'nothing was poured'
        if self._outflow.flows or self._tilt > self._max_tilt - TURNED_BACK:
            return 'the cup has not turned back'
        return None
