# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The parameters of a cup as a fit sees them: one vector, on scales on which they may be normal.

Ratios and Froude numbers are positive, so their logarithms are used, and the ratio of the lip,
which is below 1, as log odds. How far a cup's parameters may be from those of a typical cup is
known for each of them: the priors. A cup whose shape is known keeps it; see `measured_shape`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
import math
from typing import Any, Protocol, TypeVar

import numpy as np

from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.pouring_cup import PouringCup
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.hypotheses.grid import CUP_SPREAD_DEG, FLOW_SPREAD
from pour_force_estimator.units import degree_to_rad, rad_to_degree


@dataclass(frozen=True)
class Parameter:
    """
    One parameter of a cup's closed form, or of how it sits and is weighed.

    Attributes
    ----------
    name : str
        Attribute of `CupSpec`.
    of, to : callable
        Conversions from the field's value to the scale of the fit, and back.
    low, high : float
        Range, on the scale of the fit.
    spread : float
        Standard deviation about the typical cup, on the scale of the fit.

    """

    name: str
    of: Callable[[Any], float]
    to: Callable[[float], float]
    low: float
    high: float
    spread: float


def _unchanged(value: float) -> float:
    return value


def _log(value: float | None) -> float:
    """Return the logarithm; None stands for a value above all, as in `CupSpec.choke`."""
    return math.inf if value is None else math.log(value)


def _log_odds(ratio: float) -> float:
    return math.inf if ratio >= 1.0 else math.log(ratio / (1.0 - ratio))


def _ratio(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))


# The ranges end before those of `Cup` do, so that a derivative has room for its step.
MAX_OFFSET_DEG = 20.0
"""Largest offset of a fitted cup, to both sides [degree]."""

MAX_DELAY_S = 0.4
"""Longest delay of a fitted cup [s]."""

_CYLINDER = (
    Parameter('angle_offset', rad_to_degree, degree_to_rad, -MAX_OFFSET_DEG, MAX_OFFSET_DEG, 4.0),
    Parameter('delay_s', _unchanged, _unchanged, 0.0, MAX_DELAY_S, 0.08),
    Parameter('discharge', _log, math.exp, _log(0.02), _log(1.9), 1.0),
)
"""Of a plain cylinder."""

_BOTTLE = (
    *_CYLINDER,
    Parameter('lip_ratio', _log_odds, _ratio, _log_odds(0.06), _log_odds(0.98), 1.0),
    Parameter('choke', _log, math.exp, _log(0.005), _log(10.0), 1.5),
)
"""Of a bottle."""

_FIELDS = ('lip_ratio', 'discharge', 'choke', 'angle_offset', 'delay_s')

_CYLINDER_STARTS: tuple[dict[str, float], ...] = ({}, {'discharge': 0.2}, {'discharge': 0.8})
_BOTTLE_STARTS: tuple[dict[str, float], ...] = (
    {},
    {'lip_ratio': 0.3, 'choke': 0.8},
    {'lip_ratio': 0.4, 'choke': 0.2},
    {'lip_ratio': 0.6, 'choke': 0.25},
)


Form = TypeVar('Form')


class Parameters(Protocol[Form]):
    """
    What a fit asks of the parameters of one cup, k of them.

    Attributes
    ----------
    names : tuple of str
        What they are, in the order of the vectors; 'angle_offset' [degree] and 'delay_s' [s] are
        among them.
    expected, spread, low, high : ndarray of shape (k,)
        Mean and standard deviation of the prior, and the range.
    starts : list of ndarray of shape (k,)
        Where fits begin, so that one of them ends in the best of several minima.
    cup_spread_deg : float
        Standard deviation of the cup's own offset, the mean over its mountings [degree].
    flow_spread : float
        Standard deviation of the logarithm of a factor to all flow [-].

    """

    names: tuple[str, ...]
    expected: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray
    starts: list[np.ndarray]
    cup_spread_deg: float
    flow_spread: float

    def form(self, vector: np.ndarray) -> tuple[Form, float]:
        """Return what a `vector` makes of the cup, and the delay [s]."""
        ...

    def stack(self, forms: Sequence[Form]) -> PouringCup:
        """Return v forms as cups of shape (v,)."""
        ...

    def cup(self, vector: np.ndarray, pours: int) -> CupSpec:
        """Return the `CupSpec` of a `vector`, which so many pours were fitted to."""
        ...

    def expected_offset_deg(self, vector: np.ndarray) -> float:
        """Return the cup's own offset that is expected with the flow of a `vector` [degree]."""
        ...


class CupParameters(Parameters[Cup]):
    """
    The parameters of a closed form: three of a cylinder, five of a slender cup.

    Parameters
    ----------
    typical : CupSpec
        What to expect; its size decides about the kind of cup, and all cups get its size. One
        that was fitted to pours is expected the more firmly the more there were.

    """

    def __init__(self, typical: CupSpec) -> None:
        self._typical = typical
        # Each pour is taken to tell as much as what is known of cups in general.
        firmness = math.sqrt(1.0 + (typical.pours or 0))
        self.cup_spread_deg = CUP_SPREAD_DEG / firmness
        self.flow_spread = FLOW_SPREAD / firmness
        self._values = {name: getattr(typical, name) for name in _FIELDS}
        self._parameters = _BOTTLE if typical.is_slender else _CYLINDER
        self.names = tuple(parameter.name for parameter in self._parameters)
        self.low, self.high, self.spread = (
            np.array([getattr(parameter, field) for parameter in self._parameters])
            for field in ('low', 'high', 'spread')
        )
        self.spread /= firmness
        self.expected = self.vector(typical)
        starts = _BOTTLE_STARTS if typical.is_slender else _CYLINDER_STARTS
        self.starts = [self._vector({**self._values, **start}) for start in starts]

    def vector(self, cup: CupSpec) -> np.ndarray:
        """Return the parameters of a `CupSpec`, ndarray of shape (k,), within the range."""
        return self._vector({name: getattr(cup, name) for name in _FIELDS})

    def _vector(self, values: Mapping[str, Any]) -> np.ndarray:
        vector = [parameter.of(values[parameter.name]) for parameter in self._parameters]
        return np.clip(vector, self.low, self.high)

    def values(self, vector: np.ndarray) -> dict[str, Any]:
        """Return what `CupSpec.of_size` takes for a `vector`, ndarray of shape (k,), by name."""
        return {
            'height': self._typical.height,
            'diameter': self._typical.diameter,
            **self._values,
            **{
                parameter.name: parameter.to(float(value))
                for parameter, value in zip(self._parameters, vector)
            },
        }

    def form(self, vector: np.ndarray) -> tuple[Cup, float]:
        """Return the closed form of a `vector`, a `Cup`, and the delay [s]."""
        values = self.values(vector)
        delay_s = values.pop('delay_s')
        choke = math.inf if values['choke'] is None else values['choke']
        return Cup(**{**values, 'choke': choke}), delay_s

    def stack(self, forms: Sequence[Cup]) -> Cup:
        """Return v forms as cups of shape (v,)."""
        return Cup(
            **{name: np.array([getattr(form, name) for form in forms]) for name in vars(forms[0])}
        )

    def cup(self, vector: np.ndarray, pours: int | None = None) -> CupSpec:
        """Return the `CupSpec` of a `vector`, ndarray of shape (k,), fitted to `pours`."""
        return CupSpec.of_size(**self.values(vector), pours=pours)

    def expected_offset_deg(self, vector: np.ndarray) -> float:
        """Return the cup's own offset that is expected [degree], whatever the flow."""
        return float(self.expected[self.names.index('angle_offset')])
