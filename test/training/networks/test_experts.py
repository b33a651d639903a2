# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.networks.experts; whole networks are in test_onnx_file.py."""

import re

import numpy as np
import pytest

from training.networks.experts import ExpertMixture, Experts, gates_of, log_priors, split_trust
from training.networks.scaling import FeatureScaling

SURE = 30.0
"""Logit of a trust of 1."""

EXPERTS = Experts((1, 2), (1.0, 2.0), (2.0, 0.5), (3, 4), (-1.0, -2.0), (0.5, 4.0))
FEATURES = np.array([[9.0, 0.0, 2.0, 2.0, 0.5]], np.float32)
"""The experts say 2 x 0 + 1 = 1 N and 0.5 x 2 + 2 = 3 N; their log priors are 0 and 0."""


@pytest.mark.parametrize(
    'evidence, trust, gates',
    [
        ((5.0, 5.0), SURE, (0.2, 0.8)),  # which does not tell them apart
        ((np.log(4.0), 0.0), -SURE, (0.2, 0.8)),  # of a motion that tells nothing
        ((np.log(4.0), 0.0), 0.0, (0.35, 0.65)),
        ((np.log(4.0), 0.0), np.log(3.0), (0.425, 0.575)),  # 0.75
        ((np.log(4.0), 0.0), SURE, (0.5, 0.5)),
    ],
)
@pytest.mark.parametrize('scale', [1.0, 7.0])
def test_gates_are_bayes_as_far_as_the_evidence_is_trusted(evidence, trust, gates, scale):
    log_prior = np.log(scale * np.array([0.2, 0.8]))  # a prior need not be normalized
    arrays = (np.array([values], np.float32) for values in (evidence, [trust], log_prior))
    assert np.asarray(gates_of(*arrays))[0] == pytest.approx(gates, abs=1e-6)


def test_the_trust_stands_behind_the_evidence():
    evidence, trust = map(np.asarray, split_trust(np.arange(12.0).reshape(2, 2, 3)))
    assert evidence.tolist() == [[[0.0, 1.0], [3.0, 4.0]], [[6.0, 7.0], [9.0, 10.0]]]
    assert trust.tolist() == [[[2.0], [5.0]], [[8.0], [11.0]]]


def test_log_priors_by_hand():
    assert np.asarray(log_priors(FEATURES, EXPERTS)).tolist() == [[0.0, 0.0]]
    features = np.array([[0.0, 0.0, 0.0, 1.0, -1.0]], np.float32)
    assert np.asarray(log_priors(features, EXPERTS)).tolist() == [[-0.5, -6.0]]


def test_the_layer_mixes_standardized_features():
    read = np.array([[np.log(0.25), np.log(0.75), SURE]], np.float32)
    outputs = np.asarray(ExpertMixture(EXPERTS)(read, FEATURES))
    assert outputs == pytest.approx(np.array([[2.5, 0.25, 0.75, SURE]]))


def test_each_step_of_each_pour_is_mixed_by_itself():
    rng = np.random.default_rng(0)
    read = rng.normal(size=(3, 5, 3)).astype(np.float32)
    features = rng.normal(size=(3, 5, 5)).astype(np.float32)
    layer = ExpertMixture(EXPERTS)
    outputs = np.asarray(layer(read, features))
    assert outputs.shape == (3, 5, 4)
    for place in np.ndindex(3, 5):
        alone = np.asarray(layer(read[place][np.newaxis], features[place][np.newaxis]))
        assert outputs[place] == pytest.approx(alone[0], abs=1e-6)


SCALING = FeatureScaling(*np.arange(20.0).reshape(4, 5))
NAMES = ('theta', 'a', 'b', 'p', 'q')


def test_experts_among_features():
    experts = Experts.among(NAMES, ('a', 'b'), ('p', 'q'), SCALING)
    assert experts == Experts((1, 2), (1.0, 2.0), (6.0, 7.0), (3, 4), (3.0, 4.0), (8.0, 9.0))
    assert len(experts) == 2


@pytest.mark.parametrize('experts, priors', [(('a', 'c'), ('p', 'q')), (('a', 'b'), ('p', 'c'))])
def test_an_expert_that_is_no_feature(experts, priors):
    with pytest.raises(ValueError, match="'c' is not in"):
        Experts.among(NAMES, experts, priors, SCALING)


@pytest.mark.parametrize('columns', [(0, 2), (2, 1), (1, 1), ()])
def test_columns_that_are_not_side_by_side(columns):
    """A slice of the features would hold others than the experts."""
    wrong = (columns, (0.0,) * len(columns), (0.0,) * len(columns))
    right = ((5, 6), (0.0,) * 2, (1.0,) * 2)
    received = re.escape(f'received columns {columns}')
    message = f'^experts: expected features side by side, .* {received}$'
    for given in ((*wrong, *right), (*right, *wrong)):
        with pytest.raises(ValueError, match=message):
            Experts(*given)


def test_a_prior_for_each_expert():
    message = '^experts: expected a prior for each of 2 experts, received 1$'
    with pytest.raises(ValueError, match=message):
        Experts((1, 2), (0.0,) * 2, (1.0,) * 2, (3,), (0.0,), (1.0,))
