"""One epoch of training: gradients and steps of the optimizer, a batch at a time."""

from .backend import tf


class Trainer:
    """
    Trains a network on the mean squared error over real steps.

    The mask is in the loss alone: a network that sees no future says the same at real steps
    whatever padding follows. All shapes of batches share one graph.

    Parameters
    ----------
    model : keras.Model
        A network over whole pours, as of `training.architectures`, compiled with an optimizer.

    """

    def __init__(self, model):
        model.optimizer.build(model.trainable_variables)
        signature = [
            tf.TensorSpec((None, None, model.input_shape[2]), tf.float32),
            tf.TensorSpec((None, None, 1), tf.float32), tf.TensorSpec((None, None), tf.float32)]
        self._step = tf.function(
            lambda *batch: _take_step(model, *batch), input_signature=signature)

    def train(self, batches):
        """
        Train on each batch once.

        Parameters
        ----------
        batches : iterable of PaddedPours
            Pours, standardized.

        Returns
        -------
        float
            Mean squared error over the real steps of all batches [lbf^2], each before its own
            step of the optimizer.

        """
        total, steps = 0.0, 0
        for batch in batches:
            total += float(self._step(batch.features, batch.response, batch.mask))
            steps += int(batch.lengths.sum())
        return total / steps


def squared_error(model, features, response, mask):
    """
    Return the sum of squared errors over real steps while training, with dropout.

    Parameters
    ----------
    model : keras.Model
        A network over whole pours.
    features : Tensor of shape (batch, steps, n_features), float32
        Features, standardized and padded at the end.
    response : Tensor of shape (batch, steps, 1), float32
        Response [lbf].
    mask : Tensor of shape (batch, steps), float32
        1 at real steps and 0 at padding.

    Returns
    -------
    Tensor of shape (), float32
        The sum [lbf^2].

    """
    errors = (model(features, training=True) - response)[:, :, 0]
    return tf.reduce_sum(mask * tf.square(errors))


def _take_step(model, features, response, mask):
    with tf.GradientTape() as tape:
        total = squared_error(model, features, response, mask)
        loss = total / tf.reduce_sum(mask)
    gradients = tape.gradient(loss, model.trainable_variables)
    model.optimizer.apply(gradients, model.trainable_variables)
    return total
