# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Shares a machine's cores, or its GPU, among training runs."""

from contextlib import suppress
from functools import cache

from joblib import cpu_count

from ..networks.backend import tf


def find_gpus() -> list[tf.config.PhysicalDevice]:
    """Return the GPUs that TensorFlow sees, a list."""
    return tf.config.list_physical_devices('GPU')


def share(jobs: int | None, gpus: int, cores: int | None = None) -> tuple[int, int | None]:
    """
    Say how many training runs run at once, and how many threads each has.

    Parameters
    ----------
    jobs : int or None
        How many were asked for; None for as many as make sense.
    gpus : int
        Number of GPUs that TensorFlow sees.
    cores : int, optional
        Number of cores; by default those that this process may use.

    Returns
    -------
    jobs : int
        By default one for each core, or one alone where there is a GPU, which training runs would
        only take from each other.
    threads : int or None
        Threads of each; None, for TensorFlow's own choice, where one runs alone.

    """
    cores = cores or cpu_count()
    jobs = jobs or (1 if gpus else cores)
    return jobs, max(1, cores // jobs) if jobs > 1 else None


@cache
def configure(threads: int | None = None) -> None:
    """
    Limit what TensorFlow takes in this process; later calls do nothing.

    Parameters
    ----------
    threads : int, optional
        Number of threads; by default TensorFlow's own choice.

    """
    # A process in which TensorFlow has already run cannot be changed any more; it works as well.
    tf.get_logger().setLevel('ERROR')  # it would complain that each training run is a new function
    with suppress(RuntimeError):
        for gpu in find_gpus():
            tf.config.experimental.set_memory_growth(gpu, True)  # leaves room for other processes
        if threads:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(threads)
