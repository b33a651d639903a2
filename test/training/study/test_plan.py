# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.study.plan, and of the models that it names."""

import pytest

from training.networks.architectures import ARCHITECTURES, build_sequence_model
from training.study import paper
from training.study.plan import CUP_QUESTION, make_plan, Run, TRAINED


def test_everything_that_the_study_asks():
    plan = make_plan(['multi_gru', 'single_lstm'], 2, cups=('81x88', 'group 2'), cup_seeds=1)
    assert [run.key for run in plan] == [
        'architectures-mean',
        'architectures-physics',
        'cups-81x88-mean',
        'cups-81x88-physics',
        'cups-group_2-mean',
        'cups-group_2-physics',
        'architectures-multi_gru-seed0',
        'architectures-single_lstm-seed0',
        'architectures-mlp-seed0',
        'architectures-multi_gru-seed1',
        'architectures-single_lstm-seed1',
        'architectures-mlp-seed1',
        'f_final-multi_gru-seed0',
        'f_final-single_lstm-seed0',
        'f_final-mlp-seed0',
        'f_final-multi_gru-seed1',
        'f_final-single_lstm-seed1',
        'f_final-mlp-seed1',
        'cups-81x88-multi_gru-seed0',
        'cups-81x88-single_lstm-seed0',
        'cups-81x88-mlp-seed0',
        'cups-group_2-multi_gru-seed0',
        'cups-group_2-single_lstm-seed0',
        'cups-group_2-mlp-seed0',
    ]


def test_questions_can_be_left_out():
    keys = [run.key for run in make_plan(['multi_gru'], 1, final_weight=False)]
    assert keys == [
        'architectures-mean',
        'architectures-physics',
        'architectures-multi_gru-seed0',
        'architectures-mlp-seed0',
    ]


def test_a_greater_plan_holds_the_smaller_one():
    small = make_plan(['multi_gru'], 2, cups=('a', 'b'))
    large = make_plan(list(ARCHITECTURES), 5, cups=('a', 'b'), cup_seeds=3)
    assert set(small) < set(large)
    assert len({run.key for run in large}) == len(large)


def test_a_run_as_json():
    run = Run(CUP_QUESTION, 'mlp', 3, 'group 1')
    assert Run(**run.to_json()) == run


@pytest.mark.parametrize(
    'name, parameters',
    [
        ('multi_lstm', 29083),
        ('multi_gru', 29073),
        ('single_lstm', 28881),
        ('single_gru', 28831),
        ('mlp', 28865),
    ],
)
def test_parameters_with_nine_features(name, parameters):
    model = build_sequence_model(TRAINED[name], 9)
    assert model.count_params() == parameters == paper.PARAMETERS.get(name, parameters)


def test_the_mlp_has_no_memory():
    import numpy as np

    model = build_sequence_model(TRAINED['mlp'], 2)
    features = np.random.default_rng(0).normal(size=(1, 5, 2)).astype(np.float32)
    forward = model.predict(features, verbose=0)
    backward = model.predict(features[:, ::-1], verbose=0)
    assert np.ptp(forward) > 0.0
    np.testing.assert_allclose(forward, backward[:, ::-1], rtol=1e-5, atol=1e-7)
