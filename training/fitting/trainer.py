# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""One epoch of training: gradients and steps of the optimizer, a batch at a time."""

from collections.abc import Callable, Iterable

import numpy as np

from ..networks.architectures import RESPONSE_SCALE_N
from ..networks.backend import keras, Tensor, tf
from ..networks.experts import Experts, log_priors
from .preprocessing import PaddedPours

BLIND_COST_N2 = 0.002 * RESPONSE_SCALE_N**2
"""
What a nat of divergence from the prior costs where the motion tells nothing [N^2].

A fifth of a nat then weighs as much as the squared error on recorded pours.
"""

TRUST_COST_N2 = 0.003 * RESPONSE_SCALE_N**2
"""What a nat of surprise costs on whether the motion of a pour tells something [N^2]."""


class Trainer:
    """
    Trains a network on the mean squared error over real steps.

    The mask is in the loss alone: a network that sees no future says the same at real steps
    whatever padding follows. All shapes of batches share one graph.

    Of a pour whose motion tells nothing, the best answer of a network that weighs experts is
    known: the prior. There the divergence of the gates from it takes the place of the squared
    error, which would be the same on average but noisy. Such a network learns to tell the two
    kinds of pours apart as well.

    Parameters
    ----------
    model : keras.Model
        A network over whole pours, as of `training.networks.architectures`, compiled with an
        optimizer.
    experts : Experts, optional
        What the network weighs.

    """

    def __init__(self, model: keras.Model, experts: Experts | None = None) -> None:
        model.optimizer.build(model.trainable_variables)
        signature = [
            tf.TensorSpec((None, None, model.input_shape[2]), tf.float32),
            tf.TensorSpec((None, None, 1), tf.float32),
            tf.TensorSpec((None, None), tf.float32),
            tf.TensorSpec((None,), tf.float32),
        ]
        self._step = tf.function(
            lambda *batch: _take_step(model, experts, *batch), input_signature=signature
        )

    def train(
        self, batches: Iterable[PaddedPours], between: Callable[[], None] = lambda: None
    ) -> float:
        """
        Train on each batch once.

        Parameters
        ----------
        batches : iterable of PaddedPours
            Pours, standardized.
        between : callable, optional
            Called after each batch; what it raises ends the training.

        Returns
        -------
        float
            Loss over the real steps of all batches [N^2], each before its own step of the
            optimizer.

        """
        total, steps = 0.0, 0
        for batch in batches:
            blind = np.zeros(len(batch.lengths)) if batch.blind is None else batch.blind
            total += float(
                self._step(batch.features, batch.response, batch.mask, blind.astype(np.float32))
            )
            steps += int(batch.lengths.sum())
            between()
        return total / steps


def squared_error(outputs: Tensor, response: Tensor, mask: Tensor) -> Tensor:
    """
    Return the sum of squared errors over real steps.

    Parameters
    ----------
    outputs : Tensor of shape (batch, steps, 1 or more), float32
        What a network says; the response comes first.
    response : Tensor of shape (batch, steps, 1), float32
        Response [N].
    mask : Tensor of shape (batch, steps), float32
        1 at real steps that count and 0 at others.

    Returns
    -------
    Tensor of shape (), float32
        The sum [N^2].

    """
    return tf.reduce_sum(mask * tf.square(outputs[:, :, 0] - response[:, :, 0]))


def divergence(gates: Tensor, log_prior: Tensor, mask: Tensor) -> Tensor:
    """
    Return the divergence of the gates from the prior, KL(prior | gates), summed over real steps.

    Parameters
    ----------
    gates, log_prior : Tensor of shape (batch, steps, n_experts), float32
        What the network says, and the logarithm of what was known before, not normalized.
    mask : Tensor of shape (batch, steps), float32
        1 at real steps that count and 0 at others.

    Returns
    -------
    Tensor of shape (), float32
        The sum [nat].

    """
    log_prior = tf.nn.log_softmax(log_prior)
    log_gates = tf.math.log(gates + keras.config.epsilon())
    return tf.reduce_sum(mask[:, :, tf.newaxis] * tf.exp(log_prior) * (log_prior - log_gates))


def surprise(trust: Tensor, blind: Tensor, mask: Tensor) -> Tensor:
    """
    Return the cross-entropy of which pours' motions tell something, summed over real steps.

    Parameters
    ----------
    trust : Tensor of shape (batch, steps), float32
        Logit of the probability that the motion tells something, as a network says it.
    blind : Tensor of shape (batch,), float32
        1 for pours whose motion tells nothing and 0 for others.
    mask : Tensor of shape (batch, steps), float32
        1 at real steps that count and 0 at others.

    Returns
    -------
    Tensor of shape (), float32
        The sum [nat].

    """
    tells = tf.broadcast_to(1.0 - blind[:, tf.newaxis], tf.shape(trust))
    return tf.reduce_sum(
        mask * tf.nn.sigmoid_cross_entropy_with_logits(labels=tells, logits=trust)
    )


def _take_step(
    model: keras.Model,
    experts: Experts | None,
    features: Tensor,
    response: Tensor,
    mask: Tensor,
    blind: Tensor,
) -> Tensor:
    with tf.GradientTape() as tape:
        outputs = model(features, training=True)
        tells = mask * (1.0 - blind[:, tf.newaxis])
        total = squared_error(outputs, response, tells)
        if experts is not None:
            total += BLIND_COST_N2 * divergence(
                outputs[:, :, 1:-1], log_priors(features, experts), mask - tells
            )
            total += TRUST_COST_N2 * surprise(outputs[:, :, -1], blind, mask)
        # in the unit of the networks, for which clipping and Adam's epsilon are made
        loss = total / (RESPONSE_SCALE_N**2 * tf.reduce_sum(mask))
    gradients = tape.gradient(loss, model.trainable_variables)
    model.optimizer.apply(gradients, model.trainable_variables)
    return total
