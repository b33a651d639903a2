# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What ``python -m training.train`` does without a recipe: it trains one network as it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
import json
from pathlib import Path
import sys
from typing import Any

import numpy as np

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.files import atomic_folder, check_folder, write_bytes, write_text
from pour_force_estimator.pours.recordings import load_recordings, Recordings

from ..cli.progress import ProgressDisplay
from ..evaluation.figures import pictures_cost_nothing, plot_history, plot_pours
from ..evaluation.metrics import pour_errors, poured_weights
from ..export.package import package_model, PackagedModel
from ..fitting.datasets import Split, split_pours
from ..fitting.feature_choice import choose_features
from ..fitting.fit import fit, FitResult, FitSettings, predict
from ..fitting.interrupt import DeferredInterrupt
from ..fitting.plausibility import warn_of_doubts
from ..fitting.preprocessing import PaddedPours, Preprocessor
from ..networks.architectures import Architecture, ARCHITECTURES


@dataclass(frozen=True)
class TrainingSetup:
    """
    What a network learns from, and how.

    Attributes
    ----------
    recordings : Recordings
        The pours that were split.
    extra : Recordings or None
        Further pours, in the part for training.
    split : Split
        Pours for training, validation and test.
    preprocessor : Preprocessor
        Features and their scaling.
    raw : dict of str to list of ndarray of shape (n_steps, n_features), float32
        Raw features of the pours of each part.
    padded : dict of str to PaddedPours
        The same pours, standardized.
    architecture : Architecture
        Layers of the network.
    settings : FitSettings
        How to train.

    """

    recordings: Recordings
    extra: Recordings | None
    split: Split
    preprocessor: Preprocessor
    raw: dict[str, list[np.ndarray]]
    padded: dict[str, PaddedPours]
    architecture: Architecture
    settings: FitSettings


def train_network(
    data: str | Path,
    output: Path,
    *,
    schema: str | None = None,
    extra_data: str | Path | None = None,
    architecture: str,
    features: str,
    split_seed: int,
    settings: FitSettings,
    name: str | None = None,
    command: str,
) -> dict[str, Any]:
    """
    Train one network on recorded pours, and write it with its errors and pictures.

    Parameters
    ----------
    data : path-like
        .npy or .npz of recorded pours.
    output : Path
        Folder to write to.
    schema : str, optional
        Layout of the data; by default that with as many columns.
    extra_data : path-like, optional
        More pours of the schema, for training alone.
    architecture : str
        Name of one of `ARCHITECTURES`.
    features : str
        See `choose_features`.
    split_seed : int
        What the pours are split with.
    settings : FitSettings
        How to train.
    name : str, optional
        Name of the model; by default that of the folder.
    command : str
        The command, for the model's metadata.

    Returns
    -------
    dict
        What ``metrics.json`` holds; ``interrupted`` if Ctrl-C ended the training.

    """
    check_folder(output)  # before the training, not after
    recordings = load_recordings(data, schema)
    warn_of_doubts(recordings)
    extra = _load_extra(extra_data, recordings) if extra_data else None
    setup = _prepare(
        recordings, extra, ARCHITECTURES[architecture], features, split_seed, settings
    )
    result = _fit(setup)
    written: list[dict[str, Any]] = []
    try:
        with DeferredInterrupt():  # what was trained is written before Ctrl-C is obeyed
            written.append(_export(setup, result, output, name or output.resolve().name, command))
    except KeyboardInterrupt:
        if not written:
            raise
        written[0]['interrupted'] = True
    return written[0]


def _prepare(
    recordings: Recordings,
    extra: Recordings | None,
    architecture: Architecture,
    features: str,
    split_seed: int,
    settings: FitSettings,
) -> TrainingSetup:
    """Split the pours; return them with their features."""
    schema = recordings.schema
    names = choose_features(features, schema)
    split = split_pours(recordings.pours, split_seed)
    if extra:
        split = replace(split, train=split.train + extra.pours)
    parts = split.parts()
    preprocessor = Preprocessor(names, schema.sample_rate_hz, recordings.tilt_sign)
    raw = {part: [preprocessor.raw(pour) for pour in pours] for part, pours in parts.items()}
    preprocessor.fit_rows(raw['train'])
    return TrainingSetup(
        recordings=recordings,
        extra=extra,
        split=split,
        preprocessor=preprocessor,
        raw=raw,
        padded={
            part: preprocessor.transform_rows(pours, raw[part]) for part, pours in parts.items()
        },
        architecture=architecture,
        settings=settings,
    )


def _fit(setup: TrainingSetup) -> FitResult:
    """Train the network; say so if it did not come to its end."""
    architecture, settings = setup.architecture, setup.settings
    with ProgressDisplay(f'training {architecture.name}', settings.epochs) as display:
        result = fit(
            architecture,
            setup.padded['train'],
            setup.padded['validation'],
            settings,
            lambda epoch, loss, val_loss: display.advance(
                f'training {loss:.4f}  validation {val_loss:.4f} N²'
            ),
        )
    if result.interrupted or result.diverged:
        reason = 'interrupted' if result.interrupted else 'training diverged (loss is NaN)'
        print(
            f'{reason}: exporting the best network so far (epoch {result.best_epoch})',
            file=sys.stderr,
        )
    return result


def _export(
    setup: TrainingSetup, result: FitResult, output: Path, name: str, command: str
) -> dict[str, Any]:
    """Write what a training run gave; return what ``metrics.json`` holds."""
    estimated = {
        part: poured_weights(pours, predict(result.model, setup.padded[part]))
        for part, pours in setup.split.parts().items()
    }
    packaged = package_model(
        name,
        recordings=setup.recordings,
        extra=setup.extra,
        split=setup.split,
        preprocessor=setup.preprocessor,
        architecture=setup.architecture,
        settings=setup.settings,
        result=result,
        raw_validation=setup.raw['validation'],
        validation=setup.padded['validation'],
        errors={
            part: pour_errors(pours, estimated[part])
            for part, pours in setup.split.parts().items()
        },
        command=command,
    )
    metrics = _metrics(packaged, result)
    with atomic_folder(output) as folder:
        write_bytes(folder / 'model.onnx', packaged.content)
        write_text(folder / 'metrics.json', json.dumps(metrics, indent=2) + '\n')
        write_text(folder / 'history.csv', _history_csv(result.history))
        with pictures_cost_nothing():
            plot_history(folder / 'history.png', result.history, result.best_epoch)
            plot_pours(
                folder / 'test_pours.png',
                setup.split.test,
                estimated['test'],
                setup.recordings.schema.sample_rate_hz,
                f'{packaged.spec.name}: pours of the test part',
            )
    return metrics


def _metrics(packaged: PackagedModel, result: FitResult) -> dict[str, Any]:
    """Return what ``metrics.json`` holds."""
    spec = packaged.spec
    return {
        **spec.errors,
        'trainable_parameters': spec.architecture['trainable_parameters'],
        'seconds': result.seconds,
        'export_difference': packaged.difference,
        'leaking_features': spec.leaking_features,
        **{key: spec.training[key] for key in ('pours', 'epochs', 'best_epoch', 'interrupted')},
    }


def _load_extra(path: str | Path, recordings: Recordings) -> Recordings:
    """Return the recordings in file `path`, which must fit `recordings`."""
    extra = load_recordings(path, recordings.schema.name)
    if extra.tilt_sign != recordings.tilt_sign:
        raise RecordingError(
            f'{extra.name}: expected the sign of theta of {recordings.name}, '
            f'{recordings.tilt_sign:+d} while tilted, received {extra.tilt_sign:+d}'
        )
    return extra


def _history_csv(history: Mapping[str, Sequence[float]]) -> str:
    rows = zip(history['loss'], history['val_loss'])
    return 'epoch,loss_newton2,val_loss_newton2\n' + ''.join(
        f'{epoch},{loss:.8g},{val_loss:.8g}\n'
        for epoch, (loss, val_loss) in enumerate(rows, start=1)
    )
