# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What quick pours of a cup whose capacity is known tell: its discharge and its delay."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pour_force_estimator.cups.outflow import capacity_and_rate
from pour_force_estimator.cups.spec import CupSpec, MAX_DELAY_S

from .pour_again import pour_again
from .pour_signal import PourSignal

DELAY_STEP_S = 0.04
"""Between two delays that are tried [s]."""

_DELAYS_S = np.arange(0.0, MAX_DELAY_S, DELAY_STEP_S)
"""Delays that are tried [s]."""

_MOMENTUM_S, _MOMENTUM_SPREAD_S, _MAX_MOMENTUM_S = 0.15, 0.08, 0.4
"""Speed of a stream over g, its spread and its bound [s]: it falls by some centimetres or more."""

DISCHARGE_SPREAD = 0.2
"""Standard deviation of the logarithm of discharges about the typical one [-]."""

_MODEL_ERROR_M3, _MODEL_ERROR, _ALIKE_S = 4e-6, 0.04, 0.3
"""What the physics leaves in a quick pour, at least [m^3] and relative to what was in the cup [-],
and for how long it is alike [s]."""

DISCHARGES = np.geomspace(0.1, 1.6, 37)
"""Discharge coefficients that are tried [-]."""


class QuickPour:
    """
    A quick pour, ready to be poured again with other discharges and delays.

    Parameters
    ----------
    pour : PourSignal
        The pour.
    shape : CupSpec
        The cup, with a discharge of 1.

    """

    def __init__(self, pour: PourSignal, shape: CupSpec) -> None:
        self._pour = pour
        middle = (pour.tilt[:-1] + pour.tilt[1:]) / 2.0
        capacity, rate = capacity_and_rate(shape, middle)
        self._capacity, self._rate = np.asarray(capacity), np.asarray(rate)

    def misfit(self, discharges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """
        Return how badly delays and discharges explain what the scale read.

        The stream presses on the scale as long as it flows: a reading is the weight that has come
        and the flow, times the speed of the stream over g. That time is found in closed form.

        Parameters
        ----------
        discharges : ndarray of shape (k,)
            Discharge coefficients [-].

        Returns
        -------
        misfit : ndarray of shape (d, k)
            Negative log likelihood by delay (of `_DELAYS_S`) and discharge.
        momentum_s : ndarray of shape (d, k)
            The time by which the stream's momentum makes a steady flow seem to lead [s].

        """
        pour = self._pour
        left = pour_again(
            self._capacity[:, np.newaxis],
            self._rate[:, np.newaxis] * discharges,
            np.full(len(discharges), pour.initial),
            1.0 / pour.rate_hz,
        )
        poured = pour.initial - left
        flow = np.gradient(poured, axis=0) * pour.rate_hz
        # Neighbouring samples are alike, so that each says a part of what it would alone.
        error_m3 = max(_MODEL_ERROR_M3, _MODEL_ERROR * pour.initial)
        precision = 1.0 / (pour.rate_hz * _ALIKE_S * error_m3**2)
        prior = 1.0 / _MOMENTUM_SPREAD_S**2
        misfit, momentum_s = np.empty((2, len(_DELAYS_S), len(discharges)))
        steps = np.arange(len(poured))
        for row, delay_s in enumerate(_DELAYS_S):
            past = np.maximum(steps - round(delay_s * pour.rate_hz), 0)
            error, pressing = pour.poured[:, np.newaxis] - poured[past], flow[past]
            time_s = (precision * np.sum(error * pressing, axis=0) + prior * _MOMENTUM_S) / (
                precision * np.sum(pressing**2, axis=0) + prior
            )
            time_s = np.clip(time_s, 0.0, _MAX_MOMENTUM_S)
            squares = np.sum((error - time_s * pressing) ** 2, axis=0)
            misfit[row] = 0.5 * (precision * squares + prior * (time_s - _MOMENTUM_S) ** 2)
            momentum_s[row] = time_s
        return misfit, momentum_s


class ToldOutflow(NamedTuple):
    """
    What quick pours tell of a cup's outflow.

    Attributes
    ----------
    discharge : float
        Discharge coefficient of the lip [-].
    delay_s : float
        Delay of a steady flow [s].
    is_at_an_end : bool
        Whether a value is at an end of those that were tried, so that no right one was among them;
        not of a delay of 0.

    """

    discharge: float
    delay_s: float
    is_at_an_end: bool


def likeliest(quick: Sequence[QuickPour], discharges: np.ndarray, typical: float) -> ToldOutflow:
    """
    Return the likeliest discharge and delay of all pours.

    Parameters
    ----------
    quick : sequence of QuickPour
        The pours.
    discharges : ndarray of shape (k,)
        Discharge coefficients to choose from [-].
    typical : float
        What to expect of them [-].

    """
    misfits, momenta_s = zip(*(pour.misfit(discharges) for pour in quick))
    misfit = sum(misfits) + 0.5 * (np.log(discharges / typical) / DISCHARGE_SPREAD) ** 2
    row, column = np.unravel_index(np.argmin(misfit), misfit.shape)
    lead_s = float(np.mean([momentum_s[row, column] for momentum_s in momenta_s]))
    is_at_an_end = row == len(_DELAYS_S) - 1 or (
        len(discharges) > 1 and column in (0, len(discharges) - 1)
    )
    return ToldOutflow(
        float(discharges[column]), float(_DELAYS_S[row]) - lead_s, bool(is_at_an_end)
    )
