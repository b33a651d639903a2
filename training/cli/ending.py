# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""How a command ends before its time: one line, no workers left, and the exit code of a signal."""

from collections.abc import Callable
import functools
import os
import signal
import sys
import threading

INTERRUPTED, TERMINATED = 130, 143
"""Exit codes after SIGINT and SIGTERM, as a shell has them."""


class _Terminated(BaseException):
    """SIGTERM came."""


def end_at_once(number: int, frame: object) -> None:
    """Handle Ctrl-C while modules are imported: nothing is lost, and no library may turn it."""
    os.write(2, b'interrupted\n')
    os._exit(INTERRUPTED)


def ended_by_signals(main: Callable[..., int]) -> Callable[..., int]:
    """
    Decorate the ``main`` of a command, so that Ctrl-C and SIGTERM end it and its workers.

    What the command itself does at Ctrl-C comes first; this is for the moments in which it does
    nothing. Workers of joblib outlive a parent that SIGTERM kills, with some 700 MB each.
    """

    @functools.wraps(main)
    def wrapper(*arguments: object, **options: object) -> int:
        if threading.current_thread() is not threading.main_thread():
            return main(*arguments, **options)
        if signal.getsignal(signal.SIGINT) is end_at_once:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        before = signal.signal(signal.SIGTERM, _terminate)
        try:
            return main(*arguments, **options)
        except KeyboardInterrupt as error:
            _kill_workers()
            print(': '.join(filter(None, ('interrupted', str(error)))), file=sys.stderr)
            return INTERRUPTED
        except _Terminated:
            _kill_workers()
            print('terminated', file=sys.stderr)
            return TERMINATED
        finally:
            signal.signal(signal.SIGTERM, before)

    return wrapper


def _terminate(number: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # one is enough
    raise _Terminated


def _kill_workers() -> None:
    """Kill the workers of joblib, where it was used at all."""
    loky = sys.modules.get('joblib.externals.loky.reusable_executor')
    executor = getattr(loky, '_executor', None)
    if executor is not None:
        executor.shutdown(wait=True, kill_workers=True)
