# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
GRU and LSTM layers that are fast on a CPU: time first, no mask, TensorFlow's fused kernels.

The layers of Keras run some twenty small operations per step and as many per step of the gradient;
for the few units that a pour needs, starting these operations costs more than the arithmetic. The
layers here compute the same with one operation per step (GRU) or per sequence (LSTM), and their
gradients as well. They have the weights of the layers of Keras, under the same names and in the
same order, so `get_weights` and `set_weights` exchange between the two.

There is no mask: padding at the end cannot touch what a causal network said before it, so it is
enough that the loss ignores it.
"""

from collections.abc import Callable
from typing import Any

from .backend import keras, Tensor, tf

STEPS_PER_ITERATION = 8
"""
Steps of a GRU within one iteration of its loop.

An iteration of ``tf.while_loop`` costs as much as a step; more than 8 steps brought nothing more.
"""


class FusedGRU(keras.layers.GRU):
    """
    ``keras.layers.GRU(units, reset_after=False, return_sequences=True)``, time first.

    Parameters
    ----------
    units : int
        Size of the state.
    name : str
        Name of the layer.

    """

    def __init__(self, units: int, name: str) -> None:
        super().__init__(units, reset_after=False, return_sequences=True, name=name)
        self.supports_jit = False  # XLA has no such kernels

    def call(
        self,
        sequences: Tensor,
        initial_state: object = None,
        mask: object = None,
        training: bool = False,
    ) -> Tensor:
        """
        Return the states of all steps, from a state of zeros.

        Parameters
        ----------
        sequences : Tensor of shape (steps, batch, n_inputs), float32
            Inputs.
        initial_state, mask, training
            For Keras; not used.

        Returns
        -------
        Tensor of shape (steps, batch, units), float32

        """
        return _gru(sequences, *map(tf.convert_to_tensor, self.cell.trainable_variables))


class FusedLSTM(keras.layers.LSTM):
    """
    ``keras.layers.LSTM(units, return_sequences=True)``, time first.

    Parameters
    ----------
    units : int
        Size of the state.
    name : str
        Name of the layer.

    """

    def __init__(self, units: int, name: str) -> None:
        super().__init__(units, return_sequences=True, name=name)
        self.supports_jit = False  # XLA has no such kernels

    def call(
        self,
        sequences: Tensor,
        initial_state: object = None,
        mask: object = None,
        training: bool = False,
    ) -> Tensor:
        """
        Return the states h of all steps, from states of zeros.

        Parameters
        ----------
        sequences : Tensor of shape (steps, batch, n_inputs), float32
            Inputs.
        initial_state, mask, training
            For Keras; not used.

        Returns
        -------
        Tensor of shape (steps, batch, units), float32

        """
        return _lstm(sequences, *map(tf.convert_to_tensor, self.cell.trainable_variables))


@tf.custom_gradient
def _lstm(
    inputs: Tensor, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor
) -> tuple[Tensor, Callable[..., Any]]:
    n_inputs, units = kernel.shape[0], recurrent_kernel.shape[0]
    zeros, no_peephole = tf.zeros((tf.shape(inputs)[1], units)), tf.zeros(units)
    arguments = {
        'seq_len_max': tf.shape(inputs, tf.int64)[0],
        'x': inputs,
        'cs_prev': zeros,
        'h_prev': zeros,
        'w': tf.concat([kernel, recurrent_kernel], 0),
        'wci': no_peephole,
        'wcf': no_peephole,
        'wco': no_peephole,
        'b': bias,
        'use_peephole': False,
    }
    results = tf.raw_ops.BlockLSTMV2(**arguments, cell_clip=0.0)

    # TensorFlow 2.21 registers the gradient of the first version, whose gates have another order.
    def gradient(h_grad: Tensor) -> tuple[Tensor, ...]:
        grads = tf.raw_ops.BlockLSTMGradV2(
            **arguments, **results._asdict(), cs_grad=tf.zeros_like(h_grad), h_grad=h_grad
        )
        return (grads.x_grad, grads.w_grad[:n_inputs], grads.w_grad[n_inputs:], grads.b_grad)

    return results.h, gradient


@tf.custom_gradient
def _gru(
    inputs: Tensor, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor
) -> tuple[Tensor, Callable[..., Any]]:
    n_inputs, units = kernel.shape[0], recurrent_kernel.shape[0]
    steps = tf.shape(inputs)[0]
    weights = tf.concat([kernel, recurrent_kernel], 0)
    arguments = {
        'w_ru': _exchange_gates(weights[:, : 2 * units]),
        'w_c': weights[:, 2 * units :],
        'b_ru': _exchange_gates(bias[: 2 * units]),
        'b_c': bias[2 * units :],
    }
    zeros = tf.zeros((tf.shape(inputs)[1], units))

    def forward(h_prev: Tensor, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        r, u, c, h = tf.raw_ops.GRUBlockCell(x=x, h_prev=h_prev, **arguments)
        return h, (r, u, c, h)

    inputs = _pad(inputs)
    r, u, c, h = _scan(forward, zeros, [inputs], (units,) * 4)

    def gradient(h_grad: Tensor) -> tuple[Tensor, ...]:
        h_prev = tf.concat([zeros[tf.newaxis], h[:-1]], 0)

        def backward(
            d_h: Tensor,
            x: Tensor,
            h_prev: Tensor,
            r: Tensor,
            u: Tensor,
            c: Tensor,
            from_above: Tensor,
        ) -> tuple[Tensor, tuple[Tensor, ...]]:
            d_x, d_h_prev, d_c_bar, d_ru_bar = tf.raw_ops.GRUBlockCellGrad(
                x=x, h_prev=h_prev, r=r, u=u, c=c, d_h=d_h + from_above, **arguments
            )
            return d_h_prev, (d_x, d_c_bar, d_ru_bar)

        d_x, d_c_bar, d_ru_bar = _scan(
            backward,
            zeros,
            [inputs, h_prev, r, u, c, _pad(h_grad)],
            (n_inputs, units, 2 * units),
            reverse=True,
        )
        d_ur_bar = _exchange_gates(d_ru_bar)
        d_bar = tf.concat([d_ur_bar, d_c_bar], 2)
        return (
            d_x[:steps],
            _sum_of_products(inputs, d_bar),
            tf.concat(
                [_sum_of_products(h_prev, d_ur_bar), _sum_of_products(r * h_prev, d_c_bar)], 1
            ),
            tf.reduce_sum(d_bar, (0, 1)),
        )

    return h[:steps], gradient


def _exchange_gates(values: Tensor) -> Tensor:
    """Exchange update and reset gate: Keras has the update gate first, the kernel the reset."""
    first, second = tf.split(values, 2, axis=-1)
    return tf.concat([second, first], -1)


def _sum_of_products(left: Tensor, right: Tensor) -> Tensor:
    """Return the sum over steps and batch of ``left^T right``, (n_left, n_right)."""
    left, right = (tf.reshape(values, (-1, values.shape[-1])) for values in (left, right))
    return tf.matmul(left, right, transpose_a=True)


def _pad(sequences: Tensor) -> Tensor:
    """Append steps of zeros up to a multiple of `STEPS_PER_ITERATION`."""
    return tf.pad(sequences, [(0, -tf.shape(sequences)[0] % STEPS_PER_ITERATION), (0, 0), (0, 0)])


def _scan(
    step: Callable[..., tuple[Tensor, tuple[Tensor, ...]]],
    state: Tensor,
    sequences: list[Tensor],
    sizes: tuple[int, ...],
    reverse: bool = False,
) -> list[Tensor]:
    """
    Apply `step` along sequences, several steps per iteration of the loop.

    Parameters
    ----------
    step : callable
        From state and one Tensor (batch, .) of each sequence to the next state and a tuple of
        outputs (batch, .).
    state : Tensor of shape (batch, units)
        State at the start.
    sequences : list of Tensor of shape (steps, batch, .)
        Inputs; the steps are a multiple of `STEPS_PER_ITERATION`.
    sizes : tuple of int
        Sizes of the outputs.
    reverse : bool
        Whether to go from the last step to the first.

    Returns
    -------
    list of Tensor of shape (steps, batch, size)
        All outputs in the order of the sequences.

    """
    length = STEPS_PER_ITERATION
    steps, batch = tf.shape(sequences[0])[0], tf.shape(sequences[0])[1]
    iterations = steps // length
    blocks = [
        tf.TensorArray(tf.float32, iterations).unstack(
            tf.reshape(values, (iterations, length, batch, values.shape[-1]))
        )
        for values in sequences
    ]
    outputs = [tf.TensorArray(tf.float32, iterations) for _ in sizes]

    def iterate(iteration: Tensor, state: Tensor, *outputs: Tensor) -> tuple[Tensor, ...]:
        block = iterations - 1 - iteration if reverse else iteration
        inputs = list(zip(*(tf.unstack(values.read(block), length) for values in blocks)))
        results = []
        for values in reversed(inputs) if reverse else inputs:
            state, result = step(state, *values)
            results.append(result)
        if reverse:
            results.reverse()
        return (
            iteration + 1,
            state,
            *(
                output.write(block, tf.stack(values))
                for output, values in zip(outputs, zip(*results))
            ),
        )

    _, _, *outputs = tf.while_loop(
        lambda iteration, *_: iteration < iterations,
        iterate,
        (0, state, *outputs),
        parallel_iterations=1,
    )
    return [
        tf.reshape(output.stack(), (steps, batch, size)) for output, size in zip(outputs, sizes)
    ]
