# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the recipe is: features, network, training. Variants of it are for ablations."""

from collections.abc import Sequence
from dataclasses import dataclass

from pour_force_estimator.features import CONTEXT_FEATURES, CUP_KNOWN
from pour_force_estimator.features.physics import PAST_ONSET, PHYSICS_FEATURES, PRIOR_FEATURES
from pour_force_estimator.pours.schemas import Schema

from ..fitting.fit import FitSettings
from ..networks.architectures import Architecture
from ..networks.experts import Experts
from ..networks.scaling import FeatureScaling

MOTION = ('theta_velocity',)
"""
What the network sees of the motion, beside the physics.

Not the angle itself: the one at which an arm starts is a fingerprint of the day of a recording.
"""

PLAIN_PHYSICS = ('theta', 'capacity', 'excess', 'largest_excess')
"""What a network without experts sees of the physics: that of a plain cylinder."""

CUP_SIZE = ('h_pc', 'd_pc')
"""What a network with experts does not see: the physics knows the cup, and it would learn by heart
which of a few cups it is."""

STEADY = (
    'theta_velocity',
    CUP_KNOWN,
    *PLAIN_PHYSICS,
    PAST_ONSET,
    *PHYSICS_FEATURES,
    *PRIOR_FEATURES,
)
"""Features without noise: those that follow from others, and the experts."""

COVERAGE = 0.9
"""Part of the pours, and of the time steps, that the interval is to cover."""


@dataclass(frozen=True)
class Recipe:
    """
    How a model is made.

    Attributes
    ----------
    members : int
        Networks of different seeds whose gates are averaged.
    held_out_members : int
        The same of the models that are only made to be judged on pours held out.
    units, dense_units : int
        Sizes of the GRU and of the dense layer behind it.
    epochs, batch_size, learning_rate, clip_norm
        See `FitSettings`; the learning rate falls to 0 along a cosine.
    input_noise : float
        Standard deviation of an error, constant over a pour, that is added to each input while
        training, in standard deviations of that input. A few dozen pours would otherwise be
        learned by heart.
    experts : bool
        Whether the network mixes the physics of the fitted cups (`training.networks.experts`),
        or gives an answer of its own from the physics of a plain cylinder.
    without : tuple of str
        Features that it must do without.
    cell : {'gru', 'lstm'}
        Kind of the recurrent layer.
    sessions_per_cup : int
        Simulated sessions of each fitted cup, whose motions tell nothing of how it sits, to learn
        from beside the recorded pours; with experts only.
    new_cup_sessions : int
        The same of cups that nobody fitted.
    seed : int
        Of the first member.

    """

    members: int = 4
    held_out_members: int = 2
    units: int = 32
    dense_units: int = 32
    epochs: int = 40
    batch_size: int = 64
    learning_rate: float = 0.01
    clip_norm: float = 1.0
    input_noise: float = 0.15
    experts: bool = True
    without: tuple[str, ...] = ()
    cell: str = 'gru'
    sessions_per_cup: int = 12
    new_cup_sessions: int = 16
    seed: int = 0

    def features(self, schema: Schema) -> tuple[str, ...]:
        """Return the names of the features for pours of a `Schema`, a tuple of str."""
        context = tuple(
            name
            for name in schema.online_features
            if name in CONTEXT_FEATURES and not (self.experts and name in CUP_SIZE)
        )
        physics = (
            (PAST_ONSET, CUP_KNOWN, *PHYSICS_FEATURES, *PRIOR_FEATURES)
            if self.experts
            else PLAIN_PHYSICS
        )
        return tuple(name for name in (*MOTION, *context, *physics) if name not in self.without)

    def architecture(self, names: Sequence[str], scaling: FeatureScaling) -> Architecture:
        """Return the `Architecture` for features `names` with their `FeatureScaling`."""
        experts = (
            Experts.among(names, PHYSICS_FEATURES, PRIOR_FEATURES, scaling)
            if self.experts
            else None
        )
        return Architecture('best', self.cell, (self.units,), (self.dense_units,), experts=experts)

    def fit_settings(self, names: Sequence[str], member: int) -> FitSettings:
        """Return the `FitSettings` of one member, from 0, for features `names`."""
        return FitSettings(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            schedule='cosine',
            clip_norm=self.clip_norm,
            seed=self.seed + member,
            keep='last',
            input_noise=tuple(0.0 if name in STEADY else self.input_noise for name in names),
        )


BEST = Recipe()
"""What ``--recipe best`` is."""
