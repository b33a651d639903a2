# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Executes many runs: in processes of this machine, or on a Dask cluster."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
import warnings

from joblib import delayed, Parallel, parallel_config
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from ..cli.progress import ProgressDisplay
from ..errors import StudyError
from .execute import execute
from .plan import Run
from .record import ALIVE, Record
from .settings import StudySettings
from .store import RunStore

if TYPE_CHECKING:
    from distributed import Client

_CLUSTER_TIMEOUT_S = 15
"""How long to wait for a cluster that does not answer."""


def execute_all(
    runs: Sequence[Run],
    settings: StudySettings,
    store: RunStore,
    *,
    jobs: int,
    threads: int | None = None,
    cluster: str | None = None,
) -> None:
    """
    Execute runs, several at once, and store each as soon as it is done.

    Parameters
    ----------
    runs : sequence of Run
        What to do.
    settings : StudySettings
        Data and protocol; on a cluster each machine reads the data from the same path.
    store : RunStore
        Where the records go.
    jobs : int
        Processes on this machine; with 1 it is this process.
    threads : int, optional
        Threads of each.
    cluster : str, optional
        Address of a Dask scheduler, which replaces the processes on this machine.

    Raises
    ------
    StudyError
        If the cluster cannot be reached, or a process died.

    """
    if not runs:
        return
    with ProgressDisplay('training', len(runs)) as display, _workers(jobs, cluster) as options:
        tasks = (delayed(execute)(run, settings, threads) for run in runs)
        for record, arrays in Parallel(return_as='generator_unordered', batch_size=1, **options)(
            tasks
        ):
            store.save(record, arrays)
            display.advance(_note(record))


@contextmanager
def _workers(jobs: int, cluster: str | None) -> Iterator[dict[str, int | str]]:
    """Yield the options for joblib with which it uses the processes or the cluster."""
    if cluster:
        with _connect(cluster), parallel_config(backend='dask'):
            yield {'pre_dispatch': 'all'}
        return
    try:
        with warnings.catch_warnings():
            # TensorFlow grows in a process from run to run; loky replaces such a one.
            warnings.filterwarnings('ignore', 'A worker stopped while some jobs were given')
            yield {'n_jobs': jobs}
    except TerminatedWorkerError as error:
        raise StudyError(
            'a training process died, most often for want of memory; the same command goes on '
            'with what is left, and needs less memory with a smaller --jobs'
        ) from error
    except BaseException:
        if jobs > 1:  # training runs that nobody waits for any more would go on for minutes
            get_reusable_executor().shutdown(wait=False, kill_workers=True)
        raise


def _connect(address: str) -> 'Client':
    """Return a client of the cluster at `address`, a context manager."""
    try:
        from distributed import Client
    except ImportError as error:
        raise StudyError(
            '--dask: expected the package distributed, which is not installed; install this one '
            "with its extra 'cluster'"
        ) from error
    try:
        return Client(address, timeout=_CLUSTER_TIMEOUT_S)
    except (OSError, ValueError) as error:
        raise StudyError(
            f'--dask: expected a Dask scheduler at {address}, received no answer ({error}); start '
            'one with: dask scheduler'
        ) from error


def _note(record: Record) -> str:
    statuses = {outcome.status for outcome in record.outcomes.values()}
    return f'{record.run.key} {" and ".join(sorted(statuses - {ALIVE}))}'.rstrip()
