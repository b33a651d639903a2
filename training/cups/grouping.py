# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which recorded pours are of one cup: those whose cups are of one size."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.pours.recordings import RecordedPour

Pour = TypeVar('Pour')


def shared_sizes(sizes: Sequence[CupSize]) -> list[CupSize]:
    """
    Return one size for all that are of one cup, whatever their order.

    Parameters
    ----------
    sizes : sequence of CupSize
        n sizes.

    Returns
    -------
    list of CupSize
        For each size the smallest of its cup; the same where `CupSize.is_same` says so.

    """
    smallest: list[CupSize] = []
    shared: dict[CupSize, CupSize] = {}
    for size in sorted(set(sizes)):
        shared[size] = next((cup for cup in smallest if size.is_same(cup)), size)
        if shared[size] is size:
            smallest.append(size)
    return [shared[size] for size in sizes]


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
        From 0 in the order of the sizes; the same where `shared_sizes` are.

    """
    shared = shared_sizes(sizes)
    numbers = {cup: number for number, cup in enumerate(sorted(set(shared)))}
    return np.array([numbers[cup] for cup in shared], int)


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


def cup_sizes(pours: Sequence[RecordedPour]) -> list[CupSize]:
    """Return the `shared_sizes` of recorded pours, a list of CupSize."""
    return shared_sizes([CupSize.of(pour.context) for pour in pours])


def cup_labels(pours: Sequence[RecordedPour]) -> np.ndarray:
    """Return the `size_labels` of recorded pours, ndarray of shape (n_pours,), int."""
    return size_labels([CupSize.of(pour.context) for pour in pours])
