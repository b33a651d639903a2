# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What ``python -m training.train --recipe best`` does."""

import json
from pathlib import Path

from pour_force_estimator.files import atomic_folder, check_folder, write_bytes, write_text
from pour_force_estimator.pours.recordings import load_recordings

from ..evaluation.figures import pictures_cost_nothing
from ..fitting.plausibility import warn_of_doubts
from ..report import write_report
from .build import build
from .report import advice_of, build_report, summarize
from .settings import Recipe


def train_with_recipe(
    data: str | Path,
    output: Path,
    *,
    schema: str | None = None,
    name: str | None = None,
    recipe: Recipe,
    command: str,
) -> list[str]:
    """
    Make a model of recorded pours and write it with its report.

    Parameters
    ----------
    data : path-like
        .npy or .npz of recorded pours.
    output : Path
        Folder to write ``model.onnx``, ``metrics.json``, ``report.html`` and ``report.md`` to.
    schema : str, optional
        Layout of the data; by default that with as many columns.
    name : str, optional
        Name of the model; by default that of the folder.
    recipe : Recipe
        How.
    command : str
        The command, for the model's metadata and the report.

    Returns
    -------
    list of str
        What was reached, and what would help.

    Raises
    ------
    KeyboardInterrupt
        At Ctrl-C; with a message if the model was written nevertheless.

    """
    check_folder(output)  # before the training, not after
    recordings = load_recordings(data, schema)
    warn_of_doubts(recordings)
    name = name or output.resolve().name
    built = build(recordings, name, command, recipe)
    metrics = {
        **built.errors,
        'interval': vars(built.interval),
        'fold_mse_newton2': [fold['mse_newton2'] for fold in built.held_out.fold_errors()],
        'pours': len(recordings),
    }
    with atomic_folder(output) as folder:
        write_bytes(folder / 'model.onnx', built.content)
        write_text(folder / 'metrics.json', json.dumps(metrics, indent=2) + '\n')
    try:  # the model is safe by now
        with pictures_cost_nothing('the report'), atomic_folder(output) as folder:
            write_report(build_report(built, recordings, name, command), folder)
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt('model.onnx was written, its report was not') from error
    return [*summarize(built), 'What would help:', *advice_of(built)]
