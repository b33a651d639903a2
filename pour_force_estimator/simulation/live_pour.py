# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A pour whose motion is not known beforehand: one step after the other, as the arm moves."""

from collections import deque

from ..cups.liquid import Liquid
from ..cups.outflow import advance
from ..cups.spec import CupSpec
from ..cups.validation import check_range
from .population import TRANSPORT_DELAY_S

_SUBSTEP_S = 1.0 / 120.0
"""Longest step of the integration [s]."""

_MIN_FLOW = 1e-3
"""Flow below which the weight counts as settled [N/s]: 0.1 ml/s, the drops at the end."""


class LivePour:
    """
    What leaves a cup while an arm turns it.

    Parameters
    ----------
    cup : CupSpec
        One cup, as it sits: its `angle_offset` has that of the mounting in it.
    initial_weight : float
        Weight of the liquid in the cup [N].
    tilt : float
        Tilt at the begin [rad].
    rate_hz : float
        Rate of the steps [Hz].
    relative_density : float
        Density of the liquid relative to water [-].
    delay_s : float
        Time from the lip to the scale [s], rounded to whole steps.

    Attributes
    ----------
    poured_weight : float
        What has left the cup [N].
    arrived_weight : float
        What of it has reached the scale [N].

    Raises
    ------
    SimulationError
        If the cup cannot hold that weight, or a value is out of its range.

    Examples
    --------
    >>> from pour_force_estimator.simulation import FITTED_CUPS
    >>> pour = LivePour(FITTED_CUPS['cylinder_120x121'], 4.0, tilt=0.1, rate_hz=60.0)
    >>> for step in range(60):
    ...     pour.step(0.1 + step / 60.0)
    >>> 0.0 < pour.arrived_weight < pour.poured_weight < 4.0, pour.is_settled
    (True, False)

    """

    def __init__(
        self,
        cup: CupSpec,
        initial_weight: float,
        tilt: float,
        rate_hz: float,
        relative_density: float = 1.0,
        delay_s: float = TRANSPORT_DELAY_S,
    ) -> None:
        check_range('rate_hz', rate_hz, 5.0, 10000.0, 'Hz')
        check_range('delay_s', delay_s, 0.0, 10.0, 's')
        self._cup = cup
        self._liquid = Liquid(relative_density)
        check_range('initial_weight', initial_weight, 0.0, self._liquid.weight(cup.volume), 'N')
        self._initial_volume = self._volume = float(self._liquid.volume(initial_weight))
        self._tilt = tilt
        self._step_s = 1.0 / rate_hz
        self._substeps = max(1, round(self._step_s / _SUBSTEP_S))
        self._on_the_way = deque([0.0] * round(delay_s * rate_hz))
        self._flow = 0.0
        self.poured_weight = self.arrived_weight = 0.0

    @property
    def is_settled(self) -> bool:
        """Whether nothing flows and all has arrived."""
        return self._flow < _MIN_FLOW and self.poured_weight - self.arrived_weight < _MIN_FLOW

    def step(self, tilt: float) -> None:
        """Turn the cup to `tilt` [rad] within one step."""
        before = self.poured_weight
        self._volume = float(
            advance(self._cup, self._volume, self._tilt, tilt, self._step_s, self._substeps)
        )
        self._tilt = tilt
        self.poured_weight = float(self._liquid.weight(self._initial_volume - self._volume))
        self._flow = (self.poured_weight - before) / self._step_s
        self._on_the_way.append(self.poured_weight)
        self.arrived_weight = self._on_the_way.popleft()
