# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Vessels of everyday life, by their shape alone: a typical profile of each, in mm."""

from functools import cache
from pathlib import Path

import numpy as np

from ...units import mm_to_m
from ..shape import cup_of_profile
from ..spec import CupSpec
from ..table import CupTable

_FOLDER = Path(__file__).parent

EVERYDAY_NAMES = tuple(sorted(path.stem for path in _FOLDER.glob('*.csv')))
"""Names of the vessels."""


@cache
def everyday_cup(name: str) -> CupSpec:
    """Return the vessel of one of `EVERYDAY_NAMES`."""
    height_mm, radius_mm = np.loadtxt(
        _FOLDER / f'{name}.csv', delimiter=',', skiprows=2, unpack=True
    )
    return cup_of_profile(name, mm_to_m(height_mm), mm_to_m(radius_mm))


def with_everyday_cups(cups: CupTable) -> CupTable:
    """Return `cups` with the vessels whose names are none of theirs."""
    return CupTable(
        (*cups, *(everyday_cup(name) for name in EVERYDAY_NAMES if name not in cups.names)),
        cups.typical,
    )
