"""
Pours of known cups as if each were from a cup that was never fitted, to learn how to tell then.

Of such a cup the model has seven guesses, from a neck that lets little pass to one that lets a lot
pass (`pour_force_estimator.physics_features`), and the motion of an arm that aims at a weight.
Which guess fits follows from both, for cups of any size. So each recorded pour comes back with
guesses about another typical cup, and with all weights on another scale, and the network sees
nothing of what would tell it which cup it is.
"""

from dataclasses import replace

import numpy as np

from pour_force_estimator.cup_table import CupTable
from pour_force_estimator.features import FeatureBuilder
from pour_force_estimator.physics_features import PHYSICS_FEATURES
from pour_force_estimator.units import degree_to_rad

from ..preprocessing import PaddedPours

BLIND_TO = ('theta_start', 'f_init', 'h_pc', 'd_pc', 'cup_known')
"""Features that tell which of the cups it is."""

WEIGHTS = ('f_target', *PHYSICS_FEATURES)
"""Features that grow along with the weight that is poured."""

COPIES = 16
"""How often each pour comes back, each time about another typical cup."""

LARGEST_FLOW_FACTOR = 6.0
"""How far a typical cup's outflow may be from the true one, either way [-]."""

LARGEST_OFFSET_DEG = 3.0
"""How far a typical cup's tilt may be from the true one, either way [degree]."""

LARGEST_WEIGHT_FACTOR = 2.0
"""How far the weights of a copy may be from those of the pour, either way [-]."""

_DISCHARGES = 0.01, 2.0
_SMALLEST_CHOKE = 0.001
_ANGLE_OFFSETS = -0.5, 0.5


def pours_of_new_cups(preprocessor, pours, seed, copies=COPIES):
    """
    Return pours as if their cups were not known.

    Parameters
    ----------
    preprocessor : Preprocessor
        Fitted; its cups are those of the pours.
    pours : sequence of RecordedPour
        The pours.
    seed : int
        Same seed, same copies.
    copies : int
        How often each pour comes back.

    Returns
    -------
    PaddedPours
        The features of `BLIND_TO` are 0, their mean.

    """
    rng = np.random.default_rng(seed)
    table = CupTable.of(preprocessor.cups)
    names = preprocessor.feature_names
    grows = np.isin(names, WEIGHTS)
    hidden = blind_columns(names)
    scaling = preprocessor.scaling
    lengths = np.tile([len(pour) for pour in pours], copies)
    features = np.zeros((len(lengths), lengths.max(), len(names)), np.float32)
    response = np.zeros((*features.shape[:2], 1), np.float32)
    for row, length in enumerate(lengths):
        pour = pours[row % len(pours)]
        cup = table.find(pour.context.cup_height, pour.context.cup_diameter)
        factor = _log_uniform(rng, LARGEST_WEIGHT_FACTOR)
        builder = FeatureBuilder(
            names, preprocessor.sample_rate_hz, preprocessor.tilt_sign,
            CupTable(typical=_mistaken(cup, rng)))
        raw = builder.matrix(pour.tilt, pour.context)
        raw[:, grows] *= factor
        features[row, :length] = (raw - scaling.mean) / scaling.scale
        response[row, :length, 0] = factor * pour.poured_weight
    features[..., hidden] = 0.0
    return PaddedPours(features, response, lengths)


def blind_columns(names):
    """Return which of the features `names` are hidden, ndarray of bool."""
    return np.isin(names, BLIND_TO)


def _mistaken(cup, rng):
    """Return what one might expect of `cup` who does not know it."""
    factor = _log_uniform(rng, LARGEST_FLOW_FACTOR)
    choke = None if cup.choke is None else max(cup.choke * factor, _SMALLEST_CHOKE)
    return replace(
        cup, discharge=float(np.clip(cup.discharge * factor, *_DISCHARGES)), choke=choke,
        angle_offset=float(np.clip(cup.angle_offset + degree_to_rad(
            rng.uniform(-LARGEST_OFFSET_DEG, LARGEST_OFFSET_DEG)), *_ANGLE_OFFSETS)))


def _log_uniform(rng, largest):
    return float(np.exp(rng.uniform(-1.0, 1.0) * np.log(largest)))
