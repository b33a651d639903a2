# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.cli.device."""

from types import SimpleNamespace

from command_line import run_python
import pytest

from training.cli import device


@pytest.mark.parametrize(
    'jobs, gpus, cores, expected',
    [
        (None, 0, 8, (8, 1)),
        (None, 0, 1, (1, None)),
        (None, 1, 8, (1, None)),
        (2, 1, 8, (2, 4)),
        (3, 0, 8, (3, 2)),
        (16, 0, 8, (16, 1)),
        (1, 0, 8, (1, None)),
    ],
)
def test_sharing(jobs, gpus, cores, expected):
    assert device.share(jobs, gpus, cores) == expected


def test_threads_are_limited():
    """In a process of its own, since TensorFlow can be limited only before it starts."""
    code = (
        'from training.cli.device import configure; from training.networks.backend import tf; '
        'configure(3); tf.constant(1.0) + 1.0; configure(5); '
        'print(tf.config.threading.get_intra_op_parallelism_threads(), '
        'tf.config.threading.get_inter_op_parallelism_threads())'
    )
    done = run_python('-c', code, check=True)
    assert done.stdout.split() == ['3', '3']


def test_a_gpu_is_not_taken_as_a_whole(monkeypatch):
    """Where there is no GPU, what TensorFlow is told about one has to be listened to."""
    grown = []
    config = SimpleNamespace(
        list_physical_devices=lambda kind: [f'{kind}:0', f'{kind}:1'],
        experimental=SimpleNamespace(set_memory_growth=lambda gpu, on: grown.append((gpu, on))),
    )
    tf = SimpleNamespace(config=config, get_logger=device.tf.get_logger)
    monkeypatch.setattr(device, 'tf', tf)
    device.configure.__wrapped__()
    assert grown == [('GPU:0', True), ('GPU:1', True)]
