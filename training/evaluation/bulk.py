# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Run an exported model over many recorded pours at once.

`training.evaluation.stepwise` takes pour after pour, exactly as the node does. Where thousands of
pours are to be estimated, most of that time goes into starting ONNX Runtime for one row; here each
step takes the rows of a whole batch of pours. The estimates differ by rounding alone. What comes
with a pour is taken as well where a node could not know it: its outcome (``weight_after``), which
some models need, and its mounting, from which weighed pours go on.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.features import FeatureBuilder
from pour_force_estimator.hypotheses.belief import central_interval
from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.schemas import weight_from_response

BATCH_SIZE = 128
"""Pours at once; a larger batch brings little and needs more memory."""


class AnyPour(Protocol):
    """A recorded pour, or a simulated one; it may have a `mounting`."""

    @property
    def tilt(self) -> np.ndarray:
        """Tilt of the cup [rad], ndarray of shape (n_steps,)."""
        ...

    @property
    def context(self) -> PourContext:
        """What is known of it."""
        ...

    def __len__(self) -> int: ...


Trace: TypeAlias = tuple[np.ndarray, np.ndarray | None, np.ndarray | None]
"""Features of a pour, and what `FeatureBuilder.trace` says of the hypotheses behind them."""


class BulkEstimate(NamedTuple):
    """
    What a model says of one pour.

    Attributes
    ----------
    weight : ndarray of shape (n_steps,)
        Estimated poured weight [N].
    low, high : ndarray of shape (n_steps,)
        Between which weights the network's own distribution lies [N]; see
        `hypotheses.belief.central_interval`. The estimate itself of a model without hypotheses.

    """

    weight: np.ndarray
    low: np.ndarray
    high: np.ndarray


def estimate_in_bulk(
    model: StepModel, pours: Sequence[AnyPour], batch_size: int = BATCH_SIZE
) -> list[BulkEstimate]:
    """
    Estimate recorded pours, batch by batch.

    Parameters
    ----------
    model : StepModel
        An exported model.
    pours : sequence of RecordedPour
        Pours at the model's rate; those that have a `mounting` start from what it learned.
    batch_size : int
        Pours at once.

    Returns
    -------
    list of BulkEstimate

    """
    spec = model.spec
    builder = FeatureBuilder(spec.feature_names, spec.sample_rate_hz, spec.tilt_sign, spec.cups)
    order = np.argsort([len(pour) for pour in pours], kind='stable')
    estimates: dict[int, BulkEstimate] = {}
    for start in range(0, len(pours), batch_size):
        chosen = [pours[index] for index in order[start : start + batch_size]]
        traces = [_trace(builder, pour) for pour in chosen]
        responses, gates = run_features(model, [features for features, *_ in traces])
        for row, (index, pour) in enumerate(zip(order[start : start + batch_size], chosen)):
            weight = weight_from_response(
                spec.response.weight_rule,
                responses[row, : len(pour)],
                pour.context.initial_weight,
            )
            estimates[index] = _estimate(weight, gates[row], *traces[row][1:])
    return [estimates[index] for index in range(len(pours))]


def _trace(builder: FeatureBuilder, pour: AnyPour) -> Trace:
    """Return the features of a pour and, where there are such, the hypotheses behind them."""
    mounting = getattr(pour, 'mounting', None)
    weight_after = getattr(pour, 'weight_after', None)
    if builder.physics is None:
        return builder.matrix(pour.tilt, pour.context, weight_after=weight_after), None, None
    return builder.trace(pour.tilt, pour.context, mounting, weight_after)


def _estimate(
    weight: np.ndarray, gates: np.ndarray, arrived: np.ndarray | None, shares: np.ndarray | None
) -> BulkEstimate:
    if arrived is None or not gates.size:
        return BulkEstimate(weight, weight, weight)
    low, high = np.transpose(
        [
            central_interval(shares * gate, weights)
            for gate, weights in zip(gates[: len(weight)], arrived)
        ]
    )
    return BulkEstimate(weight, low, high)


def run_features(model: StepModel, rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """
    Step through a batch of pours.

    Parameters
    ----------
    model : StepModel
        The model.
    rows : list of ndarray of shape (n_steps, n_features), float32
        Raw features of each pour; lengths differ.

    Returns
    -------
    responses : ndarray of shape (n_pours, longest), float64
        Valid up to each pour's length.
    gates : ndarray of shape (n_pours, longest, K), float32
        How probable each hypothesis is; K is 0 of a model without.

    """
    features = np.zeros((max(map(len, rows)), len(rows), rows[0].shape[1]), np.float32)
    for index, row in enumerate(rows):
        features[: len(row), index] = row
    responses, gates = [], []
    no_gates = np.empty((len(rows), 0), np.float32)
    state = model.initial_state(len(rows))
    for batch in features:
        outputs = model.step(batch, state)
        state = outputs.next_state
        responses.append(outputs.weight[:, 0].astype(np.float64))
        gates.append(no_gates if outputs.gates is None else outputs.gates)
    return np.transpose(responses), np.swapaxes(gates, 0, 1)
