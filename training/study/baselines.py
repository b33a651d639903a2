# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the four networks are measured against: the mean, the physics, a network without memory."""

from collections.abc import Sequence

import numpy as np

from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.pours.recordings import RecordedPour

from ..evaluation.physics import PourPhysics
from ..networks.architectures import Architecture

MEAN = 'mean'
"""Predicts the mean response of the pours for training at every step."""

PHYSICS = 'physics'
"""The simulator's outflow; see `training.evaluation.physics`."""

UNTRAINED = (MEAN, PHYSICS)
"""Baselines that no seed changes."""

MLP = Architecture('mlp', 'none', (), (164, 164))
"""
Sees one step alone: two dense layers, with nine features 28865 parameters.

Each of its steps knows the tilt of that step, but not whether the cup was ever tilted further.
"""


class PlainCups(PourPhysics):
    """The physics with nothing known of a cup but its size, not even of those that were fitted."""

    def cup_of(self, pour: RecordedPour) -> CupSpec:
        """Return the `CupSpec` of a `RecordedPour`."""
        height, diameter = (pour.context.required(name) for name in ('cup_height', 'cup_diameter'))
        return CupSpec.of_cup(Cup(height, diameter, **self.parameters))


def mean_response(pours: Sequence[RecordedPour]) -> float:
    """
    Return the mean response over all steps.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours for training.

    Returns
    -------
    float
        Response [lbf].

    """
    return float(np.mean(np.concatenate([pour.response for pour in pours])))
