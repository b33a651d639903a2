# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which recorded pours are of one cup: those whose cups are of one size."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.pours.recordings import RecordedPour

Pour = TypeVar('Pour')


def size_labels(sizes: Sequence[CupSize]) -> np.ndarray:
    """
    Return the number of each size's cup, whatever the order of the sizes.

    Parameters
    ----------
    sizes : sequence of CupSize
        n sizes.

    Returns
    -------
    ndarray of shape (n,), int
        From 0 in the order of the sizes; the same where `CupSize.is_same` says so.

    """
    cups: list[CupSize] = []
    numbers: dict[CupSize, int] = {}
    for size in sorted(set(sizes)):
        same = (number for number, cup in enumerate(cups) if size.is_same(cup))
        numbers[size] = next(same, len(cups))
        if numbers[size] == len(cups):
            cups.append(size)
    return np.array([numbers[size] for size in sizes], int)


def grouped(pours: Sequence[Pour], sizes: Sequence[CupSize]) -> list[list[Pour]]:
    """
    Return the pours of each cup.

    Parameters
    ----------
    pours : sequence
        n pours of any kind.
    sizes : sequence of CupSize
        Size of each pour's cup.

    Returns
    -------
    list of list
        In the order of the cups' first pours.

    """
    groups: dict[int, list[Pour]] = {}
    for pour, label in zip(pours, size_labels(sizes).tolist()):
        groups.setdefault(label, []).append(pour)
    return list(groups.values())


def cup_labels(pours: Sequence[RecordedPour]) -> np.ndarray:
    """Return the `size_labels` of recorded pours, ndarray of shape (n_pours,), int."""
    return size_labels([CupSize.of(pour.context) for pour in pours])
