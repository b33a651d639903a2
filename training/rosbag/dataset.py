# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Write imported pours: the array, where it came from, and a contact sheet."""

from datetime import datetime, timezone
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pour_force_estimator.files import atomic_folder
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.pours.scale import SIGNS
from pour_force_estimator.pours.schemas import ROBOT_TRIALS
from pour_force_estimator.units import rad_to_degree

from ..fitting.plausibility import warn_of_doubts
from ..recordings.array_file import write_array
from ..recordings.encoding import encode_measured, pad
from .contact_sheet import plot_contact_sheet
from .importing import Imported
from .pour_finder import FoundPour, ImportSettings
from .tilt_source import describe_tilt


def write_dataset(
    path: str | os.PathLike[str],
    imported: Imported,
    settings: ImportSettings,
    context_path: str | os.PathLike[str],
) -> list[Path]:
    """
    Write pours, provenance and contact sheet, all of them or nothing.

    Parameters
    ----------
    path : path-like
        The .npy file; the others lie beside it, as .yaml and .png.
    imported : Imported
        What was found.
    settings : ImportSettings
        How.
    context_path : path-like
        The context file, to be named.

    Returns
    -------
    list of pathlib.Path
        The files.

    Raises
    ------
    RecordingError
        If the pours are not what the schema allows.

    """
    path = Path(path)
    array = pad(
        [encode_measured(pour.tilt, pour.poured, pour.used_context) for pour in imported.pours]
    )
    with atomic_folder(path.parent) as folder:
        array_path = folder / path.name
        write_array(array_path, array)
        recordings = load_recordings(array_path, ROBOT_TRIALS.name)  # checks all values
        warn_of_doubts(recordings)
        array_path.with_suffix('.yaml').write_text(
            yaml.safe_dump(
                provenance(imported, settings, context_path, path.name, recordings.digest),
                sort_keys=False,
                allow_unicode=True,
                width=99,
            ),
            encoding='utf-8',
        )
        plot_contact_sheet(array_path.with_suffix('.png'), imported)
    return files_of_dataset(path)


def files_of_dataset(path: Path) -> list[Path]:
    """Return the files that belong to a dataset with the array `path`: it, .yaml and .png."""
    return [path, path.with_suffix('.yaml'), path.with_suffix('.png')]


def provenance(
    imported: Imported,
    settings: ImportSettings,
    context_path: str | os.PathLike[str],
    name: str,
    digest: str,
) -> dict[str, Any]:
    """
    Return where pours came from, in terms that YAML has.

    Parameters
    ----------
    imported, settings, context_path
        See `write_dataset`.
    name, digest : str
        Name of the array's file and its SHA-256.

    Returns
    -------
    dict

    """
    delay = imported.delay
    drifts = [pour.cut.drift for pour in imported.pours]
    return {
        'dataset': name,
        'sha256': digest,
        'schema': ROBOT_TRIALS.name,
        'rate_hz': ROBOT_TRIALS.sample_rate_hz,
        'imported': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        'bags': imported.bags,
        'tilt': {
            'topic': settings.joint_topic,
            **describe_tilt(settings.tilt),
        },
        'scale': {
            'topic': settings.scale_topic,
            'unit': settings.scale.unit,
            'component': settings.scale.component,
            'sign': imported.sign,
            'its reading': SIGNS[imported.sign],
            'delay_s': round(delay.seconds, 4),
            'delay': 'given'
            if settings.delay_s is not None
            else {
                'correlation': round(delay.correlation, 4),
                'spread_s': round(delay.spread_s, 4),
                'pours': delay.pours,
            },
            'median_drift_newton_per_s': round(float(np.median(drifts)), 5),
        },
        'context': str(context_path),
        'pours': [
            {
                'index': index,
                **_place(pour),
                'poured_newton': _rounded(imported.sign * pour.cut.change),
                'initial_weight': _rounded(pour.used_context.required('initial_weight')),
                'target_weight': _rounded(pour.used_context.required('target_weight')),
                'tilt_degree': round(rad_to_degree(pour.cut.max_tilt), 1),
                'tilt_speed_degree_per_s': round(rad_to_degree(pour.cut.tilt_speed), 1),
                'drift_newton_per_s': _rounded(pour.cut.drift),
                'spikes': pour.cut.spikes,
            }
            for index, pour in enumerate(imported.pours)
        ],
        'rejected': [
            {**_place(pour), 'reason': pour.reason} for pour in imported.found_pours if pour.reason
        ],
        'problems': [str(problem) for problem in imported.problems],
    }


def _place(pour: FoundPour) -> dict[str, str | float]:
    return {
        'bag': pour.bag,
        'start_s': round(pour.start_s, 3),
        'duration_s': round(pour.cut.duration_s, 3),
    }


def _rounded(value: float) -> float | None:
    return round(float(value), 5) if math.isfinite(value) else None
