# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What a network is given at each step: features of the motion, of the physics and of the context.

`builder` makes one row of features from a tilt and its past, with those of `motion` and `physics`.
"""

from .builder import (
    check_context,
    CONTEXT_FEATURES,
    CUP_KNOWN,
    feature_unit,
    FeatureBuilder,
    leaking_features,
    needed_context,
    TILT_FEATURES,
)

__all__ = [
    'CONTEXT_FEATURES',
    'CUP_KNOWN',
    'FeatureBuilder',
    'TILT_FEATURES',
    'check_context',
    'feature_unit',
    'needed_context',
    'leaking_features',
]
