# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""From pours to padded arrays: features, standardized over real steps, and the response."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.preprocessing import StandardScaler

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.features import FeatureBuilder

from ..networks.scaling import FeatureScaling


class LearnedPour(Protocol):
    """A recorded pour, or an example made of one; it may have `mounting` and `is_blind`."""

    @property
    def tilt(self) -> np.ndarray:
        """Tilt of the cup [rad], ndarray of shape (n_steps,)."""
        ...

    @property
    def context(self) -> PourContext:
        """What is known of it."""
        ...

    def __len__(self) -> int: ...


@dataclass(frozen=True)
class PaddedPours:
    """
    Pours as one batch.

    Attributes
    ----------
    features : ndarray of shape (n_pours, n_steps, n_features), float32
        Standardized features; padding is 0, the value that the Masking layer masks.
    response : ndarray of shape (n_pours, n_steps, 1), float32
        The response [N]; padding is 0.
    lengths : ndarray of shape (n_pours,), int
        Number of real steps of each pour.
    blind : ndarray of shape (n_pours,), bool, or None
        Of which pours the motion tells nothing, so that a network that weighs experts is to leave
        them as probable as they were; None for none of them.

    """

    features: np.ndarray
    response: np.ndarray
    lengths: np.ndarray
    blind: np.ndarray | None = None

    @property
    def mask(self) -> np.ndarray:
        """1 at real steps and 0 at padding, ndarray of shape (n_pours, n_steps), float32."""
        steps = np.arange(self.features.shape[1])
        return (steps < self.lengths[:, np.newaxis]).astype(np.float32)


class Preprocessor:
    """
    Turns pours into what a network learns from.

    The paper scaled each (step, feature) column of the padded arrays, which turned the padding
    into values that the mask did not mask. Here each feature is standardized over real steps only
    and the padding stays 0.

    Parameters
    ----------
    feature_names : sequence of str
        See `pour_force_estimator.features`.
    sample_rate_hz : float
        Rate of the pours [Hz].
    tilt_sign : int
        Sign of the recorded theta while the cup is tilted.
    cups : iterable of CupSpec
        The cups whose outflow was fitted, that the physics features look up.
    target : {'response', 'poured_weight'}
        What is learned: the response of the recordings' schema, or the poured weight.

    Attributes
    ----------
    feature_names, sample_rate_hz, tilt_sign, cups
        As given.
    scaling : FeatureScaling
        Available after `fit`.

    """

    def __init__(
        self,
        feature_names: Sequence[str],
        sample_rate_hz: float,
        tilt_sign: int,
        cups: Iterable[CupSpec] = (),
        target: str = 'response',
    ) -> None:
        self.feature_names = tuple(feature_names)
        self.sample_rate_hz = sample_rate_hz
        self.tilt_sign = tilt_sign
        self.cups = tuple(cups)
        self.scaling: FeatureScaling  # from `fit` on
        self._target = target
        self._builder = FeatureBuilder(feature_names, sample_rate_hz, tilt_sign, cups)

    def raw(self, pour: LearnedPour) -> np.ndarray:
        """
        Return the raw features of a pour, ndarray of shape (n_steps, n_features), float32.

        A pour may have a `mounting`, what was learned of it, and its outcome, `weight_after` [N].
        """
        return self._builder.matrix(
            pour.tilt,
            pour.context,
            getattr(pour, 'mounting', None),
            getattr(pour, 'weight_after', None),
        )

    def fit(self, pours: Iterable[LearnedPour]) -> 'Preprocessor':
        """Learn the scaling from the real steps of `pours` and return self."""
        return self.fit_rows([self.raw(pour) for pour in pours])

    def fit_rows(self, raw: Sequence[np.ndarray]) -> 'Preprocessor':
        """Learn the scaling from raw features, a sequence of what `raw` returns; return self."""
        rows = np.concatenate(raw).astype(np.float64)
        scaler = StandardScaler().fit(rows)
        self.scaling = FeatureScaling(
            scaler.mean_, scaler.scale_, rows.min(axis=0), rows.max(axis=0)
        )
        return self

    def transform(self, pours: Sequence[LearnedPour]) -> PaddedPours:
        """
        Return `pours` as one padded batch.

        Parameters
        ----------
        pours : sequence of RecordedPour
            Pours of any lengths.

        Returns
        -------
        PaddedPours

        """
        return self.transform_rows(pours, [self.raw(pour) for pour in pours])

    def transform_rows(
        self, pours: Sequence[LearnedPour], raw: Sequence[np.ndarray]
    ) -> PaddedPours:
        """Return `transform` of pours whose `raw` features are at hand, a sequence of ndarray."""
        lengths = np.array([len(pour) for pour in pours])
        shape = (len(pours), lengths.max())
        features = np.zeros((*shape, len(self.feature_names)), np.float32)
        response = np.zeros((*shape, 1), np.float32)
        for row, (pour, matrix) in enumerate(zip(pours, raw)):
            standardized = (matrix - self.scaling.mean) / self.scaling.scale
            features[row, : len(pour)] = standardized
            response[row, : len(pour), 0] = getattr(pour, self._target)
        blind = np.array([getattr(pour, 'is_blind', False) for pour in pours])
        return PaddedPours(features, response, lengths, blind)
