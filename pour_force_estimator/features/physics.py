# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The physics as features: what the cup would have poured by now, for several ways that it may sit.

How a cup sits in the gripper differs from mounting to mounting by about two degrees, and no sensor
tells it beforehand. So the physics runs once for each of several offsets
(`pour_force_estimator.hypotheses`), and what was weighed before says how probable each of them is.
The network gets both, and may say otherwise only where the motion tells something.

Training calls this in the same way as the node.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from ..context import PourContext
from ..cups.spec import CupSpec
from ..cups.table import CupTable
from ..hypotheses import hypotheses_of, HypotheticalOutflow, Mounting
from ..hypotheses.grid import OFFSET_STEPS

PHYSICS_FEATURES = {f'physics_{step:+d}': step for step in OFFSET_STEPS}
"""
By name of the feature, the offset that it assumes, in steps of `Hypotheses.step_deg` [-].

Each is the weight that a scale reads by then [N]; of a cup that nobody fitted, the mean over the
shapes that it may have.
"""

PRIOR_FEATURES = {f'prior_{step:+d}': step for step in OFFSET_STEPS}
"""By name of the feature, the offset whose log probability it says; see `MIN_PRIOR`."""

PAST_ONSET = 'past_onset'
"""
How far the tilt is past that at which the cup would begin to pour [degree].

The most probable cup without an offset; within `ONSET_RANGE_DEG`, so that it does not tell from
where a motion began.
"""

ONSET_RANGE_DEG = -20.0, 40.0

MIN_PRIOR = 1e-6
"""Probability that stands for a smaller one, so that its logarithm is finite."""

PHYSICS_UNITS = {
    **dict.fromkeys(PHYSICS_FEATURES, 'N'),
    **dict.fromkeys(PRIOR_FEATURES, '-'),
    PAST_ONSET: 'degree',
}
"""Unit of each feature of this module."""

PHYSICS_CONTEXT = ('cup_height', 'cup_diameter', 'initial_weight')
"""Fields of `PourContext` that they need."""


class PhysicsFeatures:
    """
    Fills the columns of the features of the physics.

    Parameters
    ----------
    names : sequence of str
        The features of a model in its order; those of other modules are left alone.
    sample_rate_hz : float
        Rate of the ticks [Hz].
    cups : CupTable or iterable of CupSpec
        The cups that are known.

    Attributes
    ----------
    mounting : Mounting
        What is known of how the cup sits; from `start` on, as what follows.
    outflow : HypotheticalOutflow
        The cup of the pour in progress, under all hypotheses.
    shares : ndarray of shape (J, K)
        How probable each shape of the cup is at each offset [-]; the sum over the J shapes is 1.

    """

    def __init__(
        self, names: Sequence[str], sample_rate_hz: float, cups: CupTable | Iterable[CupSpec]
    ) -> None:
        names = list(names)
        experts = [
            (names.index(name), OFFSET_STEPS.index(step))
            for name, step in PHYSICS_FEATURES.items()
            if name in names
        ]
        columns, steps = np.array(experts, int).reshape(-1, 2).T
        self._columns, self._steps = _as_slice(columns), _as_slice(steps)
        self._priors = [
            (names.index(name), OFFSET_STEPS.index(step))
            for name, step in PRIOR_FEATURES.items()
            if name in names
        ]
        self._onset_column = names.index(PAST_ONSET) if PAST_ONSET in names else None
        self._sample_rate_hz = sample_rate_hz
        self._cups = CupTable.of(cups)
        # From the first `start` on.
        self.mounting: Mounting
        self.outflow: HypotheticalOutflow
        self.shares: np.ndarray
        self.arrived: np.ndarray

    def start(self, row: np.ndarray, context: PourContext, mounting: Mounting | None) -> None:
        """
        Begin a pour.

        Parameters
        ----------
        row : ndarray of shape (1, n_features), float32
            Where the features of the model go.
        context : PourContext
            What is known of the pour; it has all of `PHYSICS_CONTEXT`.
        mounting : Mounting or None
            What was learned of the cup's mounting; a new one if None.

        """
        if mounting is None:
            mounting = Mounting(
                hypotheses_of(
                    self._cups,
                    context.required('cup_height'),
                    context.required('cup_diameter'),
                    context.cup,
                )
            )
        self.mounting = mounting
        self.outflow = HypotheticalOutflow(mounting.hypotheses, context, self._sample_rate_hz)
        self.take_prior(row)

    def take_prior(self, row: np.ndarray) -> None:
        """Write what the mounting says of the offsets into `row`, as in `start`."""
        prior = self.mounting.pour_prior()
        of_offset = prior.sum(axis=0)
        self.shares = prior / np.maximum(of_offset, 1e-300)
        logarithms = np.log(np.maximum(of_offset, MIN_PRIOR))
        for column, step in self._priors:
            row[0, column] = logarithms[step]

    def step(self, row: np.ndarray, tilt: float) -> None:
        """Write the features at the next tick, where the tilt is `tilt` [rad], into `row`."""
        self.arrived = arrived = self.outflow.step(tilt)
        answers = arrived[0] if len(arrived) == 1 else (self.shares * arrived).sum(axis=0)
        row[0, self._columns] = answers[self._steps]
        if self._onset_column is not None:
            angle = self.outflow.past_onset_deg(tilt)
            low, high = ONSET_RANGE_DEG
            row[0, self._onset_column] = low if angle < low else high if angle > high else angle


def _as_slice(indices: np.ndarray) -> np.ndarray | slice:
    """Return indices that follow one another as a slice, which reads and writes faster."""
    if len(indices) and np.all(np.diff(indices) == 1):
        return slice(int(indices[0]), int(indices[-1]) + 1)
    return indices
