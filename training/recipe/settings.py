"""What the recipe is: features, network, training. Variants of it are for ablations."""

from dataclasses import dataclass

from pour_force_estimator.context import OUTCOME_FIELDS
from pour_force_estimator.features import CONTEXT_FEATURES, CUP_KNOWN
from pour_force_estimator.physics_features import PHYSICS_FEATURES

from ..architectures import Architecture
from ..experts import Experts
from ..fit import FitSettings

MOTION = ('theta', 'theta_velocity', 'theta_start')
"""What the network sees of the motion, beside the physics."""

PLAIN_PHYSICS = ('capacity', 'excess', 'largest_excess')
"""What a network without experts sees of the physics: that of a plain cylinder."""

STEADY = ('theta_velocity', CUP_KNOWN, *PLAIN_PHYSICS, *PHYSICS_FEATURES)
"""Features without noise: those that follow from others, and the experts."""

COVERAGE = 0.9
"""Part of the pours, and of the time steps, that the interval is to hold."""


@dataclass(frozen=True)
class Recipe:
    """
    How a model is made.

    Attributes
    ----------
    members : int
        Networks of different seeds whose gates are averaged.
    new_cup_members : int
        Further networks, whose gates hold instead for cups that were never fitted
        (`training.recipe.new_cups`); with experts only.
    units, dense_units : int
        Sizes of the GRU and of the dense layer behind it.
    epochs, batch_size, learning_rate, clip_norm
        See `FitSettings`; the learning rate falls to 0 along a cosine.
    input_noise : float
        Standard deviation of an error, constant over a pour, that is added to each input while
        training, in standard deviations of that input. A few dozen pours would otherwise be
        learned by heart.
    experts : bool
        Whether the network mixes the physics of the fitted cups (`training.experts`), or gives
        an answer of its own from the physics of a plain cylinder.
    without : tuple of str
        Features that it must do without.
    cell : {'gru', 'lstm'}
        Kind of the recurrent layer.
    simulated_per_cup : int
        Simulated pours of each fitted cup, moved without a controller that knows the weight, to
        learn from beside the recorded ones.
    seed : int
        Of the first member.

    """

    members: int = 4
    new_cup_members: int = 2
    units: int = 32
    dense_units: int = 32
    epochs: int = 120
    batch_size: int = 64
    learning_rate: float = 0.01
    clip_norm: float = 1.0
    input_noise: float = 0.15
    experts: bool = True
    without: tuple = ()
    cell: str = 'gru'
    simulated_per_cup: int = 0
    seed: int = 0

    def features(self, schema):
        """Return the names of the features for pours of a `Schema`, a tuple of str."""
        context = tuple(
            name for name in schema.honest_features
            if name in CONTEXT_FEATURES and CONTEXT_FEATURES[name].field not in OUTCOME_FIELDS)
        physics = (CUP_KNOWN, *PHYSICS_FEATURES) if self.experts else PLAIN_PHYSICS
        return tuple(
            name for name in (*MOTION, *context, *physics) if name not in self.without)

    def architecture(self, names, scaling):
        """Return the `Architecture` for features `names` with their `FeatureScaling`."""
        experts = Experts.among(
            names, PHYSICS_FEATURES, scaling, CUP_KNOWN) if self.experts else None
        return Architecture(
            'best', self.cell, (self.units,), (self.dense_units,), experts=experts)

    @property
    def networks(self):
        """Number of networks to train, those for new cups included."""
        return self.members + (self.new_cup_members if self.experts else 0)

    def fit_settings(self, names, member):
        """Return the `FitSettings` of one member, from 0, for features `names`."""
        return FitSettings(
            epochs=self.epochs, batch_size=self.batch_size, learning_rate=self.learning_rate,
            schedule='cosine', clip_norm=self.clip_norm, seed=self.seed + member, keep='last',
            input_noise=tuple(
                0.0 if name in STEADY else self.input_noise for name in names))


BEST = Recipe()
"""What ``--recipe best`` is."""
