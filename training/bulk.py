"""
Run an exported model over many recorded pours at once.

`training.evaluate` steps through pour after pour exactly as the node does. Where thousands of
pours are to be estimated, most of that time goes into starting ONNX Runtime for one row; here each
step takes the rows of a whole batch of pours. The estimates differ by rounding alone.
"""

import numpy as np

from pour_force_estimator.features import FeatureBuilder
from pour_force_estimator.schemas import poured_weight

BATCH_SIZE = 128
"""Pours at once; a larger batch brings little and needs more memory."""


def estimate_pours(model, pours, batch_size=BATCH_SIZE):
    """
    Estimate recorded pours, batch by batch.

    Parameters
    ----------
    model : StepModel
        An exported model.
    pours : sequence of RecordedPour
        Pours at the model's rate.
    batch_size : int
        Pours at once.

    Returns
    -------
    estimated : list of ndarray of shape (n_steps,)
        Estimated poured weight of each pour [lbf].
    spreads : list of ndarray of shape (n_steps,)
        The model's spread [lbf]; zeros where it has none.

    """
    spec = model.spec
    builder = FeatureBuilder(
        spec.feature_names, spec.sample_rate_hz, spec.tilt_sign, spec.cups)
    order = np.argsort([len(pour) for pour in pours], kind='stable')
    estimated, spreads = [None] * len(pours), [None] * len(pours)
    for start in range(0, len(pours), batch_size):
        chosen = order[start:start + batch_size]
        rows = [builder.matrix(pours[index].tilt, pours[index].context) for index in chosen]
        responses, spread = run_features(model, rows)
        for index, response, own in zip(chosen, responses, spread):
            pour = pours[index]
            estimated[index] = poured_weight(
                spec.response.poured_weight, response[:len(pour)], pour.column('f_init')[0])
            spreads[index] = own[:len(pour)]
    return estimated, spreads


def run_features(model, rows):
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
    responses, spreads : ndarray of shape (n_pours, longest), float64
        Valid up to each pour's length.

    """
    features = np.zeros((max(map(len, rows)), len(rows), rows[0].shape[1]), np.float32)
    for index, row in enumerate(rows):
        features[:len(row), index] = row
    responses = np.zeros(features.shape[:2])
    spreads = np.zeros(features.shape[:2])
    state = model.initial_state(len(rows))
    for step, batch in enumerate(features):
        response, state, *spread = model.step(batch, state)
        responses[step] = response[:, 0]
        if spread:
            spreads[step] = spread[0][:, 0]
    return responses.T, spreads.T
