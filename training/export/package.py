# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""From a trained network to the file that the node needs: described, converted and checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pour_force_estimator.model.spec import ModelSpec

from ..fitting.fit import FitResult
from ..fitting.preprocessing import PaddedPours, Preprocessor
from ..networks.architectures import Architecture
from ..networks.step_network import build_step_model
from .describe import describe_model
from .onnx_file import check_against_keras, convert


@dataclass(frozen=True)
class PackagedModel:
    """
    An exported model that was not written yet.

    Attributes
    ----------
    content : bytes
        The ONNX file.
    spec : ModelSpec
        What the file says of itself.
    difference : float
        Largest difference to Keras, relative to the largest recorded response.

    """

    content: bytes
    spec: ModelSpec
    difference: float


def package_model(
    name: str,
    *,
    preprocessor: Preprocessor,
    architecture: Architecture,
    result: FitResult,
    raw_validation: Sequence[np.ndarray],
    validation: PaddedPours,
    **description: Any,
) -> PackagedModel:
    """
    Export a trained network and check that the export does the same.

    Parameters
    ----------
    name : str
        Name of the model.
    preprocessor : Preprocessor
        Features and their scaling.
    architecture : Architecture
        Layers of the network.
    result : FitResult
        The trained network.
    raw_validation : sequence of ndarray of shape (n_steps, n_features), float32
        Raw features of the pours for validation, which the check takes.
    validation : PaddedPours
        The same pours, standardized.
    **description
        What else `training.export.describe.describe_model` needs.

    Returns
    -------
    PackagedModel

    Raises
    ------
    ExportError
        If the export differs from Keras.

    """
    spec = describe_model(
        name,
        preprocessor=preprocessor,
        architecture=architecture,
        result=result,
        **description,
    )
    content = convert(build_step_model(architecture, preprocessor.scaling, [result.model]), spec)
    difference = check_against_keras(content, [result.model], raw_validation, validation)
    return PackagedModel(content, spec, difference)
