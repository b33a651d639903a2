# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The interval around an estimate that covers the truth as often as the model says.

Each bound is ``sqrt(noise^2 + (factor x distance)^2)`` from the estimate. The distance is how far
the network's own distribution over the hypotheses reaches on that side; `noise` is what no
hypothesis explains. Noise and factors were calibrated on pours that the network did not train
on; see `IntervalSpec`. Those lay within the range of the training, so that the distances of a pour
that has left it are multiplied by ``1 + overrange``: twice as far where one feature has left its
range by the width of that range. No recorded pour says how far it should be there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import math

from ..errors import ModelContractError


@dataclass(frozen=True)
class IntervalSpec:
    """
    How far the truth may be from the estimates of a model.

    Attributes
    ----------
    coverage : float
        Part of the final weights that the interval covers, of pours that the network did not
        train on, with cups that it did [-].
    noise : float
        Distance of a bound while the network is certain [N].
    factors : dict of str to float
        Distance of a bound, relative to how far the hypotheses reach, where that outweighs the
        noise [-]; by category of the pour, each of `CATEGORIES`.

    Raises
    ------
    ModelContractError
        If a value does not make sense; the message names it.

    """

    coverage: float
    noise: float
    factors: Mapping[str, float]

    def __post_init__(self) -> None:
        if not isinstance(self.factors, Mapping) or set(self.factors) != set(CATEGORIES):
            raise ModelContractError(
                f'interval: expected factors of {", ".join(CATEGORIES)}, received {self.factors!r}'
            )
        numbers = {'coverage': self.coverage, 'noise': self.noise, **self.factors}
        for name, value in numbers.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ModelContractError(
                    f'interval: expected a number as {name}, received {value!r}'
                )
        if not 0.0 < self.coverage < 1.0:
            raise ModelContractError(
                f'interval: expected a coverage between 0 and 1, received {self.coverage!r}'
            )
        if not 0.0 < self.noise < math.inf:
            raise ModelContractError(
                f'interval: expected a noise above 0 N, received {self.noise!r}'
            )
        for name, factor in self.factors.items():
            if not 0.0 <= factor < math.inf:
                raise ModelContractError(
                    f'interval: expected a factor of 0 or more for {name}, received {factor!r}'
                )

    @classmethod
    def uniform(cls, coverage: float, noise: float, factor: float) -> 'IntervalSpec':
        """Return an interval with one factor for all categories."""
        return cls(coverage, noise, dict.fromkeys(CATEGORIES, factor))


CATEGORIES = ('known', 'known_weighed', 'new', 'new_weighed')
"""
Categories of pours, each with a factor of its own.

Whether somebody fitted the cup, and whether a pour of its mounting was weighed before.
"""


def category(is_flow_certain: bool, weighed: int) -> str:
    """Return the category of a pour after `weighed` weighings; see `Hypotheses`."""
    return ('known' if is_flow_certain else 'new') + ('_weighed' if weighed else '')


def bounds(
    noise: float,
    factor: float,
    weight: float,
    low: float,
    high: float,
    initial_weight: float,
    overrange: float = 0.0,
) -> tuple[float, float]:
    """
    Return the bounds of the interval, cut to weights that can have left the cup.

    Parameters
    ----------
    noise, factor : float
        Of an `IntervalSpec` [N], [-].
    weight : float
        The estimate [N]; it is not cut itself, and lies outside the bounds where it is
        impossible.
    low, high : float
        Between which weights the network's own distribution lies [N].
    initial_weight : float
        What was in the cup [N].
    overrange : float
        How far the pour has left the range of the training, from 0 on [-]; see `RangeWatch`.

    Returns
    -------
    lower, upper : float
        The bounds [N], 0 <= lower <= upper <= `initial_weight`; NaN if `weight` is.

    """
    wider = 1.0 + overrange
    lower = weight - wider * math.hypot(noise, factor * max(weight - low, 0.0))
    upper = weight + wider * math.hypot(noise, factor * max(high - weight, 0.0))
    return _cut(lower, initial_weight), _cut(upper, initial_weight)


def _cut(weight: float, highest: float) -> float:
    # min() and max() would take six times as long, at each tick.
    return 0.0 if weight < 0.0 else highest if weight > highest else weight
