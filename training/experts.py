"""
Networks that choose between answers of the physics instead of giving their own.

Some of the features are estimates themselves: what the cup's physics has poured by now if it sits
in the gripper so and so (`pour_force_estimator.physics_features`). The network has one gate for
each of these experts; its answer is their mean, weighted by the gates::

    weight = sum_k g_k w_k,    spread = sqrt(sum_k g_k (w_k - weight)^2),    sum_k g_k = 1

A mixture of experts (Jacobs et al., "Adaptive mixtures of local experts", 1991) whose experts are
fixed. It stays between the experts whatever the network does, rests when they rest, and knows
how far those it believes in are apart.
"""

from dataclasses import dataclass

import numpy as np

from .backend import keras


@dataclass(frozen=True)
class Experts:
    """
    The features that are experts.

    Attributes
    ----------
    columns : tuple of int
        Where they are among the features: side by side.
    mean, scale : tuple of float
        Their standardization [lbf].
    known_column : int or None
        Where the feature is that says whether the cup is known, for networks of which some
        answer for known cups and the others for new ones.

    Raises
    ------
    ValueError
        If the columns are not side by side and in their order.

    """

    columns: tuple
    mean: tuple
    scale: tuple
    known_column: int | None = None

    def __post_init__(self):
        # A slice of the features holds them then, which costs a step of the model nothing.
        if not self.columns or self.columns != tuple(
                range(self.columns[0], self.columns[0] + len(self.columns))):
            raise ValueError(
                'experts: expected features side by side, in the order of the experts, received '
                f'columns {self.columns}')

    def __len__(self):
        return len(self.columns)

    @classmethod
    def among(cls, names, experts, scaling, known=None):
        """
        Return the `Experts` called `experts` among features `names` with a `FeatureScaling`.

        The feature called `known`, if any, says whether the cup is known.

        Raises
        ------
        ValueError
            If one of them is no feature, or they are not side by side.

        """
        columns = [list(names).index(expert) for expert in experts]
        return cls(tuple(columns), tuple(scaling.mean[columns].tolist()),
                   tuple(scaling.scale[columns].tolist()),
                   None if known is None else list(names).index(known))


def mix(gates, answers):
    """
    Mix answers.

    Parameters
    ----------
    gates : Tensor of shape (..., n_experts), float32
        Weights of the experts; their sum is 1.
    answers : Tensor of shape (..., n_experts), float32
        What each says [lbf].

    Returns
    -------
    weight : Tensor of shape (..., 1), float32
        Their mean [lbf].
    spread : Tensor of shape (..., 1), float32
        Their standard deviation [lbf].

    """
    weight = keras.ops.sum(gates * answers, -1, keepdims=True)
    variance = keras.ops.sum(gates * keras.ops.square(answers - weight), -1, keepdims=True)
    return weight, keras.ops.sqrt(variance)


class ExpertMixture(keras.layers.Layer):
    """
    The mean of the experts, weighted by the gates.

    Parameters
    ----------
    experts : Experts
        Which features are experts.
    name : str
        Name of the layer.

    """

    def __init__(self, experts, *, name='weight'):
        super().__init__(name=name)
        self.supports_masking = True  # of the gates, which pass theirs on
        self._experts = experts

    def call(self, gates, features):
        """
        Mix.

        Parameters
        ----------
        gates : Tensor of shape (..., n_experts), float32
            Weights of the experts; their sum is 1.
        features : Tensor of shape (..., n_features), float32
            Standardized features.

        Returns
        -------
        Tensor of shape (..., 1), float32
            The response [lbf].

        """
        first, last = self._experts.columns[0], self._experts.columns[-1] + 1
        weight, _ = mix(gates, features[..., first:last] * np.float32(
            self._experts.scale) + np.float32(self._experts.mean))
        return weight
