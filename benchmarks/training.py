# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
One epoch of training, beside one of the straightforward Keras script.

::

    python -m benchmarks.training --json training.json
    python -m benchmarks.training --pours 54 --steps 480 --batch-size 16 --units 64 64 --repeat 10

Simulates pours in the paper's layout, pads them to ``--steps`` and measures four ways to train on
all of them once, in turn, ``--repeat`` times:

padded
    the straightforward script: ``model.fit`` of layers of Keras with Masking, on the padded array
cut
    batches of similar length, cut to their longest pour (`training.fitting.batches`)
unmasked
    and no Masking layer: the mask is in the loss alone (`training.fitting.trainer`)
fused
    and the layers of `training.networks.recurrent`: what `training.fitting.fit` does

The time in which TensorFlow builds its graphs is not in it. Each speedup is the median over the
repetitions of the time of ``padded`` divided by that of the way in the same repetition.
docs/training_speed.md has results, and what else was tried.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
import json
import os
from pathlib import Path
import platform
import sys
import time

import numpy as np

from pour_force_estimator.errors import PourForceEstimatorError
from pour_force_estimator.files import write_text
from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.pours.schemas import get_schema
from pour_force_estimator.simulation import simulate_pours
from training.cli.options import positive
from training.cli.progress import ProgressDisplay
from training.fitting.batches import LengthBatches
from training.fitting.preprocessing import PaddedPours, Preprocessor
from training.fitting.trainer import Trainer
from training.networks.architectures import (
    Architecture,
    ARCHITECTURES,
    build_sequence_model,
    build_training_model,
)
from training.networks.backend import keras, tf
from training.recordings.encoding import encode

from .measure import Line, value

LEARNING_RATE = 0.01

Train = Callable[[PaddedPours], object]
"""A way to train a network once on all pours."""


def padded_pours(pours: int, steps: int, seed: int = 0) -> PaddedPours:
    """
    Simulate pours in the paper's layout, with the paper's features.

    Parameters
    ----------
    pours, steps : int
        Size of the padded array; no pour is longer.
    seed : int
        Of the simulation.

    Returns
    -------
    PaddedPours
        Features of shape (pours, steps, 9).

    """
    schema, rng = get_schema('dim'), np.random.default_rng(seed)
    simulated = simulate_pours(
        pours, rng, max_steps=steps, sample_rate_hz=schema.sample_rate_hz, liquids='mixed'
    )
    array = encode(simulated, schema, rng)
    recorded = [
        RecordedPour(index, schema, rows[:length], 1)
        for index, (rows, length) in enumerate(zip(array, simulated.lengths))
    ]
    padded = (
        Preprocessor(schema.paper_features, schema.sample_rate_hz, 1)
        .fit(recorded)
        .transform(recorded)
    )
    padding = [(0, 0), (0, steps - padded.features.shape[1]), (0, 0)]
    return PaddedPours(
        np.pad(padded.features, padding), np.pad(padded.response, padding), padded.lengths
    )


def ways_to_train(
    architecture: Architecture, n_features: int, batch_size: int
) -> dict[str, Train]:
    """
    Return what is compared.

    Parameters
    ----------
    architecture : Architecture
        The network.
    n_features : int
        Number of features.
    batch_size : int
        Pours per batch.

    Returns
    -------
    dict of str to callable
        By name; each trains a network of its own on a `PaddedPours` once.

    """
    scripted = _compiled(build_sequence_model(architecture, n_features))

    def padded(pours: PaddedPours) -> None:
        scripted.fit(pours.features, pours.response, batch_size=batch_size, verbose=0)

    def in_batches(model: keras.Model) -> Train:
        trainer = Trainer(_compiled(model))
        return lambda pours: trainer.train(LengthBatches(pours, batch_size, 0))

    return {
        'padded': padded,
        'cut': in_batches(build_sequence_model(architecture, n_features)),
        'unmasked': in_batches(_without_mask(build_sequence_model(architecture, n_features))),
        'fused': in_batches(build_training_model(architecture, n_features)),
    }


def measure(
    variants: Mapping[str, Train],
    pours: PaddedPours,
    batch_size: int,
    repeat: int,
    on_epoch: Callable[[], object] = lambda: None,
) -> dict[str, list[float]]:
    """
    Time one epoch of each way, in turn.

    Parameters
    ----------
    variants : dict of str to callable
        As of `ways_to_train`.
    pours : PaddedPours
        The pours.
    batch_size : int
        Pours per batch.
    repeat : int
        How often.
    on_epoch : callable
        Called after each epoch.

    Returns
    -------
    dict of str to list of float
        Seconds by way.

    """
    for train in variants.values():
        train(_first(pours, batch_size + len(pours.lengths) % batch_size))  # builds the graphs
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(repeat):
        for name, train in variants.items():
            start = time.perf_counter()
            train(pours)
            seconds[name].append(time.perf_counter() - start)
            on_epoch()
    return seconds


def run(
    pours: int = 54,
    steps: int = 480,
    batch_size: int = 16,
    units: Sequence[int] = (64, 64),
    repeat: int = 3,
) -> list[Line]:
    """
    Measure a small network, as a part of ``python -m benchmarks``.

    Parameters
    ----------
    pours, steps, batch_size : int
        Size of the padded array, and pours per batch.
    units : sequence of int
        Of the GRU layers.
    repeat : int
        Epochs of each way.

    Returns
    -------
    list of dict
        Lines of the table.

    """
    padded, part = padded_pours(pours, steps), f'an epoch, GRU {units}, {pours} pours'
    seconds = measure(
        ways_to_train(
            Architecture('gru', 'gru', tuple(units)), padded.features.shape[2], batch_size
        ),
        padded,
        batch_size,
        repeat,
    )
    reference = next(iter(seconds))
    return [
        value(
            part,
            name,
            np.median(of_way),
            's',
            ratio=None if name == reference else 1.0 / speedups(seconds)[name],
            beside=None if name == reference else reference,
        )
        for name, of_way in seconds.items()
    ]


def speedups(seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return by way the median of the paired ratios to the first way, a dict of str to float."""
    reference = np.array(next(iter(seconds.values())))
    return {name: float(np.median(reference / times)) for name, times in seconds.items()}


def _compiled(model: keras.Model) -> keras.Model:
    model.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss='mean_squared_error')
    return model


def _without_mask(model: keras.Model) -> keras.Model:
    """Return a network with the same layers but the first, which is Masking."""
    inputs, masking, *layers = model.layers
    if not isinstance(masking, keras.layers.Masking):
        raise TypeError(f'expected a Masking layer first, received {masking}')
    hidden = inputs.output
    for layer in layers:
        hidden = layer(hidden)
    return keras.Model(inputs.output, hidden)


def _first(pours: PaddedPours, number: int) -> PaddedPours:
    return PaddedPours(pours.features[:number], pours.response[:number], pours.lengths[:number])


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.training',
        description='Time one epoch of training beside one of the straightforward Keras script.',
    )
    parser.add_argument('--pours', type=positive(int), default=1307)
    parser.add_argument('--steps', type=positive(int), default=1099, help='of the padded array')
    parser.add_argument('--batch-size', type=positive(int), default=32)
    network = parser.add_mutually_exclusive_group()
    network.add_argument('--architecture', default='multi_gru', choices=sorted(ARCHITECTURES))
    network.add_argument(
        '--units',
        type=positive(int),
        nargs='+',
        help='of GRU layers, in place of an architecture of the paper',
    )
    parser.add_argument('--repeat', type=positive(int), default=3)
    parser.add_argument('--json', metavar='FILE', help='where to write the results as well')
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status: 0, or 2 after an error."""
    options = _parse(arguments)
    architecture = ARCHITECTURES[options.architecture]
    if options.units:
        architecture = Architecture('gru', 'gru', tuple(options.units))
    try:
        pours = padded_pours(options.pours, options.steps)
        variants = ways_to_train(architecture, pours.features.shape[2], options.batch_size)
        with ProgressDisplay('measuring', options.repeat * len(variants)) as display:
            seconds = measure(variants, pours, options.batch_size, options.repeat, display.advance)
    except PourForceEstimatorError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    ratios = speedups(seconds)
    threads = (
        tf.config.threading.get_intra_op_parallelism_threads()
        or os.environ.get('TF_NUM_INTRAOP_THREADS')
        or os.cpu_count()
    )
    mean_length = float(pours.lengths.mean())
    print(
        f'{architecture.name} {architecture.recurrent_units}, {options.pours} pours of '
        f'{mean_length:.0f} steps on average padded to {options.steps}, batches of '
        f'{options.batch_size}, {threads} threads'
    )
    print(f'{"":10}{"epoch [s]":>10}{"speedup":>9}')
    for name, times in seconds.items():
        print(f'{name:10}{np.median(times):10.3f}{ratios[name]:9.2f}')
    if options.json:
        write_text(
            Path(options.json),
            json.dumps(
                {
                    'architecture': architecture.name,
                    'recurrent_units': architecture.recurrent_units,
                    'pours': options.pours,
                    'steps': options.steps,
                    'mean_length': mean_length,
                    'batch_size': options.batch_size,
                    'threads': int(threads or 1),
                    'seconds': seconds,
                    'speedups': ratios,
                    'tensorflow': tf.__version__,
                    'keras': keras.__version__,
                    'python': platform.python_version(),
                    'machine': platform.machine(),
                },
                indent=2,
            )
            + '\n',
        )
    return 0


if __name__ == '__main__':
    sys.exit(main())
