# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""From trained members to one model: exported, checked, described."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pour_force_estimator.cups.everyday import with_everyday_cups
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.features import feature_unit
from pour_force_estimator.model.interval import IntervalSpec
from pour_force_estimator.model.spec import ModelSpec, ResponseSpec
from pour_force_estimator.model.step_model import StepModel

from ..errors import ExportError
from ..evaluation.bulk import run_features
from ..export.describe import software_versions
from ..export.onnx_file import convert, feature_specs, state_layout, TOLERANCE
from ..fitting.fit import predict
from ..fitting.preprocessing import FeatureScaling, PaddedPours
from ..networks.architectures import build_training_model
from ..networks.backend import keras
from ..networks.step_network import build_step_model
from .ensemble import Member, Prepared

UNCALIBRATED = IntervalSpec.uniform(coverage=0.5, noise=0.01, factor=1.0)
"""Stands for the interval of a model that is still to be calibrated."""


def package_ensemble(
    prepared: Prepared,
    members: Sequence[Member],
    training: dict[str, Any],
    *,
    name: str = 'best',
    interval: IntervalSpec | None = None,
    errors: dict[str, dict[str, float]] | None = None,
) -> bytes:
    """
    Export an ensemble and check it against Keras.

    Parameters
    ----------
    prepared : Prepared
        What the members learned from.
    members : sequence of Member
        The trained networks.
    name : str
        Name of the model.
    interval : IntervalSpec, optional
        How the bounds follow from the hypotheses; by default `UNCALIBRATED`.
    training : dict
        For the metadata; see `ModelSpec`.
    errors : dict, optional
        For the metadata.

    Returns
    -------
    bytes
        The ONNX file.

    Raises
    ------
    ExportError
        If the exported model differs from Keras.

    """
    architecture, preprocessor = prepared.architecture, prepared.preprocessor
    networks = [_network(prepared, member) for member in members]
    spec = ModelSpec(
        name=name,
        features=feature_specs(
            preprocessor.feature_names,
            map(feature_unit, preprocessor.feature_names),
            preprocessor.scaling,
        ),
        response=ResponseSpec('poured_weight', 'lbf', 'response'),
        sample_rate_hz=preprocessor.sample_rate_hz,
        tilt_sign=preprocessor.tilt_sign,
        architecture={
            'name': architecture.name,
            'members': len(networks),
            'recurrent_units': list(architecture.recurrent_units),
            'dense_units': list(architecture.dense_units),
            'trainable_parameters': sum(network.count_params() for network in networks),
        },
        state=state_layout(architecture, len(members)),
        training=training,
        errors=errors or {},
        software=software_versions(),
        cups=tuple(with_everyday_cups(CupTable.of(preprocessor.cups))),
        interval=(interval or UNCALIBRATED) if architecture.experts else None,
    )
    content = convert(build_step_model(architecture, preprocessor.scaling, networks), spec)
    _compare(StepModel(content), networks, prepared.validation, preprocessor.scaling)
    return content


def _network(prepared: Prepared, member: Member) -> keras.Model:
    network = build_training_model(prepared.architecture, len(prepared.preprocessor.feature_names))
    network.set_weights(member.weights)
    return network


def _compare(
    model: StepModel, networks: Sequence[keras.Model], padded: PaddedPours, scaling: FeatureScaling
) -> None:
    """Raise `ExportError` unless the model says what the mean of the networks says."""
    rows = [
        (standardized[:length] * scaling.scale + scaling.mean).astype(np.float32)
        for standardized, length in zip(padded.features, padded.lengths)
    ]
    stepped, _ = run_features(model, rows)
    expected = [predict(network, padded) for network in networks]
    scale = float(np.abs(padded.response).max())
    worst = (
        float(
            np.max(
                [  # unlike max(), keeps NaN
                    np.abs(np.mean(answers, axis=0) - response[: len(answers[0])]).max()
                    for response, *answers in zip(stepped, *expected)
                ]
            )
        )
        / scale
    )
    if not worst <= TOLERANCE:
        raise ExportError(
            f'the exported model differs from Keras by {worst:.2e} of the largest weight '
            f'({scale:.3f} lbf): expected at most {TOLERANCE:.0e}; nothing was written'
        )
