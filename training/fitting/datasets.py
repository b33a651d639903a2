# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Recorded pours for training, validation and test, split by whole pour."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import train_test_split

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.recordings import RecordedPour

FRACTIONS = (0.7, 0.2, 0.1)
"""Parts of the pours for training, validation and test, as in Nosouhian et al. (2021)."""


@dataclass(frozen=True)
class Split:
    """
    Pours for training, validation and test; no pour is in two of them.

    Attributes
    ----------
    train, validation, test : tuple of RecordedPour
        Whole pours.

    """

    train: tuple[RecordedPour, ...]
    validation: tuple[RecordedPour, ...]
    test: tuple[RecordedPour, ...]

    def parts(self) -> dict[str, tuple[RecordedPour, ...]]:
        """Return the three parts by name, a dict of str to tuple of RecordedPour."""
        return {'train': self.train, 'validation': self.validation, 'test': self.test}


def split_pours(
    pours: Sequence[RecordedPour], seed: int, fractions: tuple[float, float, float] = FRACTIONS
) -> Split:
    """
    Split pours at random into training, validation and test.

    Parameters
    ----------
    pours : sequence of RecordedPour
        At least three pours.
    seed : int
        Same seed, same split.
    fractions : tuple of float
        Parts for training, validation and test; their sum is 1. Each part has one pour at least.

    Returns
    -------
    Split

    Raises
    ------
    RecordingError
        If there are too few pours.

    """
    if len(pours) < 3:
        raise RecordingError(
            f'split: expected at least 3 pours, one each for training, validation and test, '
            f'received {len(pours)}'
        )
    counts = [max(1, round(fraction * len(pours))) for fraction in fractions[1:]]
    fitted, test = train_test_split(np.arange(len(pours)), test_size=counts[1], random_state=seed)
    train, validation = train_test_split(fitted, test_size=counts[0], random_state=seed)
    return Split(*(tuple(pours[index] for index in part) for part in (train, validation, test)))
