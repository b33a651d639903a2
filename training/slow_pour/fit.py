# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fit a cup to one slow pour of it, and to quick ones if there are some."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pour_force_estimator.cups.spec import is_slender
from pour_force_estimator.cups.table import TYPICAL_BOTTLE, TYPICAL_CYLINDER
from pour_force_estimator.units import m3_to_ml

from ..errors import ShapeError
from .pour_signal import PourSignal
from .problem import SlowPourProblem
from .quick_pour import DISCHARGES, likeliest, QuickPour, ToldOutflow
from .result import SlowPourFit

_QUICK_ROUNDS = 3
"""Alternations of capacity, and discharge and delay, where there are quick pours."""

_MAX_RISE = 3.0
"""By how much quick pours may worsen the RMSE of the slow one: of the right cup up to 1.9, of
another one, or with a wrong initial weight, from 7 on unless the discharge is at its end [-]."""


def fit_slow_pour(
    name: str,
    slow: PourSignal,
    quick: Sequence[PourSignal] = (),
    discharge: float | None = None,
) -> SlowPourFit:
    """
    Fit a cup.

    Parameters
    ----------
    name : str
        What the cup is called.
    slow : PourSignal
        A slow pour of the full cup.
    quick : sequence of PourSignal
        Quick pours of the same cup in the same mounting; they tell the discharge and the delay.
    discharge : float, optional
        Discharge coefficient of the lip [-]; that of a typical lip where nothing tells it.

    Returns
    -------
    SlowPourFit

    Raises
    ------
    ShapeError
        If the slow pour is too quick or tells nothing, or a quick pour contradicts it; the message
        says what to do.

    """
    for pour in quick:
        if not pour.size.is_same(slow.size):
            raise ShapeError(
                f'{pour.name}: expected a quick pour of the cup of {slow.name}, {slow.size}, '
                f'received one of {pour.size}'
            )
    is_bottle = is_slender(slow.height, slow.diameter)
    typical = TYPICAL_BOTTLE if is_bottle else TYPICAL_CYLINDER
    problem = SlowPourProblem(slow)
    coefficient = typical.discharge if discharge is None else discharge
    delay_s, is_delay_told = typical.delay_s, False
    tells_discharge = bool(quick) and discharge is None and not is_bottle
    ignored: tuple[str, ...] = ()
    if quick:
        # A neck that gurgles is no weir: its discharge would take up what is not its own.
        coefficients = DISCHARGES if tells_discharge else np.array([coefficient])
        expected = (coefficients, coefficient, delay_s)
        outflow = _told_by(problem, quick, *expected)
        if outflow.is_at_an_end and not tells_discharge:
            # Then the delay has taken up what the physics leaves, up to its end.
            ignored = (
                f'quick pours tell no delay of this cup ({outflow.delay_s:.2f} s): not used',
            )
            quick = ()
        else:
            _check_agreement(problem, quick, outflow, *expected)
            coefficient, delay_s, is_delay_told = outflow.discharge, outflow.delay_s, True
    if not quick:
        found_s = problem.best_delay(typical.delay_s, coefficient)
        if found_s is not None:
            delay_s, is_delay_told = found_s, True
    curve, lip = problem.curve(delay_s, coefficient)
    fit = problem.result(
        name, curve, lip, delay_s, coefficient, is_delay_told, tells_discharge, 1 + len(quick)
    )
    return replace(fit, is_discharge_given=discharge is not None, notes=(*fit.notes, *ignored))


def _told_by(
    problem: SlowPourProblem,
    quick: Sequence[PourSignal],
    coefficients: np.ndarray,
    discharge: float,
    delay_s: float,
) -> ToldOutflow:
    """
    Return what quick pours tell, beside the slow pour of a problem.

    Parameters
    ----------
    problem : SlowPourProblem
        The slow pour.
    quick : sequence of PourSignal
        The quick pours.
    coefficients : ndarray of shape (k,)
        Discharge coefficients to choose from [-].
    discharge, delay_s : float
        What to expect of both [-], [s].

    """
    outflow = ToldOutflow(discharge, delay_s, False)
    for _ in range(_QUICK_ROUNDS):
        curve, lip = problem.curve(outflow.delay_s, outflow.discharge)
        cup = problem.cup('cup', curve, lip, 1.0)
        outflow = likeliest([QuickPour(pour, cup) for pour in quick], coefficients, discharge)
    return outflow


def _check_agreement(
    problem: SlowPourProblem,
    quick: Sequence[PourSignal],
    outflow: ToldOutflow,
    coefficients: np.ndarray,
    discharge: float,
    delay_s: float,
) -> None:
    """Raise `ShapeError`, which names them, if quick pours contradict the slow one."""
    alone = problem.rmse(discharge, delay_s)

    def contradicts(outflow: ToldOutflow) -> bool:
        return (
            outflow.is_at_an_end
            or problem.rmse(outflow.discharge, outflow.delay_s) > _MAX_RISE * alone
        )

    if not contradicts(outflow):
        return
    names = [
        pour.name
        for pour in quick
        if contradicts(_told_by(problem, [pour], coefficients, discharge, delay_s))
    ]
    raise ShapeError(
        f'{", ".join(names or (pour.name for pour in quick))}: expected a quick pour of the same '
        f'cup in the same mounting, received one that contradicts the slow pour (discharge '
        f'{outflow.discharge:.2f}, delay {outflow.delay_s:.2f} s; RMSE of the slow pour '
        f'{m3_to_ml(problem.rmse(outflow.discharge, outflow.delay_s)):.1f} ml, without it '
        f'{m3_to_ml(alone):.1f} ml): is its initial weight right?'
    )
