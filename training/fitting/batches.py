# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Batches of pours of similar length, cut to the longest of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from .preprocessing import PaddedPours

BATCHES_PER_POOL = 8
"""
Pours are sorted by length within random pools of this many batches.

Sorting all of them would let the same pours meet in each epoch; so a set that gives less than two
pools, as recorded ones often do, is not sorted at all.
"""


class LengthBatches:
    """
    Batches that hold little padding.

    Real pours are far shorter than the longest one. Steps of padding change neither the outputs
    at real steps nor gradients, but cost as much as real ones; so each batch takes pours of
    similar length and is cut to its longest. Which pours meet, and the order of the batches, are
    drawn anew for each epoch; see `BATCHES_PER_POOL`.

    Parameters
    ----------
    padded : PaddedPours
        The pours.
    batch_size : int
        Most pours per batch; the batches are as even as can be.
    seed : int
        Same seed, same batches.
    noise : sequence of float, optional
        Standard deviation of an error of each standardized feature, drawn anew for each pour and
        epoch and constant over the pour; none if empty.

    """

    def __init__(
        self, padded: PaddedPours, batch_size: int, seed: int, noise: Sequence[float] = ()
    ) -> None:
        self._padded = padded
        self._noise = np.asarray(noise, np.float32)
        self._batch_size = batch_size
        self._rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        return -(-len(self._padded.lengths) // self._batch_size)

    def __iter__(self) -> Iterator[PaddedPours]:
        """
        Draw the batches of an epoch, other ones each time.

        Yields
        ------
        PaddedPours
            A batch.

        """
        order = self._rng.permutation(len(self._padded.lengths))
        pools = len(self) // BATCHES_PER_POOL
        if pools > 1:
            order = np.concatenate(
                [
                    pool[np.argsort(self._padded.lengths[pool], kind='stable')]
                    for pool in np.array_split(order, pools)
                ]
            )
        batches = np.array_split(order, len(self))
        self._rng.shuffle(batches)
        for chosen in batches:
            yield self._disturbed(_take(self._padded, chosen))

    def _disturbed(self, batch: PaddedPours) -> PaddedPours:
        if not self._noise.any():
            return batch
        pours, _, features = batch.features.shape
        errors = self._rng.standard_normal((pours, 1, features), np.float32) * self._noise
        return replace(batch, features=batch.features + errors)


def sorted_batches(
    padded: PaddedPours, batch_size: int
) -> Iterator[tuple[np.ndarray, PaddedPours]]:
    """
    Yield all pours from the shortest to the longest, for where their order says nothing.

    Parameters
    ----------
    padded : PaddedPours
        The pours.
    batch_size : int
        Pours per batch.

    Yields
    ------
    chosen : ndarray of int
        Which pours the batch holds.
    batch : PaddedPours
        These, cut to the longest of them.

    """
    order = np.argsort(padded.lengths, kind='stable')
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        yield chosen, _take(padded, chosen)


def _take(padded: PaddedPours, chosen: np.ndarray) -> PaddedPours:
    lengths = padded.lengths[chosen]
    longest = lengths.max()
    return PaddedPours(
        padded.features[chosen, :longest],
        padded.response[chosen, :longest],
        lengths,
        None if padded.blind is None else padded.blind[chosen],
    )
