"""Batches of pours of similar length, cut to the longest of them."""

import numpy as np

from .backend import tf

BATCHES_PER_POOL = 8
"""
Pours are sorted by length within random pools of this many batches.

Sorting all of them would let the same pours meet in each epoch; so a set that is smaller than a
pool, as recorded ones often are, is not sorted at all.
"""


class LengthBatches:
    """
    Batches that hold little padding.

    Real pours are far shorter than the longest one. Steps of padding are masked and change
    neither outputs nor gradients, but cost as much as real ones; so each batch takes pours of
    similar length and is cut to its longest. Which pours meet, and the order of the batches, are
    drawn anew for each epoch; see `BATCHES_PER_POOL`.

    Parameters
    ----------
    padded : PaddedPours
        The pours.
    batch_size : int
        Pours per batch.
    seed : int
        Same seed, same batches.

    """

    def __init__(self, padded, batch_size, seed):
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
        order = self._rng.permutation(len(self._padded.lengths))
        pools = len(self) // BATCHES_PER_POOL
        if pools:
            order = np.concatenate([
                pool[np.argsort(self._padded.lengths[pool], kind='stable')]
                for pool in np.array_split(order, pools)])
        self._batches = np.array_split(order, len(self))
        self._rng.shuffle(self._batches)

    def dataset(self):
        """
        Return the batches for `keras.Model.fit`, other ones each epoch.

        Returns
        -------
        tf.data.Dataset
            Of features (n, n_steps, n_features) and response (n, n_steps, 1), where n and n_steps
            differ from batch to batch.

        """
        def epoch():
            for index in range(len(self)):
                yield self[index]
            self.on_epoch_end()

        shapes = [(None, None, array.shape[2])
                  for array in (self._padded.features, self._padded.response)]
        signature = tuple(tf.TensorSpec(shape, tf.float32) for shape in shapes)
        return tf.data.Dataset.from_generator(epoch, output_signature=signature).apply(
            tf.data.experimental.assert_cardinality(len(self))).prefetch(1)
