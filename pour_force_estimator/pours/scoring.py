# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Estimates against the truth, collected while they come in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..units import newton_to_ml

NEW_POUR_AFTER_NS = 500_000_000
"""A silence of the truth that is longer than this, on its own clock, separates two pours [ns]."""


@dataclass(frozen=True)
class ScoredPour:
    """
    Truth and estimates of one pour.

    Attributes
    ----------
    true_s, true_weight : ndarray of shape (n_true,)
        Time since the start of the pour [s] and true weight [N].
    estimate_s, estimated_weight : ndarray of shape (n_estimates,)
        Time since the start of the pour [s] and estimated weight [N].
    lower, upper : ndarray of shape (n_estimates,)
        The interval of each estimate [N]; NaN where none came.

    """

    true_s: np.ndarray
    true_weight: np.ndarray
    estimate_s: np.ndarray
    estimated_weight: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def truths(self) -> np.ndarray:
        """Return the true weight at each estimate [N], ndarray of shape (n_estimates,)."""
        truths: np.ndarray = np.interp(self.estimate_s, self.true_s, self.true_weight)
        return truths

    def errors(self) -> np.ndarray:
        """Return estimate minus truth at each estimate [N], ndarray of shape (n_estimates,)."""
        errors: np.ndarray = self.estimated_weight - self.truths()
        return errors

    def has_interval(self) -> np.ndarray:
        """Return which estimates have an interval, ndarray of bool, shape (n_estimates,)."""
        has_both: np.ndarray = ~np.isnan(self.lower) & ~np.isnan(self.upper)
        return has_both


class PourScorer:
    """
    Collects truth and estimates and sorts them into pours by their stamps.

    Messages of different topics overtake each other, so that only stamps tell what belongs
    together.

    Attributes
    ----------
    latest_true, latest_estimate : float or None
        Last weights that came in [N].

    """

    def __init__(self) -> None:
        self.latest_true: float | None = None
        self.latest_estimate: float | None = None
        self._truth: list[tuple[int, float]] = []
        self._estimates: list[tuple[int, float, int]] = []
        self._lower: list[tuple[int, float]] = []
        self._upper: list[tuple[int, float]] = []
        self._joint_states: list[tuple[int, int]] = []

    def add_joint_state(self, stamp_ns: int, published_ns: int) -> None:
        """Take the stamp of a joint state and when it was published [ns]."""
        self._joint_states.append((stamp_ns, published_ns))

    def add_truth(self, stamp_ns: int, weight: float) -> None:
        """Take a true weight [N]."""
        self.latest_true = weight
        self._truth.append((stamp_ns, weight))

    def add_estimate(self, stamp_ns: int, weight: float, published_ns: int) -> None:
        """Take the stamp of an estimate, the weight [N] and when it was published [ns]."""
        self.latest_estimate = weight
        self._estimates.append((stamp_ns, weight, published_ns))

    def add_lower(self, stamp_ns: int, weight: float) -> None:
        """Take the lower bound [N] of the estimate with a stamp [ns]."""
        self._lower.append((stamp_ns, weight))

    def add_upper(self, stamp_ns: int, weight: float) -> None:
        """Take the upper bound [N] of the estimate with a stamp [ns]."""
        self._upper.append((stamp_ns, weight))

    def pours(self) -> list[ScoredPour]:
        """Return the pours so far, a list of ScoredPour; one may have no estimates."""
        if not self._truth:
            return []
        true_ns, _ = _columns(self._truth)
        ends = np.flatnonzero(np.diff(true_ns) > NEW_POUR_AFTER_NS) + 1
        return [self.between(int(part[0]), int(part[-1])) for part in np.split(true_ns, ends)]

    def between(self, start_ns: int, end_ns: int) -> ScoredPour:
        """
        Return what happened between two stamps [ns], both included, as one pour.

        Parameters
        ----------
        start_ns, end_ns : int
            The stamps [ns], on the clock of the joint states.

        Returns
        -------
        ScoredPour

        """
        true_ns, true_weight = _columns(self._truth)
        estimate_ns, estimated_weight, _ = _columns(self._estimates, 3)
        lower, upper = (_bounds_of(estimate_ns, bounds) for bounds in (self._lower, self._upper))
        true = (true_ns >= start_ns) & (true_ns <= end_ns)
        estimated = (estimate_ns >= start_ns) & (estimate_ns <= end_ns)
        return ScoredPour(
            (true_ns[true] - start_ns) * 1e-9,
            true_weight[true],
            (estimate_ns[estimated] - start_ns) * 1e-9,
            estimated_weight[estimated],
            lower[estimated],
            upper[estimated],
        )

    def delays_s(self, start_ns: int | None = None, end_ns: int | None = None) -> np.ndarray:
        """
        Return how late the estimates were.

        Both ends are the times of publishing, which the middleware notes; when a message reaches
        this process says more of the process than of the estimator.

        Parameters
        ----------
        start_ns, end_ns : int, optional
            Only estimates with stamps from one to the other [ns]; all by default.

        Returns
        -------
        ndarray of shape (n_estimates,)
            Time from the publishing of a joint state to that of the estimate which it completed
            [s].

        """
        joint_ns, joint_published_ns = _columns(self._joint_states)
        estimate_ns, _, published_ns = _columns(self._estimates, 3)
        index = np.searchsorted(joint_ns, estimate_ns)
        is_counted = index < len(joint_ns)
        if start_ns is not None and end_ns is not None:
            is_counted &= (estimate_ns >= start_ns) & (estimate_ns <= end_ns)
        delays_ns = published_ns[is_counted] - joint_published_ns[index[is_counted]]
        delays_s: np.ndarray = delays_ns * 1e-9
        return delays_s


def _columns(rows: Sequence[tuple[float, ...]], width: int = 2) -> tuple[np.ndarray, ...]:
    """Return the columns of `rows`, sorted by the first; stamps stay exact integers."""
    if not rows:
        return (np.array([], np.int64), *[np.array([])] * (width - 1))
    columns = [np.array(column) for column in zip(*rows)]
    order = np.argsort(columns[0], kind='stable')
    return tuple(column[order] for column in columns)


def _bounds_of(estimate_ns: np.ndarray, bounds: list[tuple[int, float]]) -> np.ndarray:
    """
    Return the bound of each estimate.

    Parameters
    ----------
    estimate_ns : ndarray of shape (n_estimates,)
        Stamps of the estimates [ns].
    bounds : list of (int, float)
        Stamp of each bound [ns], and the bound [N].

    Returns
    -------
    ndarray of shape (n_estimates,)
        The bounds [N]; NaN where none has the stamp of the estimate.

    """
    if not bounds:
        return np.full(len(estimate_ns), np.nan)
    bound_ns, weights = _columns(bounds)
    index = np.minimum(np.searchsorted(bound_ns, estimate_ns), len(bound_ns) - 1)
    return np.where(bound_ns[index] == estimate_ns, weights[index], np.nan)


def summarize(
    pours: Sequence[ScoredPour], relative_density: float = 1.0
) -> list[dict[str, float]]:
    """
    Return the errors of each pour.

    Parameters
    ----------
    pours : sequence of ScoredPour
        Pours with at least one estimate each.
    relative_density : float
        Density of the liquid relative to water, for ml.

    Returns
    -------
    list of dict of str to float
        ``rmse_newton``, ``rmse_ml``, and of the last estimate ``poured_ml`` and
        ``final_error_ml``.

    """
    rows = []
    for pour in pours:
        errors = pour.errors()
        rmse = float(np.sqrt(np.mean(np.square(errors))))
        rows.append(
            {
                'rmse_newton': rmse,
                'rmse_ml': newton_to_ml(rmse, relative_density),
                'poured_ml': newton_to_ml(float(pour.true_weight[-1]), relative_density),
                'final_error_ml': newton_to_ml(float(errors[-1]), relative_density),
            }
        )
    return rows
