"""Batches of pours of similar length, cut to the longest of them."""

import keras
import numpy as np


class LengthBatches(keras.utils.PyDataset):
    """
    Batches for `keras.Model.fit` that hold little padding.

    Real pours are far shorter than the longest one. Steps of padding are masked and change
    neither outputs nor gradients, but cost as much as real ones; so each batch takes pours of
    similar length and is cut to its longest. Which pours meet, and the order of the batches, are
    drawn anew for each epoch.

    Parameters
    ----------
    padded : PaddedPours
        The pours.
    batch_size : int
        Pours per batch.
    seed : int
        Same seed, same batches.

    """

    _LENGTH_JITTER = 0.1
    """Spread of the lengths that pours are sorted by, so that batches are not always the same."""

    def __init__(self, padded, batch_size, seed):
        super().__init__()
        self._padded = padded
        self._batch_size = batch_size
        self._rng = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self):
        return -(-len(self._padded.lengths) // self._batch_size)

    def __getitem__(self, index):
        """Return features and response of batch `index`, as in `PaddedPours`."""
        chosen = self._batches[index]
        longest = self._padded.lengths[chosen].max()
        return self._padded.features[chosen, :longest], self._padded.response[chosen, :longest]

    def on_epoch_end(self):
        """Draw the batches of the next epoch."""
        lengths = self._padded.lengths
        jitter = 1.0 + self._LENGTH_JITTER * self._rng.standard_normal(len(lengths))
        order = np.argsort(lengths * jitter)
        self._batches = np.array_split(order, len(self))
        self._rng.shuffle(self._batches)
