# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where slow and quick pours come from: arrays of recorded pours, or bags."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from pour_force_estimator.pours.recordings import load_recordings

from ..errors import ShapeError
from ..rosbag.context import ContextFile
from ..rosbag.importing import import_bags
from ..rosbag.options import settings_of
from ..rosbag.pour_finder import ImportSettings, RATE_HZ
from .pour_signal import PourSignal

MAX_DURATION_S = 900.0
"""Longest slow pour in a bag [s]; others are cut as pours of at most a minute."""

_ARRAYS = ('.npy', '.npz')


def is_bag(path: Path) -> bool:
    """Return whether pours at `path` are in a bag, not in an array."""
    return path.suffix not in _ARRAYS


def load_slow_pour(arguments: argparse.Namespace, relative_density: float) -> PourSignal:
    """
    Load the slow pour.

    Parameters
    ----------
    arguments : argparse.Namespace
        With ``slow_pour`` and ``slow_pour_index``; for a bag those of `rosbag.options` too.
    relative_density : float
        Density where the source names none.

    Returns
    -------
    PourSignal

    Raises
    ------
    ShapeError, RecordingError
        If there is not one pour, or it tells nothing of a cup.

    """
    pours = _load(arguments.slow_pour, arguments, relative_density)
    index = arguments.slow_pour_index
    if index is None:
        if len(pours) != 1:
            raise ShapeError(
                f'{arguments.slow_pour}: expected one slow pour, received {len(pours)} pours: say '
                'which with --slow-pour-index'
            )
        index = 0
    if not 0 <= index < len(pours):
        raise ShapeError(
            f'--slow-pour-index: expected 0 to {len(pours) - 1}, the pours in '
            f'{arguments.slow_pour}, received {index}'
        )
    return pours[index]()


def load_quick_pours(arguments: argparse.Namespace, relative_density: float) -> list[PourSignal]:
    """Load the quick pours: all of each file or bag, but the slow one of the same file."""
    signals = []
    for path in arguments.quick_pour or ():
        pours = _load(path, arguments, relative_density)
        is_same = path.resolve() == arguments.slow_pour.resolve()
        signals += [
            pour()
            for index, pour in enumerate(pours)
            if not (is_same and index == (arguments.slow_pour_index or 0))
        ]
    return signals


def _load(
    path: Path, arguments: argparse.Namespace, relative_density: float
) -> list[Callable[[], PourSignal]]:
    """Return a function for each pour that makes its `PourSignal`: one may be refused."""
    if not is_bag(path):
        recordings = load_recordings(path, arguments.schema)
        return [
            partial(
                PourSignal.of_recording,
                _name(path, pour.index, len(recordings)),
                pour,
                relative_density,
            )
            for pour in recordings.pours
        ]
    missing = [
        f'--{name}' for name in ('context', 'scale') if getattr(arguments, name, None) is None
    ]
    if missing:
        raise ShapeError(
            f'{path}: expected {" and ".join(missing)} for a bag (or a .npy or .npz of recorded '
            'pours), received none'
        )
    bags = filter(is_bag, (arguments.slow_pour, *(arguments.quick_pour or ())))
    imported = import_bags([path], _settings(arguments), ContextFile(arguments.context), bags)
    return [
        partial(
            PourSignal.of_weights,
            _name(path, index, len(imported.pours)),
            RATE_HZ,
            pour.tilt,
            pour.poured,
            pour.context,
            relative_density,
        )
        for index, pour in enumerate(imported.pours)
        if pour.context is not None
    ]


def _settings(arguments: argparse.Namespace) -> ImportSettings:
    """Return how a bag is read: long pours are pours, and the delay is left for the fit."""
    settings = settings_of(arguments)
    return replace(
        settings,
        delay_s=0.0 if settings.delay_s is None else settings.delay_s,
        cutter=replace(settings.cutter, max_duration_s=MAX_DURATION_S, max_drift=0.1),
    )


def _name(path: Path, index: int, count: int) -> str:
    return path.name if count == 1 else f'{path.name}, pour {index}'
