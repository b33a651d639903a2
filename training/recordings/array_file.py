# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Arrays of recordings as files."""

from pathlib import Path

import numpy as np

from pour_force_estimator.files import atomic_path


def write_array(path: str | Path, array: np.ndarray) -> None:
    """
    Write `array` as .npy to `path`, which appears complete or not at all.

    Parameters
    ----------
    path : path-like
        The file; one that exists is replaced, and a folder that is missing is made.
    array : ndarray
        What to write.

    """
    with atomic_path(path) as temporary, temporary.open('wb') as file:
        np.save(file, array, allow_pickle=False)
