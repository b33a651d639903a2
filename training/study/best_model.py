# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Exports the best network of a study."""

from ..export.package import package_model, PackagedModel
from ..fitting.fit import FitResult, FitSettings
from ..networks.architectures import build_sequence_model
from .data import load_study, prepare, TEST_1, TEST_2
from .plan import Run, TRAINED
from .record import weights_name
from .settings import StudySettings
from .store import RunStore


def export_best(
    run: Run, epochs: int, settings: StudySettings, store: RunStore, name: str, command: str
) -> PackagedModel:
    """
    Return the best network as the file that the node needs.

    Parameters
    ----------
    run : Run
        The best run.
    epochs : int
        Length of the training after which it was best.
    settings : StudySettings
        Data and protocol.
    store : RunStore
        Where its weights are.
    name : str
        Name of the model.
    command : str
        The command of the study.

    Returns
    -------
    PackagedModel

    Raises
    ------
    ExportError
        If the export differs from Keras.

    """
    data = load_study(settings)
    preprocessor, _ = prepare(settings, run.question)
    architecture = TRAINED[run.model]
    model = build_sequence_model(architecture, len(preprocessor.feature_names))
    arrays = store.load_arrays(run)
    model.set_weights(
        [arrays[weights_name(epochs, index)] for index in range(len(model.get_weights()))]
    )
    raw = [preprocessor.raw(pour) for pour in data.split.validation]
    record = store.load(run)
    outcome = record.at(epochs)
    assert outcome.seconds is not None  # it is alive
    result = FitResult(
        model=model,
        history={key: losses[:epochs] for key, losses in record.history.items()},
        best_epoch=epochs,
        seconds=outcome.seconds,
        interrupted=False,
        diverged=False,
        milestones={},
    )
    errors = {_PART_NAMES.get(part, part): values for part, values in outcome.errors.items()}
    return package_model(
        name,
        recordings=data.recordings,
        extra=None,
        split=data.split,
        preprocessor=preprocessor,
        architecture=architecture,
        result=result,
        raw_validation=raw,
        validation=preprocessor.transform_rows(data.split.validation, raw),
        errors=errors,
        command=command,
        settings=FitSettings(
            epochs=epochs,
            batch_size=settings.batch_size,
            learning_rate=settings.learning_rate,
            seed=run.seed,
        ),
    )


_PART_NAMES = {TEST_1: 'test', TEST_2: 'test_2'}
"""What the parts are called in the metadata of all models."""
