# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.study.plan, and of the models that it names."""

import numpy as np

from training.networks.architectures import ARCHITECTURES, build_sequence_model
from training.study.plan import make_plan, TRAINED


def test_everything_that_the_study_asks():
    plan = make_plan(['multi_gru', 'single_lstm'], 2, cups=('81x88', 'group 2'), cup_seeds=1)
    models = ['multi_gru', 'single_lstm', 'mlp']
    parts = ['architectures', 'cups-81x88', 'cups-group_2']
    first = [f'{part}-{model}' for part in parts for model in ('mean', 'physics')]
    asked = [('architectures', 0), ('architectures', 1), ('f_final', 0), ('f_final', 1)]
    asked += [(part, 0) for part in parts[1:]]
    trained = [f'{part}-{model}-seed{seed}' for part, seed in asked for model in models]
    assert [run.key for run in plan] == first + trained


def test_questions_can_be_left_out():
    keys = [run.key for run in make_plan(['multi_gru'], 1, final_weight=False)]
    models = ('mean', 'physics', 'multi_gru-seed0', 'mlp-seed0')
    assert keys == [f'architectures-{model}' for model in models]


def test_a_greater_plan_holds_the_smaller_one():
    small = make_plan(['multi_gru'], 2, cups=('a', 'b'))
    large = make_plan(list(ARCHITECTURES), 5, cups=('a', 'b'), cup_seeds=3)
    assert set(small) < set(large)
    assert len({run.key for run in large}) == len(large)


def test_the_mlp_has_no_memory():
    model = build_sequence_model(TRAINED['mlp'], 2)
    features = np.random.default_rng(0).normal(size=(1, 5, 2)).astype(np.float32)
    forward = model.predict(features, verbose=0)
    backward = model.predict(features[:, ::-1], verbose=0)
    assert np.ptp(forward) > 0.0
    np.testing.assert_allclose(forward, backward[:, ::-1], rtol=1e-5, atol=1e-7)
