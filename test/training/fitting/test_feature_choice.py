# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.fitting.feature_choice."""

import pytest

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.schemas import DIM, ROBOT_TRIALS
from training.fitting.feature_choice import choose_features


@pytest.mark.parametrize(
    'choice, schema, names',
    [
        ('online', DIM, DIM.online_features),
        ('paper', DIM, DIM.paper_features),
        ('theta,f_final', DIM, ('theta', 'f_final')),
        ('h_pc, theta ,theta_velocity', ROBOT_TRIALS, ('h_pc', 'theta', 'theta_velocity')),
    ],
)
def test_choice_of_features(choice, schema, names):
    assert choose_features(choice, schema) == names


@pytest.mark.parametrize(
    'choice, schema, message',
    [
        ('paper', ROBOT_TRIALS, 'the paper uses another schema'),
        ('theta,theta_dot', ROBOT_TRIALS, r"received \['theta_dot'\]"),
        ('f', DIM, r"received \['f'\]"),
        ('theta,', DIM, r"received \[''\]"),
        ('theta,theta', DIM, 'each once'),
    ],
)
def test_features_that_cannot_be_chosen(choice, schema, message):
    with pytest.raises(RecordingError, match=f'^features: expected .*{message}'):
        choose_features(choice, schema)
