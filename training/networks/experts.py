# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Networks that weigh answers of the physics instead of giving their own.

Some of the features are estimates themselves: what the cup's physics has poured by now if it sits
in the gripper so and so (`pour_force_estimator.features.physics`). Other features say how probable
each of these experts is before the pour, p_k. The network adds what it reads off the motion, e_k;
its answer is the mean of the experts, weighted by the gates::

    q_k = p_k exp(e_k) / sum_i p_i exp(e_i)
    g_k = (1 - t) p_k + t q_k,    weight = sum_k g_k w_k

A mixture of experts (Jacobs et al., "Adaptive mixtures of local experts", 1991) whose experts are
fixed, and a step of Bayes: exp(e_k) is the likelihood of the motion if the arm watches a scale,
and t, the trust, how probable it is that it does. Of any other arm the motion tells nothing, and
the answer is that of the prior. It stays between the experts whatever the network does, rests when
they rest, and knows how far those it believes in are apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .backend import keras, Tensor
from .scaling import FeatureScaling


@dataclass(frozen=True)
class Experts:
    """
    The features that are experts.

    Attributes
    ----------
    columns : tuple of int
        Where they are among the features: side by side.
    mean, scale : tuple of float
        Their standardization [N].
    prior_columns : tuple of int
        Where the logarithms of their probabilities are: side by side, in the order of the experts.
    prior_mean, prior_scale : tuple of float
        Their standardization.

    Raises
    ------
    ValueError
        If the columns are not side by side and in their order.

    """

    columns: tuple[int, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    prior_columns: tuple[int, ...]
    prior_mean: tuple[float, ...]
    prior_scale: tuple[float, ...]

    def __post_init__(self) -> None:
        # A slice of the features holds them then, which costs a step of the model nothing.
        for columns in (self.columns, self.prior_columns):
            if not columns or columns != tuple(range(columns[0], columns[0] + len(columns))):
                raise ValueError(
                    'experts: expected features side by side, in the order of the experts, '
                    f'received columns {columns}'
                )
        if len(self.columns) != len(self.prior_columns):
            raise ValueError(
                f'experts: expected a prior for each of {len(self.columns)} experts, received '
                f'{len(self.prior_columns)}'
            )

    def __len__(self) -> int:
        return len(self.columns)

    @classmethod
    def among(
        cls,
        names: Iterable[str],
        experts: Iterable[str],
        priors: Iterable[str],
        scaling: FeatureScaling,
    ) -> 'Experts':
        """
        Return the `Experts` called `experts` among features `names` with a `FeatureScaling`.

        The features called `priors` say how probable they are.

        Raises
        ------
        ValueError
            If one of them is no feature, or they are not side by side.

        """
        names, parts = list(names), []
        for features in (experts, priors):
            columns = [names.index(feature) for feature in features]
            parts += [
                tuple(columns),
                tuple(scaling.mean[columns].tolist()),
                tuple(scaling.scale[columns].tolist()),
            ]
        return cls(*parts)


def gates_of(evidence: Tensor, trust: Tensor, log_prior: Tensor) -> Tensor:
    """
    Return how probable each expert is.

    Parameters
    ----------
    evidence : Tensor of shape (..., n_experts), float32
        What the network reads off the motion.
    trust : Tensor of shape (..., 1), float32
        Logit of the probability that the motion tells something.
    log_prior : Tensor of shape (..., n_experts), float32
        Logarithm of their probabilities before; they need not be normalized.

    Returns
    -------
    Tensor of shape (..., n_experts), float32
        Their sum is 1.

    """
    prior = keras.ops.softmax(log_prior, axis=-1)
    posterior = keras.ops.softmax(evidence + log_prior, axis=-1)
    return prior + keras.ops.sigmoid(trust) * (posterior - prior)


def split_trust(outputs: Tensor) -> tuple[Tensor, Tensor]:
    """
    Return the two parts of what the last layer of a network gives.

    Parameters
    ----------
    outputs : Tensor of shape (..., n_experts + 1), float32
        The evidence and behind it the trust.

    Returns
    -------
    evidence : Tensor of shape (..., n_experts), float32
    trust : Tensor of shape (..., 1), float32
        See `gates_of`.

    """
    evidence, trust = keras.ops.split(outputs, [outputs.shape[-1] - 1], axis=-1)
    return evidence, trust


def mix(gates: Tensor, answers: Tensor) -> Tensor:
    """
    Mix answers.

    Parameters
    ----------
    gates : Tensor of shape (..., n_experts), float32
        Weights of the experts; their sum is 1.
    answers : Tensor of shape (..., n_experts), float32
        What each says [N].

    Returns
    -------
    Tensor of shape (..., 1), float32
        Their mean [N].

    """
    return keras.ops.sum(gates * answers, -1, keepdims=True)


class ExpertMixture(keras.layers.Layer):
    """
    The mean of the experts, weighted by the gates, with the gates and the trust beside it.

    Parameters
    ----------
    experts : Experts
        Which features are experts, and which their priors.
    name : str
        Name of the layer.

    """

    def __init__(self, experts: Experts, *, name: str = 'weight') -> None:
        super().__init__(name=name)
        self.supports_masking = True  # of the last layer, which passes its own on
        self._experts = experts

    def call(self, outputs: Tensor, features: Tensor) -> Tensor:
        """
        Mix.

        Parameters
        ----------
        outputs : Tensor of shape (..., n_experts + 1), float32
            What the network reads off the motion; see `split_trust`.
        features : Tensor of shape (..., n_features), float32
            Standardized features.

        Returns
        -------
        Tensor of shape (..., 1 + n_experts + 1), float32
            The response [N], the gates [-] and the logit of the trust.

        """
        experts = self._experts
        evidence, trust = split_trust(outputs)
        gates = gates_of(evidence, trust, log_priors(features, experts))
        answers = _raw(features, experts.columns, experts.mean, experts.scale)
        return keras.ops.concatenate([mix(gates, answers), gates, trust], -1)


def log_priors(features: Tensor, experts: Experts) -> Tensor:
    """
    Return the logarithm of the experts' probabilities before the pour, not normalized.

    Parameters
    ----------
    features : Tensor of shape (..., n_features), float32
        Standardized features.
    experts : Experts
        Which of them are priors.

    Returns
    -------
    Tensor of shape (..., n_experts), float32

    """
    return _raw(features, experts.prior_columns, experts.prior_mean, experts.prior_scale)


def _raw(
    features: Tensor, columns: tuple[int, ...], mean: tuple[float, ...], scale: tuple[float, ...]
) -> Tensor:
    """Return some of the standardized features in their units."""
    part = features[..., columns[0] : columns[-1] + 1]
    return part * np.asarray(scale, np.float32) + np.asarray(mean, np.float32)
