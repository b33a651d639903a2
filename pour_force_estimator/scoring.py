"""Estimates against the truth, collected while they come in."""

from dataclasses import dataclass, field

import numpy as np

from .units import newton_to_lbf, newton_to_ml

NEW_POUR_AFTER_NS = 500_000_000
"""A silence of the truth that is longer than this, on its own clock, separates two pours [ns]."""


@dataclass
class ScoredPour:
    """
    Truth and estimates of one pour.

    Attributes
    ----------
    truth, estimates : list of (int, float)
        Stamp [ns] and weight [N], in the order of arrival.

    """

    truth: list = field(default_factory=list)
    estimates: list = field(default_factory=list)

    def elapsed(self, samples):
        """Return times since the start of the pour [s] and weights [N] of `samples`."""
        stamps, weights = np.array(samples, np.float64).reshape(-1, 2).T
        return (stamps - self.truth[0][0]) * 1e-9, weights

    def errors(self):
        """Return estimate minus truth at each estimate [N], ndarray of shape (n_estimates,)."""
        estimate_s, estimates = self.elapsed(self.estimates)
        truth_s, truth = self.elapsed(self.truth)
        return estimates - np.interp(estimate_s, truth_s, truth)


class PourScorer:
    """
    Sorts truth and estimates into pours.

    Attributes
    ----------
    pours : list of ScoredPour
        The pours so far.
    delays_s : list of float
        Time from the arrival of a joint state to that of the estimate which it completed [s].

    """

    def __init__(self):
        self.pours = []
        self.delays_s = []
        self._joint_states = []

    def add_joint_state(self, stamp_ns, arrival_s):
        """Take the stamp of a joint state and its arrival [s]."""
        self._joint_states.append((stamp_ns, arrival_s))

    def add_truth(self, stamp_ns, weight):
        """Take a true weight [N]."""
        if (not self.pours
                or stamp_ns - self.pours[-1].truth[-1][0] > NEW_POUR_AFTER_NS):
            self.pours.append(ScoredPour())
            self._joint_states.clear()
        self.pours[-1].truth.append((stamp_ns, weight))

    def add_estimate(self, stamp_ns, weight, arrival_s):
        """Take an estimated weight [N] and its arrival [s]."""
        if not self.pours:
            return
        self.pours[-1].estimates.append((stamp_ns, weight))
        while self._joint_states and self._joint_states[0][0] < stamp_ns:
            self._joint_states.pop(0)
        if self._joint_states:
            self.delays_s.append(arrival_s - self._joint_states[0][1])


def summarize(pours, relative_density=1.0):
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
        ``rmse_lbf``, ``rmse_newton``, ``rmse_ml``, and the final weight's ``poured_ml`` and
        ``final_error_ml``.

    """
    rows = []
    for pour in pours:
        errors = pour.errors()
        rmse = float(np.sqrt(np.mean(np.square(errors))))
        rows.append({
            'rmse_lbf': newton_to_lbf(rmse),
            'rmse_newton': rmse,
            'rmse_ml': newton_to_ml(rmse, relative_density),
            'poured_ml': newton_to_ml(pour.truth[-1][1], relative_density),
            'final_error_ml': newton_to_ml(float(errors[-1]), relative_density),
        })
    return rows
