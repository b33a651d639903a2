# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A signal of a bag."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Samples:
    """
    One signal.

    Attributes
    ----------
    topic : str
        Where it comes from.
    stamps_ns : ndarray of shape (n,), int64
        Times of the samples [ns], in the order of their arrival; 0 for none.
    received_ns : ndarray of shape (n,), int64
        Times of their arrival [ns].
    values : ndarray of shape (n,)
        The signal.

    """

    topic: str
    stamps_ns: np.ndarray
    received_ns: np.ndarray
    values: np.ndarray

    def part(self, index: slice | np.ndarray) -> 'Samples':
        """Return some of the samples."""
        return Samples(
            self.topic, self.stamps_ns[index], self.received_ns[index], self.values[index]
        )

    def stamped(self, stamps_ns: np.ndarray) -> 'Samples':
        """Return the samples with other stamps [ns]."""
        return replace(self, stamps_ns=stamps_ns)
