# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What standardizes the features of a network."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FeatureScaling:
    """
    Mean, scale and range of each feature over real steps.

    Attributes
    ----------
    mean, scale, low, high : ndarray of shape (n_features,), float64
        In the units of the features.

    """

    mean: np.ndarray
    scale: np.ndarray
    low: np.ndarray
    high: np.ndarray
