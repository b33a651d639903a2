# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What an exported model says of itself: the `ModelSpec` of a finished training."""

import platform

import onnxruntime

from pour_force_estimator.cups.everyday import with_everyday_cups
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.features import feature_unit
from pour_force_estimator.model.spec import ModelSpec, ResponseSpec
from pour_force_estimator.pours.recordings import Recordings

from ..fitting.datasets import Split
from ..fitting.fit import FitResult, FitSettings
from ..fitting.preprocessing import Preprocessor
from ..networks.architectures import Architecture
from ..networks.backend import keras, tf, tf2onnx
from .onnx_file import feature_specs, state_layout


def describe_model(
    name: str,
    *,
    recordings: Recordings,
    extra: Recordings | None,
    split: Split,
    preprocessor: Preprocessor,
    architecture: Architecture,
    settings: FitSettings,
    result: FitResult,
    errors: dict[str, dict[str, float]],
    command: str,
) -> ModelSpec:
    """
    Return the metadata of a trained model.

    Parameters
    ----------
    name : str
        Name of the model.
    recordings : Recordings
        The pours that were split.
    extra : Recordings or None
        Further pours that it learned from.
    split : Split
        Pours for training, validation and test.
    preprocessor : Preprocessor
        Features and their scaling.
    architecture : Architecture
        Layers of the network.
    settings : FitSettings
        How it was trained.
    result : FitResult
        The trained network.
    errors : dict of str to dict
        Errors per part of the split.
    command : str
        The command that trains it again.

    Returns
    -------
    ModelSpec

    """
    schema, names = recordings.schema, preprocessor.feature_names
    return ModelSpec(
        name=name,
        features=feature_specs(names, map(feature_unit, names), preprocessor.scaling),
        response=ResponseSpec(
            schema.response.name, schema.response.unit, schema.response.weight_rule
        ),
        sample_rate_hz=schema.sample_rate_hz,
        tilt_sign=recordings.tilt_sign,
        architecture={
            'name': architecture.name,
            'recurrent_units': list(architecture.recurrent_units),
            'dense_units': list(architecture.dense_units),
            'trainable_parameters': result.model.count_params(),
        },
        state=state_layout(architecture),
        training={
            'schema': schema.name,
            'dataset': recordings.name,
            'dataset_digest': recordings.digest,
            'extra_dataset': extra and extra.name,
            'extra_dataset_digest': extra and extra.digest,
            'pours': {part: len(pours) for part, pours in split.parts().items()},
            'seed': settings.seed,
            'epochs': len(result.history['loss']),
            'best_epoch': result.best_epoch,
            'interrupted': result.interrupted,
            'command': command,
        },
        errors=errors,
        software=software_versions(),
        cups=tuple(with_everyday_cups(CupTable())),
    )


def software_versions() -> dict[str, str]:
    """Return the versions of the software that makes models, a dict of str to str."""
    return {
        'python': platform.python_version(),
        'tensorflow': tf.__version__,
        'keras': keras.__version__,
        'tf2onnx': tf2onnx.__version__,
        'onnxruntime': onnxruntime.__version__,
    }
