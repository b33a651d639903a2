"""Tests of training.experts; those of whole networks with experts are in test_export.py."""

import numpy as np
import pytest

from training.experts import ExpertMixture, Experts, mix
from training.preprocessing import FeatureScaling

EXPERTS = Experts((1, 2), mean=(1.0, 2.0), scale=(2.0, 0.5))
FEATURES = np.array([[9.0, 0.0, 2.0, -9.0]], np.float32)
"""The experts say 2 x 0 + 1 = 1 lbf and 0.5 x 2 + 2 = 3 lbf."""


def mixed(gates, features=FEATURES):
    """Return weight and spread of what the experts among standardized features say."""
    answers = features[..., 1:3] * np.float32(EXPERTS.scale) + np.float32(EXPERTS.mean)
    return [np.asarray(each) for each in mix(np.asarray(gates, np.float32), answers)]


@pytest.mark.parametrize('gates, weight, spread', [
    ((0.25, 0.75), 2.5, 0.75**0.5),  # 0.25 x 1.5^2 + 0.75 x 0.5^2 = 0.75
    ((0.5, 0.5), 2.0, 1.0),
    ((1.0, 0.0), 1.0, 0.0),
    ((0.0, 1.0), 3.0, 0.0),
])
def test_weight_and_spread_by_hand(gates, weight, spread):
    mean, apart = mixed([gates])
    assert mean.shape == apart.shape == (1, 1)
    assert mean[0, 0] == pytest.approx(weight, abs=1e-6)
    assert apart[0, 0] == pytest.approx(spread, abs=1e-6)


def test_the_layer_mixes_standardized_features():
    weight = ExpertMixture(EXPERTS)(np.array([[0.25, 0.75]], np.float32), FEATURES)
    assert np.asarray(weight) == pytest.approx(np.array([[2.5]]))


def test_each_step_of_each_pour_is_mixed_by_itself():
    rng = np.random.default_rng(0)
    gates = rng.dirichlet((1.0, 1.0), (3, 5)).astype(np.float32)
    features = rng.normal(size=(3, 5, 4)).astype(np.float32)
    weight, spread = mixed(gates, features)
    assert weight.shape == spread.shape == (3, 5, 1)
    for pour in range(3):
        for step in range(5):
            alone = mixed(gates[pour, step], features[pour, step])
            assert (weight[pour, step], spread[pour, step]) == (
                pytest.approx(alone[0], abs=1e-6), pytest.approx(alone[1], abs=1e-6))


def test_the_weight_is_between_the_experts():
    rng = np.random.default_rng(1)
    gates = rng.dirichlet((0.3, 0.3), 200).astype(np.float32)
    features = rng.normal(size=(200, 4)).astype(np.float32)
    answers = features[:, 1:3] * np.float32(EXPERTS.scale) + np.float32(EXPERTS.mean)
    weight, spread = mixed(gates, features)
    assert np.all(weight[:, 0] >= answers.min(axis=1) - 1e-5)
    assert np.all(weight[:, 0] <= answers.max(axis=1) + 1e-5)
    assert np.all(spread[:, 0] <= np.ptp(answers, axis=1) / 2.0 + 1e-5)


def test_experts_among_features():
    scaling = FeatureScaling(*np.arange(12.0).reshape(4, 3))
    experts = Experts.among(('theta', 'a', 'b'), ('a', 'b'), scaling)
    assert experts == Experts((1, 2), (1.0, 2.0), (4.0, 5.0))
    assert len(experts) == 2


def test_the_feature_that_says_whether_the_cup_is_known():
    scaling = FeatureScaling(*np.arange(12.0).reshape(4, 3))
    experts = Experts.among(('theta', 'a', 'b'), ('a', 'b'), scaling, 'theta')
    assert experts == Experts((1, 2), (1.0, 2.0), (4.0, 5.0), 0)
    assert Experts.among(('theta', 'a', 'b'), ('a', 'b'), scaling).known_column is None


def test_an_expert_that_is_no_feature():
    scaling = FeatureScaling(*np.ones((4, 2)))
    with pytest.raises(ValueError, match="'c' is not in"):
        Experts.among(('a', 'b'), ('a', 'c'), scaling)
    with pytest.raises(ValueError, match="'c' is not in"):
        Experts.among(('a', 'b'), ('a', 'b'), scaling, 'c')


@pytest.mark.parametrize('columns', [(0, 2), (2, 1), (1, 1), ()])
def test_columns_that_are_not_side_by_side(columns):
    """A slice of the features would hold others than the experts."""
    with pytest.raises(ValueError) as caught:
        Experts(columns, (0.0,) * len(columns), (1.0,) * len(columns))
    assert str(caught.value) == (
        'experts: expected features side by side, in the order of the experts, received columns '
        f'{columns}')
