# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.evaluation.stepwise."""

import numpy as np

from training.evaluation.stepwise import evaluate


def test_each_pour_starts_anew(trained_model, robot_recordings):
    together, errors = evaluate(trained_model, robot_recordings.pours[:3])
    assert errors['pours'] == len(together) == 3
    for pour, estimate in zip(robot_recordings.pours[:3], together):
        alone, _ = evaluate(trained_model, [pour])
        assert np.array_equal(alone[0], estimate) and len(estimate) == len(pour)
