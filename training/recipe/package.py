# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""From trained members to one model: exported, checked, described."""

from collections.abc import Sequence
from typing import Any

from pour_force_estimator.cups.everyday import with_everyday_cups
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.features import feature_unit
from pour_force_estimator.model.interval import IntervalSpec
from pour_force_estimator.model.spec import ModelSpec, ResponseSpec

from ..export.describe import software_versions
from ..export.onnx_file import check_against_keras, convert, feature_specs, state_layout
from ..networks.architectures import build_training_model
from ..networks.backend import keras
from ..networks.step_network import build_step_model
from .ensemble import Member, Prepared

UNCALIBRATED = IntervalSpec.uniform(coverage=0.5, noise=0.05, factor=1.0)
"""Stands for the interval of a model that is still to be calibrated."""


def package_ensemble(
    prepared: Prepared,
    members: Sequence[Member],
    training: dict[str, Any],
    *,
    name: str = 'best',
) -> bytes:
    """
    Export an ensemble, its errors and its interval still unknown, and check it against Keras.

    Parameters
    ----------
    prepared : Prepared
        What the members learned from.
    members : sequence of Member
        The trained networks.
    training : dict
        For the metadata; see `ModelSpec`.
    name : str
        Name of the model.

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
        response=ResponseSpec('poured_weight', 'N', 'response'),
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
        errors={},
        software=software_versions(),
        cups=tuple(with_everyday_cups(CupTable.of(preprocessor.cups))),
        interval=UNCALIBRATED if architecture.experts else None,
    )
    content = convert(build_step_model(architecture, preprocessor.scaling, networks), spec)
    check_against_keras(content, networks, prepared.raw_validation, prepared.validation)
    return content


def _network(prepared: Prepared, member: Member) -> keras.Model:
    network = build_training_model(prepared.architecture, len(prepared.preprocessor.feature_names))
    network.set_weights(member.weights)
    return network
