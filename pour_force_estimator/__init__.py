# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Estimate how much a robot arm has poured, without a force sensor.

The names below are all that a program without ROS needs; the nodes are in
`pour_force_estimator.ros`.
"""

from importlib.metadata import PackageNotFoundError, version

from .context import PourContext
from .errors import PourForceEstimatorError
from .estimator import PourEstimator
from .model.shipped import find_model
from .model.spec import ModelSpec
from .model.step_model import StepModel
from .resampler import Resampler
from .tick_estimator import Estimate

__all__ = [
    'Estimate',
    'ModelSpec',
    'PourContext',
    'PourEstimator',
    'PourForceEstimatorError',
    'Resampler',
    'StepModel',
    '__version__',
    'find_model',
]

try:
    __version__ = version('pour_force_estimator')
except PackageNotFoundError:  # a checkout that is not installed
    __version__ = 'unknown'
