# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What really leaves n cups, step by step, and what a scale reads of it."""

import numpy as np

from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.cups.outflow import capacity_and_rate, choked_flow, SUBSTEPS, volume_out
from pour_force_estimator.cups.stack import CupStack

from .open_loop import SAMPLE_RATE_HZ

_WATER = Liquid()

_SUBSTEP_S = 1.0 / SAMPLE_RATE_HZ / SUBSTEPS

_SUBSTEP_MIDDLES = ((np.arange(SUBSTEPS) + 0.5) / SUBSTEPS)[:, None]


class TrueOutflow:
    """
    n cups that pour.

    Parameters
    ----------
    cup : CupStack
        n cups, as they flow and sit.
    volume : ndarray of shape (n,)
        Volume in each before [m^3].

    """

    def __init__(self, cup: CupStack, volume: np.ndarray) -> None:
        self._cup = cup
        self._initial = volume
        self._volume = volume.copy()
        self._tilt: np.ndarray | None = None
        self._running = np.arange(len(volume))
        self._running_cup = cup

    def step(self, tilt: np.ndarray, running: np.ndarray) -> np.ndarray:
        """
        Turn the cups; return the weight that has left each of them [N].

        Parameters
        ----------
        tilt : ndarray of shape (n,)
            Tilt of each arm [rad].
        running : ndarray of int
            The cups that still move; the others keep what they have.

        Returns
        -------
        ndarray of shape (n,)

        """
        if self._tilt is not None and len(running):
            if len(running) != len(self._running):
                self._running = running
                self._running_cup = self._cup.take(running)
            self._volume[running] = flow_out(
                self._running_cup,
                self._volume[running],
                middles(self._tilt[running], tilt[running]),
                _SUBSTEP_S,
            )
        self._tilt = tilt.copy()
        return _WATER.weight(self._initial - self._volume)


def middles(tilt: np.ndarray, next_tilt: np.ndarray) -> np.ndarray:
    """Return the tilts [rad] in the middles of a step's substeps, shape (SUBSTEPS, n)."""
    return tilt + (next_tilt - tilt) * _SUBSTEP_MIDDLES


def flow_out(cup: CupStack, volume: np.ndarray, tilts: np.ndarray, substep_s: float) -> np.ndarray:
    """
    Return what is left in n cups after substeps, as `cups.outflow.advance` does.

    The geometry of all substeps is computed at once, which takes most of the time.

    Parameters
    ----------
    cup : CupStack
        n cups.
    volume : ndarray of shape (n,)
        Volume in each [m^3].
    tilts : ndarray of shape (n_substeps, n)
        Tilts in the middles of the substeps [rad].
    substep_s : float
        Duration of each [s].

    Returns
    -------
    ndarray of shape (n,)
        Volume [m^3].

    """
    limit = choked_flow(cup) * substep_s
    for capacity, rate in zip(*map(np.asarray, capacity_and_rate(cup, tilts))):
        volume = volume - volume_out(volume - capacity, rate, limit, substep_s)
    return volume


def as_read(poured: np.ndarray, delay_s: float) -> np.ndarray:
    """
    Return what a scale reads of what has left a cup.

    Parameters
    ----------
    poured : ndarray of shape (n_steps,)
        Weight that has left the cup [N].
    delay_s : float
        Time from the lip to the reading [s].

    """
    steps = np.arange(len(poured))
    return np.interp(steps - delay_s * SAMPLE_RATE_HZ, steps, poured, left=0.0)
