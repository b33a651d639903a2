# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.fitting.preprocessing."""

import numpy as np
import pytest

from pour_force_estimator.features import FeatureBuilder
from pour_force_estimator.units import NEWTON_PER_LBF as LBF
from training.fitting.preprocessing import Preprocessor

NAMES = ('theta', 'theta_velocity', 'capacity', 'f_init', 'h_pc', 'd_pc')


@pytest.fixture
def preprocessor(robot_recordings):
    return Preprocessor(NAMES, 60.0, -1).fit(robot_recordings.pours[:8])


def test_scaling_is_that_of_the_real_steps(preprocessor, robot_recordings):
    """Computed from the recorded columns, with numpy alone."""
    pours, scaling = robot_recordings.pours[:8], preprocessor.scaling
    for name in ('theta', 'f_init', 'h_pc', 'd_pc'):
        values = np.concatenate([pour.column(name) for pour in pours])
        values = values * (LBF if name == 'f_init' else 1.0)
        expected = values.mean(), values.std(), values.min(), values.max()
        parts = scaling.mean, scaling.scale, scaling.low, scaling.high
        received = [part[NAMES.index(name)] for part in parts]
        assert received == pytest.approx(expected, rel=1e-6)


def test_real_steps_are_standardized(preprocessor, robot_recordings):
    padded = preprocessor.transform(robot_recordings.pours[:8])
    rows = padded.features[padded.mask == 1.0].astype(np.float64)
    assert len(rows) == sum(len(pour) for pour in robot_recordings.pours[:8])
    assert rows.mean(axis=0) == pytest.approx(np.zeros(len(NAMES)), abs=1e-5)
    assert rows.std(axis=0) == pytest.approx(np.ones(len(NAMES)), abs=1e-5)


def test_padding_is_exactly_zero(preprocessor, robot_recordings):
    pours = robot_recordings.pours
    padded = preprocessor.transform(pours)
    longest = max(len(pour) for pour in pours)
    assert padded.features.shape == (12, longest, len(NAMES))
    assert padded.response.shape == (12, longest, 1)
    assert padded.features.dtype == padded.response.dtype == np.float32
    for row, pour in enumerate(pours):
        assert padded.lengths[row] == len(pour)
        assert not padded.features[row, len(pour) :].any()
        assert not padded.response[row, len(pour) :].any()
        assert padded.features[row, : len(pour)].any(axis=1).all()
        assert padded.mask[row].tolist() == [1.0] * len(pour) + [0.0] * (longest - len(pour))
    assert padded.mask.dtype == np.float32


def test_other_pours_of_the_batch_do_not_matter(preprocessor, robot_recordings):
    together = preprocessor.transform(robot_recordings.pours)
    for row, pour in enumerate(robot_recordings.pours):
        alone = preprocessor.transform([pour])
        assert np.array_equal(alone.features[0], together.features[row, : len(pour)])


def test_response_is_what_was_poured_or_f_of_the_paper(robot_recordings, dim_recordings):
    for factor, recordings in ((-LBF, robot_recordings), (LBF, dim_recordings)):
        pours = recordings.pours[:3]
        preprocessor = Preprocessor(('theta', 'f_init'), 60.0, recordings.tilt_sign).fit(pours)
        padded = preprocessor.transform(pours)
        expected = (factor * pours[0].column('f')).astype(np.float32)
        assert np.array_equal(padded.response[0, : len(pours[0]), 0], expected)


def test_the_poured_weight_can_be_learned_in_its_place(dim_recordings):
    pours = dim_recordings.pours[:3]
    preprocessor = Preprocessor(('theta', 'rho'), 60.0, 1, target='poured_weight').fit(pours)
    padded = preprocessor.transform(pours)
    for row, pour in zip(padded.response, pours):
        left = LBF * (pour.column('f_init') - pour.column('f'))
        assert row[: len(pour), 0] == pytest.approx(left, abs=1e-6)
        assert not row[len(pour) :].any()


def test_raw_features_are_those_of_the_node(preprocessor, robot_recordings):
    """And the recorded columns."""
    pour = robot_recordings.pours[4]
    builder = FeatureBuilder(NAMES, 60.0, -1)
    builder.start(pour.context)
    rows = np.concatenate([builder.row(tilt).copy() for tilt in pour.tilt.tolist()])
    raw = preprocessor.raw(pour)
    assert raw.tobytes() == rows.tobytes()
    for name, factor in (('theta', 1.0), ('f_init', LBF), ('h_pc', 1.0), ('d_pc', 1.0)):
        expected = factor * pour.column(name)
        assert raw[:, NAMES.index(name)] == pytest.approx(expected, rel=1e-6, abs=1e-5)


def test_a_feature_that_never_changes_has_scale_one(dim_recordings):
    pours = dim_recordings.pours[:2]
    scaling = Preprocessor(('theta', 'h_rc'), 60.0, 1).fit(pours).scaling
    assert (scaling.mean[1], scaling.scale[1]) == (120.0, 1.0)
    assert (scaling.low[1], scaling.high[1]) == (120.0, 120.0)
