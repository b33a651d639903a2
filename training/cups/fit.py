# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
How liquid leaves a cup, found from recorded pours of it.

A cup sits a little differently in the gripper at each pour. A fit that ignores this blames the
lip for what the grip did; so each pour has an offset of its own here, which is found along with
the parameters of the cup: a mixed-effects model, whose offsets are normal about that of the cup.
Where there are few pours, what is known of other cups carries the fit: each parameter is drawn
weakly towards that of a typical cup.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import least_squares
from threadpoolctl import threadpool_limits

from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.text import quoted
from pour_force_estimator.units import degree_to_rad

from .grouping import grouped
from .measured_shape import MeasuredShapeParameters
from .outflow import context_of, CupOutflow
from .parameters import CupParameters, Parameters
from .posterior import mean_of_mountings, with_unknowns

OFFSET_SPREAD_DEG = 1.7
"""Standard deviation of how differently a cup sits from pour to pour [degree]."""

_MAX_OFFSET_DEG = 15.0

_NOISE_N = 0.133447
"""
Standard deviation of a residual [N], against which the priors are weighed.

The physics leaves about 0.05 N, but what it leaves at neighbouring steps is alike: of those
that take part in a fit, seven in a row say hardly more than one.
"""

_STEPS_APART = 3
"""Of so many steps one takes part in a fit, for speed."""

_DERIVATIVE_STEP = 0.01
"""Change that gives a derivative, on the scale of `CupParameters` and in degrees."""

_MAX_EVALUATIONS = 60


@dataclass(frozen=True)
class CupFit:
    """
    A cup, and how its pours are explained by it.

    Attributes
    ----------
    cup : CupSpec
        The cup that explains these pours best, taken for certain.
    posterior : CupSpec
        The cup to expect in a new mounting, with what these pours leave unknown of it.
    pour_offsets_deg : ndarray of shape (n,)
        How much further tilted than `cup.angle_offset` says it was in each pour [degree].
    rmse_newton : float
        Root-mean-square error of the poured weight over all steps, with these offsets [N].

    """

    cup: CupSpec
    posterior: CupSpec
    pour_offsets_deg: np.ndarray
    rmse_newton: float

    @property
    def mountings(self) -> int:
        """How many mountings the pours seem to be of."""
        return mean_of_mountings(self.pour_offsets_deg)[1]


def fit_cup(pours: Sequence[RecordedPour], prior: CupSpec | None = None) -> CupFit:
    """
    Fit the outflow of one cup to pours of it.

    Parameters
    ----------
    pours : sequence of RecordedPour
        Pours of one cup. One is enough, but says little of what differs between pours.
    prior : CupSpec, optional
        What to expect of the cup; a typical one of its kind if left out. A cylinder or a bottle
        is fitted anew; any other shape was measured, and stays.

    Returns
    -------
    CupFit

    Raises
    ------
    RecordingError
        If these cannot be pours of one cup; the message names the cup and the pour.

    """
    outflow = CupOutflow(pours)
    if prior is None:
        prior = CupTable().find(outflow.size.height, outflow.size.diameter)
    # These matrices are small: more threads would wait for each other for most of the time.
    with threadpool_limits(1):
        return _Fit(outflow, _parameters(outflow, prior)).best()


def fit_cups(pours: Sequence[RecordedPour]) -> list[CupFit]:
    """
    Fit all cups that were poured from.

    Each cup is fitted twice: at first by itself, then with the others' first fits to tell what is
    typical of its kind, which matters where it has few pours.

    Parameters
    ----------
    pours : sequence of RecordedPour
        Pours of any cups.

    Returns
    -------
    list of CupFit
        In the order of the cups' first pours; the same pours give the same fits.

    Raises
    ------
    RecordingError
        As of `fit_cup`, and if there are no pours.

    """
    groups = by_size(pours)
    first = [fit_cup(group).cup for group in groups]
    fits = []
    for group, cup in zip(groups, first):
        neighbours = CupTable(tuple(neighbour for neighbour in first if neighbour is not cup))
        fits.append(fit_cup(group, neighbours.find(cup.height, cup.diameter)))
    return fits


def table_of(fits: Iterable[CupFit]) -> CupTable:
    """Return the fitted cups, in their order."""
    return CupTable(tuple(fit.cup for fit in fits))


def by_size(pours: Sequence[RecordedPour]) -> list[list[RecordedPour]]:
    """
    Return the pours of each cup, a list of lists of RecordedPour in the order of first pours.

    Raises
    ------
    RecordingError
        If there are no pours, or one whose context is out of range.

    """
    if not pours:
        raise RecordingError('pours: expected at least one pour, received none')
    return grouped(pours, [CupSize.of(context_of(pour)) for pour in pours])


def _parameters(outflow: CupOutflow, prior: CupSpec) -> Parameters[Any]:
    """Return the parameters of the cup that `prior` tells something of."""
    if prior.table.is_closed_form(prior.height, prior.diameter):
        size = outflow.size
        typical = CupTable(typical=prior).typical_of(size.height, size.diameter)
        return CupParameters(typical)
    if not prior.size.is_same(outflow.size):
        raise RecordingError(
            f'{quoted(prior.name)}: expected pours of cup '
            f'{prior.size}, received pours of cup {outflow.size}'
        )
    return MeasuredShapeParameters(prior)


class _Fit:
    """
    The problem of least squares: k parameters of the cup, then the offsets of n pours [degree].

    The residuals are those of the m steps that take part, over the noise, then those of the
    parameters and of the offsets against their priors.
    """

    def __init__(self, outflow: CupOutflow, parameters: Parameters[Any]) -> None:
        self._outflow = outflow
        self._parameters = parameters
        self._spread = np.append(parameters.spread, np.full(outflow.pours, OFFSET_SPREAD_DEG))
        self._expected = np.append(parameters.expected, np.zeros(outflow.pours))
        self._real = outflow.real[::_STEPS_APART]
        self._measured = outflow.measured[::_STEPS_APART][self._real]
        self._pour = np.nonzero(self._real)[1]

    def best(self) -> CupFit:
        """Return the best of the fits from all starts, a `CupFit`."""
        reach = np.full(self._outflow.pours, _MAX_OFFSET_DEG)
        bounds = (np.append(self._parameters.low, -reach), np.append(self._parameters.high, reach))
        solutions = [
            least_squares(
                self._residuals,
                np.append(start, np.zeros_like(reach)),
                self._jacobian,
                bounds,
                x_scale='jac',
                max_nfev=_MAX_EVALUATIONS,
            )
            for start in self._parameters.starts
        ]
        best = min(solutions, key=lambda solution: solution.cost)
        return self._fit_of(best.x, best.jac)

    def _fit_of(self, x: np.ndarray, jacobian: np.ndarray) -> CupFit:
        """Return the fit at `x` with the `jacobian` there, of which its uncertainty follows."""
        outflow = self._outflow
        cup, delay_s, offsets_deg = self._split(x)
        poured = self._poured([cup], offsets_deg[:, np.newaxis])
        errors = (outflow.delayed(poured, delay_s)[..., 0] - outflow.measured)[outflow.real]
        k = len(self._parameters.names)
        # The posterior is taken to be normal (Laplace): the residuals have unit variance.
        covariance = np.linalg.inv(jacobian.T @ jacobian)[:k, :k]
        fitted = self._parameters.cup(x[:k], outflow.pours)
        return CupFit(
            fitted,
            with_unknowns(fitted, offsets_deg, self._parameters, x[:k], covariance),
            offsets_deg,
            float(np.sqrt(np.mean(errors**2))),
        )

    def _residuals(self, x: np.ndarray) -> np.ndarray:
        cup, delay_s, offsets_deg = self._split(x)
        readings = self._readings(self._poured([cup], offsets_deg[:, np.newaxis]), delay_s)
        return np.append(
            (readings[:, 0] - self._measured) / _NOISE_N, (x - self._expected) / self._spread
        )

    def _jacobian(self, x: np.ndarray) -> np.ndarray:
        """
        Return the derivatives of the residuals, ndarray of shape (m + k + n, k + n).

        A pour depends on no other pour's offset, so that one more simulation with all offsets
        increased gives the derivatives for each of them, and for the cup's as well.
        """
        names = self._parameters.names
        m, k = len(self._measured), len(names)
        cup, delay_s, offsets_deg = self._split(x)
        shape = [
            column for column, name in enumerate(names) if name not in ('angle_offset', 'delay_s')
        ]
        cups = [cup, cup]
        for column in shape:
            cups.append(self._split(x + _DERIVATIVE_STEP * (np.arange(len(x)) == column))[0])
        offsets_deg = np.repeat(offsets_deg[:, np.newaxis], len(cups), axis=1)
        offsets_deg[:, 1] += _DERIVATIVE_STEP
        poured = self._poured(cups, offsets_deg)
        readings = self._readings(poured, delay_s)
        slopes = (readings[:, 1:] - readings[:, :1]) / (_DERIVATIVE_STEP * _NOISE_N)

        jacobian = np.zeros((m + len(x), len(x)))
        jacobian[:m, names.index('angle_offset')] = slopes[:, 0]
        jacobian[np.arange(m), k + self._pour] = slopes[:, 0]
        jacobian[:m, shape] = slopes[:, 1:]
        jacobian[:m, names.index('delay_s')] = self._delay_slope(poured[..., :1], delay_s)
        jacobian[m:] = np.diag(1.0 / self._spread)
        return jacobian

    def _delay_slope(self, poured: np.ndarray, delay_s: float) -> np.ndarray:
        """Return the derivative by the delay over a whole step, past the kinks of `delayed`."""
        half_s = 0.5 / self._outflow.rate_hz
        earlier_s, later_s = max(delay_s - half_s, 0.0), delay_s + half_s
        change = self._readings(poured, later_s) - self._readings(poured, earlier_s)
        return change[:, 0] / ((later_s - earlier_s) * _NOISE_N)

    def _split(self, x: np.ndarray) -> tuple[Any, float, np.ndarray]:
        """Return the cup, the delay [s] and the offsets [degree], ndarray of shape (n,)."""
        k = len(self._parameters.names)
        return *self._parameters.form(x[:k]), x[k:]

    def _poured(self, cups: Sequence[Any], offsets_deg: np.ndarray) -> np.ndarray:
        """Return `CupOutflow.poured` for v cups and offsets [degree] of shape (n, v)."""
        return self._outflow.poured(self._parameters.stack(cups), degree_to_rad(offsets_deg))

    def _readings(self, poured: np.ndarray, delay_s: float) -> np.ndarray:
        """Return what the scale reads at the steps that take part, ndarray of shape (m, v)."""
        return self._outflow.delayed(poured, delay_s)[::_STEPS_APART][self._real]
